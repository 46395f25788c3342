"""Patience with the database: how long somebody is kept waiting for a server that says nothing.

PostgreSQL limits by itself how long locks and statements take. A server that stands still limits nothing, and
neither does the network: whoever asks has to look at the clock.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock, get_ident
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

_Answer = TypeVar("_Answer")

# Longer than the server lets any statement run.
_LONGEST_S = 40.0

_GREETING_S = 2.0
_PAUSE_S = 1.0
_TRY_S = 6.0
_INTERVAL_S = 0.1

_until: ContextVar[float] = ContextVar("until", default=math.inf)


@contextmanager
def answering_within(seconds: float) -> Iterator[None]:
    """Lets everything inside wait for no database any more after so many seconds in all.

    Within another one the shorter of both counts.
    """
    token = _until.set(min(_until.get(), monotonic() + seconds))
    try:
        yield
    finally:
        _until.reset(token)


class Silent(psycopg.OperationalError):
    """The server says nothing; the connection was given up."""


class OutOfTime(psycopg.OperationalError):
    """The server works, but not fast enough for whoever asked; the connection was given up."""


class PatientConnection(psycopg.Connection[Any]):
    """A connection that gives up on a server that does not answer in time."""

    longest_s = _LONGEST_S

    def wait(
        self, gen: PQGen[_Answer], interval: float = _INTERVAL_S, timeout: float | None = None
    ) -> _Answer:
        began = monotonic()
        until = min(_until.get(), began + self.longest_s)
        if began >= until:  # before it is sent: a COMMIT would be carried out, and nobody told
            gen.close()
            self.pgconn.finish()
            raise OutOfTime("the time was used up before")
        if timeout is None and until < math.inf:
            timeout = until - began
        try:
            return super().wait(gen, interval, timeout)
        except psycopg.OperationalError as error:
            if error.sqlstate is not None or monotonic() < until:
                raise
            self.pgconn.finish()
            # Within the caller's time a server that is well may have been busy, or somebody held a lock.
            is_silent = began + self.longest_s <= _until.get()
            raise (Silent if is_silent else OutOfTime)("the server does not answer in time") from error

    def greet(self) -> None:
        """Asks for a sign of life, which a server that is well gives at once."""
        self.longest_s = _GREETING_S
        was_autocommit = self.autocommit
        try:
            self.autocommit = True
            self.execute("")
            self.autocommit = was_autocommit
        finally:
            del self.longest_s

    def wait_for_ever(self) -> None:
        """Until `wait_as_usual`: some statements of a migration take as long as they take."""
        self.longest_s = math.inf

    def wait_as_usual(self) -> None:
        self.longest_s = _LONGEST_S


class Pause:
    """When somebody waited in vain, nobody else does: for a moment all are sent away, then one tries."""

    def __init__(self) -> None:
        self._ends_at: float | None = None
        self._who_tries: int | None = None
        self._lock = Lock()

    def sends_away(self) -> bool:
        if self._ends_at is None or self._who_tries == get_ident():
            return False
        with self._lock:
            now = monotonic()
            if self._ends_at is None or now < self._ends_at:
                return self._ends_at is not None
            self._ends_at = now + _TRY_S  # so long this one tries, and the others are sent away still
            self._who_tries = get_ident()
            return False

    def begin(self) -> None:
        self._ends_at, self._who_tries = monotonic() + _PAUSE_S, None

    def end(self) -> None:
        self._ends_at, self._who_tries = None, None
