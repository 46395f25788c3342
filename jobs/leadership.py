"""Who does the jobs: one process leads, any other stands by and takes over when the leader is gone."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from models.database import Database

_LOCK = 7_301_948  # any number: whoever holds this lock of the database leads


class Lead(Protocol):
    """The lead, as long as it is held."""

    def is_held(self) -> bool: ...


class _FileLead:
    """Held until the process ends, however it ends: the system takes the lock of the dead."""

    def is_held(self) -> bool:
        return True


class _ConnectionLead:
    """Held as long as its own connection lives: the database takes the lock of who is gone."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def is_held(self) -> bool:
        try:
            self._connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True


@contextmanager
def lead(database: Database) -> Iterator[Lead | None]:
    """The lead, or None where another process has it, or nobody can have it for want of the database."""
    file = Path(database.url.database or "") if database.is_sqlite else None
    with _file_lead(file) if file is not None else _connection_lead(database) as found:
        yield found


@contextmanager
def _file_lead(file: Path) -> Iterator[Lead | None]:
    try:
        lock = file.with_name(f"{file.name}.jobs-lock").open("w")
    except OSError:  # the folder is not there yet
        yield None
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield _FileLead()


@contextmanager
def _connection_lead(database: Database) -> Iterator[Lead | None]:
    try:
        connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        held = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK})
    except SQLAlchemyError:
        yield None
        return
    try:
        yield _ConnectionLead(connection) if held else None
    finally:
        # Closed for good, not given back: a connection in the pool would go on holding the lock.
        with suppress(SQLAlchemyError):
            connection.invalidate()
            connection.close()
