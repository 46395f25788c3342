"""Looks at what is free: the claims that stand in the way, and the slots between them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import cast
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    String,
    Table,
    and_,
    any_,
    bindparam,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from models.base import RealNow
from models.bookings import Claim
from models.interruptions import Interruption
from models.plans import ResourceRow
from models.volleys import Ready, ask, connection_of
from scheduler.adapters.holidays import holiday_question
from scheduler.domain.availability import (
    ALTERNATIVE_DAYS,
    Slot,
    alternatives,
    days_on_offer,
    search,
    suitable,
    watched,
)
from scheduler.domain.delays import Stay, expected
from scheduler.domain.instants import local_date
from scheduler.domain.interruptions import LONGEST_INTERRUPTION
from scheduler.domain.intervals import Interval
from scheduler.domain.occupancy import Hold, Occupancy
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Kind, Resource
from scheduler.domain.roles import Role
from scheduler.domain.services import LONGEST_CLAIM, Service

#: How many of a day's slots at one place are still free, by and large.
_SLOTS_OF_A_DAY = 8


_places = cast(Table, ResourceRow.__table__)
_claims = cast(Table, Claim.__table__)
_interruptions = cast(Table, Interruption.__table__)

#: A place's key, from, until, whose claim it is, whether the place is interrupted then, until when a visit
#: under way is expected to last that takes longer; of a hold also by whom, and whether it has not expired.
_Row = tuple[str, datetime, datetime, UUID | None, bool, datetime | None, str | None, bool | None]


def _taken(asked_for: ColumnElement[bool]) -> CompoundSelect[*_Row]:
    """What stands in the way at some places; none of what is long past is looked at.

    While a visit takes longer anywhere, the claims since a day before are looked at as well, since it may
    have delayed them.
    """
    begin: BindParameter[datetime] = bindparam("begin")
    end: BindParameter[datetime] = bindparam("end")
    day_before: BindParameter[datetime] = bindparam("day_before")
    late = _claims.alias("late")
    is_any_late = select(late.c.id).where(late.c.occupies, late.c.lasts_until > day_before).exists()
    claims = (
        select(
            *(_places.c.key, _claims.c.starts_at, _claims.c.occupied_until, _claims.c.booking_id),
            *(literal(False), _claims.c.lasts_until, _claims.c.held_by, _claims.c.held_until > RealNow()),
        )
        .join(_places, _places.c.id == _claims.c.resource_id)
        .where(_claims.c.occupies, _claims.c.starts_at < end)
        .where(or_(_claims.c.occupied_until > begin, and_(is_any_late, _claims.c.starts_at > day_before)))
        .where(_claims.c.starts_at > bindparam("earliest_claim"), asked_for)
    )
    closed = (
        select(
            *(_places.c.key, _interruptions.c.starts_at, _interruptions.c.ends_at),
            *(null(), literal(True), null(), null(), null()),
        )
        .join(_places, _places.c.id == _interruptions.c.resource_id)
        .where(_interruptions.c.starts_at < end, _interruptions.c.ends_at > begin)
        .where(_interruptions.c.starts_at > bindparam("earliest_interruption"), asked_for)
    )
    return union_all(claims, closed)


#: Built once; one parameter stands for all places where the database has arrays.
_TAKEN = {
    "postgresql": Ready(_taken(_places.c.key == any_(bindparam("keys", type_=ARRAY(String))))),
    "sqlite": Ready(_taken(_places.c.key.in_(bindparam("keys", expanding=True)))),
}


def occupancy(
    session: Session,
    plan: Plan,
    within: Interval,
    *,
    places: Iterable[Resource],
    leaving_out: UUID | None = None,
    holder: str | None = None,
) -> Occupancy:
    """What is taken of `places`, and of the routes to them, during `within`; one statement.

    `leaving_out` is a booking whose own claims do not stand in its way, nor do the holds of `holder`.
    """
    found = occupancies(session, plan, within, places=places, leaving_out=[leaving_out], holder=holder)
    return found[leaving_out]


def occupancies(
    session: Session,
    plan: Plan,
    within: Interval,
    *,
    places: Iterable[Resource],
    leaving_out: Collection[UUID | None],
    holder: str | None = None,
) -> Mapping[UUID | None, Occupancy]:
    """The same for several bookings, each without its own claims; None leaves none out. One statement."""
    asked = {
        "keys": _with_neighbours(plan, places),
        "begin": within.start,
        "end": within.end,
        "day_before": within.start - timedelta(days=1),
        "earliest_claim": within.start - LONGEST_CLAIM,
        "earliest_interruption": within.start - LONGEST_INTERRUPTION,
    }
    rows = ask(session, _TAKEN[connection_of(session).dialect.name], asked)
    holds = [
        Hold(row[0], Interval(row[1], row[2]), row[6], bool(row[7]) and row[6] != holder)
        for row in rows
        if row[6] is not None
    ]
    taken = [row for row in rows if not row[4] and (row[6] is None or (bool(row[7]) and row[6] != holder))]
    delays = _delays(taken)
    interruptions = [row[:3] for row in rows if row[4]]
    return {
        own: Occupancy(
            plan, [row[:3] for row in taken if own is None or row[3] != own], interruptions, delays, holds
        )
        for own in leaving_out
    }


def _delays(claims: Sequence[_Row]) -> Mapping[tuple[str, datetime], Interval]:
    """When claims will begin and end, of those for which that is not as planned; most days there are none."""
    if all(row[5] is None for row in claims):
        return {}
    found = expected(Stay(row[0], row[1], row[2], row[5]) for row in claims)
    planned = {(row[0], row[1]): Interval(row[1], row[2]) for row in claims}
    return {key: interval for key, interval in found.items() if interval != planned[key]}


def slots(
    session: Session,
    plan: Plan,
    service: Service,
    *,
    first: date,
    last: date,
    booked_by: Role,
    now: datetime,
    kind: Kind | None = None,
    resource: Resource | None = None,
    limit: int = 50,
) -> list[Slot]:
    """The first `limit` visits that could be booked right now, by time, then the plan's order of places.

    Of the days only as many are looked at as it takes, some at a time: at most six statements for 92 days.
    """
    is_holiday = holiday_question(plan.office.holidays)
    places = suitable(plan, service, kind, resource)
    days = days_on_offer(
        plan,
        service,
        first=first,
        last=last,
        booked_by=booked_by,
        now=now,
        is_holiday=is_holiday,
        kind=kind,
        resource=resource,
    )
    found: list[Slot] = []
    for begin, end in _portions(days, at_first=limit // (_SLOTS_OF_A_DAY * len(places) + 1)):
        here = search(
            plan,
            service,
            first=begin,
            last=end,
            booked_by=booked_by,
            now=now,
            is_holiday=is_holiday,
            occupancy=occupancy(session, plan, watched(plan, service, begin, end), places=places),
            kind=kind,
            resource=resource,
        )
        found += islice(here, limit - len(found))
        if len(found) == limit:
            break
    return found


def near(
    session: Session,
    plan: Plan,
    service: Service,
    wished: datetime,
    *,
    booked_by: Role,
    now: datetime,
    holder: str | None = None,
) -> list[Slot]:
    """Free slots near a wish that could not be met, best first."""
    day = local_date(wished, plan.zone)
    within = watched(plan, service, day, day + timedelta(days=ALTERNATIVE_DAYS))
    return alternatives(
        plan,
        service,
        wished,
        booked_by=booked_by,
        now=now,
        is_holiday=holiday_question(plan.office.holidays),
        occupancy=occupancy(session, plan, within, places=plan.resources, holder=holder),
    )


def _portions(days: Iterable[date], *, at_first: int) -> Iterator[tuple[date, date]]:
    """The first and last of some of the days at a time, of more and more."""
    left, number = iter(days), max(at_first, 1)
    while some := list(islice(left, number)):
        yield some[0], some[-1]
        number = number * 2 + 1


def _with_neighbours(plan: Plan, places: Iterable[Resource]) -> list[str]:
    """The places and those that share a route with them, whose visitors count for the route's limit."""
    keys = {place.key for place in places}
    routes = {place.route for place in places if place.route is not None}
    return [place.key for place in plan.resources if place.key in keys or place.route in routes]
