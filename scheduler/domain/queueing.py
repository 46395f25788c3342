"""The queue: in which order those who have come are called, and how long one more would wait.

Emergencies come first. Then come appointments that were punctual, by their time; then those that came late,
by their arrival, for they have lost the right to their time but not that to be served before people without
an appointment; then walk-ins, by their arrival. The order is what the page proposes; whoever calls may
decide otherwise.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from heapq import heapify, heappop, heappush

from scheduler.domain.bookings import Status

_DIGITS = 3

#: How far the list of those who are expected looks ahead.
AHEAD = timedelta(hours=2)

_MINUTE = timedelta(minutes=1)
_ROUNDED_TO = 5


class State(StrEnum):
    """Where somebody stands in the queue."""

    EXPECTED = "expected"
    LATE = "late"
    WAITING = "waiting"
    CALLED = "called"
    IN_SERVICE = "in_service"
    DONE = "done"


class Turn(IntEnum):
    """Whose turn comes first."""

    EMERGENCY = 0
    PUNCTUAL = 1
    LATE = 2
    WALK_IN = 3


@dataclass(frozen=True, slots=True, order=True)
class Rank:
    """A place in the queue: the smaller is called first; `at` is what those of one turn are ordered by."""

    turn: Turn
    at: datetime
    number: int


def rank(
    *, arrived_at: datetime, number: int, starts_at: datetime | None, emergency: bool, grace: timedelta
) -> Rank:
    """The place of somebody who has come; `starts_at` is None for whoever has no appointment.

    Who comes no later than `grace` after the beginning is punctual.
    """
    if emergency:
        return Rank(Turn.EMERGENCY, arrived_at, number)
    if starts_at is None:
        return Rank(Turn.WALK_IN, arrived_at, number)
    if arrived_at <= starts_at + grace:
        return Rank(Turn.PUNCTUAL, starts_at, number)
    return Rank(Turn.LATE, arrived_at, number)


def state_of_visit(status: Status, *, starts_at: datetime, now: datetime, grace: timedelta) -> State | None:
    """Where a booked visit of today stands; None where it is not in the queue (yet, or any more)."""
    if status is Status.BOOKED:
        if starts_at >= now + AHEAD:
            return None
        return State.LATE if now > starts_at + grace else State.EXPECTED
    return _STATES.get(status)


_STATES = {
    Status.CHECKED_IN: State.WAITING,
    Status.CALLED: State.CALLED,
    Status.IN_SERVICE: State.IN_SERVICE,
    Status.DONE: State.DONE,
    Status.NO_SHOW: State.DONE,
}


def is_call_number(text: str) -> bool:
    """Whether somebody means a number that people are called under, as it stands on slip and wall: "017"."""
    return text.isascii() and text.isdecimal() and len(text) <= _DIGITS


def minutes_waited(arrived_at: datetime, until: datetime) -> int:
    """Whole minutes; none for whoever the clock shows to come from the future."""
    return max(0, (until - arrived_at) // _MINUTE)


@dataclass(frozen=True, slots=True)
class Ahead:
    """Somebody who is served before one more: ready from `ready_at` on, for so long."""

    rank: Rank
    ready_at: datetime
    length: timedelta


def wait_of_one_more(free_at: Iterable[datetime], ahead: Iterable[Ahead], *, now: datetime) -> int | None:
    """Minutes until somebody who comes now without an appointment is called, to the next five.

    `free_at` says for each place that is open when it is free again; None where none is. Whenever a place is
    free, the first in the queue who is ready goes there; one more goes where nobody is ready.
    """
    hands = [max(at, now) for at in free_at]
    heapify(hands)
    waiting = sorted(ahead, key=lambda one: one.rank)
    while hands:
        at = heappop(hands)
        ready = next((one for one in waiting if one.ready_at <= at), None)
        if ready is None:
            minutes = (at - now) / _MINUTE
            return _ROUNDED_TO * -int(-minutes // _ROUNDED_TO)
        waiting.remove(ready)
        heappush(hands, at + ready.length)
    return None
