"""The way to the database: its engine, and the one place where a transaction begins and is committed."""

import logging
import select
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import quote

from psycopg.errors import ConnectionTimeout
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    DBAPIError,
    DisconnectionError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from models.patience import OutOfTime, PatientConnection, Pause, Silent, answering_within
from models.snapshots import Snapshots
from models.volleys import forget, send
from scheduler.domain.errors import Busy, CaseworkerBusy, DomainError, SlotTaken, Unavailable, invalid

LOCK_TIMEOUT_MS = 3000
STATEMENT_TIMEOUT_MS = 30_000
_IDLE_TIMEOUT_MS = 60_000
_POOL_TIMEOUT_S = 3
_REST_S = 1

# lock_not_available, deadlock_detected, serialization_failure, too_many_connections, query_canceled (it took
# too long): another attempt may well succeed.
_BUSY_SQLSTATES = frozenset({"55P03", "40P01", "40001", "53300", "57014"})
_BUSY_IN_SQLITE = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL")

# undefined_table, undefined_column, invalid_schema_name, insufficient_privilege: the database has not been
# migrated, or not by the account that it is used with; SQLite calls that operational.
_UNMIGRATED_SQLSTATES = frozenset({"42P01", "42703", "3F000", "42501"})

_log = logging.getLogger(__name__)


class Database:
    """One database, SQLite or PostgreSQL, as a source of transactions.

    What was confirmed survives a power cut. Errors carry no parameters, so that no log tells of a person.

    Whatever a transaction wrote may be refused when it ends, where it was sent last.

    `transaction` and `reading` raise Busy when others hold what is needed for over 3 s, and Unavailable when
    the database does not answer; a DomainError raised inside rolls everything back.
    """

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        self.url = _with_driver(make_url(url))
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgresql_engine(self.url, pool_size)
        # A writer that begins as a reader would find SQLite locked halfway; it asks for the lock first.
        self._writing_engine = self.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        self._pause = Pause()
        self._problem: str | None = None
        self._glancing_engine = (
            self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        )
        # SQLite shows everybody one moment by itself.
        self._still_engine = (
            self.engine
            if self.is_sqlite
            else self.engine.execution_options(isolation_level="REPEATABLE READ")
        )
        self._snapshots = Snapshots(self.engine)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session whose changes are committed together when the block ends, or not at all."""
        with (
            self._asked(to_change=True),
            Session(self._writing_engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def brief_transaction(self, patience_s: float) -> Iterator[Session]:
        """The same for what may as well be left out: raises Busy where others would make it wait longer."""
        engine = self._writing_engine.execution_options(sqlite_patience_s=patience_s)
        with (
            answering_within(patience_s),
            self._asked(to_change=True),
            Session(engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only looks; what it might change is never committed."""
        with self._asked(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def reading_one_moment(self) -> Iterator[Session]:
        """The same for statements that have to fit together: all see what was committed before the first."""
        with self._asked(), Session(self._still_engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def glancing(self) -> Iterator[Session]:
        """A session that only looks; each of its few statements sees what is committed by then.

        None is a transaction: PostgreSQL, told neither of a beginning nor an end, answers in half the time.
        """
        with (
            self._asked(),
            Session(self._glancing_engine, expire_on_commit=False, autoflush=False) as session,
        ):
            yield session

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A connection for the schema's own changes, committed as a whole."""
        with self._asked(to_change=True), self._writing_engine.begin() as connection:
            driver: Any = connection.connection.driver_connection
            if not self.is_sqlite:
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                driver.wait_for_ever()
            try:
                yield connection
            finally:
                if not self.is_sqlite:
                    driver.wait_as_usual()

    def snapshot(self) -> str | None:
        """A name for what is committed: while it is the same, nothing was; None where nobody can tell.

        Ask it before reading what is kept under it. Raises Busy and Unavailable.
        """
        with self._asked():
            return self._snapshots.current()

    def make(self) -> None:
        """Makes an SQLite file that is missing, without anything in it; looking at it would never make it."""
        if self.is_sqlite and self.url.database:
            Path(self.url.database).touch()

    @contextmanager
    def _asked(self, *, to_change: bool = False) -> Iterator[None]:
        """Whatever goes wrong inside is said in the office's words, and once in the log."""
        if self._pause.sends_away():
            raise Unavailable(what="database", retry_after=2)
        try:
            with _in_domain_words():
                yield
        except Unavailable as error:
            cause = getattr(error.__cause__, "orig", None) or error.__cause__
            if isinstance(cause, Silent | ConnectionTimeout):
                self._pause.begin()
            else:
                self._pause.end()
            if cause is not None:
                self._say(_kind_of(cause))
            raise
        except BaseException:
            self._pause.end()
            raise
        self._pause.end()
        if to_change:  # one that can only be read is not well
            self._say(None)

    def _say(self, problem: str | None) -> None:
        """One line when the database goes and one when it is back, however many ask meanwhile."""
        before, self._problem = self._problem, problem
        if problem is not None and before is None:
            _log.error("the database cannot be worked with: %s; `flask doctor` says more", problem)
        if problem is None and before is not None:
            _log.warning("the database can be worked with again")

    def dispose(self) -> None:
        self._snapshots.close()
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

    @event.listens_for(engine, "do_connect")
    def _open(_dialect: object, _record: object, arguments: list[Any], options: dict[str, Any]) -> None:
        """Opens a file that is there; SQLite by itself makes one that is missing."""
        if arguments[0] != ":memory:":
            arguments[0] = f"file:{quote(arguments[0])}?mode=rw"
            options["uri"] = True

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        with _patience(connection.connection.driver_connection, options.get("sqlite_patience_s")):
            connection.exec_driver_sql(options.get("sqlite_begin", "BEGIN"))

    return engine


@contextmanager
def _patience(driver: Any, seconds: float | None) -> Iterator[None]:
    """Lets SQLite wait for others for so long, if it is said how long, and then as usual again."""
    if seconds is None:
        yield
        return
    driver.execute(f"PRAGMA busy_timeout={round(seconds * 1000)}")
    try:
        yield
    finally:
        driver.execute(f"PRAGMA busy_timeout={LOCK_TIMEOUT_MS}")


def _postgresql_engine(url: URL, pool_size: int) -> Engine:
    limits = {
        "lock_timeout": LOCK_TIMEOUT_MS,
        "statement_timeout": STATEMENT_TIMEOUT_MS,
        # Whoever stands still halfway holds up the others for no longer.
        "idle_in_transaction_session_timeout": _IDLE_TIMEOUT_MS,
        "timezone": "UTC",
    }
    options = " ".join(f"-c {name}={value}" for name, value in limits.items())
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=_POOL_TIMEOUT_S,
        hide_parameters=True,
        connect_args={"options": options, "connect_timeout": 3, "application_name": "theke"},
    )

    @event.listens_for(engine, "do_connect")
    def _connect(
        _dialect: object, _record: object, arguments: list[Any], options: dict[str, Any]
    ) -> PatientConnection:
        return PatientConnection.connect(*arguments, **options)

    @event.listens_for(engine, "checkin")
    def _note_use(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["used_at"] = monotonic()

    @event.listens_for(engine, "checkout")
    def _replace_if_lost(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        """Asks a connection that has rested, or has something to say unasked; the others are well."""
        rested = monotonic() - record.info.get("used_at", monotonic()) > _REST_S
        if rested or _speaks(connection):
            try:
                connection.greet()
            except Silent as error:
                raise Unavailable(what="database", retry_after=5) from error
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error  # the pool makes another one

    # Nothing overtakes what waits to be sent, and the last of it goes with the commit.
    event.listen(engine, "before_cursor_execute", lambda connection, *_: send(connection))
    event.listen(engine, "commit", _commit_with_what_waits)
    event.listen(engine, "rollback", forget)
    return engine


def _commit_with_what_waits(connection: Connection) -> None:
    """SQLAlchemy's own commit then finds nothing left to do."""
    send(connection, last=lambda driver: driver.commit())


def _speaks(connection: Any) -> bool:
    """Whether something has come from the server since the last answer, such as the end of the line."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


@contextmanager
def _in_domain_words() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InternalError, InterfaceError, PoolTimeoutError) as error:
        raise _domain_error(error) from error
    except DataError as error:  # PostgreSQL takes no NUL in a text and no number beyond its column
        raise invalid("request", "control_characters") from error
    except IntegrityError as error:
        known = refusal(error)
        if known is None:
            raise
        raise known from error
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) not in _UNMIGRATED_SQLSTATES:
            raise
        raise _domain_error(error) from error
    except DatabaseError as error:
        # SQLite says no more than this of a file that is damaged, or no database at all.
        if type(error) is not DatabaseError:
            raise
        raise _domain_error(error) from error


def refusal(error: IntegrityError) -> DomainError | None:
    """What the database refused, where it is something that may happen to whoever books.

    SlotTaken for a claim that overlaps another, CaseworkerBusy for a talk that does, Busy for a reference
    that another booking has, which happens once in many millions.
    """
    if "talks_do_not_overlap" in str(error.orig):
        return CaseworkerBusy(name=None)
    if "claims_do_not_overlap" in str(error.orig):
        return SlotTaken(alternatives=[])
    if any(name in str(error.orig) for name in ("uq_bookings_reference", "bookings.reference")):
        return Busy(retry_after=1)
    return None


def _kind_of(error: BaseException) -> str:
    """What went wrong, by the driver's names alone: its sentences may quote what somebody sent."""
    code = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None)
    return f"{type(error).__name__} ({code})" if code else type(error).__name__


def _domain_error(error: DBAPIError | PoolTimeoutError) -> DomainError:
    if isinstance(error, PoolTimeoutError):
        return Busy(retry_after=2)
    is_busy = (
        isinstance(error.orig, OutOfTime)
        or getattr(error.orig, "sqlstate", None) in _BUSY_SQLSTATES
        or getattr(error.orig, "sqlite_errorname", "").startswith(_BUSY_IN_SQLITE)
    )
    if is_busy:
        return Busy(retry_after=2)
    return Unavailable(what="database", retry_after=5)
