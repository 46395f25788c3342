"""Enters afterwards what was done on paper, marked as such; only here may a visit lie in the past."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from models.bookings import Booking
from models.bulk import insert_together
from models.database import Database
from models.people import Person, PersonWord
from models.walk_ins import WalkIn
from scheduler.adapters.holidays import holiday_question
from scheduler.domain.availability import judge
from scheduler.domain.bookings import (
    BookingRequest,
    Change,
    Channel,
    Origin,
    Status,
    status_after,
)
from scheduler.domain.catchups import Note, Outcome, Times, changes_to, check_times
from scheduler.domain.errors import DomainError, SlotTaken, invalid
from scheduler.domain.instants import local_date
from scheduler.domain.intervals import Interval
from scheduler.domain.people import checked_customer
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Resource
from scheduler.domain.roles import Actor
from scheduler.domain.services import Service
from scheduler.domain.walk_ins import WalkInRequest, WalkInStatus, checked_walk_in
from scheduler.queries.catchups import standing_there
from scheduler.queries.plans import current_plan
from scheduler.usecases.audit import record, record_of
from scheduler.usecases.bookings import locked, made
from scheduler.usecases.claims import claim, reclaim, release, take_turns
from scheduler.usecases.queueing import give_number


def enter_all(
    database: Database, notes: Iterable[Note], *, reason: str, actor: Actor, now: datetime
) -> dict[UUID, DomainError]:
    """Enters each line in a transaction of its own; answers those that contradict what the system knows."""
    refused: dict[UUID, DomainError] = {}
    for note in notes:
        try:
            with database.transaction() as session:
                enter(session, note, reason=reason, actor=actor, now=now)
        except DomainError as error:
            if error.code in ("busy", "unavailable"):
                raise  # what is entered already is not asked for again
            refused[note.booking_id] = error
    return refused


def enter(session: Session, note: Note, *, reason: str, actor: Actor, now: datetime) -> Booking:
    """Takes a visit to where the paper says it ended; times that do not stand there are those of the visit.

    Raises NotFound, Invalid, WrongState, SlotTaken.
    """
    plan, booking = current_plan(session), locked(session, note.booking_id)
    changes = changes_to(note.outcome, booking.status)
    # Paper says nothing against what was noted before the machines went off.
    known = [at for at in (booking.arrived_at, booking.called_at, booking.served_at) if at is not None]
    began_at = max([note.arrived_at or min(booking.starts_at, now), *known])
    finished_at = note.finished_at or max(began_at, min(booking.ends_at, now))
    if note.outcome is not Outcome.NO_SHOW:
        check_times(began_at, finished_at if note.outcome is Outcome.DONE else None, now=now)
    times = {Change.CHECK_IN: began_at, Change.SERVE: began_at, Change.FINISH: finished_at}
    takes_place = booking.channel is Channel.IN_PERSON and booking.status is Status.NO_SHOW
    place = plan.resources_by_key.get(booking.resource.key)
    if takes_place and place is not None:
        # The turn before the number, as whoever checks somebody in asks for them.
        take_turns(session, plan, [(place, Interval(booking.starts_at, booking.occupied_until))])
    for change in changes:
        at = times.get(change, now)
        booking.status = _status_after(plan, booking, change, at)
        _stamp(session, plan, booking, change, at)
        details = {"entered_later": True, "happened": at.isoformat()}
        record(session, actor, f"booking.{change}", f"booking:{booking.id}", now=now, **details)
    booking.reason = reason if note.outcome is Outcome.NO_SHOW else None
    if takes_place and booking.status.occupies:
        reclaim(session, booking)
    if not booking.status.occupies:
        release(session, [booking.id])
    return booking


def enter_visit(
    session: Session,
    request: BookingRequest,
    note: Note,
    *,
    accepted: bool,
    actor: Actor,
    now: datetime,
) -> Booking:
    """A visit of the past that only the paper knows, as done or as not come.

    What it contradicts (the rules of its time, another visit at its place) is raised as the error that it
    would have been, unless whoever enters it has `accepted` that it happened all the same: then it is noted.
    """
    plan = current_plan(session)
    service, place = plan.service(request.service), _place(plan, request)
    if request.starts_at > now:
        raise invalid("starts", "in_the_future")
    customer = checked_customer(request.customer, today=local_date(now, plan.zone))
    ends_at = request.starts_at + service.length
    arrived_at = note.arrived_at or request.starts_at
    finished_at = note.finished_at or max(arrived_at, min(ends_at, now))
    check_times(arrived_at, finished_at, now=now)
    occupied_until = ends_at + service.buffer
    place_id = take_turns(session, plan, [(place, Interval(request.starts_at, occupied_until))])[place.key]
    found = _conflicts(session, plan, service, place, request)
    if found and not accepted:
        raise found[0]
    person, came = Person.of(customer, now=now), note.outcome is not Outcome.NO_SHOW
    status = Status.DONE if came else Status.NO_SHOW
    booking = made(plan, request, person, place_id=place_id, status=status, actor=actor, now=now)
    if came:
        booking.arrived_at = booking.served_at = arrived_at
        booking.finished_at = finished_at
        day = local_date(request.starts_at, plan.zone)
        booking.call_day, booking.call_number = day, give_number(session, day)
    details = {"entered_later": True, "happened": request.starts_at.isoformat(), "status": booking.status}
    conflicts = [error.code for error in found]
    noted = record_of(
        session, actor, "booking.enter", f"booking:{booking.id}", now=now, conflicts=conflicts, **details
    )
    used = claim(booking, occupies=False)  # once, and it keeps the place from nobody
    insert_together(session, [person, *PersonWord.of(person), booking, used, noted])
    return booking


def enter_walk_in(
    session: Session,
    request: WalkInRequest,
    times: Times,
    *,
    actor: Actor,
    now: datetime,
) -> WalkIn:
    """Somebody without an appointment whom only the paper knows, as dealt with; no policy is asked any more.

    An end that does not stand there is that of the concern's usual length. Raises Invalid.
    """
    plan, (arrived_at, finished_at) = current_plan(session), times
    request = checked_walk_in(plan, request)
    check_times(arrived_at, finished_at, now=now)
    day = local_date(arrived_at, plan.zone)
    walk_in = WalkIn(
        id=uuid4(),
        call_day=day,
        call_number=give_number(session, day),
        site=request.site,
        origin=Origin.WALK_IN,
        channel=Channel.IN_PERSON,
        service_key=request.service,
        name=request.name,
        status=WalkInStatus.DONE,
        arrived_at=arrived_at,
        served_at=arrived_at,
        finished_at=finished_at or min(arrived_at + plan.service(request.service).length, now),
        made_by=actor.name,
    )
    session.add(walk_in)
    details = {"entered_later": True, "happened": arrived_at.isoformat(), "status": WalkInStatus.DONE}
    record(session, actor, "walk_in.enter", f"walk_in:{walk_in.id}", now=now, **details)
    return walk_in


def _conflicts(
    session: Session, plan: Plan, service: Service, place: Resource, request: BookingRequest
) -> list[DomainError]:
    """What of the rules of its time, and of what the system knows, the visit contradicts."""
    found: list[DomainError] = []
    try:
        judge(
            plan,
            service,
            place,
            request.starts_at,
            booked_by=request.booked_by,
            now=request.starts_at - plan.office.soonest,
            is_holiday=holiday_question(plan.office.holidays),
            justified=True,
        )
    except DomainError as error:
        found.append(error)
    there = standing_there(session, place.key, request.starts_at, request.starts_at + service.length)
    if there is not None:
        found.append(SlotTaken(why="stood_there", reference=there.reference, alternatives=[]))
    return found


def _place(plan: Plan, request: BookingRequest) -> Resource:
    if request.resource is None:
        raise invalid("resource", "missing")
    return plan.resource(request.resource)


def _status_after(plan: Plan, booking: Booking, change: Change, at: datetime) -> Status:
    return status_after(
        change, booking.status, starts_at=booking.starts_at, now=at, zone=plan.zone, moved_by=booking.moved_by
    )


def _stamp(session: Session, plan: Plan, booking: Booking, change: Change, at: datetime) -> None:
    if change is Change.CHECK_IN:
        day = local_date(at, plan.zone)
        booking.arrived_at, booking.call_day, booking.call_number = at, day, give_number(session, day)
    elif change is Change.SERVE:
        booking.served_at = at
    elif change is Change.FINISH:
        booking.finished_at = at
