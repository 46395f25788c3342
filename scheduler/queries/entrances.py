"""Looks at what the entrance may know of a day: times, references, doors and routes, nothing of people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.plans import ResourceRow
from scheduler.domain.arrivals import reference_in
from scheduler.domain.bookings import Channel, Status
from scheduler.domain.instants import midnight
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Site
from scheduler.domain.wayfinding import Route


class Coming(NamedTuple):
    """One visit as the entrance sees it; the columns are chosen so that no more can come out."""

    id: UUID
    reference: str
    starts_at: datetime
    status: Status
    channel: Channel
    let_in_at: datetime | None
    place: str
    place_site: str


@dataclass(frozen=True, slots=True)
class Door:
    """A visit with its site and its way, None where the place has none."""

    visit: Coming
    site: Site
    route: Route | None


@dataclass(frozen=True, slots=True)
class EntranceDay:
    """`expected` are those who may come in, `instead` those whose visit is cancelled or became a call."""

    expected: Sequence[Door]
    instead: Sequence[Door]


_COLUMNS = (
    *(Booking.id, Booking.reference, Booking.starts_at, Booking.status, Booking.channel, Booking.let_in_at),
    *(ResourceRow.key, ResourceRow.site),
)
_VISITS = select(*_COLUMNS).join(ResourceRow, ResourceRow.id == Booking.resource_id)


def entrance_day(session: Session, plan: Plan, on: date, *, site: str | None = None) -> EntranceDay:
    """Who is expected on the day by time, at one site or all; one statement."""
    begin, end = midnight(on, plan.zone), midnight(on + timedelta(days=1), plan.zone)
    rows = session.execute(
        _VISITS.where(Booking.starts_at >= begin, Booking.starts_at < end)
        .where(Booking.status != Status.REQUESTED)
        .order_by(Booking.starts_at, Booking.reference)
    )
    doors = [_door(plan, Coming._make(row)) for row in rows]
    here = [door for door in doors if site is None or door.site.key == site]
    return EntranceDay(
        [door for door in here if not _is_elsewhere(door.visit)],
        [door for door in here if _is_elsewhere(door.visit)],
    )


def by_reference(session: Session, plan: Plan, text: str) -> Door | None:
    """The visit of any day whose reference somebody shows."""
    reference = reference_in(text)
    if reference is None:
        return None
    row = session.execute(_VISITS.where(Booking.reference == reference)).one_or_none()
    return None if row is None else _door(plan, Coming._make(row))


def _is_elsewhere(visit: Coming) -> bool:
    return visit.status is Status.CANCELLED or visit.channel is Channel.PHONE


def _door(plan: Plan, visit: Coming) -> Door:
    place = plan.resources_by_key.get(visit.place)
    route = plan.routes_by_key.get(place.route) if place is not None and place.route is not None else None
    return Door(visit, plan.site_of(visit.place, visit.place_site), route)
