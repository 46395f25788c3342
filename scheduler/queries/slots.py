"""Looks at what is free: the claims that stand in the way, and the slots between them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.bookings import Claim
from models.plans import ResourceRow
from scheduler.adapters.holidays import holiday_question
from scheduler.domain.availability import ALTERNATIVE_DAYS, Slot, alternatives, search, watched
from scheduler.domain.instants import local_date
from scheduler.domain.intervals import Interval
from scheduler.domain.occupancy import Occupancy
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Kind, Resource
from scheduler.domain.roles import Role
from scheduler.domain.services import Service, suits


def occupancy(
    session: Session,
    plan: Plan,
    within: Interval,
    *,
    places: Iterable[Resource],
    leaving_out: UUID | None = None,
) -> Occupancy:
    """What is taken of `places`, and of the routes to them, during `within`; one statement.

    `leaving_out` is a booking whose own claims do not stand in its way.
    """
    keys = _with_neighbours(plan, places)
    claims = (
        select(ResourceRow.key, Claim.starts_at, Claim.occupied_until)
        .join(ResourceRow, ResourceRow.id == Claim.resource_id)
        .where(Claim.occupies, Claim.starts_at < within.end, Claim.occupied_until > within.start)
        .where(ResourceRow.key.in_(keys))
    )
    if leaving_out is not None:
        claims = claims.where(Claim.booking_id != leaving_out)
    return Occupancy(plan, [(key, start, until, True) for key, start, until in session.execute(claims)])


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
    """The first `limit` visits that could be booked right now, by time, then the plan's order of places."""
    places = [place for place in plan.resources if suits(service, place)]
    found = search(
        plan,
        service,
        first=first,
        last=last,
        booked_by=booked_by,
        now=now,
        is_holiday=holiday_question(plan.office.holidays),
        occupancy=occupancy(session, plan, watched(plan, service, first, last), places=places),
        kind=kind,
        resource=resource,
    )
    return list(islice(found, limit))


def near(
    session: Session, plan: Plan, service: Service, wished: datetime, *, booked_by: Role, now: datetime
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
        occupancy=occupancy(session, plan, within, places=plan.resources),
    )


def _with_neighbours(plan: Plan, places: Iterable[Resource]) -> list[str]:
    """The places and those that share a route with them, whose visitors count for the route's limit."""
    keys = {place.key for place in places}
    routes = {place.route for place in places if place.route is not None}
    return [place.key for place in plan.resources if place.key in keys or place.route in routes]
