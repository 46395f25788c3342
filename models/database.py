"""The way to the database: its engine, and the one place where a transaction begins and is committed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from scheduler.domain.errors import Busy, DomainError, Unavailable, invalid

LOCK_TIMEOUT_MS = 3000
STATEMENT_TIMEOUT_MS = 30_000
_POOL_TIMEOUT_S = 3

# lock_not_available, deadlock_detected, serialization_failure: another attempt may well succeed.
_BUSY_SQLSTATES = frozenset({"55P03", "40P01", "40001"})

# undefined_table, undefined_column: the database has not been migrated; SQLite calls that operational.
_UNMIGRATED_SQLSTATES = frozenset({"42P01", "42703"})


class Database:
    """One database, SQLite or PostgreSQL, as a source of transactions.

    What was confirmed survives a power cut. Errors carry no parameters, so that no log tells of a person.

    `transaction` and `reading` raise Busy when others hold what is needed for over 3 s, and Unavailable when
    the database does not answer; a DomainError raised inside rolls everything back.
    """

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        self.url = _with_driver(make_url(url))
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgresql_engine(self.url, pool_size)
        # A writer that begins as a reader would find SQLite locked halfway; it asks for the lock first.
        self._writing_engine = self.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session whose changes are committed together when the block ends, or not at all."""
        with (
            _in_domain_words(),
            Session(self._writing_engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only looks; what it might change is never committed."""
        with _in_domain_words(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A connection for the schema's own changes, committed as a whole."""
        with _in_domain_words(), self._writing_engine.begin() as connection:
            yield connection

    def dispose(self) -> None:
        self.engine.dispose()


def _with_driver(url: URL) -> URL:
    return url.set(drivername="postgresql+psycopg") if url.get_backend_name() == "postgresql" else url


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(
        url,
        pool_timeout=_POOL_TIMEOUT_S,
        hide_parameters=True,
        connect_args={"isolation_level": None, "timeout": LOCK_TIMEOUT_MS / 1000},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))

    return engine


def _postgresql_engine(url: URL, pool_size: int) -> Engine:
    options = f"-c lock_timeout={LOCK_TIMEOUT_MS} -c statement_timeout={STATEMENT_TIMEOUT_MS} -c timezone=UTC"
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=_POOL_TIMEOUT_S,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"options": options, "connect_timeout": 3, "application_name": "theke"},
    )


@contextmanager
def _in_domain_words() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InternalError, InterfaceError, PoolTimeoutError) as error:
        raise _domain_error(error) from error
    except DataError as error:  # PostgreSQL takes no NUL in a text and no number beyond its column
        raise invalid("request", "control_characters") from error
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) not in _UNMIGRATED_SQLSTATES:
            raise
        raise _domain_error(error) from error
    except DatabaseError as error:
        # SQLite says no more than this of a file that is damaged, or no database at all.
        if type(error) is not DatabaseError:
            raise
        raise _domain_error(error) from error


def _domain_error(error: DBAPIError | PoolTimeoutError) -> DomainError:
    if isinstance(error, PoolTimeoutError):
        return Busy(retry_after=2)
    sqlstate = getattr(error.orig, "sqlstate", None)
    if sqlstate in _BUSY_SQLSTATES or "locked" in str(error.orig):
        return Busy(retry_after=2)
    return Unavailable(what="database", retry_after=5)
