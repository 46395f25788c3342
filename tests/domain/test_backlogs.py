"""Backlogs: when they are worked off, with these places, these hours and the rules of a phase."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from scheduler.domain.backlogs import Backlog, Forecast, Taken, forecasts
from scheduler.domain.phases import Decision, Rule
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Kind
from tests.domain.availability_strategies import MORNING, a_phase, a_place, a_plan, a_route, a_service

TUESDAY = date(2020, 6, 2)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
COUNTERS = a_phase("counters", LONG_AGO, Rule(Decision.ALLOW, kinds=frozenset({Kind.COUNTER})))
SHUT = a_phase("shut", LONG_AGO, Rule(Decision.REFUSE))
SERVICE = a_service([Kind.COUNTER, Kind.OFFICE])
PLAN = a_plan(
    resources=[a_place("one"), a_place("two"), a_place("office", Kind.OFFICE)],
    services=[SERVICE],
    phases=[COUNTERS],
)


def never(day: date) -> bool:
    return False


def of(plan: Plan, waiting: int, *, a_day: int = 0, taken: Taken | None = None) -> Forecast:
    backlog = Backlog(plan.services[0], waiting, a_day)
    (found,) = forecasts(plan, plan.phases[-1], [backlog], first=TUESDAY, taken=taken or {}, is_holiday=never)
    return found


def test_a_day_holds_what_fits_into_the_places_that_the_phase_lets() -> None:
    # Two counters, four hours, half an hour each: sixteen a day; the office is not let.
    assert of(PLAN, 16) == Forecast(COUNTERS, Backlog(SERVICE, 16, 0), True, 16, TUESDAY)
    assert of(PLAN, 17).done == TUESDAY + timedelta(days=1)
    assert of(PLAN, 0).done == TUESDAY


def test_what_is_booked_already_takes_its_time() -> None:
    booked = {("one", TUESDAY): (timedelta(hours=4), 8)}
    assert of(PLAN, 9, taken=booked).done == TUESDAY + timedelta(days=1)
    assert of(PLAN, 8, taken=booked).done == TUESDAY


def test_who_comes_meanwhile_waits_too() -> None:
    assert of(PLAN, 20, a_day=8).done == TUESDAY + timedelta(days=2)
    assert of(PLAN, 1, a_day=16).done is None


def test_a_phase_that_lets_nobody_in_works_nothing_off() -> None:
    plan = a_plan(resources=PLAN.resources, services=[SERVICE], phases=[SHUT])
    found = of(plan, 5)
    assert (found.is_let, found.first_day, found.done) == (False, 0, None)


def test_a_prescribed_route_lets_only_so_many_set_out() -> None:
    # Two people in each full half hour of four hours, whatever the counters could hold.
    phase = a_phase("routes", LONG_AGO, Rule(Decision.ALLOW), prescribed_routes=True)
    places = [a_place(name, route="way") for name in ("one", "two", "three")]
    route = a_route("way", 2, 30)
    plan = a_plan(resources=places, services=[a_service()], phases=[phase], routes=[route])
    assert of(plan, 100).first_day == 16
    assert of(plan, 17).done == TUESDAY + timedelta(days=1)
    assert of(plan, 12, taken={("one", TUESDAY): (timedelta(hours=2), 5)}).done == TUESDAY + timedelta(days=1)


def test_those_named_first_are_served_first() -> None:
    other_service = replace(SERVICE, key="other", length=timedelta(hours=1))
    urgent = Backlog(SERVICE, 16, 0)
    plan = a_plan(resources=PLAN.resources, services=[SERVICE, other_service], phases=[COUNTERS])
    second = Backlog(other_service, 1, 0)
    found = forecasts(plan, COUNTERS, [urgent, second], first=TUESDAY, taken={}, is_holiday=never)
    assert [one.done for one in found] == [TUESDAY, TUESDAY + timedelta(days=1)]


def test_days_on_which_nothing_is_open_work_nothing_off() -> None:
    plan = a_plan(resources=PLAN.resources, services=[SERVICE], phases=[COUNTERS], week={3: MORNING})
    found = of(plan, 17)
    assert (found.first_day, found.done) == (16, date(2020, 6, 11))
    assert of(a_plan(services=[SERVICE], phases=[COUNTERS], week={}), 1).done is None
