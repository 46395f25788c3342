"""Catching up: what was done on paper while nothing worked is entered afterwards, with its own times."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from enum import StrEnum
from uuid import UUID

from scheduler.domain.bookings import Change, Status
from scheduler.domain.errors import Fault, Invalid, WrongState, invalid
from scheduler.domain.instants import from_local

_CLOCK = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")


#: When somebody came, and when they were done; None where the paper says nothing of that.
Times = tuple[datetime, datetime | None]


class Outcome(StrEnum):
    """What the paper says of a visit."""

    ARRIVED = "arrived"
    DONE = "done"
    NO_SHOW = "no_show"


@dataclass(frozen=True, slots=True)
class Note:
    """One line of the list: what became of a visit, and when; both times are None for somebody not come."""

    booking_id: UUID
    outcome: Outcome
    arrived_at: datetime | None
    finished_at: datetime | None


_CHANGES: dict[Outcome, dict[Status, tuple[Change, ...]]] = {
    Outcome.ARRIVED: {
        Status.BOOKED: (Change.CHECK_IN,),
        Status.NO_SHOW: (Change.CHECK_IN,),
    },
    Outcome.DONE: {
        Status.BOOKED: (Change.CHECK_IN, Change.SERVE, Change.FINISH),
        Status.NO_SHOW: (Change.CHECK_IN, Change.SERVE, Change.FINISH),
        Status.CHECKED_IN: (Change.SERVE, Change.FINISH),
        Status.CALLED: (Change.SERVE, Change.FINISH),
        Status.IN_SERVICE: (Change.FINISH,),
    },
    Outcome.NO_SHOW: {Status.BOOKED: (Change.NO_SHOW,)},
}


def changes_to(outcome: Outcome, status: Status) -> tuple[Change, ...]:
    """What has to be noted so that a visit in `status` ends as the paper says.

    Raises WrongState where the system knows otherwise: that is a conflict which somebody has to look at.
    """
    changes = _CHANGES[outcome].get(status)
    if changes is None:
        raise WrongState(status=status, change=outcome, why="known_otherwise")
    return changes


def is_open(status: Status) -> bool:
    """Whether something of a visit in this status could still stand on paper."""
    return any(status in known for known in _CHANGES.values())


def at_time(text: str, on: date, zone: tzinfo, *, field: str) -> datetime | None:
    """The instant of a time of the day as it stands on paper, "9:05" or "9.05"; None where nothing stands.

    Raises Invalid, SkippedLocalTime, DoubledLocalTime.
    """
    text = text.strip()
    if not text:
        return None
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise invalid(field, "not_a_time", value=text[:20])
    local = datetime.combine(on, time(int(found[1]), int(found[2])))
    return from_local(local, zone, field=field)


def check_times(arrived_at: datetime, finished_at: datetime | None, *, now: datetime) -> None:
    """Raises Invalid where somebody left before coming, or came later than now."""
    faults: dict[str, Fault] = {}
    if arrived_at > now:
        faults["arrived"] = Fault("in_the_future")
    if finished_at is not None and finished_at > now:
        faults["finished"] = Fault("in_the_future")
    if finished_at is not None and finished_at < arrived_at:
        faults["finished"] = Fault("reversed")
    if faults:
        raise Invalid(fields=faults)
