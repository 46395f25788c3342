"""Half-open intervals of time [start, end): opening spans, closures, visits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """From `start` (included) to `end` (not included), both UTC."""

    start: datetime
    end: datetime

    def contains(self, other: "Interval") -> bool:
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: "Interval") -> bool:
        return self.start < other.end and other.start < self.end


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time as few intervals in order: those that overlap or touch become one."""
    result: list[Interval] = []
    for interval in sorted(intervals):
        if interval.start >= interval.end:
            continue
        if result and interval.start <= result[-1].end:
            result[-1] = Interval(result[-1].start, max(result[-1].end, interval.end))
        else:
            result.append(interval)
    return result


def without(intervals: Iterable[Interval], holes: Iterable[Interval]) -> list[Interval]:
    """What remains of `intervals` where none of `holes` lies."""
    remaining = merged(intervals)
    for hole in holes:
        cut: list[Interval] = []
        for interval in remaining:
            if not interval.overlaps(hole):
                cut.append(interval)
                continue
            if interval.start < hole.start:
                cut.append(Interval(interval.start, hole.start))
            if hole.end < interval.end:
                cut.append(Interval(hole.end, interval.end))
        remaining = cut
    return remaining
