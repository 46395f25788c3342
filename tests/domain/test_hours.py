"""Opening hours: what wins over what, and which visits fit."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from scheduler.domain.errors import Closed, OutsideHours, PublicHoliday
from scheduler.domain.hours import Closure, DayException, HoursPeriod, Opening, OpeningHours, Source
from scheduler.domain.intervals import Interval
from scheduler.domain.resources import Resource
from scheduler.domain.texts import Text
from tests.domain.availability_strategies import ALL_DAY, MORNING, a_place, a_plan, berlin, every_day

TUESDAY, WEDNESDAY, THURSDAY = date(2020, 6, 2), date(2020, 6, 3), date(2020, 6, 4)
AFTERNOON: Opening = ((780, 960),)
EVENING: Opening = ((1080, 1200),)
COUNTER = a_place("counter")
ANNEX = a_place("annex-counter", site="annex")


def never(day: date) -> bool:
    return False


def on_tuesday(day: date) -> bool:
    return day == TUESDAY


def hours_of(place: Resource = COUNTER, **plan: Any) -> OpeningHours:
    return a_plan(resources=[COUNTER, ANNEX], **plan).opening_hours[place.key]


def period(
    opening: Opening,
    *,
    resources: Sequence[str] | None = None,
    sites: Sequence[str] | None = None,
    first: date = TUESDAY,
    last: date = TUESDAY,
) -> HoursPeriod:
    return HoursPeriod(
        first,
        last,
        every_day(opening),
        None if resources is None else frozenset(resources),
        None if sites is None else frozenset(sites),
    )


def closure(
    start: str, end: str, reason: str | None = None, *, resources: Sequence[str] | None = None
) -> Closure:
    return Closure(
        Interval(berlin(start), berlin(end)),
        None if reason is None else Text({"de": reason}),
        None if resources is None else frozenset(resources),
        None,
    )


def visit(start: str, minutes: int = 30) -> Interval:
    return Interval(berlin(start), berlin(start) + timedelta(minutes=minutes))


def test_weekday_hours_hold_where_nothing_else_speaks() -> None:
    hours = hours_of(week={TUESDAY.weekday(): MORNING}).on(TUESDAY, never)
    assert hours.source is Source.WEEK
    assert hours.spans == (Interval(berlin("2020-06-02T08:00"), berlin("2020-06-02T12:00")),)


def test_a_weekday_left_out_is_closed() -> None:
    hours = hours_of(week={TUESDAY.weekday(): MORNING})
    assert isinstance(hours.fault(visit("2020-06-03T09:00"), never), OutsideHours)


def test_a_period_wins_over_weekday_hours_with_both_dates_included() -> None:
    hours = hours_of(hours=[period(AFTERNOON, last=WEDNESDAY)])
    assert [hours.on(day, never).source for day in (TUESDAY, WEDNESDAY, THURSDAY)] == [
        Source.PERIOD,
        Source.PERIOD,
        Source.WEEK,
    ]


def test_a_weekday_that_a_period_leaves_out_is_closed() -> None:
    only_wednesday = HoursPeriod(TUESDAY, WEDNESDAY, {WEDNESDAY.weekday(): MORNING}, None, None)
    assert hours_of(hours=[only_wednesday]).on(TUESDAY, never).spans == ()


def test_the_period_of_the_place_wins_over_its_sites_and_that_over_the_one_for_all() -> None:
    periods = [period(MORNING), period(AFTERNOON, sites=["main"]), period(EVENING, resources=["counter"])]
    for among in (periods, periods[::-1]):
        assert hours_of(hours=among).on(TUESDAY, never).spans[0].start == berlin("2020-06-02T18:00")
    assert hours_of(hours=periods[:2]).on(TUESDAY, never).spans[0].start == berlin("2020-06-02T13:00")
    assert hours_of(ANNEX, hours=periods).on(TUESDAY, never).spans[0].start == berlin("2020-06-02T08:00")


def test_a_public_holiday_wins_over_periods() -> None:
    hours = hours_of(hours=[period(ALL_DAY)])
    assert isinstance(hours.fault(visit("2020-06-02T09:00"), on_tuesday), PublicHoliday)


def test_an_exception_of_the_day_opens_a_public_holiday() -> None:
    hours = hours_of(exceptions=[DayException(TUESDAY, AFTERNOON)])
    assert hours.fault(visit("2020-06-02T13:00"), on_tuesday) is None
    assert isinstance(hours.fault(visit("2020-06-02T09:00"), on_tuesday), OutsideHours)


def test_an_exception_without_hours_closes_the_day() -> None:
    fault = hours_of(exceptions=[DayException(TUESDAY, ())]).fault(visit("2020-06-02T09:00"), on_tuesday)
    assert isinstance(fault, Closed)
    assert fault.details["reason"] is None


def test_a_closure_wins_over_everything_and_says_why() -> None:
    meeting = closure("2020-06-02T09:00", "2020-06-02T10:00", "Personalversammlung")
    hours = hours_of(closures=[meeting], exceptions=[DayException(TUESDAY, ALL_DAY)])
    for start in ("2020-06-02T08:45", "2020-06-02T09:15", "2020-06-02T09:59"):
        fault = hours.fault(visit(start), on_tuesday)
        assert isinstance(fault, Closed)
        assert fault.details["reason"] == {"de": "Personalversammlung"}


def test_a_visit_may_touch_a_closure() -> None:
    hours = hours_of(closures=[closure("2020-06-02T09:00", "2020-06-02T10:00")])
    assert hours.fault(visit("2020-06-02T08:30"), never) is None
    assert hours.fault(visit("2020-06-02T10:00"), never) is None


def test_a_closure_of_some_places_leaves_the_others_open() -> None:
    closures = [closure("2020-06-02T00:00", "2020-06-03T00:00", resources=["counter"])]
    assert isinstance(hours_of(closures=closures).fault(visit("2020-06-02T09:00"), never), Closed)
    assert hours_of(ANNEX, closures=closures).fault(visit("2020-06-02T09:00"), never) is None


def test_a_closure_of_a_site_concerns_its_places() -> None:
    whole_day = Interval(berlin("2020-06-02T00:00"), berlin("2020-06-03T00:00"))
    closures = [Closure(whole_day, None, None, frozenset({"annex"}))]
    assert isinstance(hours_of(ANNEX, closures=closures).fault(visit("2020-06-02T09:00"), never), Closed)
    assert hours_of(closures=closures).fault(visit("2020-06-02T09:00"), never) is None


@pytest.mark.parametrize("start", ["2020-06-02T08:00", "2020-06-02T11:30"])
def test_a_visit_fits_from_opening_to_closing_time(start: str) -> None:
    assert hours_of().fault(visit(start), never) is None


@pytest.mark.parametrize("start", ["2020-06-02T07:55", "2020-06-02T11:35", "2020-06-02T12:00"])
def test_a_visit_must_fit_whole(start: str) -> None:
    fault = hours_of().fault(visit(start), never)
    assert isinstance(fault, OutsideHours)
    assert fault.details["day"] == TUESDAY


def test_a_visit_does_not_run_through_a_break() -> None:
    hours = hours_of(week=every_day(((480, 720), (721, 960))))
    assert isinstance(hours.fault(visit("2020-06-02T11:45"), never), OutsideHours)


def test_spans_that_touch_count_as_one() -> None:
    assert hours_of(week=every_day(((480, 720), (720, 960)))).fault(visit("2020-06-02T11:45"), never) is None


def test_a_visit_runs_over_midnight_where_both_days_are_open() -> None:
    hours = hours_of(week=every_day(ALL_DAY))
    assert hours.fault(visit("2020-06-01T23:45"), never) is None
    assert isinstance(hours.fault(visit("2020-06-01T23:45"), on_tuesday), PublicHoliday)


def test_a_long_visit_runs_over_several_days() -> None:
    hours = hours_of(week=every_day(ALL_DAY), exceptions=[DayException(THURSDAY, ())])
    assert hours.fault(visit("2020-06-01T23:30", minutes=48 * 60), never) is None
    assert isinstance(hours.fault(visit("2020-06-01T23:30", minutes=49 * 60), never), Closed)


def test_opening_hours_follow_the_wall_clock_over_its_jumps() -> None:
    hours = hours_of(week=every_day(((0, 480),)))
    (spring,) = hours.on(date(2020, 3, 29), never).spans
    (autumn,) = hours.on(date(2020, 10, 25), never).spans
    assert (spring.end - spring.start, autumn.end - autumn.start) == (timedelta(hours=7), timedelta(hours=9))


def test_hours_that_are_skipped_altogether_do_not_open() -> None:
    assert hours_of(week=every_day(((120, 180),))).on(date(2020, 3, 29), never).spans == ()


def test_hours_that_begin_in_a_skipped_hour_begin_with_the_jump() -> None:
    hours = hours_of(week=every_day(((150, 240),)))
    jump = datetime(2020, 3, 29, 1, tzinfo=UTC)
    assert hours.on(date(2020, 3, 29), never).spans == (Interval(jump, jump + timedelta(hours=1)),)


def test_the_answer_for_another_region_is_not_remembered() -> None:
    hours = hours_of()
    assert hours.fault(visit("2020-06-02T09:00"), never) is None
    assert isinstance(hours.fault(visit("2020-06-02T09:00"), on_tuesday), PublicHoliday)
