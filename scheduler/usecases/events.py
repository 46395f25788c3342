"""Makes group events and signs people up for them."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import update
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.bulk import insert_together
from models.events import Event, Participant
from models.outbox import OutboxRow
from models.people import Person, PersonWord
from models.volleys import send
from scheduler.domain.bookings import TO_COME, BookingRequest, Status
from scheduler.domain.errors import Forbidden, InThePast, NotFound, WrongState
from scheduler.domain.events import EventRequest, checked_event, dates_of, free_seat, seats_at, seats_in
from scheduler.domain.instants import local_date
from scheduler.domain.limits import NO_LIMITS, Limits
from scheduler.domain.notices import NoticeState, Template
from scheduler.domain.people import Customer, checked_customer
from scheduler.domain.phases import Decision
from scheduler.domain.roles import Actor, Role, may_book_as
from scheduler.queries.visits import visit_of
from scheduler.usecases.audit import record_of
from scheduler.usecases.bookings import book, candidates_for, locked, made
from scheduler.usecases.limits import check_limits
from scheduler.usecases.notices import Telling, notice_of
from scheduler.usecases.participants import lock_event, taken_seats
from scheduler.usecases.plans import held_plan


class SignUp(NamedTuple):
    """`waits` says that somebody takes a place on the waiting list where no seat is free."""

    customer: Customer
    booked_by: Role
    waits: bool = False


def plan_events(session: Session, request: EventRequest, *, actor: Actor, now: datetime) -> list[Booking]:
    """All dates of the request, or none. Nobody is told: whoever leads it knows.

    Raises Invalid, SkippedLocalTime, DoubledLocalTime, and whatever booking the room raises.
    """
    plan = held_plan(session)
    request = checked_event(plan, request)
    series = uuid4() if request.dates > 1 else None
    return [
        _plan_event(session, request, starts_at, series, actor, now)
        for starts_at in dates_of(request, plan.zone)
    ]


def _plan_event(
    session: Session,
    request: EventRequest,
    starts_at: datetime,
    series: UUID | None,
    actor: Actor,
    now: datetime,
) -> Booking:
    leader = Customer(request.led_by)
    wish = BookingRequest(request.service, starts_at, actor.role, leader, request.resource, None)
    booking = book(session, wish, actor=actor, now=now)
    send(session.connection())
    seats = seats_in(held_plan(session).resource(booking.resource.key), request.seats)
    session.add(Event(booking_id=booking.id, seats=seats, is_public=request.is_public, series=series))
    silence = update(OutboxRow).where(OutboxRow.booking_id == booking.id)
    session.execute(
        silence.values(state=NoticeState.UNWANTED, settled_at=now, settled_by=actor.name),
        execution_options={"synchronize_session": False},
    )
    session.flush()
    return booking


def sign_up(
    session: Session,
    event_id: UUID,
    asked: SignUp,
    *,
    actor: Actor,
    now: datetime,
    limits: Limits = NO_LIMITS,
) -> Booking:
    """A seat for somebody, or with `waits` a place on the waiting list, for which a receipt goes out.

    Raises Forbidden, NotFound, InThePast, Invalid, LimitReached, what the rules say to a visit of the kind at
    the time, and WrongState where the event is cancelled, or full and nobody wants to wait.
    """
    if not may_book_as(actor.role, asked.booked_by):
        raise Forbidden(booked_by=asked.booked_by)
    plan = held_plan(session)
    customer = checked_customer(asked.customer, today=local_date(now, plan.zone))
    event = lock_event(session, event_id)
    if event is None or (actor.role is Role.CUSTOMER and not event.is_public):
        raise NotFound(what="event", key=str(event_id))
    host = locked(session, event_id)
    if host.status not in TO_COME:
        raise WrongState(change="sign_up", why="event_over")
    if host.starts_at <= now:
        raise InThePast
    ((_place, ruling),) = candidates_for(
        session,
        plan,
        plan.visit(host.service_key, customer.needs),
        host.starts_at,
        booked_by=asked.booked_by,
        justified=True,
        resource=host.resource.key,
        now=now,
    )
    check_limits(session, customer, limits, actor=actor, now=now)
    seats = seats_at(plan, host.resource.key, event.seats, host.starts_at)
    seat = free_seat(taken_seats(session, event_id), seats)
    if seat is None and not asked.waits:
        raise WrongState(change="sign_up", why="event_full")
    is_request = seat is None or ruling.decision is Decision.APPROVE
    wish = BookingRequest(host.service_key, host.starts_at, asked.booked_by, customer, host.resource.key)
    person = Person.of(customer, now=now)
    status = Status.REQUESTED if is_request else Status.BOOKED
    booking = made(plan, wish, person, place_id=host.resource_id, status=status, actor=actor, now=now)
    booking.resource, booking.invited = host.resource, not is_request
    booking.ends_at, booking.occupied_until = host.ends_at, host.occupied_until
    told = Telling(visit_of(booking), Template.RECEIPT if is_request else Template.INVITATION)
    action, subject = "booking.request" if is_request else "booking.book", f"booking:{booking.id}"
    noted = record_of(session, actor, action, subject, now=now, event=str(event_id), seat=seat)
    seated = Participant(booking_id=booking.id, event_id=event_id, seat=seat)
    known_by = PersonWord.of(person)
    insert_together(session, [person, *known_by, booking, seated, notice_of(plan, told, now=now), noted])
    send(session.connection())
    return booking
