"""How many people may set out on a way within a while."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.texts import Text
from scheduler.domain.wayfinding import ArrivalLimit, Route, loads, route_is_full

NINE = datetime(2020, 6, 2, 7, tzinfo=UTC)


def at(*minutes: int) -> list[datetime]:
    return [NINE + timedelta(minutes=minute) for minute in sorted(minutes)]


def limit(at_most: int, minutes: int) -> ArrivalLimit:
    return ArrivalLimit(at_most, timedelta(minutes=minutes))


@pytest.mark.parametrize("start", [0, 5, 9, -9])
def test_a_window_holds_only_so_many(start: int) -> None:
    assert route_is_full(limit(2, 10), at(0, 0), *at(start))


@pytest.mark.parametrize("start", [10, -10])
def test_a_window_is_half_open(start: int) -> None:
    assert not route_is_full(limit(2, 10), at(0, 0), *at(start))


def test_windows_slide_and_do_not_stand_on_a_grid() -> None:
    assert route_is_full(limit(2, 10), at(7, 14), *at(12))


def test_arrivals_on_both_sides_that_no_window_joins_do_not_add_up() -> None:
    assert not route_is_full(limit(2, 10), at(-8, 8), *at(0))


def test_windows_that_begin_before_the_start_count() -> None:
    assert route_is_full(limit(3, 10), at(-6, -3, 2), *at(0))


def test_what_was_overfull_before_is_only_full_near_by() -> None:
    assert not route_is_full(limit(1, 10), at(0, 1, 2), *at(12))


@given(st.lists(st.integers(0, 40), max_size=8), st.integers(0, 40), st.integers(1, 4), st.integers(1, 15))
def test_every_window_of_every_minute_is_kept(
    arrivals: list[int], start: int, at_most: int, within: int
) -> None:
    together = [*arrivals, start]
    windows = [range(first, first + within) for first in range(-20, 60)]
    broken = any(start in window and sum(one in window for one in together) > at_most for window in windows)
    assert route_is_full(limit(at_most, within), at(*arrivals), *at(start)) == broken


def test_loads_are_counted_in_stretches_of_the_local_clock() -> None:
    way = Route("way", "main", Text({"de": "Weg"}), {}, False, True, ArrivalLimit(2, timedelta(minutes=10)))
    zone = ZoneInfo("Europe/Berlin")
    nine = datetime(2020, 3, 11, 9, tzinfo=zone)
    found = loads(way, [nine, nine + timedelta(minutes=9), nine + timedelta(minutes=10)], zone)
    assert [(one.start, one.number, one.is_full) for one in found] == [
        (nine, 2, True),
        (nine + timedelta(minutes=10), 1, False),
    ]
    without = loads(replace(way, arrivals=None), [nine], zone)
    assert [(one.number, one.at_most, one.is_full) for one in without] == [(1, None, False)]
