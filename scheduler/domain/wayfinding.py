"""Prescribed ways through the buildings, and how many people may set out on one in a while."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from scheduler.domain.texts import Text


@dataclass(frozen=True, slots=True)
class ArrivalLimit:
    """In any half-open window of `within` at most `at_most` visits begin."""

    at_most: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Route:
    """A way to walk; `steps` are the signs on it, by language."""

    key: str
    site: str
    name: Text
    steps: dict[str, tuple[str, ...]]
    one_way: bool
    step_free: bool
    arrivals: ArrivalLimit | None


#: In such steps a route is looked at that has no limit of its own.
STEP = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Load:
    """How many visits begin on a route from `start` on for a while; `at_most` is None where nobody counts."""

    start: datetime
    number: int
    at_most: int | None

    @property
    def is_full(self) -> bool:
        return self.at_most is not None and self.number >= self.at_most


def loads(route: Route, arrivals: Iterable[datetime], zone: tzinfo) -> list[Load]:
    """The stretches of the limit's length, on the local clock, in which somebody sets out, in order."""
    within = route.arrivals.within if route.arrivals else STEP
    counted = Counter(_stretch(start, within, zone) for start in arrivals)
    at_most = route.arrivals.at_most if route.arrivals else None
    return [Load(start, number, at_most) for start, number in sorted(counted.items())]


def _stretch(instant: datetime, within: timedelta, zone: tzinfo) -> datetime:
    local = instant.astimezone(zone)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    passed = local.replace(tzinfo=None) - day.replace(tzinfo=None)
    return instant - passed % within


def route_is_full(limit: ArrivalLimit, arrivals: Sequence[datetime], start: datetime) -> bool:
    """Whether one more visit beginning at `start` would break the limit; `arrivals` are in order.

    Of all windows that hold `start` it is enough to look at those that begin with an arrival or with
    `start` itself: any other holds no more than the next of these.
    """
    near = arrivals[
        bisect_right(arrivals, start - limit.within) : bisect_left(arrivals, start + limit.within)
    ]
    openings = [*near[: bisect_right(near, start)], start]
    return any(
        bisect_left(near, opening + limit.within) - bisect_left(near, opening) >= limit.at_most
        for opening in openings
    )
