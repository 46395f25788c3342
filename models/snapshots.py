"""Snapshots: a name for exactly what is committed, so that what was read before can be used again."""

import os
import sqlite3
from threading import Lock
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from models.patience import Silent

# A standby's snapshot leaves out what is in progress, so two equal ones may see different things there.
_SNAPSHOT = (
    "SELECT CASE WHEN NOT pg_is_in_recovery() "
    "THEN concat(extract(epoch FROM pg_postmaster_start_time()), '.', pg_current_snapshot()) END"
)
_DATA_VERSION = "PRAGMA data_version"
_PATIENCE_S = 3
_LONGEST_S = 4.0  # there is nothing to wait for but the server itself


class Snapshots:
    """Asks what is committed, on a connection that it keeps and never writes on.

    PostgreSQL names its snapshot by the transactions that it does not see: whatever was committed in between
    had a number, so it is told apart. SQLite counts the commits of others, as this one connection sees them.
    Both hold for one life of the connection: a database that crashed may use numbers again, and a restored
    file is another one. So each connection has a number of its own, and a lost one takes its names along.
    Behind a pooler a connection may outlive its server, and a standby that was promoted uses numbers again:
    when the server started stands in the name as well.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._lock = Lock()
        self._connection: Connection | None = None
        self._driver: Any = None
        self._lives = 0
        self._file: tuple[int, int] | None = None

    def current(self) -> str | None:
        """Equal answers mean that nothing was committed in between; None where nobody can tell.

        What is read after this was asked is at least as new.
        """
        if not self._lock.acquire(timeout=_PATIENCE_S):
            raise PoolTimeoutError("the database does not say what is committed")
        try:
            return self._current()
        finally:
            self._lock.release()

    def close(self) -> None:
        with self._lock:
            self._forget()

    def _current(self) -> str | None:
        file = _identity(self._engine.url.database or "") if self._is_sqlite else None
        if self._is_sqlite and (file is None or file != self._file):
            self._forget()
        was_kept = self._connection is not None
        try:
            return self._ask(file)
        except OperationalError as error:
            self._forget()
            if not was_kept or isinstance(error.orig, Silent):
                raise
        return self._ask(file)  # the connection was lost since it was last used

    def _ask(self, file: tuple[int, int] | None) -> str | None:
        if self._connection is None:
            self._connect(file)
        name = _name_in_sqlite(self._driver) if self._is_sqlite else _name_in_postgresql(self._driver)
        return None if name is None else f"{self._lives}.{name}"

    def _connect(self, file: tuple[int, int] | None) -> None:
        self._connection = self._engine.connect()
        self._driver = self._connection.connection.driver_connection
        self._connection.detach()  # it is kept beside the pool, which it would keep short of one
        if not self._is_sqlite:
            self._driver.autocommit = True
            self._driver.longest_s = _LONGEST_S
        self._lives += 1
        self._file = file

    def _forget(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._driver.close()
            connection.invalidate()  # nothing is to be rolled back at a database that may be away
            connection.close()


def _name_in_sqlite(driver: Any) -> str | None:
    try:
        return str(driver.execute(_DATA_VERSION).fetchone()[0])
    except sqlite3.Error as error:
        raise OperationalError(_DATA_VERSION, None, error) from error


def _name_in_postgresql(driver: Any) -> str | None:
    try:
        (value,) = driver.execute(_SNAPSHOT, prepare=True).fetchone()
    except psycopg.Error as error:
        raise OperationalError(_SNAPSHOT, None, error) from error
    return None if value is None else str(value)


def _identity(file: str) -> tuple[int, int] | None:
    """Which file stands there; a restored one is another."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_dev, found.st_ino
