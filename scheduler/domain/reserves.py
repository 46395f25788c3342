"""Reserves: a share of a place's time that is kept from customers, or from everybody until the day itself.

Which times these are follows from the plan alone, so nobody counts and nobody races: the opening time of a
place is cut into parts from each opening on, and those that are held are spread over the day, at other times
at each place. A visit for a concern that the reserve names may not touch a part that is still held; other
concerns can have it at once. The buffer after a visit counts for nothing here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from scheduler.domain.instants import at_wall_time, local_date
from scheduler.domain.intervals import Interval
from scheduler.domain.resources import Kind, Resource
from scheduler.domain.roles import Role
from scheduler.domain.services import Service

_MINUTE = timedelta(minutes=1)


class KeptFor(StrEnum):
    """`staff`: customers cannot book it on their own word; `day`: nobody can before the visit's local day."""

    STAFF = "staff"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Reserve:
    """`number` parts, or `percent` of them (rounded up), of each place and day, each `part` long.

    What is None limits nothing: `services`, `kinds` and `sites` say for which visits and places, `first`,
    `last` (both included) and `month_days` on which days it holds. Who books has them from `release` before
    the part begins, and from `release_at` on its day (minutes after midnight).
    """

    kept_for: KeptFor
    services: frozenset[str] | None
    kinds: frozenset[Kind] | None
    sites: frozenset[str] | None
    first: date | None
    last: date | None
    month_days: frozenset[int] | None
    part: timedelta
    number: int | None
    percent: int | None
    release: timedelta | None
    release_at: int | None

    def concerns(self, resource: Resource) -> bool:
        return (self.kinds is None or resource.kind in self.kinds) and (
            self.sites is None or resource.site in self.sites
        )

    def binds(self, service: Service, booked_by: Role) -> bool:
        """Whether it can stand in the way of a visit for `service` on this role's word."""
        return (self.services is None or service.key in self.services) and (
            self.kept_for is KeptFor.DAY or booked_by is Role.CUSTOMER
        )

    def holds_on(self, day: date) -> bool:
        return (
            (self.first is None or self.first <= day)
            and (self.last is None or day <= self.last)
            and (self.month_days is None or day.day in self.month_days)
        )

    def held_parts(
        self, day: date, openings: Iterable[Interval], *, rank: int, now: datetime, zone: tzinfo
    ) -> Iterator[Interval]:
        """What is still held at a place, the `rank`th (from 0) that it concerns, open as planned."""
        parts = [part for opening in openings for part in _parts(opening, self.part)]
        held = self._share(len(parts))
        for position, part in enumerate(parts):
            if (position + rank) * held % len(parts) < held and not self._is_released(part, day, now, zone):
                yield part

    def _share(self, parts: int) -> int:
        wanted = -(-parts * self.percent // 100) if self.percent is not None else self.number or 0
        return min(parts, wanted)

    def _is_released(self, part: Interval, day: date, now: datetime, zone: tzinfo) -> bool:
        return (
            (self.kept_for is KeptFor.DAY and local_date(now, zone) >= day)
            or (self.release is not None and now >= part.start - self.release)
            or (self.release_at is not None and now >= at_wall_time(day, self.release_at, zone))
        )


def next_release(reserves: Sequence[Reserve], now: datetime, zone: tzinfo) -> datetime | None:
    """Before when no more parts are released by time alone, midnight aside; None where none is today."""
    instants = [
        at_wall_time(local_date(now, zone), reserve.release_at, zone)
        for reserve in reserves
        if reserve.release_at is not None
    ]
    if any(reserve.release is not None for reserve in reserves):
        instants.append(now.replace(second=0, microsecond=0) + _MINUTE)  # parts begin with a minute
    return min((instant for instant in instants if instant > now), default=None)


def _parts(opening: Interval, length: timedelta) -> Iterator[Interval]:
    """The parts that fit into an opening whole; what is left at its end is never held."""
    start = opening.start
    while start + length <= opening.end:
        yield Interval(start, start + length)
        start += length
