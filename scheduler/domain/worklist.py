"""The worklist: visits about which somebody has to decide, calls to be made, people without a new time.

Nothing on it is cancelled by itself: whoever stands there waits until somebody has decided.
"""

from datetime import datetime, tzinfo
from enum import StrEnum

from scheduler.domain.bookings import TO_COME, Channel, Status
from scheduler.domain.errors import WrongState
from scheduler.domain.instants import local_date

#: So many stand on one page of the list.
PAGE_LENGTH = 20
#: So many free times are proposed for each visit.
PROPOSALS = 3
#: So many days from the first that comes into question are looked at for them.
PROPOSAL_DAYS = 14


class Part(StrEnum):
    """The list's parts: visits to decide about, calls, and those whom the office cancelled."""

    DECIDE = "decide"
    CALLS = "calls"
    WITHOUT = "without"


class Reason(StrEnum):
    """Why somebody has to decide.

    A phase put the visit in question, its place takes nobody then, or its caseworker is away.
    """

    PHASE = "phase"
    PLACE = "place"
    CASEWORKER = "caseworker"


class WorklistDecision(StrEnum):
    """What somebody decides: `phone` makes the visit a call, `settle` says that no new time is needed."""

    KEEP = "keep"
    DOUBT = "doubt"
    PHONE = "phone"
    CALL_MADE = "call-made"
    SETTLE = "settle"
    UNSETTLE = "unsettle"


class MarkKind(StrEnum):
    """What somebody decided: the visit is `kept` at a closed place, or needs no new time (`settled`)."""

    KEPT = "kept"
    SETTLED = "settled"


def check_may_decide(status: Status, *, ends_at: datetime, now: datetime, change: str) -> None:
    """Raises WrongState for a visit that is over, or has begun."""
    if status not in TO_COME:
        raise WrongState(status=status, change=change, why="status")
    if ends_at <= now:
        raise WrongState(status=status, change=change, why="visit_over")


def check_may_call(status: Status, channel: Channel, *, has_phone: bool, is_group: bool) -> None:
    """Whether a visit can become a call at its time. Raises WrongState.

    A request is answered first; whoever signed up for a group event does not come alone.
    """
    if status is not Status.BOOKED:
        raise WrongState(status=status, change="phone", why="status")
    if channel is Channel.PHONE:
        raise WrongState(status=status, change="phone", why="by_phone_already")
    if is_group:
        raise WrongState(status=status, change="phone", why="group_by_phone")
    if not has_phone:
        raise WrongState(status=status, change="phone", why="no_phone")


def check_call_was_made(
    status: Status, channel: Channel, *, starts_at: datetime, now: datetime, zone: tzinfo
) -> None:
    """A call is made on its day, or later; somebody expects it then. Raises WrongState."""
    if status is not Status.BOOKED:
        raise WrongState(status=status, change="make-call", why="status")
    if channel is not Channel.PHONE:
        raise WrongState(status=status, change="make-call", why="not_by_phone")
    if local_date(starts_at, zone) > local_date(now, zone):
        raise WrongState(status=status, change="make-call", why="call_later")


def call_is_due(
    status: Status, channel: Channel, *, starts_at: datetime, now: datetime, zone: tzinfo
) -> bool:
    """Whether it can be ticked off: what a page offers is what the office accepts."""
    try:
        check_call_was_made(status, channel, starts_at=starts_at, now=now, zone=zone)
    except WrongState:
        return False
    return True
