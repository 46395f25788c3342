"""Backlogs: when those who wait will have had their visit, under the rules of one phase or another.

This reckons with minutes, not with slots: a real day has gaps, people who do not come, and emergencies, so
what comes out is the earliest that is possible with these places and hours.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from scheduler.domain.hours import HolidayQuestion
from scheduler.domain.occupancy import prescribed_route
from scheduler.domain.phases import Phase, rule_for
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Resource
from scheduler.domain.roles import BOOKERS
from scheduler.domain.services import Service, suits

#: So far ahead is looked.
LONGEST = timedelta(days=366)
_DAY = timedelta(days=1)
_ALL = 1_000_000

#: What visits that are booked already take of a place on a local day, and how many begin there.
Taken = Mapping[tuple[str, date], tuple[timedelta, int]]


@dataclass(frozen=True, slots=True)
class Backlog:
    """So many people wait for a service, and so many more come on each day that the office is open."""

    service: Service
    waiting: int
    a_day: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """Whether the phase lets the service at all, how many such visits alone the first open day would hold,
    and the day after which nobody waits any more; None where that is not within a year.
    """

    phase: Phase
    backlog: Backlog
    is_let: bool
    first_day: int
    done: date | None


def forecasts(
    plan: Plan,
    phase: Phase,
    backlogs: Sequence[Backlog],
    *,
    first: date,
    taken: Taken,
    is_holiday: HolidayQuestion,
) -> list[Forecast]:
    """When each backlog is worked off from `first` on; those named first are served first, day by day."""
    places = {one.service.key: places_for(plan, phase, one.service) for one in backlogs}
    waiting = {one.service.key: one.waiting for one in backlogs}
    done: dict[str, date] = {}
    held: dict[str, int] = {}
    for day in (first + n * _DAY for n in range(LONGEST.days)):
        room = _room(plan, phase, day, taken, is_holiday)
        if not any(room.time.values()):
            continue
        for one in backlogs:
            key = one.service.key
            if key not in held:
                held[key] = _room(plan, phase, day, taken, is_holiday).take(one.service, places[key], _ALL)
            waiting[key] += one.a_day
            waiting[key] -= room.take(one.service, places[key], waiting[key])
            if waiting[key] == 0:
                done.setdefault(key, day)
        if len(done) == len(backlogs):
            break
    return [
        Forecast(
            phase,
            one,
            bool(places[one.service.key]),
            held.get(one.service.key, 0),
            done.get(one.service.key),
        )
        for one in backlogs
    ]


def places_for(plan: Plan, phase: Phase, service: Service) -> list[Resource]:
    """The places at which the phase lets anybody book the service."""
    return [place for place in plan.resources if suits(service, place) and _is_let(phase, service, place)]


def _is_let(phase: Phase, service: Service, place: Resource) -> bool:
    rulings = (rule_for(phase, service, role, place.kind, place.site) for role in BOOKERS)
    return any(ruling.decision.lets_book and ruling.needs <= place.equipment for ruling in rulings)


@dataclass
class _Room:
    """What is left on one day: of each place's time, and of the people who may set out on each route."""

    time: dict[str, timedelta]
    people: dict[str, int]

    def take(self, service: Service, places: Iterable[Resource], people: int) -> int:
        """Seats as many of these people as there is room for; answers how many."""
        left, each = people, service.length + service.buffer
        for place in places:
            may_set_out = self.people.get(place.route or "", left)
            seated = min(left, self.time[place.key] // each, may_set_out)
            self.time[place.key] -= seated * each
            if place.route in self.people:
                self.people[place.route] -= seated
            left -= seated
        return people - left


def _room(plan: Plan, phase: Phase, day: date, taken: Taken, is_holiday: HolidayQuestion) -> _Room:
    time: dict[str, timedelta] = {}
    windows: dict[str, int] = {}
    begun: Counter[str] = Counter()
    for place in plan.resources:
        opened = plan.opening_hours[place.key].open_for(day, day, is_holiday)
        used, visits = taken.get((place.key, day), (timedelta(), 0))
        time[place.key] = max(opened - used, timedelta())
        route = prescribed_route(plan, place, phase)
        if route is not None and route.arrivals is not None:
            most = (opened // route.arrivals.within) * route.arrivals.at_most
            windows[route.key] = max(windows.get(route.key, 0), most)
            begun[route.key] += visits
    return _Room(time, {route: max(most - begun[route], 0) for route, most in windows.items()})
