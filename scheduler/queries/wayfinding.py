"""Looks at the ways: how many people set out on each through a day."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.bookings import Claim
from models.plans import ResourceRow
from scheduler.domain.instants import midnight
from scheduler.domain.plans import Plan
from scheduler.domain.wayfinding import Load, Route, loads


def loads_of(session: Session, plan: Plan, on: date) -> list[tuple[Route, list[Load]]]:
    """Each route of the plan, in its order, with the visits that its limit counts; one statement."""
    begin, end = midnight(on, plan.zone), midnight(on + timedelta(days=1), plan.zone)
    found = session.execute(
        select(ResourceRow.key, Claim.starts_at)
        .join(ResourceRow, ResourceRow.id == Claim.resource_id)
        .where(Claim.occupies, Claim.booking_id.is_not(None))
        .where(Claim.starts_at >= begin, Claim.starts_at < end)
    ).all()
    routes = {place.key: place.route for place in plan.resources}
    return [
        (route, loads(route, [start for key, start in found if routes.get(key) == route.key], plan.zone))
        for route in plan.routes
    ]
