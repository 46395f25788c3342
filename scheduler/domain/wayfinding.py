"""Prescribed ways through the buildings, and how many people may set out on one in a while."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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
