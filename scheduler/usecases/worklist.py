"""Decides about what stands on the worklist: a visit stands, becomes a call, a call was made."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from models.bookings import Booking
from models.worklist import WorklistMark
from scheduler.domain.bookings import TO_COME, Channel, Party, Standing, Status
from scheduler.domain.errors import WrongState
from scheduler.domain.notices import Template
from scheduler.domain.roles import Actor
from scheduler.domain.worklist import (
    MarkKind,
    WorklistDecision,
    check_call_was_made,
    check_may_call,
    check_may_decide,
)
from scheduler.queries.plans import current_plan
from scheduler.usecases.bookings import locked, note
from scheduler.usecases.claims import note_freed, release
from scheduler.usecases.notices import tell
from scheduler.usecases.participants import followers, is_group


def keep(session: Session, booking_id: UUID, *, actor: Actor, now: datetime) -> Booking:
    """Lets a visit stand whatever its phase says, and though its place may be closed.

    Nobody is told, since nothing changes for the person; who signed up for a group event comes along with
    it. Raises NotFound, WrongState.
    """
    plan, booking = current_plan(session), locked(session, booking_id)
    check_may_decide(booking.status, ends_at=booking.ends_at, now=now, change="keep")
    is_new = _mark(session, booking, MarkKind.KEPT, actor, now)
    those = [booking, *(followers(session, booking.id, TO_COME) if is_group(plan, booking) else ())]
    for one in those:
        if one.standing is Standing.IN_QUESTION or (one is booking and is_new):
            was, one.standing = one.standing, Standing.VALID
            note(session, one, actor, "booking.keep", now, was=was)
    return booking


def doubt(session: Session, booking_id: UUID, *, actor: Actor, now: datetime) -> Booking:
    """Puts a visit in question, on the word of whoever has noticed something. Raises as `keep` does."""
    booking = locked(session, booking_id)
    check_may_decide(booking.status, ends_at=booking.ends_at, now=now, change="doubt")
    if booking.channel is not Channel.IN_PERSON:
        raise WrongState(status=booking.status, change="doubt", why="by_phone_already")
    if booking.standing is Standing.VALID:
        booking.standing = Standing.IN_QUESTION
        note(session, booking, actor, "booking.doubt", now)
    return booking


def call_instead(session: Session, booking_id: UUID, *, actor: Actor, now: datetime) -> Booking:
    """Turns a visit into a call at its own time; its place is free at once and the person is told.

    As a switch does it, so the calendar entry stays the same. Raises NotFound, WrongState.
    """
    plan, booking = current_plan(session), locked(session, booking_id)
    check_may_decide(booking.status, ends_at=booking.ends_at, now=now, change="phone")
    has_phone, group = bool(booking.person.phone), is_group(plan, booking)
    check_may_call(booking.status, booking.channel, has_phone=has_phone, is_group=group)
    was = booking.standing
    note_freed(session, booking)
    booking.channel, booking.standing = Channel.PHONE, Standing.VALID
    booking.ical_sequence += 1
    release(session, [booking.id])
    tell(session, plan, booking, Template.PHONE, now=now)
    note(session, booking, actor, "booking.phone", now, was=was)
    return booking


def make_call(session: Session, booking_id: UUID, *, actor: Actor, now: datetime) -> Booking:
    """Notes that somebody was called instead of coming, and that the concern is dealt with."""
    plan, booking = current_plan(session), locked(session, booking_id)
    check_call_was_made(booking.status, booking.channel, starts_at=booking.starts_at, now=now, zone=plan.zone)
    booking.status, booking.finished_at = Status.DONE, now
    note(session, booking, actor, "booking.make-call", now)
    return booking


def settle(session: Session, booking_id: UUID, *, actor: Actor, now: datetime) -> Booking:
    """Notes that somebody whom the office cancelled needs no new time: settled otherwise, or not wanted."""
    booking = locked(session, booking_id)
    if booking.status is not Status.CANCELLED or booking.cancelled_by is not Party.OFFICE:
        raise WrongState(status=booking.status, change="settle", why="status")
    if _mark(session, booking, MarkKind.SETTLED, actor, now):
        note(session, booking, actor, "booking.settle", now)
    return booking


def unsettle(session: Session, booking_id: UUID, *, actor: Actor, now: datetime) -> Booking:
    """Takes that back; the person waits for a new time again. Raises WrongState."""
    booking = locked(session, booking_id)
    mark = session.get(WorklistMark, booking_id)
    if mark is None or mark.kind is not MarkKind.SETTLED:
        raise WrongState(status=booking.status, change="unsettle", why="nothing_to_take_back")
    session.delete(mark)
    note(session, booking, actor, "booking.unsettle", now)
    return booking


#: Each decision's deed, called as `keep` is.
DECISIONS: Mapping[WorklistDecision, Callable[..., Booking]] = {
    WorklistDecision.KEEP: keep,
    WorklistDecision.DOUBT: doubt,
    WorklistDecision.PHONE: call_instead,
    WorklistDecision.CALL_MADE: make_call,
    WorklistDecision.SETTLE: settle,
    WorklistDecision.UNSETTLE: unsettle,
}


def _mark(session: Session, booking: Booking, kind: MarkKind, actor: Actor, now: datetime) -> bool:
    """Whether that is new; the caller has locked the booking."""
    found = session.get(WorklistMark, booking.id)
    if found is not None and (found.kind, found.starts_at) == (kind, booking.starts_at):
        return False
    mark = found or WorklistMark(booking_id=booking.id)
    mark.kind, mark.starts_at, mark.made_by, mark.made_at = kind, booking.starts_at, actor.name, now
    session.add(mark)
    return True
