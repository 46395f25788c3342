"""The waiting list: whoever would come earlier is offered a free time, and keeps the own meanwhile."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from scheduler.domain.availability import Slot
from scheduler.domain.bookings import Channel, Status
from scheduler.domain.errors import WrongState
from scheduler.domain.instants import local_date
from scheduler.domain.phases import Decision

#: After so many offers the wish is over.
MOST_OFFERS = 3
#: So long an offered time is held.
OFFER_LENGTH = timedelta(hours=6)
#: No time is offered that begins sooner than this: people read their mail, and have to come.
AHEAD = timedelta(hours=24)
#: Local hours between which offers are made, so that nobody has to answer at night.
FROM_HOUR, TO_HOUR = 7, 18
#: The longest cool-down; what was freed is noted for so long.
LONGEST_COOL_DOWN = timedelta(hours=1)
#: By whom a time is held that was freed just now; such a hold keeps it from nobody but the public's pages.
COOLING = "office:cool-down"


class Answer(StrEnum):
    """What became of an offer; `over`: nobody answered in time, or the visit was changed otherwise."""

    TAKEN = "taken"
    DECLINED = "declined"
    OVER = "over"


def check_may_wish(
    status: Status, channel: Channel, *, starts_at: datetime, now: datetime, has_email: bool
) -> None:
    """Raises WrongState where there is no time to come earlier than, or no way to say that one is free."""
    if status is not Status.BOOKED or channel is not Channel.IN_PERSON or starts_at <= now:
        raise WrongState(change="wish", why="no_earlier")
    if not has_email:
        raise WrongState(change="wish", why="no_email")


def days_to_offer(starts_at: datetime, now: datetime, zone: tzinfo) -> tuple[date, date] | None:
    """The first and last local day on which an earlier time may be; None where there is none."""
    first, last = local_date(now + AHEAD, zone), local_date(starts_at, zone) - timedelta(days=1)
    return (first, last) if first <= last else None


def is_time_to_offer(now: datetime, zone: tzinfo) -> bool:
    return FROM_HOUR <= now.astimezone(zone).hour < TO_HOUR


def first_offer(
    slots: Iterable[Slot], *, now: datetime, offered: Collection[datetime], justified: bool
) -> Slot | None:
    """The first of these that may be offered: far enough ahead, new, and not to be asked for."""
    decisions = {Decision.ALLOW, Decision.JUSTIFY} if justified else {Decision.ALLOW}
    fitting = (slot for slot in slots if slot.starts_at >= now + AHEAD and slot.starts_at not in offered)
    return next((slot for slot in fitting if slot.ruling.decision in decisions), None)
