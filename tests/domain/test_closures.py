"""Closures of the plan: what they cover, their ends, and the hours that they take."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.adapters.holidays import holiday_question
from scheduler.domain.closures import (
    ClosureRequest,
    Scope,
    closure_of,
    ended,
    id_of,
    lost_hours,
    places_of,
    taken_back,
    with_closure,
)
from scheduler.domain.errors import Invalid, NotFound, WrongState
from scheduler.domain.intervals import Interval
from scheduler.domain.planexports import write_plan
from scheduler.domain.planfiles import read_plan
from scheduler.domain.resources import Kind
from tests.factories import at, whole_plan

PLAN = replace(whole_plan(), closures=())
NOW = at("2020-03-09 09:30")
HOUR = timedelta(hours=1)
TUESDAY = Interval(at("2020-03-10 08:00"), at("2020-03-10 12:00"))


def asked(scope: Scope = Scope.OFFICE, key: str = "", span: Interval = TUESDAY) -> ClosureRequest:
    return ClosureRequest(scope, key, span, None)


@pytest.mark.parametrize(
    "scope, key, number",
    [
        (Scope.OFFICE, "", 9),
        (Scope.SITE, "annex", 1),
        (Scope.KIND, "counter", 4),
        (Scope.PLACE, "counter-1", 1),
    ],
)
def test_a_closure_covers_what_was_said(scope: Scope, key: str, number: int) -> None:
    closure = asked(scope, key).closure(PLAN, now=NOW)
    assert len(places_of(PLAN, closure)) == number
    closed = with_closure(PLAN, closure)
    assert read_plan(write_plan(closed).encode(), known_holiday_region=lambda region: True) == closed
    assert closure_of(closed, id_of(closure)) == closure
    with pytest.raises(WrongState):
        with_closure(closed, replace(closure, span=Interval(closure.span.start, closure.span.end + HOUR)))
    with pytest.raises(NotFound):
        closure_of(PLAN, id_of(closure))


@pytest.mark.parametrize(
    "request_",
    [
        asked(span=Interval(at("2020-03-01 08:00"), at("2020-03-02 08:00"))),
        asked(span=Interval(TUESDAY.start, TUESDAY.start + timedelta(days=4000))),
        asked(Scope.SITE, "moon"),
        asked(Scope.KIND, "ballroom"),
        asked(Scope.PLACE, "counter-9"),
    ],
)
def test_what_cannot_be_closed_is_refused(request_: ClosureRequest) -> None:
    with pytest.raises(Invalid):
        request_.closure(PLAN, now=NOW)


def test_what_is_closed_at_once_begins_now_and_not_before() -> None:
    closure = asked(span=Interval(NOW - 5 * HOUR, NOW + HOUR)).closure(PLAN, now=NOW)
    assert closure.span == Interval(NOW, NOW + HOUR)


def test_an_end_is_changed_while_it_is_to_come_and_nothing_past_is() -> None:
    closed = with_closure(PLAN, closure := asked().closure(PLAN, now=NOW))
    longer = ended(closed, closure, TUESDAY.end + HOUR, now=NOW)
    assert longer.closures[0].span.end == TUESDAY.end + HOUR
    assert taken_back(closed, closure, now=NOW) == PLAN
    within = TUESDAY.start + HOUR
    assert taken_back(closed, closure, now=within).closures[0].span == Interval(TUESDAY.start, within)
    with pytest.raises(Invalid):
        ended(closed, closure, within - HOUR / 2, now=within)
    with pytest.raises(WrongState):
        ended(closed, closure, TUESDAY.end + HOUR, now=TUESDAY.end)


def test_hours_are_lost_where_places_were_open() -> None:
    is_holiday = holiday_question("DE-RP")
    whole_day = Interval(at("2020-03-10 00:00"), at("2020-03-11 00:00"))
    closure = asked(Scope.PLACE, "counter-1", whole_day).closure(PLAN, now=NOW)
    assert lost_hours(PLAN, closure, is_holiday=is_holiday) == {Kind.COUNTER: 6.5 * HOUR}
    sunday = Interval(at("2020-03-15 00:00"), at("2020-03-16 00:00"))
    assert lost_hours(PLAN, asked(span=sunday).closure(PLAN, now=NOW), is_holiday=is_holiday) == {}
    closed = with_closure(PLAN, closure)
    assert lost_hours(closed, closure, is_holiday=is_holiday) == {Kind.COUNTER: 6.5 * HOUR}
