"""Lets people in at the door, and takes that back; what happens at the counter is reception's."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.bookings import Booking
from scheduler.domain.bookings import Channel, Status
from scheduler.domain.errors import NotFound, WrongState
from scheduler.domain.instants import local_date
from scheduler.domain.roles import Actor
from scheduler.queries.plans import current_plan
from scheduler.usecases.audit import record


def let_in(session: Session, booking_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Ticks off that somebody was let in for a visit of today; ticking twice changes nothing.

    Raises NotFound, and WrongState where nobody is expected.
    """
    booking = _lock(session, booking_id)
    zone = current_plan(session).zone
    if local_date(booking.starts_at, zone) != local_date(now, zone):
        raise WrongState(status=booking.status, change="let-in", why="another_day")
    if booking.status in (Status.REQUESTED, Status.CANCELLED) or booking.channel is Channel.PHONE:
        raise WrongState(status=booking.status, change="let-in", why="not_expected")
    if booking.let_in_at is None:
        _tick(session, booking, now)
        record(session, actor, "booking.let-in", f"booking:{booking.id}", now=now)


def take_back(session: Session, booking_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Takes the tick back. Raises NotFound."""
    booking = _lock(session, booking_id)
    if booking.let_in_at is not None:
        _tick(session, booking, None)
        record(session, actor, "booking.not-let-in", f"booking:{booking.id}", now=now)


def _tick(session: Session, booking: Booking, at: datetime | None) -> None:
    """Leaves the version as it is: nobody's form at reception is out of date for that."""
    ticked = update(Booking).where(Booking.id == booking.id)
    session.execute(ticked.values(let_in_at=at, version=Booking.version))


def _lock(session: Session, booking_id: UUID) -> Booking:
    booking = session.scalar(select(Booking).where(Booking.id == booking_id).with_for_update())
    if booking is None:
        raise NotFound(what="booking", key=str(booking_id))
    return booking
