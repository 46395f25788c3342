"""Keeps those who signed up for a group event with it, and gives a free seat to the next who waits."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.events import Event, Participant
from models.plans import ResourceRow
from scheduler.domain.bookings import (
    MAY_CHANGE_PLACE,
    TO_COME,
    TRANSITIONS,
    Change,
    Party,
    Status,
    is_in_the_house,
)
from scheduler.domain.errors import WrongState
from scheduler.domain.events import free_seat, seats_at
from scheduler.domain.notices import Notifying, Template
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Actor, Role
from scheduler.queries.bookings import with_everything
from scheduler.usecases.audit import record
from scheduler.usecases.notices import tell

THE_USHER = Actor("job:events", Role.MANAGER)


def is_group(plan: Plan, booking: Booking) -> bool:
    """Whether the visit may have to do with an event at all: others are not asked about."""
    service = plan.services_by_key.get(booking.service_key)
    return service is not None and service.group


def seat_of(session: Session, booking_id: UUID) -> Participant | None:
    """The seat, or the wait for one, of whoever signed up with this visit."""
    return session.get(Participant, booking_id, with_for_update=True)


def check_stays(session: Session, plan: Plan, booking: Booking) -> None:
    """A seat cannot be moved to another time or place. Raises WrongState."""
    if is_group(plan, booking) and seat_of(session, booking.id) is not None:
        raise WrongState(change="move", why="seat_at_event")


def check_seated(session: Session, plan: Plan, booking: Booking) -> None:
    """Nobody is let in who still waits for a seat. Raises WrongState."""
    if is_group(plan, booking) and (own := seat_of(session, booking.id)) is not None and own.seat is None:
        raise WrongState(change="approve", why="event_full")


def lock_event(session: Session, event_id: UUID) -> Event | None:
    """The event, and nobody else gives a seat away until the transaction ends."""
    return session.scalar(select(Event).where(Event.booking_id == event_id).with_for_update())


def taken_seats(session: Session, event_id: UUID) -> set[int]:
    seats = select(Participant.seat).where(Participant.event_id == event_id, Participant.seat.is_not(None))
    return {seat for seat in session.scalars(seats) if seat is not None}


def after_end(
    session: Session,
    plan: Plan,
    booking: Booking,
    *,
    now: datetime,
    actor: Actor | None,
    notifying: Notifying = Notifying.NOW,
) -> None:
    """Frees the seat of a visit that just ended for the next who waits, or ends all visits to the event."""
    if not is_group(plan, booking):
        return
    own = seat_of(session, booking.id)
    if own is not None:
        seat, own.seat = own.seat, None
        session.flush()
        if seat is not None:
            move_up(session, plan, own.event_id, now=now)
        return
    by = actor or THE_USHER
    for follower in followers(session, booking.id, TRANSITIONS[Change.CANCEL].sources):
        was, follower.status = follower.status, Status.CANCELLED
        follower.cancelled_by, follower.reason = Party.OFFICE, booking.reason
        follower.ical_sequence += 1
        _tell(session, plan, follower, Template.CANCELLATION, now, by, notifying, reason=booking.reason)
        details = {"by": Party.OFFICE, "was": was, "notifying": notifying}
        record(session, by, "booking.cancel", f"booking:{follower.id}", now=now, **details)


def after_move(
    session: Session,
    plan: Plan,
    event: Booking,
    *,
    previous: datetime,
    now: datetime,
    actor: Actor,
    notifying: Notifying = Notifying.NOW,
) -> None:
    """Takes all who signed up along to where and when the event now is, and tells them."""
    if not is_group(plan, event):
        return
    for follower in followers(session, event.id, TO_COME):
        left, was = follower.resource.key, follower.standing
        _seat_at(event, follower)
        follower.judged_at, follower.standing, follower.channel = now, event.standing, event.channel
        follower.moved_by = Party.OFFICE
        _tell_where(session, plan, follower, now, actor, notifying, previous_starts_at=previous)
        noted = {"place": event.resource.key, "left": left, "was": was, "notifying": notifying}
        noted |= {"previous": previous.isoformat(), "by": Party.OFFICE, "channel": event.channel}
        record(session, actor, "booking.move", f"booking:{follower.id}", now=now, **noted)


def after_relocation(
    session: Session,
    plan: Plan,
    event: Booking,
    *,
    now: datetime,
    actor: Actor,
    notifying: Notifying = Notifying.NOW,
) -> None:
    """Takes all who signed up along to the event's new room; whoever is in the house is told there."""
    if not is_group(plan, event):
        return
    for follower in followers(session, event.id, MAY_CHANGE_PLACE):
        left, is_told = follower.resource.key, not is_in_the_house(follower.status)
        _seat_at(event, follower)
        if is_told:
            _tell_where(session, plan, follower, now, actor, notifying)
        noted = {"place": event.resource.key, "left": left, "told": "yes" if is_told else "no"}
        record(session, actor, "booking.relocate", f"booking:{follower.id}", now=now, **noted)


def move_up(session: Session, plan: Plan, event_id: UUID, *, now: datetime) -> None:
    """Gives free seats to those who wait, whoever has waited longest first, and invites them."""
    event = lock_event(session, event_id)
    host = session.get_one(Booking, event_id)
    if event is None or host.status not in TO_COME or host.starts_at <= now:
        return
    taken = taken_seats(session, event_id)
    room = session.get_one(ResourceRow, host.resource_id)
    seats = seats_at(plan, room.key, event.seats, host.starts_at)
    for waiting, own in _waiting(session, event_id):
        seat = free_seat(taken, seats)
        if seat is None:
            return
        taken.add(seat)
        own.seat = seat
        waiting.status, waiting.invited, waiting.judged_at = Status.BOOKED, True, now
        tell(session, plan, waiting, Template.INVITATION, now=now)
        details = {"was": waiting.standing, "seat": seat}
        record(session, THE_USHER, "booking.approve", f"booking:{waiting.id}", now=now, **details)
    session.flush()


def _seat_at(event: Booking, follower: Booking) -> None:
    follower.resource, follower.resource_id = event.resource, event.resource_id
    follower.starts_at, follower.ends_at = event.starts_at, event.ends_at
    follower.occupied_until = event.occupied_until


def _signed_up(event_id: UUID) -> Select[Booking]:
    """Locked, who has a seat before who waits: whoever gives a seat up holds it while they look who waits."""
    return (
        with_everything()
        .join(Participant, Participant.booking_id == Booking.id)
        .where(Participant.event_id == event_id)
        .order_by(Participant.seat.is_(None), Booking.made_at, Booking.id)
        .with_for_update(of=Booking)
    )


def followers(session: Session, event_id: UUID, statuses: Collection[Status]) -> Sequence[Booking]:
    """Everybody who has a seat at the event or waits for one, as far as their visit has come, locked."""
    return session.scalars(_signed_up(event_id).where(Booking.status.in_(statuses))).all()


def _waiting(session: Session, event_id: UUID) -> list[tuple[Booking, Participant]]:
    found = _signed_up(event_id).where(Participant.seat.is_(None), Booking.status == Status.REQUESTED)
    return [(booking, own) for booking, own in session.execute(found.add_columns(Participant))]


def _tell_where(
    session: Session,
    plan: Plan,
    follower: Booking,
    now: datetime,
    actor: Actor,
    notifying: Notifying,
    *,
    previous_starts_at: datetime | None = None,
) -> None:
    follower.ical_sequence += 1
    template = Template.UPDATE if follower.invited else Template.RECEIPT
    since = previous_starts_at if previous_starts_at != follower.starts_at else None
    _tell(session, plan, follower, template, now, actor, notifying, previous_starts_at=since)


def _tell(
    session: Session,
    plan: Plan,
    booking: Booking,
    template: Template,
    now: datetime,
    actor: Actor,
    notifying: Notifying,
    *,
    reason: str | None = None,
    previous_starts_at: datetime | None = None,
) -> None:
    tell(
        session,
        plan,
        booking,
        template,
        now=now,
        reason=reason,
        previous_starts_at=previous_starts_at,
        notifying=notifying,
        decided_by=actor,
    )
