"""Offers earlier times to those who wait for one; nobody loses the own time before another is theirs."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.database import Database
from models.plans import ResourceRow
from models.waiting_list import Offer, Wish
from scheduler.adapters.clock import Clock
from scheduler.domain.availability import Slot
from scheduler.domain.bookings import Change, MoveRequest, Party, check_may_change
from scheduler.domain.errors import WrongState
from scheduler.domain.holds import HoldRequest
from scheduler.domain.notices import Template
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Actor, Role
from scheduler.domain.waiting_list import (
    MOST_OFFERS,
    OFFER_LENGTH,
    Answer,
    check_may_wish,
    days_to_offer,
    first_offer,
    is_time_to_offer,
)
from scheduler.queries.plans import newest_plan
from scheduler.queries.slots import slots
from scheduler.queries.visits import Place, visit_of
from scheduler.queries.waiting_list import in_turn
from scheduler.usecases import bookings, holds
from scheduler.usecases.audit import record
from scheduler.usecases.bookings import locked, note
from scheduler.usecases.notices import Telling, tell_of
from scheduler.usecases.participants import check_stays
from scheduler.usecases.plans import held_plan

THE_USHER = Actor("job:offers", Role.MANAGER)
#: More than two days have at forty places, of which the first may begin too soon.
_MOST_LOOKED_AT = 3000


def wish(session: Session, booking_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Notes that somebody would come earlier. Raises NotFound, and WrongState where that cannot be."""
    plan, booking = held_plan(session), locked(session, booking_id)
    check_may_change(booking.summoned_on, Change.MOVE, actor)
    check_stays(session, plan, booking)
    _check_may_wish(booking, now)
    if session.get(Wish, booking_id) is None:
        session.add(Wish(booking_id=booking_id, asked_at=now))
        note(session, booking, actor, "booking.wish", now)


def wish_no_longer(session: Session, booking_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Ends the wish, and lets go what is offered. Raises NotFound."""
    booking = locked(session, booking_id)
    if _end(session, booking, Answer.DECLINED):
        note(session, booking, actor, "booking.no-wish", now)


def take(session: Session, booking_id: UUID, *, actor: Actor, now: datetime) -> Booking:
    """Moves the visit to the offered time. Raises WrongState where none is, and whatever moving raises."""
    locked(session, booking_id)  # first, as the job does
    found = _offered(session, booking_id, now)
    place = session.get_one(ResourceRow, found.resource_id).key
    request = MoveRequest(found.starts_at, place, by=Party.CUSTOMER)
    moved = bookings.move(session, booking_id, request, actor=actor, now=now)
    found.answer = Answer.TAKEN
    session.execute(delete(Wish).where(Wish.booking_id == booking_id))
    return moved


def decline(session: Session, booking_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Leaves the offered time to others; the wish goes on. Raises NotFound, WrongState."""
    booking = locked(session, booking_id)
    found = _offered(session, booking_id, now)
    _let_go(session, booking, found, Answer.DECLINED)
    note(session, booking, actor, "booking.decline-offer", now)


def offer_due(database: Database, *, clock: Clock) -> int:
    """Ends offers that are over and makes new ones, each wish in its own transaction; answers how many."""
    with database.reading() as session:
        waiting = in_turn(session)
    return sum(_offer(database, booking_id, clock) for booking_id in waiting)


def _offer(database: Database, booking_id: UUID, clock: Clock) -> bool:
    with database.transaction() as session:
        now, plan = clock.office(), newest_plan(session)
        # The visit first, as everybody does who changes it.
        booking = locked(session, booking_id)
        found = session.scalar(select(Wish).where(Wish.booking_id == booking_id).with_for_update())
        if plan is None or found is None:
            return False
        made = session.scalars(
            select(Offer).where(Offer.booking_id == booking_id, Offer.made_at >= found.asked_at)
        ).all()
        current = next((one for one in made if one.answer is None), None)
        try:
            _check_may_wish(booking, now)
        except WrongState:
            _end(session, booking, Answer.OVER)
            return False
        if current is not None and current.until > now and current.starts_at < booking.starts_at:
            return False
        if current is not None:
            _let_go(session, booking, current, Answer.OVER)
        if len(made) >= MOST_OFFERS:
            _end(session, booking, Answer.OVER)
            record(session, THE_USHER, "booking.no-wish", f"booking:{booking_id}", now=now)
            return False
        slot = _free(session, plan, booking, made, now)
        return slot is not None and _hold_out(session, plan, booking, slot, now)


def _free(
    session: Session, plan: Plan, booking: Booking, made: Sequence[Offer], now: datetime
) -> Slot | None:
    days = days_to_offer(booking.starts_at, now, plan.zone)
    if days is None or not is_time_to_offer(now, plan.zone):
        return None
    service = plan.visit(booking.service_key, booking.person.needs)
    found = slots(
        session,
        plan,
        service,
        first=days[0],
        last=days[1],
        booked_by=booking.booked_by,
        now=now,
        limit=_MOST_LOOKED_AT,
    )
    offered = {one.starts_at for one in made}
    return first_offer(found, now=now, offered=offered, justified=booking.justification_category is not None)


def _hold_out(session: Session, plan: Plan, booking: Booking, slot: Slot, now: datetime) -> bool:
    form, until = str(uuid4()), now + OFFER_LENGTH
    asked = HoldRequest(form, slot.starts_at, slot.resource.key, booking.booked_by, booking.service_key)
    if not holds.hold(session, asked, length=OFFER_LENGTH, actor=_whoever(booking), now=now):
        return False
    row = session.scalars(select(ResourceRow).where(ResourceRow.key == slot.resource.key)).one()
    session.add(
        Offer(
            booking_id=booking.id,
            resource_id=row.id,
            starts_at=slot.starts_at,
            made_at=now,
            until=until,
            form=form,
        )
    )
    place = Place(row.key, row.kind, row.site, row.name)
    offered = visit_of(booking)._replace(starts_at=slot.starts_at, ends_at=slot.ends_at, place=place)
    told = Telling(offered, Template.OFFER, previous_starts_at=booking.starts_at, expected_at=until)
    tell_of(session, plan, told, now=now)
    record(session, THE_USHER, "booking.offer", f"booking:{booking.id}", now=now, place=row.key)
    return True


def _offered(session: Session, booking_id: UUID, now: datetime) -> Offer:
    found = session.scalar(
        select(Offer).where(Offer.booking_id == booking_id, Offer.answer.is_(None)).with_for_update()
    )
    if found is None or found.until <= now:
        raise WrongState(change="offer", why="offer_over")
    return found


def _let_go(session: Session, booking: Booking, offer: Offer, answer: Answer) -> None:
    offer.answer = answer
    holds.let_go(session, offer.form, actor=_whoever(booking))


def _end(session: Session, booking: Booking, answer: Answer) -> bool:
    """Whether there was a wish."""
    for one in session.scalars(select(Offer).where(Offer.booking_id == booking.id, Offer.answer.is_(None))):
        _let_go(session, booking, one, answer)
    ended = session.scalar(delete(Wish).where(Wish.booking_id == booking.id).returning(Wish.booking_id))
    return ended is not None


def _check_may_wish(booking: Booking, now: datetime) -> None:
    check_may_wish(
        booking.status,
        booking.channel,
        starts_at=booking.starts_at,
        now=now,
        has_email=booking.person.email is not None,
    )


def _whoever(booking: Booking) -> Actor:
    """As whoever has the link acts, so that what is held for them is theirs to take."""
    return Actor(f"visitor:{booking.reference}", Role.CUSTOMER)
