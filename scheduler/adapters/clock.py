"""The clock: the only reader of the system's time, with two readings."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _not_moved() -> timedelta:
    return timedelta(0)


class Clock:
    """Office time decides visits, phases, retention and records; real time sessions, leases and retries.

    The two differ in the demonstration alone, where `ahead` says by how much office time has been moved.
    """

    def __init__(self, ahead: Callable[[], timedelta] = _not_moved) -> None:
        self._ahead = ahead

    def real(self) -> datetime:
        """The system's time, UTC."""
        return datetime.now(UTC)

    def office(self) -> datetime:
        """The office's time, UTC."""
        return self.real() + self._ahead()
