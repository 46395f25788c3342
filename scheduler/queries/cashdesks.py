"""Looks at the day of the cash desk: who picks up a payment, and when."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy.orm import Session

from models.bookings import Booking
from scheduler.domain.bookings import Channel, Status
from scheduler.domain.instants import midnight
from scheduler.domain.plans import Plan
from scheduler.domain.services import needs_cash_desk
from scheduler.queries.bookings import with_everything


def pick_ups(session: Session, plan: Plan, on: date) -> Sequence[Booking]:
    """The visits of the day that need a cash desk, by time, without cancelled ones; one statement."""
    keys = [service.key for service in plan.services if needs_cash_desk(service)]
    begin, end = midnight(on, plan.zone), midnight(on + timedelta(days=1), plan.zone)
    return session.scalars(
        with_everything()
        .where(Booking.starts_at >= begin, Booking.starts_at < end, Booking.service_key.in_(keys))
        .where(Booking.channel == Channel.IN_PERSON, Booking.status != Status.CANCELLED)
        .order_by(Booking.starts_at, Booking.reference)
    ).all()
