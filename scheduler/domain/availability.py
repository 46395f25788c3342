"""Availability: which places can be booked when, and why others cannot.

Search and booking share every question asked here; the errors come in the contract's order.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import merge
from itertools import pairwise
from math import lcm
from typing import NamedTuple, TypedDict

from scheduler.domain.errors import (
    Closed,
    DomainError,
    InThePast,
    JustificationRequired,
    OffGrid,
    OutsideWindow,
    PhaseRefused,
    RouteFull,
    SlotTaken,
    UnsuitablePlace,
)
from scheduler.domain.hours import HolidayQuestion, OpeningHours
from scheduler.domain.instants import days_of, local_date, midnight, rhythm, wall_minute
from scheduler.domain.intervals import Interval
from scheduler.domain.occupancy import Occupancy, obstacle, prescribed_route
from scheduler.domain.phases import Decision, Ruling, phase_at
from scheduler.domain.plans import Plan
from scheduler.domain.reserves import next_release
from scheduler.domain.resources import STEP_FREE, Kind, Resource
from scheduler.domain.roles import Role
from scheduler.domain.services import Service, suits
from scheduler.domain.wayfinding import Route

_MINUTE = timedelta(minutes=1)

#: How many days after the wished one are looked at for alternatives.
ALTERNATIVE_DAYS = 7


@dataclass(frozen=True, slots=True)
class Slot:
    """A visit that could be booked: it ends at `ends_at`, its place is free again at `occupied_until`."""

    starts_at: datetime
    ends_at: datetime
    occupied_until: datetime
    resource: Resource
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class Refusal:
    """From `start` to `end` (not included) the phase lets no kind of place be booked; `ruling` says why."""

    start: datetime
    end: datetime
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class Window:
    """Visits can be booked now from `first` to `last` (local dates, both included), that is within `span`."""

    first: date
    last: date
    span: Interval


def booking_window(plan: Plan, now: datetime) -> Window:
    earliest = now + plan.office.soonest
    last = local_date(now, plan.zone) + timedelta(days=plan.office.furthest_days)
    end = midnight(last + timedelta(days=1), plan.zone)
    return Window(local_date(earliest, plan.zone), last, Interval(earliest, end))


def judge(
    plan: Plan,
    service: Service,
    resource: Resource,
    starts_at: datetime,
    *,
    booked_by: Role,
    now: datetime,
    is_holiday: HolidayQuestion,
    justified: bool,
) -> Ruling:
    """The ruling under which this visit can be booked at this place, as far as rules go.

    Raises the first of the contract's errors 4 to 7 that applies, as `candidates` does.
    """
    ((_, ruling),) = candidates(
        plan,
        service,
        starts_at,
        booked_by=booked_by,
        now=now,
        is_holiday=is_holiday,
        justified=justified,
        resource=resource,
    )
    return ruling


def candidates(
    plan: Plan,
    service: Service,
    starts_at: datetime,
    *,
    booked_by: Role,
    now: datetime,
    is_holiday: HolidayQuestion,
    justified: bool,
    kind: Kind | None = None,
    resource: Resource | None = None,
) -> list[tuple[Resource, Ruling]]:
    """The places that the rules let be booked for this visit, in the plan's order, free or not.

    The conditions are asked one after the other. Where no place is left after one, that one's error is
    raised: InThePast, OutsideWindow, OffGrid, UnsuitablePlace, PhaseRefused, Closed, PublicHoliday,
    OutsideHours, JustificationRequired. The equipment that a rule needs is asked once the rule is known.
    """
    _check_start(plan, starts_at, now)
    places = suitable(plan, service, kind, resource)
    if not places:
        raise _unsuitable(service, resource, service.needs)
    ruled = _ruled(plan, service, places, starts_at, booked_by)
    let = [(place, ruling) for place, ruling in ruled if ruling.decision.lets_book]
    if not let:
        wide = _wide_ruling(plan, service, starts_at, booked_by, kind, resource)
        # It lets book only where a kind that has no place is let.
        raise PhaseRefused(ruling=ruled[0][1] if wide.decision.lets_book else wide)
    equipped = [(place, ruling) for place, ruling in let if ruling.needs <= place.equipment]
    if not equipped:
        raise _unsuitable(service, resource, service.needs | let[0][1].needs)
    visit = Interval(starts_at, starts_at + service.length)
    faults = [plan.opening_hours[place.key].fault(visit, is_holiday) for place, _ in equipped]
    opened = [found for found, fault in zip(equipped, faults, strict=True) if fault is None]
    if not opened and faults[0] is not None:
        raise faults[0]
    left = [
        (place, ruling) for place, ruling in opened if justified or ruling.decision is not Decision.JUSTIFY
    ]
    if not left:
        raise JustificationRequired
    return left


def first_free(
    plan: Plan,
    service: Service,
    found: Iterable[tuple[Resource, Ruling]],
    starts_at: datetime,
    occupancy: Occupancy,
    *,
    booked_by: Role,
    now: datetime,
    is_holiday: HolidayQuestion,
) -> tuple[Resource, Ruling]:
    """The first of the `candidates` that can be had.

    Raises Closed where all are interrupted, RouteFull where a place is free but no more people may set out
    for it, else SlotTaken, with `held` where a reserve keeps one that is free.
    """
    obstacles: list[Closed | SlotTaken | RouteFull] = []
    for resource, ruling in found:
        fault = obstacle(
            plan,
            service,
            resource,
            starts_at,
            occupancy,
            booked_by=booked_by,
            now=now,
            is_holiday=is_holiday,
        )
        if fault is None:
            return resource, ruling
        obstacles.append(fault)
    raise min(obstacles, key=_how_far)


def elsewhere(
    plan: Plan,
    service: Service,
    resource_key: str,
    starts_at: datetime,
    occupancy: Occupancy,
    *,
    booked_by: Role,
    now: datetime,
    is_holiday: HolidayQuestion,
) -> list[Resource]:
    """The other places of its site that could take a visit at its own time, in the plan's order.

    How soon before a visit people may book does not bind one that is booked, nor that its time has come.
    `occupancy` is without its own claim.
    """
    asked: _Asked = {
        "booked_by": booked_by,
        "now": min(now, starts_at - plan.office.soonest),
        "is_holiday": is_holiday,
    }
    try:
        found = candidates(plan, service, starts_at, **asked, justified=True)
    except DomainError:
        return []
    asked["now"] = now
    here = plan.resources_by_key.get(resource_key)
    return [
        place
        for place, _ in found
        if place.key != resource_key
        and (here is None or place.site == here.site)
        and obstacle(plan, service, place, starts_at, occupancy, **asked) is None
    ]


class _Asked(TypedDict):
    booked_by: Role
    now: datetime
    is_holiday: HolidayQuestion


def _how_far(fault: Closed | SlotTaken | RouteFull) -> int:
    """Which of several obstacles is told: what came nearest to a visit first."""
    if isinstance(fault, RouteFull):
        return 0
    if isinstance(fault, SlotTaken):
        return 1 if "held" in fault.details else 2
    return 3


def search(
    plan: Plan,
    service: Service,
    *,
    first: date,
    last: date,
    booked_by: Role,
    now: datetime,
    is_holiday: HolidayQuestion,
    occupancy: Occupancy,
    kind: Kind | None = None,
    resource: Resource | None = None,
) -> Iterator[Slot]:
    """What could be booked right now from `first` to `last` (included), by time, then in the plan's order.

    Starts are those of the service's step that lie on the office's grid. Exactly those come that
    `candidates`, given a justification, and `obstacle` let through. A day is worked on when it is reached.
    """
    places = suitable(plan, service, kind, resource)
    every = lcm(service.step // _MINUTE, plan.office.grid // _MINUTE)
    searched = _searched(plan, first, last, now)
    for day, within, offers, openings in _days(plan, service, places, searched, booked_by, is_holiday):
        starts = [at for at in rhythm(day, every, plan.zone) if within.start <= at < within.end]
        held = _held(plan, service, offers, day, booked_by, now, is_holiday)
        queues = [
            _free_starts(service, offer, order, spans, starts, occupancy, held.get(offer.resource.key, ()))
            for order, (offer, spans) in enumerate(zip(offers, openings, strict=True))
        ]
        for starts_at, order in merge(*queues):
            ends_at = starts_at + service.length
            offer = offers[order]
            yield Slot(starts_at, ends_at, ends_at + service.buffer, offer.resource, offer.ruling)


def days_on_offer(
    plan: Plan,
    service: Service,
    *,
    first: date,
    last: date,
    booked_by: Role,
    now: datetime,
    is_holiday: HolidayQuestion,
    kind: Kind | None = None,
    resource: Resource | None = None,
) -> Iterator[date]:
    """The days on which `search` looks at what is free; on others phase, hours or window let nobody come."""
    places = suitable(plan, service, kind, resource)
    searched = _searched(plan, first, last, now)
    latest: date | None = None
    for day, within, _, openings in _days(plan, service, places, searched, booked_by, is_holiday):
        dates = _dates(plan, day, day)
        # Openings may reach into the day from the one before, or out of it.
        part = Interval(max(within.start, dates.start), min(within.end, dates.end))
        if day != latest and any(opening.overlaps(part) for spans in openings for opening in spans):
            latest = day
            yield day


def stands_until(plan: Plan, slots: Sequence[Slot], *, now: datetime) -> datetime:
    """Up to when (not included) a search that found `slots` finds the same, if nobody changes anything.

    Time alone takes the first of them away, once it is too soon to be booked, at midnight adds a day, and
    releases what was held in reserve.
    """
    midnight_ahead = midnight(local_date(now, plan.zone) + timedelta(days=1), plan.zone)
    first = [slot.starts_at - plan.office.soonest + timedelta.resolution for slot in slots[:1]]
    released = next_release(plan.reserves, now, plan.zone)
    return min([midnight_ahead, *first, *([released] if released is not None else [])])


def refusals(
    plan: Plan,
    service: Service,
    *,
    first: date,
    last: date,
    booked_by: Role,
    kind: Kind | None = None,
    resource: Resource | None = None,
) -> list[Refusal]:
    """When from `first` to `last` (included) the phase lets no kind be booked, one for each phase.

    Hours, and whether anything is free, are not asked.
    """
    spans = [
        (span, _wide_ruling(plan, service, span.start, booked_by, kind, resource))
        for span in _phase_spans(plan, _dates(plan, first, last))
    ]
    return [Refusal(span.start, span.end, ruling) for span, ruling in spans if not ruling.decision.lets_book]


def alternatives(
    plan: Plan,
    service: Service,
    wished: datetime,
    *,
    booked_by: Role,
    now: datetime,
    is_holiday: HolidayQuestion,
    occupancy: Occupancy,
    at_most: int = 3,
) -> list[Slot]:
    """The free slots nearest to a wish that could not be met, best first, of its day and the seven after.

    The same time at another place is nearest; of two equally far the earlier comes first.
    """
    day = local_date(wished, plan.zone)
    slots = search(
        plan,
        service,
        first=day,
        last=day + timedelta(days=ALTERNATIVE_DAYS),
        booked_by=booked_by,
        now=now,
        is_holiday=is_holiday,
        occupancy=occupancy,
    )
    nearest: list[Slot] = []
    for slot in slots:
        distance = slot.starts_at - wished
        if len(nearest) == at_most and distance >= abs(nearest[-1].starts_at - wished):
            break  # it only gets later
        nearest = sorted([*nearest, slot], key=lambda near: abs(near.starts_at - wished))[:at_most]
    return nearest


def suitable(plan: Plan, service: Service, kind: Kind | None, resource: Resource | None) -> list[Resource]:
    """The places that can take the service in any phase, of one kind or the one place where asked so."""
    return [
        place
        for place in (plan.resources if resource is None else (resource,))
        if suits(service, place) and (kind is None or place.kind is kind)
    ]


def watched(plan: Plan, service: Service, first: date, last: date) -> Interval:
    """The time within which every claim bears on a search from `first` to `last`, or on a visit in it."""
    dates = _dates(plan, first, last)
    return Interval(watched_at(plan, service, dates.start).start, watched_at(plan, service, dates.end).end)


def watched_at(plan: Plan, service: Service, starts_at: datetime) -> Interval:
    """The time within which every claim bears on one visit."""
    margin = longest_margin(plan)
    return Interval(starts_at - margin, starts_at + max(margin, service.length + service.buffer))


def longest_margin(plan: Plan) -> timedelta:
    """How long before or after a visit others count together with it on any route."""
    return max(
        (route.arrivals.within for route in plan.routes if route.arrivals is not None), default=timedelta()
    )


def watched_for_all(plan: Plan, first: date, last: date) -> Interval:
    """The same, whatever the concern."""
    spans = [_dates(plan, first, last), *(watched(plan, service, first, last) for service in plan.services)]
    return Interval(min(span.start for span in spans), max(span.end for span in spans))


def _check_start(plan: Plan, starts_at: datetime, now: datetime) -> None:
    if starts_at < now:
        raise InThePast
    window = booking_window(plan, now)
    if not window.span.start <= starts_at < window.span.end:
        minutes = plan.office.soonest // _MINUTE
        raise OutsideWindow(first=window.first, last=window.last, from_minutes=minutes)
    grid = plan.office.grid // _MINUTE
    if wall_minute(starts_at, plan.zone) % grid:
        raise OffGrid(grid_minutes=grid)


def _unsuitable(service: Service, resource: Resource | None, needs: frozenset[str]) -> UnsuitablePlace:
    steps = STEP_FREE in service.needs and (resource is None or STEP_FREE not in resource.equipment)
    return UnsuitablePlace(
        resource=resource and resource.key, kinds=service.kinds, needs=sorted(needs), step_free=steps
    )


def _ruled(
    plan: Plan, service: Service, places: Iterable[Resource], at: datetime, booked_by: Role
) -> list[tuple[Resource, Ruling]]:
    """The places with what the phase says to each; its answer is the same for all of one kind and site."""
    rulings: dict[tuple[Kind, str], Ruling] = {}
    for place in places:
        if (place.kind, place.site) not in rulings:
            rulings[place.kind, place.site] = plan.decide(
                service, at=at, booked_by=booked_by, kind=place.kind, site=place.site
            )
    return [(place, rulings[place.kind, place.site]) for place in places]


def _wide_ruling(
    plan: Plan,
    service: Service,
    at: datetime,
    booked_by: Role,
    kind: Kind | None,
    resource: Resource | None,
) -> Ruling:
    """What the phase says to the kinds and sites that were asked for, whether or not they have places."""
    if resource is None:
        return plan.decide(service, at=at, booked_by=booked_by, kind=kind)
    return plan.decide(service, at=at, booked_by=booked_by, kind=resource.kind, site=resource.site)


@dataclass(frozen=True, slots=True)
class _Offer:
    """A place that the phase lets be booked; `route` must be followed to it."""

    resource: Resource
    ruling: Ruling
    route: Route | None
    hours: OpeningHours


def _offers(
    plan: Plan, service: Service, places: Iterable[Resource], at: datetime, booked_by: Role
) -> list[_Offer]:
    phase = phase_at(plan.phases, at)
    return [
        _Offer(place, ruling, prescribed_route(plan, place, phase), plan.opening_hours[place.key])
        for place, ruling in _ruled(plan, service, places, at, booked_by)
        if ruling.decision.lets_book and ruling.needs <= place.equipment
    ]


class _Day(NamedTuple):
    """A day as far as it is `within` a phase: what is on offer, and each one's openings, to be read once."""

    day: date
    within: Interval
    offers: Sequence[_Offer]
    openings: Iterable[Sequence[Interval]]


def _days(
    plan: Plan,
    service: Service,
    places: Sequence[Resource],
    within: Interval,
    booked_by: Role,
    is_holiday: HolidayQuestion,
) -> Iterator[_Day]:
    """The days on which a phase lets somebody come; one that a phase cuts comes twice."""
    for span in _phase_spans(plan, within):
        offers = _offers(plan, service, places, span.start, booked_by)
        for day in days_of(span.start, span.end, plan.zone) if offers else ():
            yield _Day(day, span, offers, _openings(offers, day, service, is_holiday))


def _openings(
    offers: Iterable[_Offer], day: date, service: Service, is_holiday: HolidayQuestion
) -> Iterator[Sequence[Interval]]:
    for offer in offers:
        yield offer.hours.spans(day, service.length, is_holiday)


def _free_starts(
    service: Service,
    offer: _Offer,
    order: int,
    spans: Iterable[Interval],
    starts: Sequence[datetime],
    occupancy: Occupancy,
    held: Sequence[Interval],
) -> Iterator[tuple[datetime, int]]:
    """Those of `starts` at which a visit fits into `spans` and nothing is in its way, with `order`.

    Neither may it touch what is `held`, nor an interruption.
    """
    claim = service.length + service.buffer
    kept = [*held, *occupancy.interruptions.get(offer.resource.key, ())]
    for span in spans:
        position = bisect_left(starts, span.start)
        end = bisect_right(starts, span.end - service.length)
        while position < end:
            start = starts[position]
            taken_until = occupancy.taken_until(offer.resource.key, start, start + claim)
            if taken_until is not None:
                position = bisect_left(starts, taken_until)
                continue
            if kept and any(part.overlaps(Interval(start, start + service.length)) for part in kept):
                position += 1
                continue
            if offer.route is None or not occupancy.is_full(offer.route, start):
                yield start, order
            position += 1


def _held(
    plan: Plan,
    service: Service,
    offers: Iterable[_Offer],
    day: date,
    booked_by: Role,
    now: datetime,
    is_holiday: HolidayQuestion,
) -> Mapping[str, Sequence[Interval]]:
    """What reserves keep, by place, from visits that begin on `day`; they may reach into the days after."""
    if not plan.reserves:
        return {}
    last = local_date(midnight(day + timedelta(days=1), plan.zone) + service.length, plan.zone)
    days = [day + timedelta(days=number) for number in range((last - day).days + 1)]
    return {
        offer.resource.key: [
            part
            for on in days
            for part in plan.held(
                service, offer.resource, on, booked_by=booked_by, now=now, is_holiday=is_holiday
            )
        ]
        for offer in offers
    }


def _phase_spans(plan: Plan, within: Interval) -> Iterator[Interval]:
    """`within`, cut where a phase starts."""
    if within.start < within.end:
        starts = (phase.starts for phase in plan.phases if within.start < phase.starts < within.end)
        for start, end in pairwise([within.start, *starts, within.end]):
            yield Interval(start, end)


def _searched(plan: Plan, first: date, last: date, now: datetime) -> Interval:
    """The time from `first` to `last` (included), as far as visits can be booked in it now."""
    window = booking_window(plan, now)
    dates = _dates(plan, max(first, window.first), min(last, window.last))
    return Interval(max(dates.start, window.span.start), dates.end)


def _dates(plan: Plan, first: date, last: date) -> Interval:
    """From the local midnight of `first` to that after `last`."""
    return Interval(midnight(first, plan.zone), midnight(last + timedelta(days=1), plan.zone))
