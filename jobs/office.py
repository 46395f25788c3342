"""What every job works on: the settings, the database, the clock."""

from dataclasses import dataclass

from config import Config
from models.database import Database
from scheduler.adapters.clock import Clock
from scheduler.queries.clocks import office_clock


@dataclass(frozen=True)
class Office:
    config: Config
    database: Database
    clock: Clock


def open_office(config: Config) -> Office:
    """The office as the settings name it; nothing is connected to yet."""
    database = Database(config.database_url)
    return Office(config, database, office_clock(database, demo=config.demo))
