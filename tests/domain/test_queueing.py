"""The order of the queue, and how long one more would wait."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.domain.bookings import Status
from scheduler.domain.queueing import (
    Ahead,
    Rank,
    State,
    Turn,
    minutes_waited,
    rank,
    state_of_visit,
    wait_of_one_more,
)

NINE = datetime(2020, 3, 9, 8, tzinfo=UTC)
GRACE = timedelta(minutes=15)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def place(arrived: int, starts: int | None = None, *, number: int = 1, emergency: bool = False) -> Rank:
    starts_at = None if starts is None else NINE + minutes(starts)
    return rank(
        arrived_at=NINE + minutes(arrived),
        number=number,
        starts_at=starts_at,
        emergency=emergency,
        grace=GRACE,
    )


def test_emergencies_then_the_punctual_then_the_late_then_walk_ins() -> None:
    in_order = [
        place(50, emergency=True, number=8),
        place(55, emergency=True, number=9),
        place(20, 30, number=4),  # early, and yet by the time of the appointment
        place(46, 31, number=7),  # a quarter of an hour late is punctual
        place(-60, 90, number=1),  # long before, for an appointment later than others
        place(46, 30, number=6),  # a minute more is late
        place(52, 0, number=5),
        place(0, number=2),  # without an appointment, though first of all
        place(1, number=3),
    ]
    backwards = in_order[::-1]
    assert sorted(backwards) == in_order
    assert [one.turn for one in in_order] == sorted(one.turn for one in in_order)


def test_of_two_who_came_at_once_the_smaller_number_comes_first() -> None:
    assert place(0, number=4) < place(0, number=5)


@pytest.mark.parametrize(
    "status, starts, state",
    [
        (Status.BOOKED, 0, State.EXPECTED),
        (Status.BOOKED, -15, State.EXPECTED),
        (Status.BOOKED, -16, State.LATE),
        (Status.BOOKED, 119, State.EXPECTED),
        (Status.BOOKED, 120, None),
        (Status.CHECKED_IN, 300, State.WAITING),
        (Status.CALLED, 0, State.CALLED),
        (Status.IN_SERVICE, 0, State.IN_SERVICE),
        (Status.DONE, 0, State.DONE),
        (Status.NO_SHOW, 0, State.DONE),
        (Status.REQUESTED, 0, None),
        (Status.CANCELLED, 0, None),
    ],
)
def test_where_a_visit_stands(status: Status, starts: int, state: State | None) -> None:
    assert state_of_visit(status, starts_at=NINE + minutes(starts), now=NINE, grace=GRACE) is state


def test_minutes_waited_are_whole_and_never_negative() -> None:
    assert minutes_waited(NINE, NINE + timedelta(seconds=119)) == 1
    assert minutes_waited(NINE, NINE - minutes(3)) == 0


def wait(free: list[float], *ahead: tuple[Turn, float, float]) -> int | None:
    """`free` in minutes from now; each ahead with its turn, when it is ready, and its length."""
    before = [
        Ahead(Rank(turn, NINE + minutes(ready), 0), NINE + minutes(ready), minutes(length))
        for turn, ready, length in ahead
    ]
    return wait_of_one_more([NINE + minutes(at) for at in free], before, now=NINE)


WALK_IN, PUNCTUAL = Turn.WALK_IN, Turn.PUNCTUAL


def test_one_more_goes_to_the_next_free_hand() -> None:
    assert wait([]) is None
    assert wait([], (WALK_IN, 0, 10)) is None
    assert wait([0]) == 0
    assert wait([-30, 12]) == 0
    assert wait([12, 7]) == 10  # to the next five
    assert wait([10]) == 10
    assert wait([10.1]) == 15


def test_one_more_waits_for_all_who_are_ready_before() -> None:
    assert wait([0], (WALK_IN, 0, 15)) == 15
    assert wait([0, 0], (WALK_IN, 0, 15)) == 0
    assert wait([0, 5], (WALK_IN, 0, 15), (WALK_IN, 0, 30)) == 15
    assert wait([0], (WALK_IN, 0, 15), (PUNCTUAL, 10, 20)) == 35  # ready by the time the place is
    assert wait([0], (PUNCTUAL, 10, 20)) == 0  # who is not there yet lets one more go first
