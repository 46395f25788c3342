"""Figures: what is counted, what is hidden, how long people waited, how full the places were."""

from collections import Counter
from datetime import date, datetime, timedelta

import pytest

from scheduler.domain.bookings import Category, Channel, Party, Status
from scheduler.domain.errors import Invalid
from scheduler.domain.figures import (
    FEWEST,
    Figures,
    Outcome,
    Period,
    Visit,
    WalkedIn,
    checked_period,
    figures,
    rows,
    usual_period,
)
from scheduler.domain.hours import Closure
from scheduler.domain.intervals import Interval
from scheduler.domain.resources import Kind
from tests.domain.availability_strategies import a_place, a_plan, berlin

PERIOD = Period(date(2020, 6, 1), date(2020, 6, 14))
PLAN = a_plan(resources=[a_place("one"), a_place("two"), a_place("office", Kind.OFFICE)])
NINE = berlin("2020-06-02T09:00")
MINUTE = timedelta(minutes=1)


def never(day: date) -> bool:
    return False


def a_visit(
    status: Status = Status.DONE,
    *,
    channel: Channel = Channel.IN_PERSON,
    by: Party | None = None,
    category: Category | None = None,
    starts_at: datetime = NINE,
    arrived: int | None = None,
    served: int | None = None,
    finished: int | None = None,
) -> Visit:
    """Of thirty minutes at the first counter; the stamps in minutes after its beginning."""
    stamps = [
        None if minutes is None else starts_at + minutes * MINUTE for minutes in (arrived, served, finished)
    ]
    until = starts_at + 30 * MINUTE
    return Visit(
        "matter", "one", status, channel, by, category, starts_at, until, stamps[0], stamps[1], stamps[2]
    )


def of(*visits: Visit, walk_ins: tuple[WalkedIn, ...] = (), period: Period = PERIOD) -> Figures:
    return figures(PLAN, period, visits, walk_ins, is_holiday=never)


def test_each_visit_counts_once_by_what_became_of_it() -> None:
    visits = [
        *[a_visit() for _ in range(9)],
        *[a_visit(channel=Channel.PHONE) for _ in range(8)],
        *[a_visit(Status.NO_SHOW) for _ in range(7)],
        *[a_visit(Status.CANCELLED, by=Party.CUSTOMER) for _ in range(6)],
        *[a_visit(Status.CANCELLED, by=Party.OFFICE) for _ in range(5)],
        *[a_visit(status) for status in (Status.REQUESTED, Status.BOOKED, Status.CHECKED_IN, Status.CALLED)],
        a_visit(Status.IN_SERVICE),
    ]
    (row,) = of(*visits).by_service
    assert row.counts == {
        Outcome.VISITED: 9,
        Outcome.BY_PHONE: 8,
        Outcome.NO_SHOW: 7,
        Outcome.CANCELLED_BY_CUSTOMER: 6,
        Outcome.CANCELLED_BY_OFFICE: 5,
        Outcome.OPEN: 5,
    }
    assert row.total == len(visits)
    assert [(week.key, week.total) for week in of(*visits).by_week] == [("2020-06-01", 40), ("2020-06-08", 0)]


def test_few_are_not_shown_and_no_sum_betrays_them() -> None:
    found = {
        "one_missing": Counter(a=4, b=10),
        "two_missing": Counter(a=4, b=3),
        "none_missing": Counter(a=5, b=0),
        "all_few": Counter(a=2, b=1),
    }
    shown = {row.key: (row.counts["a"], row.counts["b"], row.total) for row in rows(found)}
    assert shown == {
        "one_missing": (None, 10, None),
        "two_missing": (None, None, 7),
        "none_missing": (5, 0, 5),
        "all_few": (None, None, None),
    }


def test_waiting_begins_with_the_appointed_time_or_with_a_later_arrival() -> None:
    early = [a_visit(arrived=-20, served=10, finished=25) for _ in range(FEWEST)]
    late = [a_visit(arrived=5, served=10, finished=25) for _ in range(FEWEST)]
    assert of(*early).waiting["matter"].median == 10 * MINUTE
    assert of(*late).waiting["matter"].median == 5 * MINUTE
    assert of(*early).serving["matter"].median == 15 * MINUTE
    assert of(a_visit(arrived=-20, served=-10, finished=5), *early).waiting["matter"].number == FEWEST + 1


def test_half_wait_no_longer_than_the_median_and_nine_of_ten_no_longer_than_the_most() -> None:
    (found,) = of(
        *(a_visit(arrived=0, served=minutes, finished=60) for minutes in range(11))
    ).waiting.values()
    assert (found.number, found.median, found.most) == (11, 5 * MINUTE, 9 * MINUTE)


def test_durations_of_few_are_not_shown() -> None:
    few = of(*(a_visit(arrived=0, served=5, finished=10) for _ in range(FEWEST - 1)))
    assert (few.waiting, few.serving) == ({}, {})


def test_the_share_without_a_visit_is_of_what_was_settled() -> None:
    visits = [a_visit() for _ in range(FEWEST - 1)]
    calls = [a_visit(channel=Channel.PHONE) for _ in range(FEWEST)]
    walked_in = WalkedIn("matter", None, NINE, NINE, NINE)
    assert of(*visits, *calls, walk_ins=(walked_in,)).without_a_visit == {"matter": 0.5}
    assert of(*calls, a_visit(Status.NO_SHOW)).without_a_visit == {"matter": 1.0}


def test_a_share_that_tells_of_few_is_not_shown() -> None:
    calls = [a_visit(channel=Channel.PHONE) for _ in range(20)]
    assert of(*calls, a_visit()).without_a_visit == {}
    assert of(calls[0], *(a_visit() for _ in range(20))).without_a_visit == {}
    assert of(*calls[: FEWEST - 1]).without_a_visit == {}


def test_exceptions_are_counted_with_their_reasons() -> None:
    granted = [a_visit(category=Category.INTEGRATION) for _ in range(6)]
    cancelled = a_visit(Status.CANCELLED, by=Party.OFFICE, category=Category.INTEGRATION)
    let_in = tuple(WalkedIn(None, Category.OTHER, NINE, None, None) for _ in range(5))
    found = of(*granted, cancelled, walk_ins=let_in).exceptions
    assert [(row.key, row.counts) for row in found] == [
        ("integration", {"appointments": 6}),
        ("other", {"walk_ins": 5}),
    ]


def test_capacity_is_what_was_open_and_what_visits_took_of_it() -> None:
    afternoon = Interval(berlin("2020-06-02T11:00"), berlin("2020-06-02T12:00"))
    plan = a_plan(
        resources=[a_place("one"), a_place("two"), a_place("office", Kind.OFFICE)],
        closures=[Closure(afternoon, None, frozenset({"one"}), None)],
    )
    visits = [a_visit(), a_visit(Status.NO_SHOW), a_visit(Status.CANCELLED), a_visit(channel=Channel.PHONE)]
    day = Period(date(2020, 6, 2), date(2020, 6, 2))
    found = {one.kind: one for one in figures(plan, day, visits, (), is_holiday=never).capacity}
    assert (found[Kind.COUNTER].open_minutes, found[Kind.COUNTER].booked_minutes) == (3 * 60 + 4 * 60, 60)
    assert found[Kind.OFFICE].share == 0
    nothing = figures(plan, day, [a_visit()], (), is_holiday=lambda _: True).capacity
    assert [(one.kind, one.share) for one in nothing] == [(Kind.COUNTER, None)]


def test_a_week_begins_on_monday_by_the_clock_on_the_wall() -> None:
    sunday, monday = berlin("2020-06-07T23:30"), berlin("2020-06-08T00:00")
    found = of(*(a_visit(starts_at=at) for at in (sunday, monday) for _ in range(5)))
    assert [(row.key, row.total) for row in found.by_week] == [("2020-06-01", 5), ("2020-06-08", 5)]


@pytest.mark.parametrize("today", [date(2020, 6, 15), date(2020, 6, 21)])
def test_the_usual_period_is_the_last_four_whole_weeks(today: date) -> None:
    assert usual_period(today) == Period(date(2020, 5, 18), date(2020, 6, 14))


def test_a_period_ends_after_it_begins_and_is_no_longer_than_a_year() -> None:
    first = date(2020, 1, 1)
    assert checked_period(first, first) == Period(first, first)
    assert checked_period(first, date(2020, 12, 31)).last == date(2020, 12, 31)
    for last, why in ((date(2019, 12, 31), "reversed"), (date(2021, 1, 1), "span_too_long")):
        with pytest.raises(Invalid) as refused:
            checked_period(first, last)
        assert refused.value.fields["last"].why == why
