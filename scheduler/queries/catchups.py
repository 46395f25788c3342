"""Looks at what a day's paper may still say: visits whose end nobody has entered."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.plans import ResourceRow
from scheduler.domain.bookings import Channel, Status
from scheduler.domain.catchups import is_open
from scheduler.domain.plans import Plan
from scheduler.queries.bookings import with_everything
from scheduler.queries.sheets import sheet_day

_STOOD_THERE = (
    *(Status.REQUESTED, Status.BOOKED, Status.CHECKED_IN, Status.CALLED, Status.IN_SERVICE, Status.DONE),
)


def open_visits(session: Session, plan: Plan, on: date, *, now: datetime) -> Sequence[Booking]:
    """Visits of the day that have begun and whose end is not known, place by place; one statement."""
    sheets = sheet_day(session, plan, on).sheets
    return [one for sheet in sheets for one in sheet.visits if one.starts_at <= now and is_open(one.status)]


def standing_there(session: Session, place: str, starts_at: datetime, until: datetime) -> Booking | None:
    """The first visit that the system has at this place in the time from `starts_at` to `until`."""
    return session.scalars(
        select(Booking)
        .join(ResourceRow, ResourceRow.id == Booking.resource_id)
        .where(ResourceRow.key == place, Booking.channel == Channel.IN_PERSON)
        .where(Booking.status.in_(_STOOD_THERE))
        .where(Booking.starts_at < until, Booking.ends_at > starts_at)
        .order_by(Booking.starts_at)
        .limit(1)
    ).first()


def by_ids(session: Session, ids: Collection[UUID]) -> Sequence[Booking]:
    """These visits, whatever their state, by time."""
    if not ids:
        return []
    return session.scalars(
        with_everything().where(Booking.id.in_(ids)).order_by(Booking.starts_at, Booking.reference)
    ).all()
