"""Who does the jobs: one process leads, any other stands by and takes over when the leader is not heard of.

The lead is a lease in the database. A leader that was asleep past its end may go on for a moment beside the
next one: every job bears that, so nothing is done twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from jobs.office import Office
from scheduler.domain.errors import DomainError
from scheduler.usecases.leases import LENGTH, give_back, take

_LEAD = "lead"
_RENEWED_EVERY_S = 2.0


class Lead:
    """The lead, as long as it is held; who holds it asks at least every few seconds."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._holder = str(uuid4())
        self._renewed_at = monotonic() - LENGTH.total_seconds()

    def is_held(self) -> bool:
        """Whether this process leads, for which it renews the lease.

        A database that is busy or away is asked again until the lease is over.
        """
        asked_at = monotonic()
        if asked_at - self._renewed_at < _RENEWED_EVERY_S:
            return True
        try:
            with self._office.database.transaction() as session:
                held = take(session, _LEAD, self._holder, real_now=self._office.clock.real())
        except (DomainError, SQLAlchemyError):
            return monotonic() - self._renewed_at < LENGTH.total_seconds()  # it may have waited for long
        if held:
            self._renewed_at = asked_at
        return held

    def give_back(self) -> None:
        with suppress(DomainError, SQLAlchemyError), self._office.database.transaction() as session:
            give_back(session, _LEAD, self._holder)


@contextmanager
def lead(office: Office) -> Iterator[Lead | None]:
    """The lead, or None where another process has it, or nobody can have it for want of the database."""
    own = Lead(office)
    if not own.is_held():
        yield None
        return
    try:
        yield own
    finally:
        own.give_back()
