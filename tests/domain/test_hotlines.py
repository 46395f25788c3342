"""Hotlines: hours, gaps in them, rosters as tables, and when so few call that one could close."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from scheduler.domain.errors import Fault, Invalid
from scheduler.domain.hotlines import (
    Gap,
    HotlineState,
    Volume,
    answered,
    closed_lately,
    gaps,
    hours_of,
    may_close,
    read_roster,
    state_of,
    volume,
)
from scheduler.domain.intervals import Interval
from scheduler.domain.plans import Hotline
from scheduler.domain.texts import Text
from tests.domain.availability_strategies import a_place, a_plan, berlin

OWN = Hotline("own", Text({"de": "x"}), date(2020, 3, 18), None, "own", 43, planned_staff=2)
OTHERS = Hotline("others", Text({"de": "y"}), date(2020, 3, 30), date(2020, 6, 30), "external", None)
PLAN = replace(a_plan(resources=[a_place("one")]), hotlines=(OWN, OTHERS))
MONDAY = date(2020, 4, 6)
HEADING = "hotline;day;from;to;name\n"


def never(day: date) -> bool:
    return False


def span(begin: str, end: str) -> Interval:
    return Interval(berlin(f"2020-04-06T{begin}"), berlin(f"2020-04-06T{end}"))


def test_customers_are_told_of_open_hotlines_with_the_hours_that_are_known() -> None:
    own_hours = {0: ((540, 600),)}
    plan = replace(PLAN, hotlines=(OWN, replace(OWN, key="mornings", week=own_hours), OTHERS))
    assert [(one.hotline.key, one.week) for one in answered(plan, MONDAY)] == [
        ("own", plan.office.week),
        ("mornings", own_hours),
        ("others", None),
    ]
    assert answered(plan, date(2020, 3, 17)) == []
    assert [one.hotline.key for one in answered(plan, date(2020, 7, 1))] == ["own", "mornings"]


def test_who_closed_a_while_ago_is_no_longer_spoken_of() -> None:
    assert closed_lately(PLAN, date(2020, 6, 30)) == []
    assert closed_lately(PLAN, date(2020, 7, 1)) == closed_lately(PLAN, date(2020, 9, 30)) == [OTHERS]
    assert closed_lately(PLAN, date(2020, 10, 1)) == []


def test_a_hotline_is_open_from_its_first_to_its_last_day() -> None:
    states = [
        state_of(OTHERS, day)
        for day in (date(2020, 3, 29), date(2020, 3, 30), date(2020, 6, 30), date(2020, 7, 1))
    ]
    assert states == [HotlineState.TO_COME, HotlineState.OPEN, HotlineState.OPEN, HotlineState.CLOSED]


def test_its_hours_are_its_own_or_the_offices() -> None:
    own = replace(OWN, week={0: ((480, 720), (780, 960))})
    assert hours_of(PLAN, own, MONDAY, never) == (span("08:00", "12:00"), span("13:00", "16:00"))
    assert hours_of(PLAN, own, MONDAY + timedelta(days=1), never) == ()
    assert hours_of(PLAN, own, MONDAY, lambda day: True) == ()
    assert hours_of(PLAN, own, date(2020, 3, 16), never) == ()
    offices = PLAN.office.week.get(0, ())
    assert len(hours_of(PLAN, OWN, MONDAY, never)) == len(offices)


def test_where_too_few_answer_is_a_gap() -> None:
    opening = [span("08:00", "12:00")]
    assert gaps(opening, [], 1) == [Gap(opening[0], 0)]
    shifts = [span("07:00", "10:00"), span("09:00", "11:00")]
    assert gaps(opening, shifts, 1) == [Gap(span("11:00", "12:00"), 0)]
    assert gaps(opening, shifts, 2) == [
        Gap(span("08:00", "09:00"), 1),
        Gap(span("10:00", "11:00"), 1),
        Gap(span("11:00", "12:00"), 0),
    ]
    assert gaps(opening, [span("08:00", "10:00"), span("10:00", "12:00")], 1) == []
    touching = [span("08:00", "09:00"), span("09:00", "12:00")]
    assert gaps(opening, touching, 2) == [Gap(opening[0], 1)]


def test_a_roster_is_read_from_a_table() -> None:
    table = f"\ufeff{HEADING}own;2020-04-06;08:00;12:00;Ada Arendt\n\nown;6.4.2020;9:00;24:00;Bruno Beck\n"
    found = read_roster(PLAN, table)
    assert [(one.name, one.span) for one in found] == [
        ("Ada Arendt", span("08:00", "12:00")),
        ("Bruno Beck", Interval(berlin("2020-04-06T09:00"), berlin("2020-04-07T00:00"))),
    ]
    assert read_roster(PLAN, table.replace(";", ",")) == found


def test_each_wrong_line_is_named_with_one_fault() -> None:
    table = HEADING + "\n".join(
        [
            "own;2020-04-06;08:00;12:00;Ada",
            "own;2020-04-06;08:00;12:00",
            "nonsense;2020-04-06;08:00;12:00;Ada",
            "others;2020-04-06;08:00;12:00;Ada",
            "own;2020-04-31;08:00;12:00;Ada",
            "own;2020-04-06;8;12:00;Ada",
            "own;2020-04-06;12:00;08:00;Ada",
            "own;2020-04-06;08:00;12:00; ",
            "own;2020-04-06;11:00;13:00;ADA",
        ]
    )
    with pytest.raises(Invalid) as refused:
        read_roster(PLAN, table)
    faults = refused.value.fields
    assert [fault.why for fault in faults.values()] == [
        *("roster_columns", "unknown", "not_own", "not_a_date", "not_a_time", "reversed", "no_name"),
        "shift_twice",
    ]
    assert [fault.values["line"] for fault in faults.values()] == list(range(3, 11))
    assert faults["line.10"] == Fault("shift_twice", line=10, name="ADA", other=2)


@pytest.mark.parametrize("table", ["", " \n ", HEADING])
def test_an_empty_table_is_none(table: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_roster(PLAN, table)
    assert refused.value.fields == {"text": Fault("missing")}


def test_calls_are_summed_by_week_and_this_one_is_not_whole() -> None:
    today = date(2020, 4, 15)  # a Wednesday
    counts = {date(2020, 3, 25): 5, date(2020, 3, 30): 7, date(2020, 4, 15): 3}
    assert volume(counts, OWN, today=today, weeks=4) == [
        Volume(date(2020, 3, 23), 5, is_whole=False),  # counted from its Wednesday on
        Volume(date(2020, 3, 30), 7, is_whole=True),
        Volume(date(2020, 4, 6), 0, is_whole=True),
        Volume(date(2020, 4, 13), 3, is_whole=False),
    ]
    assert not any(week.is_whole for week in volume({}, OWN, today=today, weeks=4))


@pytest.mark.parametrize(
    "calls, proposed",
    [
        ([50, 19, 19, 19, 19], True),
        ([19, 19, 19, 20], False),
        ([19, 19, 19], False),
        ([0, 0, 0, 0], True),
    ],
)
def test_a_hotline_could_close_after_some_weeks_with_few_calls(calls: list[int], proposed: bool) -> None:
    weeks = [Volume(MONDAY + timedelta(weeks=n), number, is_whole=True) for n, number in enumerate(calls)]
    half = Volume(MONDAY + timedelta(weeks=9), 99, is_whole=False)
    assert may_close([*weeks, half], OWN) is proposed
