"""Delays: a visit takes longer than planned, and those that come after it at the same place begin later.

The one fact is until when a visit under way is expected to last. All else follows from it, as far as it
reaches: who is next begins when the place is free of the one before, keeps the own length, and so may push
the one after that; a gap takes the delay up. What people were told (`starts_at`), and the claim that the
database keeps apart from others, stay as they are: to wait is to be served in somebody else's time.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, tzinfo
from itertools import groupby
from typing import NamedTuple

from scheduler.domain.bookings import Channel, Status
from scheduler.domain.errors import WrongState, invalid
from scheduler.domain.instants import local_date, midnight
from scheduler.domain.intervals import Interval

LONGEST_MINUTES = 120

#: Who is called up or sits there already; of others nobody knows how long they take.
UNDER_WAY = frozenset({Status.CALLED, Status.IN_SERVICE})

_MINUTE = timedelta(minutes=1)


class Stay(NamedTuple):
    """One claim on a place, buffer included; `lasts_until` (buffer included too) where it takes longer."""

    place: str
    starts_at: datetime
    until: datetime
    lasts_until: datetime | None


def expected(stays: Iterable[Stay]) -> Mapping[tuple[str, datetime], Interval]:
    """When each stay will begin and end as things are, by its place and the start that was planned."""
    found: dict[tuple[str, datetime], Interval] = {}
    for place, at_place in groupby(sorted(stays, key=lambda stay: stay[:2]), key=lambda stay: stay.place):
        free_from: datetime | None = None
        for stay in at_place:
            begin = max(stay.starts_at, free_from or stay.starts_at)
            end = begin + (stay.until - stay.starts_at)
            free_from = max(end, stay.lasts_until or end)
            found[place, stay.starts_at] = Interval(begin, free_from)
    return found


def longer_until(
    status: Status,
    channel: Channel,
    ends_at: datetime,
    minutes: int,
    *,
    now: datetime,
    zone: tzinfo,
) -> datetime | None:
    """Until when a visit lasts that needs `minutes` more: from its planned end, or from now where it is over.

    None where it needs no more after all (0). The day ends it. Raises Invalid, WrongState.
    """
    if status not in UNDER_WAY or channel is not Channel.IN_PERSON:
        raise WrongState(status=status, change="lengthen", why="not_under_way")
    if not 0 <= minutes <= LONGEST_MINUTES:
        raise invalid("minutes", "out_of_range", least=0, most=LONGEST_MINUTES)
    if minutes == 0:
        return None
    this_minute = now.replace(second=0, microsecond=0)
    wanted = max(ends_at, this_minute) + minutes * _MINUTE
    return min(wanted, midnight(local_date(ends_at, zone) + timedelta(days=1), zone))
