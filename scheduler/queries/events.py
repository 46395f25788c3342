"""Looks at group events: which are to come, how many seats are left, who has signed up."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.events import Event, Participant
from scheduler.domain.bookings import TO_COME, Status
from scheduler.domain.errors import NotFound
from scheduler.domain.events import seats_at
from scheduler.domain.plans import Plan
from scheduler.queries.bookings import with_everything

_MOST = 200


class EventDate(NamedTuple):
    """One date, how many seats are given at its time, how many have one and how many wait for one."""

    booking: Booking
    event: Event
    seats: int
    taken: int
    waiting: int

    @property
    def left(self) -> int:
        return max(self.seats - self.taken, 0)

    @property
    def is_on(self) -> bool:
        return self.booking.status in TO_COME


class SignedUp(NamedTuple):
    """Somebody's visit to an event; no seat where they wait for one."""

    booking: Booking
    seat: int | None


def is_participant() -> ColumnElement[bool]:
    """Whether the visit is one to a group event, which stands in the calendar once and not for each."""
    return select(Participant.booking_id).where(Participant.booking_id == Booking.id).exists()


def events_from(session: Session, plan: Plan, now: datetime, *, public: bool = False) -> Sequence[EventDate]:
    """Those to come, the soonest first; for the public those alone that take place. Two statements."""
    wanted = with_everything().join(Event, Event.booking_id == Booking.id).where(Booking.ends_at > now)
    if public:
        wanted = wanted.where(Event.is_public, Booking.starts_at > now, Booking.status.in_(TO_COME))
    found = session.execute(
        wanted.add_columns(Event).order_by(Booking.starts_at, Booking.id).limit(_MOST)
    ).all()
    return _counted(session, plan, [(booking, event) for booking, event in found])


def event_date(session: Session, plan: Plan, event_id: UUID) -> EventDate:
    """Raises NotFound."""
    found = session.execute(
        with_everything()
        .join(Event, Event.booking_id == Booking.id)
        .where(Booking.id == event_id)
        .add_columns(Event)
    ).first()
    if found is None:
        raise NotFound(what="event", key=str(event_id))
    return _counted(session, plan, [(found[0], found[1])])[0]


def series_of(session: Session, event: Event) -> Sequence[Booking]:
    """The dates made together with this one, in their order; none where it stands alone."""
    if event.series is None:
        return []
    return session.scalars(
        with_everything()
        .join(Event, Event.booking_id == Booking.id)
        .where(Event.series == event.series)
        .order_by(Booking.starts_at, Booking.id)
    ).all()


def event_of(session: Session, booking_id: UUID) -> UUID | None:
    """The event to which this visit is one, or which it holds the room for."""
    seats = session.scalar(select(Participant.event_id).where(Participant.booking_id == booking_id))
    return seats or session.scalar(select(Event.booking_id).where(Event.booking_id == booking_id))


def signed_up(session: Session, event_id: UUID) -> Sequence[SignedUp]:
    """Everybody who has a seat, by seat, and then who waits, the longest first; one statement."""
    found = session.execute(
        with_everything()
        .join(Participant, Participant.booking_id == Booking.id)
        .where(Participant.event_id == event_id, Booking.status != Status.CANCELLED)
        .add_columns(Participant.seat)
        .order_by(Participant.seat.is_(None), Participant.seat, Booking.made_at, Booking.id)
    )
    return [SignedUp(booking, seat) for booking, seat in found]


def _counted(session: Session, plan: Plan, found: Sequence[tuple[Booking, Event]]) -> list[EventDate]:
    ids = [booking.id for booking, _ in found]
    counts = {
        event_id: (taken, everybody - taken)
        for event_id, taken, everybody in session.execute(
            select(Participant.event_id, func.count(Participant.seat), func.count())
            .join(Booking, Booking.id == Participant.booking_id)
            .where(Participant.event_id.in_(ids), Booking.status != Status.CANCELLED)
            .group_by(Participant.event_id)
        )
    }
    return [
        EventDate(
            booking,
            event,
            seats_at(plan, booking.resource.key, event.seats, booking.starts_at),
            *counts.get(booking.id, (0, 0)),
        )
        for booking, event in found
    ]
