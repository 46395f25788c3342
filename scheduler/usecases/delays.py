"""Notes that a visit takes longer, and makes way for those whom that hits, or tells them to wait."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from models.bookings import Booking, Claim
from scheduler.domain.bookings import Status
from scheduler.domain.delays import longer_until
from scheduler.domain.errors import WrongState
from scheduler.domain.intervals import Interval
from scheduler.domain.notices import Template
from scheduler.domain.roles import Actor
from scheduler.queries.bookings import booking as look_up
from scheduler.queries.delays import delay, is_told
from scheduler.usecases.audit import record
from scheduler.usecases.bookings import locked, relocate
from scheduler.usecases.claims import take_turns
from scheduler.usecases.notices import tell
from scheduler.usecases.plans import held_plan


def lengthen(session: Session, booking_id: UUID, minutes: int, *, actor: Actor, now: datetime) -> Booking:
    """A visit under way needs so many minutes more; none says that it does not after all.

    Nothing is booked into that time any more; whoever is booked there keeps the visit and waits, until
    somebody decides otherwise. Raises NotFound, Invalid, WrongState.
    """
    plan = held_plan(session)
    booking = locked(session, booking_id)
    until = longer_until(booking.status, booking.channel, booking.ends_at, minutes, now=now, zone=plan.zone)
    place = plan.resources_by_key.get(booking.resource.key)
    if place is not None:
        day = Interval(booking.starts_at, max(booking.occupied_until, until or booking.ends_at))
        take_turns(session, plan, [(place, day)])
    buffer = booking.occupied_until - booking.ends_at
    session.execute(
        update(Claim)
        .where(Claim.booking_id == booking.id)
        .values(lasts_until=None if until is None else until + buffer),
        execution_options={"synchronize_session": False},
    )
    details = {"until": until.isoformat()} if until is not None else {}
    record(session, actor, "booking.lengthen", f"booking:{booking.id}", now=now, **details)
    return booking


def make_way(session: Session, booking_id: UUID, *, actor: Actor, now: datetime) -> int:
    """Gives everybody whom this visit hits another place at their own time, where one is free; how many.

    One after the other: who has gone no longer pushes the next. Nobody is moved before all rows are locked,
    soonest first, and all turns taken at once: whoever else moves one of them waits in no circle with this.
    """
    plan = held_plan(session)
    booking = locked(session, booking_id)
    for one in delay(session, plan, booking, now=now).delayed:
        locked(session, one.hit.booking.id)
    hits = [one.hit for one in delay(session, plan, booking, now=now).delayed]
    offered = {hit.booking.id: hit.elsewhere for hit in hits}
    wanted = [(Interval(hit.booking.starts_at, hit.booking.occupied_until), hit.elsewhere) for hit in hits]
    take_turns(session, plan, [(place, span) for span, places in wanted for place in places])
    moved = 0
    while True:
        for hit in (one.hit for one in delay(session, plan, booking, now=now).delayed):
            free = [place for place in hit.elsewhere if place in offered.get(hit.booking.id, ())]
            if free:
                break
        else:
            return moved
        relocate(session, hit.booking.id, free[0].key, actor=actor, now=now)
        session.flush()
        del offered[hit.booking.id]
        moved += 1


def tell_delay(
    session: Session, booking_id: UUID, because_of: UUID, *, actor: Actor, now: datetime
) -> Booking:
    """Tells somebody who waits at home when their visit will begin, on account of the visit `because_of`.

    Whoever has been told so already, or is about to be, is not told again. Raises NotFound, WrongState where
    the person is in the house, has no answer yet, or is not hit (any more).
    """
    plan = held_plan(session)
    booking, cause = locked(session, booking_id), look_up(session, because_of)
    found = {one.hit.booking.id: one for one in delay(session, plan, cause, now=now).delayed}
    if booking.id not in found or booking.status is not Status.BOOKED:
        raise WrongState(status=booking.status, change="tell-delay", why="not_delayed")
    begins_at = found[booking.id].begins_at
    if is_told(session, booking.id, begins_at):
        return booking
    tell(session, plan, booking, Template.DELAYED, now=now, expected_at=begins_at)
    record(session, actor, "booking.tell-delay", f"booking:{booking.id}", now=now)
    return booking
