"""Sets coded hints about people and lifts them; both stay on record, apart from the person's bookings."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.hints import Hint
from scheduler.domain.errors import NotFound
from scheduler.domain.hints import Code, checked_end
from scheduler.domain.instants import local_date
from scheduler.domain.roles import Actor
from scheduler.queries.bookings import booking as look_up
from scheduler.queries.hints import hints_about
from scheduler.queries.plans import current_plan
from scheduler.usecases.audit import record


def set_hint(
    session: Session, booking_id: UUID, code: Code, *, until: date, actor: Actor, now: datetime
) -> Hint:
    """Sets the hint about the person of a booking, in place of one that holds. Raises NotFound, Invalid."""
    today = local_date(now, current_plan(session).zone)
    booking = look_up(session, booking_id)
    checked_end(until, today=today)
    _lift(session, booking, today=today, now=now)
    hint = Hint(person_id=booking.person_id, code=code, until=until, set_by=actor.name, set_at=now)
    session.add(hint)
    session.flush()
    record(session, actor, "hint.set", f"hint:{hint.id}", now=now, until=until.isoformat())
    return hint


def lift_hint(session: Session, booking_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Lifts what holds about the person of a booking. Raises NotFound."""
    today = local_date(now, current_plan(session).zone)
    booking = look_up(session, booking_id)
    lifted = _lift(session, booking, today=today, now=now)
    if not lifted:
        raise NotFound(what="hint", key=str(booking_id))
    for hint_id in lifted:
        record(session, actor, "hint.lift", f"hint:{hint_id}", now=now)


def _lift(session: Session, booking: Booking, *, today: date, now: datetime) -> list[int]:
    hints = hints_about(session, [booking.person], today=today).get(booking.person_id, [])
    ids = [hint.id for hint in hints]
    for hint in session.scalars(select(Hint).where(Hint.id.in_(ids)).with_for_update()):
        hint.lifted_at = now
    return ids
