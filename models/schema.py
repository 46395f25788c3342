"""The schema: how a database gets there, and how its state is known."""

import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

import models
from models.base import Base
from models.database import Database

_MIGRATIONS = Path(__file__).resolve().parent / "migrations"
_LOCK = 7_301_946  # any number: two processes that migrate at once take turns


def load_models() -> None:
    """Imports every module of rows, so that `Base.metadata` knows all tables."""
    for module in pkgutil.iter_modules(models.__path__):
        if not module.ispkg:
            import_module(f"models.{module.name}")


def upgrade(database: Database, revision: str = "head") -> None:
    """Raises Busy where somebody else migrates for longer than a minute."""
    database.make()
    with database.migrating() as connection:
        _wait_for_turn(connection)
        command.upgrade(_alembic(connection), revision)


def downgrade(database: Database, revision: str) -> None:
    with database.migrating() as connection:
        _wait_for_turn(connection)
        command.downgrade(_alembic(connection), revision)


def differences(database: Database) -> list[str]:
    """How the models differ from a migrated database; none where they agree."""
    load_models()
    with database.migrating() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [str(difference) for difference in compare_metadata(context, Base.metadata)]


@cache
def newest_revision() -> str | None:
    return ScriptDirectory(str(_MIGRATIONS)).get_current_head()


def revisions() -> list[str]:
    """The revisions that a database can be at, the oldest first."""
    script = ScriptDirectory(str(_MIGRATIONS))
    return [revision.revision for revision in script.walk_revisions()][::-1]


def _alembic(connection: Connection) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _wait_for_turn(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        usual = connection.scalar(text("SHOW lock_timeout"))
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        connection.execute(text("SELECT set_config('lock_timeout', :usual, true)"), {"usual": usual})
