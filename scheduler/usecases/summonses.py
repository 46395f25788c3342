"""Notes that a legal summons was sent for a visit; Theke sends none itself and never claims to be one."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from models.bookings import Booking
from scheduler.domain.errors import invalid
from scheduler.domain.instants import local_date
from scheduler.domain.roles import Actor
from scheduler.queries.plans import current_plan
from scheduler.usecases.bookings import locked, note


def note_summons(
    session: Session, booking_id: UUID, *, sent_on: date | None, actor: Actor, now: datetime
) -> Booking:
    """Notes the local day on which it was sent, or with None that there is none after all.

    Raises NotFound, and Invalid for `sent_on` where that day has not come yet.
    """
    if sent_on is not None and sent_on > local_date(now, current_plan(session).zone):
        raise invalid("sent_on", "in_the_future")
    booking = locked(session, booking_id)
    if booking.summoned_on != sent_on:
        booking.summoned_on = sent_on
        said = {"sent_on": sent_on.isoformat()} if sent_on is not None else {}
        note(session, booking, actor, "booking.summon" if said else "booking.no-summons", now, **said)
    return booking
