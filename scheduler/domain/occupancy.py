"""Occupancy: what others have taken of places and of the ways to them."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple

from scheduler.domain.errors import Closed, RouteFull, SlotTaken
from scheduler.domain.hours import HolidayQuestion
from scheduler.domain.instants import days_of
from scheduler.domain.intervals import Interval, merged
from scheduler.domain.phases import Phase, phase_at
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Resource
from scheduler.domain.roles import Role
from scheduler.domain.services import Service
from scheduler.domain.wayfinding import Route, route_is_full

#: The claim of one visit in person on a place: its key, from, until (buffer included).
Claim = tuple[str, datetime, datetime]


class Hold(NamedTuple):
    """A place held for whoever has the form open; it `stands` in the way unless expired or one's own."""

    place: str
    span: Interval
    holder: str
    stands: bool


class Occupancy:
    """The claims on each place, the arrivals on each route of a plan, and the places' interruptions.

    Whoever moves a booking leaves its own claims out of `claims`; `interruptions` have the same form.
    `delays` say of some claims, by place and start, when they will begin and end: the place is taken until
    then, while people arrive when they were told.
    """

    def __init__(
        self,
        plan: Plan,
        claims: Iterable[Claim],
        interruptions: Iterable[Claim] = (),
        delays: Mapping[tuple[str, datetime], Interval] | None = None,
        holds: Sequence[Hold] = (),
    ) -> None:
        self.delays = delays or {}
        #: Those that stand in the way are claims too.
        self.holds = holds
        closed: dict[str, list[Interval]] = {}
        for key, start, until in interruptions:
            closed.setdefault(key, []).append(Interval(start, until))
        #: Of each place that has any, in order.
        self.interruptions = {key: merged(spans) for key, spans in closed.items()}
        #: Of each place the starts and the ends, both in order; claims that touch are one.
        self._taken: dict[str, tuple[list[datetime], list[datetime]]] = {}
        self._arrivals: dict[str, list[datetime]] = {
            place.route: [] for place in plan.resources if place.route
        }
        self._full: dict[tuple[str, datetime], bool] = {}
        self._routes = {resource.key: resource.route for resource in plan.resources}
        for key, start, planned in sorted(claims, key=itemgetter(1)):
            late = self.delays.get((key, start))
            until = planned if late is None else late.end
            starts, ends = self._taken.get(key) or self._taken.setdefault(key, ([], []))
            if ends and start <= ends[-1]:
                ends[-1] = max(until, ends[-1])
            else:
                starts.append(start)
                ends.append(until)
            route = self._routes.get(key)
            if route is not None:
                self._arrivals[route].append(start)

    def taken_until(self, resource_key: str, start: datetime, end: datetime) -> datetime | None:
        """Until when the place is taken that is asked for from `start` to `end`; None where it is free."""
        if resource_key not in self._taken:
            return None
        starts, ends = self._taken[resource_key]
        earlier = bisect_left(starts, end)
        return ends[earlier - 1] if earlier and ends[earlier - 1] > start else None

    def held(self, resource_key: str, span: Interval, *, stands: bool = True) -> list[Hold]:
        """The holds on the place that stand in the way of `span`, or those that merely lie in it."""
        return [
            hold
            for hold in self.holds
            if hold.place == resource_key and hold.stands is stands and hold.span.overlaps(span)
        ]

    def is_interrupted(self, resource_key: str, visit: Interval) -> bool:
        """Whether the place is closed for a while during `visit`, which is without its buffer."""
        return any(span.overlaps(visit) for span in self.interruptions.get(resource_key, ()))

    def take(self, resource_key: str, start: datetime, until: datetime) -> None:
        """Adds the claim of one visit in person more, on a place that is free then."""
        starts, ends = self._taken.setdefault(resource_key, ([], []))
        position = bisect_left(starts, start)
        starts.insert(position, start)
        ends.insert(position, until)
        route = self._routes.get(resource_key)
        if route is not None:
            insort(self._arrivals[route], start)
            self._full.clear()

    def is_full(self, route: Route, start: datetime) -> bool:
        """Whether nobody more may set out on the route at `start`."""
        if route.arrivals is None:
            return False
        asked = route.key, start
        if asked not in self._full:  # a search asks for every place of the route
            self._full[asked] = route_is_full(route.arrivals, self._arrivals[route.key], start)
        return self._full[asked]


def prescribed_route(plan: Plan, resource: Resource, phase: Phase | None) -> Route | None:
    """The route that visitors of the place must follow in the phase; its arrival limit counts then alone."""
    if phase is None or not phase.prescribed_routes or resource.route is None:
        return None
    return plan.routes_by_key[resource.route]


def crowd(plan: Plan, resource: Resource, starts_at: datetime, occupancy: Occupancy) -> RouteFull | None:
    """Why nobody more may set out for the place at `starts_at`, None where somebody may."""
    route = prescribed_route(plan, resource, phase_at(plan.phases, starts_at))
    return RouteFull(route=route.key) if route is not None and occupancy.is_full(route, starts_at) else None


def obstacle(
    plan: Plan,
    service: Service,
    resource: Resource,
    starts_at: datetime,
    occupancy: Occupancy,
    *,
    booked_by: Role,
    now: datetime,
    is_holiday: HolidayQuestion,
) -> Closed | SlotTaken | RouteFull | None:
    """Why this visit in person cannot have a place that the rules let be booked, None where it can.

    The place is interrupted, or taken, or held in reserve from whoever books, or its route is full.
    """
    visit = Interval(starts_at, starts_at + service.length)
    if occupancy.is_interrupted(resource.key, visit):
        return Closed(reason=None, resource=resource.key)
    if occupancy.taken_until(resource.key, starts_at, visit.end + service.buffer) is not None:
        return SlotTaken()
    for day in days_of(visit.start, visit.end, plan.zone) if plan.reserves else ():
        held = plan.held(service, resource, day, booked_by=booked_by, now=now, is_holiday=is_holiday)
        if any(part.overlaps(visit) for part in held):
            return SlotTaken(held=True)
    return crowd(plan, resource, starts_at, occupancy)
