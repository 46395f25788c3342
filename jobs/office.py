"""What every job works on: the settings, the database, the clock."""

from dataclasses import dataclass
from datetime import timedelta

from config import Config
from models.database import Database
from scheduler.adapters.clock import Clock
from scheduler.queries.clocks import ahead


@dataclass(frozen=True)
class Office:
    config: Config
    database: Database
    clock: Clock


def open_office(config: Config) -> Office:
    """The office as the settings name it; nothing is connected to yet."""
    database = Database(config.database_url)

    def office_is_ahead() -> timedelta:
        with database.reading() as session:
            return ahead(session)

    return Office(config, database, Clock(office_is_ahead) if config.demo else Clock())
