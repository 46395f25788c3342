"""Half-open intervals: what touches does not overlap."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.intervals import Interval, merged, without

NOON = datetime(2020, 6, 2, 12, tzinfo=UTC)


def span(start: int, end: int) -> Interval:
    return Interval(NOON + timedelta(minutes=start), NOON + timedelta(minutes=end))


def minutes(*intervals: Interval) -> set[int]:
    """The minutes after noon that lie in any of the intervals."""
    return {
        minute
        for minute in range(-5, 30)
        if any(interval.start <= NOON + timedelta(minutes=minute) < interval.end for interval in intervals)
    }


spans = st.lists(st.builds(span, st.integers(0, 20), st.integers(0, 20)), max_size=5)
holes = st.lists(
    st.builds(lambda start, length: span(start, start + length), st.integers(0, 20), st.integers(1, 9))
)


def test_intervals_that_touch_do_not_overlap() -> None:
    assert not span(0, 10).overlaps(span(10, 20))
    assert not span(10, 20).overlaps(span(0, 10))
    assert span(0, 10).overlaps(span(9, 20))


def test_an_interval_contains_itself() -> None:
    assert span(0, 10).contains(span(0, 10))
    assert span(0, 10).contains(span(3, 4))
    assert not span(0, 10).contains(span(3, 11))
    assert not span(0, 10).contains(span(-1, 4))


def test_intervals_that_touch_become_one() -> None:
    assert merged([span(10, 20), span(0, 10)]) == [span(0, 20)]
    assert merged([span(0, 9), span(10, 20)]) == [span(0, 9), span(10, 20)]


def test_an_empty_or_reversed_interval_is_nothing() -> None:
    assert merged([span(5, 5), span(9, 3)]) == []


def test_a_hole_splits_an_interval() -> None:
    assert without([span(0, 20)], [span(5, 8), span(8, 10)]) == [span(0, 5), span(10, 20)]


@given(spans)
def test_merging_keeps_every_minute_and_leaves_gaps_between(intervals: list[Interval]) -> None:
    result = merged(intervals)
    assert minutes(*result) == minutes(*intervals)
    assert all(before.end < after.start for before, after in pairwise(result))


@given(spans, holes)
def test_what_remains_is_what_no_hole_takes(intervals: list[Interval], taken: list[Interval]) -> None:
    assert minutes(*without(intervals, taken)) == minutes(*intervals) - minutes(*taken)
