"""Occupancy: what others have taken of places and of the ways to them."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter

from scheduler.domain.errors import RouteFull, SlotTaken
from scheduler.domain.phases import Phase, phase_at
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Resource
from scheduler.domain.services import Service
from scheduler.domain.wayfinding import Route, route_is_full

#: One claim on a place: its key, from, until (buffer included), and whether a visit in person begins with it.
Claim = tuple[str, datetime, datetime, bool]


class Occupancy:
    """The claims on each place and the arrivals on each route of a plan.

    Whoever moves a booking leaves its own claims out of `claims`.
    """

    def __init__(self, plan: Plan, claims: Iterable[Claim]) -> None:
        self._starts: dict[str, list[datetime]] = {}
        self._ends: dict[str, list[datetime]] = {}  # the latest so far, so that they are in order as well
        self._arrivals: dict[str, list[datetime]] = {}
        for key, start, until, begins_visit in sorted(claims, key=itemgetter(1)):
            ends = self._ends.setdefault(key, [])
            ends.append(max(until, ends[-1]) if ends else until)
            self._starts.setdefault(key, []).append(start)
            resource = plan.resources_by_key.get(key)
            if begins_visit and resource is not None and resource.route is not None:
                self._arrivals.setdefault(resource.route, []).append(start)

    def taken_until(self, resource_key: str, start: datetime, end: datetime) -> datetime | None:
        """When what lies in the way of a claim from `start` to `end` is over; None where nothing does."""
        earlier = bisect_left(self._starts.get(resource_key, ()), end)
        if earlier and self._ends[resource_key][earlier - 1] > start:
            return self._ends[resource_key][earlier - 1]
        return None

    def arrivals_on(self, route_key: str) -> Sequence[datetime]:
        """When visits in person begin at the route's places, in order."""
        return self._arrivals.get(route_key, ())

    def is_full(self, route: Route, start: datetime) -> bool:
        """Whether nobody more may set out on the route at `start`."""
        arrivals = self.arrivals_on(route.key)
        return route.arrivals is not None and route_is_full(route.arrivals, arrivals, start)


def prescribed_route(plan: Plan, resource: Resource, phase: Phase | None) -> Route | None:
    """The route that visitors of the place must follow in the phase; its arrival limit counts then alone."""
    if phase is None or not phase.prescribed_routes or resource.route is None:
        return None
    return plan.routes_by_key[resource.route]


def obstacle(
    plan: Plan, service: Service, resource: Resource, starts_at: datetime, occupancy: Occupancy
) -> SlotTaken | RouteFull | None:
    """What others have taken that this visit in person would need, None where it can be had."""
    occupied_until = starts_at + service.length + service.buffer
    if occupancy.taken_until(resource.key, starts_at, occupied_until) is not None:
        return SlotTaken()
    route = prescribed_route(plan, resource, phase_at(plan.phases, starts_at))
    return RouteFull(route=route.key) if route is not None and occupancy.is_full(route, starts_at) else None
