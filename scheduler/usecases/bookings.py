"""Books, moves, cancels and attends to visits; every change writes its notice and its audit record."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.bulk import insert_together
from models.people import Person, PersonWord
from models.plans import ResourceRow
from scheduler.adapters.holidays import holiday_question
from scheduler.domain.availability import candidates, elsewhere, first_free, judge, watched_at
from scheduler.domain.bookings import (
    MAY_CHANGE_PLACE,
    BookingRequest,
    Category,
    Change,
    Channel,
    Justification,
    MoveRequest,
    Origin,
    Party,
    Standing,
    Status,
    check_may_change,
    checked_company,
    is_in_the_house,
    new_reference,
    status_after,
)
from scheduler.domain.errors import (
    ChangedMeanwhile,
    Closed,
    Fault,
    Forbidden,
    InThePast,
    Invalid,
    JustificationRequired,
    NotFound,
    RouteFull,
    SlotTaken,
    WrongState,
    invalid,
)
from scheduler.domain.instants import local_date
from scheduler.domain.intervals import Interval
from scheduler.domain.limits import NO_LIMITS, Limits
from scheduler.domain.notices import Notifying, Template
from scheduler.domain.people import TEXT_LENGTH, checked_customer, fault_of_text
from scheduler.domain.phases import Decision, Ruling
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Resource
from scheduler.domain.roles import Actor, Role, may_book_as
from scheduler.domain.services import Service
from scheduler.queries.audit import records_of
from scheduler.queries.bookings import with_everything
from scheduler.queries.plans import current_plan
from scheduler.queries.slots import near, occupancy
from scheduler.queries.visits import visit_of
from scheduler.usecases.audit import record, record_of
from scheduler.usecases.claims import (
    claim,
    clear_expired_holds,
    clear_holds,
    note_freed,
    reclaim,
    release,
    take_turns,
)
from scheduler.usecases.limits import check_limits
from scheduler.usecases.notices import Telling, new_uid, notice_of, tell
from scheduler.usecases.participants import (
    after_end,
    after_move,
    after_relocation,
    check_seated,
    check_stays,
)
from scheduler.usecases.plans import held_plan
from scheduler.usecases.queueing import give_number
from scheduler.usecases.talks import check_caseworker

Candidates = list[tuple[Resource, Ruling]]

#: Where a visit notes when that happened on its day; arriving notes more, and does so itself.
STAMPS = {Change.CALL: "called_at", Change.SERVE: "served_at", Change.FINISH: "finished_at"}


def _checked(plan: Plan, request: BookingRequest, now: datetime) -> BookingRequest:
    """The request with its texts trimmed. Raises Invalid with all fields that are wrong in any phase."""
    faults: dict[str, Fault] = {}
    customer, company = request.customer, request.company
    questions: tuple[Callable[[], object], ...] = (
        partial(plan.service, request.service),
        partial(_resource, plan, request.resource),
        partial(_check_justification, request.justification),
    )
    for question in questions:
        try:
            question()
        except Invalid as error:
            faults.update(error.fields)
    try:
        customer = checked_customer(request.customer, today=local_date(now, plan.zone))
    except Invalid as error:
        faults.update(error.fields)
    try:
        company = checked_company(request.company)
    except Invalid as error:
        faults.update(error.fields)
    if faults:
        raise Invalid(fields=faults)
    return BookingRequest(
        request.service,
        request.starts_at,
        request.booked_by,
        customer,
        request.resource,
        request.justification,
        company,
        request.caseworker,
    )


def book(
    session: Session, request: BookingRequest, *, actor: Actor, now: datetime, limits: Limits = NO_LIMITS
) -> Booking:
    """Books a visit, or leaves it as a request where the phase asks for the office's approval.

    Raises Forbidden, Invalid, LimitReached, CaseworkerAway, CaseworkerBusy, and whatever of the contract's
    errors 4 to 8 comes first.
    """
    if not may_book_as(actor.role, request.booked_by):
        raise Forbidden(booked_by=request.booked_by)
    plan = held_plan(session)
    request = _checked(plan, request, now)
    service = plan.visit(request.service, request.customer.needs)
    found = candidates_for(
        session,
        plan,
        service,
        request.starts_at,
        booked_by=request.booked_by,
        justified=request.justification is not None,
        resource=request.resource,
        now=now,
    )
    check_limits(session, request.customer, limits, actor=actor, now=now)
    if request.caseworker is not None:
        talk = Interval(request.starts_at, request.starts_at + service.length)
        check_caseworker(session, plan, request.caseworker, talk)
    place, place_id, ruling = find_place(
        session,
        plan,
        service,
        found,
        request.starts_at,
        booked_by=request.booked_by,
        actor=actor,
        now=now,
    )
    person = Person.of(request.customer, now=now)
    is_request = ruling.decision is Decision.APPROVE
    status = Status.REQUESTED if is_request else Status.BOOKED
    booking = made(plan, request, person, place_id=place_id, status=status, actor=actor, now=now)
    # As it was imported with the plan, which is held.
    booking.resource = ResourceRow(
        id=place_id, key=place.key, kind=place.kind, site=place.site, name=dict(place.name)
    )
    booking.invited = not is_request
    _justify(booking, request.justification)
    told = Telling(visit_of(booking), Template.RECEIPT if is_request else Template.INVITATION)
    action, subject = "booking.request" if is_request else "booking.book", f"booking:{booking.id}"
    noted = record_of(session, actor, action, subject, now=now, place=place.key)
    known_by = PersonWord.of(person)
    insert_together(
        session, [person, *known_by, booking, claim(booking), notice_of(plan, told, now=now), noted]
    )
    return booking


def made(
    plan: Plan,
    request: BookingRequest,
    person: Person,
    *,
    place_id: int,
    status: Status,
    actor: Actor,
    now: datetime,
) -> Booking:
    """A new visit in person, of which nobody has been told yet."""
    service = plan.visit(request.service, request.customer.needs)
    ends_at = request.starts_at + service.length
    return Booking(
        id=uuid4(),
        reference=new_reference(),
        service_key=service.key,
        resource_id=place_id,
        person=person,
        person_id=person.id,
        starts_at=request.starts_at,
        ends_at=ends_at,
        occupied_until=ends_at + service.buffer,
        status=status,
        standing=Standing.VALID,
        origin=Origin.APPOINTMENT,
        channel=Channel.IN_PERSON,
        booked_by=request.booked_by,
        made_by=actor.name,
        made_at=now,
        judged_at=now,
        ical_uid=new_uid(plan),
        ical_sequence=0,
        invited=False,
        persons=request.company.persons,
        others=request.company.others,
        caseworker_id=request.caseworker,
        version=1,
    )


def move(
    session: Session,
    booking_id: UUID,
    request: MoveRequest,
    *,
    actor: Actor,
    now: datetime,
    notifying: Notifying = Notifying.NOW,
) -> Booking:
    """Moves a visit as one change: there is always exactly one, at the old time or at the new.

    It is judged like a new booking of its original booker, in person; the reason once given goes on counting.
    """
    _check_justification(request.justification)
    plan = held_plan(session)
    booking = locked(session, booking_id)
    check_may_change(booking.summoned_on, Change.MOVE, actor)
    check_stays(session, plan, booking)
    service = plan.visit(booking.service_key, booking.person.needs)
    found = candidates_for(
        session,
        plan,
        service,
        request.starts_at,
        booked_by=booking.booked_by,
        justified=request.justification is not None or booking.justification_category is not None,
        resource=request.resource,
        now=now,
    )
    _status_after(plan, booking, Change.MOVE, now)
    if booking.caseworker_id is not None:
        talk = Interval(request.starts_at, request.starts_at + service.length)
        check_caseworker(session, plan, booking.caseworker_id, talk, leaving_out=booking.id)
    place, place_id, _ruling = find_place(
        session,
        plan,
        service,
        found,
        request.starts_at,
        booked_by=booking.booked_by,
        actor=actor,
        now=now,
        leaving_out=booking.id,
    )
    previous = booking.starts_at
    note_freed(session, booking)
    left = {"left": booking.resource.key, "was": booking.standing, "channel": booking.channel}
    moved_by = {"moved_by": booking.moved_by} if booking.moved_by else {}
    booking.resource, booking.resource_id = session.get_one(ResourceRow, place_id), place_id
    booking.starts_at, booking.ends_at = request.starts_at, request.starts_at + service.length
    booking.occupied_until = booking.ends_at + service.buffer
    booking.channel, booking.standing, booking.judged_at = Channel.IN_PERSON, Standing.VALID, now
    booking.ical_sequence += 1
    booking.moved_by, booking.let_in_at = request.by, None
    if request.justification is not None:
        _justify(booking, request.justification)
    reclaim(session, booking)
    template = Template.UPDATE if booking.invited else Template.RECEIPT
    tell(
        session,
        plan,
        booking,
        template,
        now=now,
        previous_starts_at=previous,
        notifying=notifying,
        decided_by=actor,
    )
    noted = {"previous": previous.isoformat(), "place": place.key, "by": request.by, "notifying": notifying}
    note(session, booking, actor, "booking.move", now, **noted, **left, **moved_by)
    after_move(session, plan, booking, previous=previous, now=now, actor=actor, notifying=notifying)
    return booking


def relocate(
    session: Session,
    booking_id: UUID,
    resource: str,
    *,
    actor: Actor,
    now: datetime,
    notifying: Notifying = Notifying.NOW,
) -> Booking:
    """Gives a visit another place at its own time, also once that has come; see `availability.elsewhere`.

    Whoever is in the house already is told there, others by a notice. Raises WrongState, and SlotTaken where
    the place does not (or no longer) take the visit.
    """
    plan = held_plan(session)
    booking = locked(session, booking_id)
    service, place = plan.visit(booking.service_key, booking.person.needs), plan.resource(resource)
    if booking.status not in MAY_CHANGE_PLACE or booking.channel is not Channel.IN_PERSON:
        raise WrongState(status=booking.status, change="relocate", why="status")
    check_stays(session, plan, booking)
    occupied_until = booking.ends_at + service.buffer
    span = Interval(booking.starts_at, occupied_until)
    turns = take_turns(session, plan, [(place, span)])
    within = watched_at(plan, service, booking.starts_at)
    taken = occupancy(session, plan, within, places=[place], leaving_out=booking.id, holder=actor.name)
    free = elsewhere(
        plan,
        service,
        booking.resource.key,
        booking.starts_at,
        taken,
        booked_by=booking.booked_by,
        now=now,
        is_holiday=holiday_question(plan.office.holidays),
    )
    if place not in free:
        raise SlotTaken(alternatives=[])
    place_id = turns[place.key]
    if taken.held(place.key, span, stands=False):
        clear_holds(session, place_id, span, holder=actor.name)
    left = booking.resource.key
    booking.resource, booking.resource_id = session.get_one(ResourceRow, place_id), place_id
    booking.occupied_until = occupied_until
    reclaim(session, booking)
    is_told = not is_in_the_house(booking.status)
    if is_told:
        booking.ical_sequence += 1
        template = Template.UPDATE if booking.invited else Template.RECEIPT
        tell(session, plan, booking, template, now=now, notifying=notifying, decided_by=actor)
    told = "yes" if is_told else "no"
    note(session, booking, actor, "booking.relocate", now, place=place.key, left=left, told=told)
    after_relocation(session, plan, booking, now=now, actor=actor, notifying=notifying)
    return booking


def cancel(
    session: Session,
    booking_id: UUID,
    *,
    by: Party,
    reason: str | None = None,
    actor: Actor,
    now: datetime,
    notifying: Notifying = Notifying.NOW,
) -> Booking:
    """Cancels a visit or a request, on the customer's word or by the office; the place is free at once."""
    return _end(session, booking_id, Change.CANCEL, by, reason, actor, now, notifying)


def decline(session: Session, booking_id: UUID, *, reason: str, actor: Actor, now: datetime) -> Booking:
    """Answers a request with no, and says why."""
    if not reason.strip():
        raise invalid("reason", "missing")
    return _end(session, booking_id, Change.DECLINE, Party.OFFICE, reason, actor, now)


def approve(session: Session, booking_id: UUID, *, actor: Actor, now: datetime) -> Booking:
    """Answers a request with yes, if phase and hours still let the visit be; the invitation goes out."""
    plan = held_plan(session)
    booking = locked(session, booking_id)
    if booking.starts_at <= now:
        raise InThePast
    check_seated(session, plan, booking)
    if booking.channel is Channel.IN_PERSON:
        judge_again(plan, booking, now)
        service = plan.visit(booking.service_key, booking.person.needs)
        place = plan.resource(booking.resource.key)
        _check_open(session, plan, service, [place], booking.starts_at)
    booking.status, was = _status_after(plan, booking, Change.APPROVE, now), booking.standing
    booking.standing, booking.judged_at = Standing.VALID, now
    booking.invited = True
    template = Template.INVITATION if booking.channel is Channel.IN_PERSON else Template.PHONE
    tell(session, plan, booking, template, now=now)
    note(session, booking, actor, "booking.approve", now, was=was)
    return booking


def judge_again(plan: Plan, booking: Booking, now: datetime) -> Ruling:
    """Asks phase and hours whether they still let a visit be that held its place; a call needs neither.

    How soon before a visit people may book does not bind the office's answer: the place has been held.
    """
    return judge(
        plan,
        plan.visit(booking.service_key, booking.person.needs),
        plan.resource(booking.resource.key),
        booking.starts_at,
        booked_by=booking.booked_by,
        now=min(now, booking.starts_at - plan.office.soonest),
        is_holiday=holiday_question(plan.office.holidays),
        justified=True,
    )


def check_in(session: Session, booking_id: UUID, *, actor: Actor, now: datetime) -> Booking:
    """Notes that somebody has come, and gives the number under which the person is called.

    A no-show of the same day is taken back by that, if the place is still free.
    """
    plan = current_plan(session)
    booking = locked(session, booking_id)
    was_missed = booking.status is Status.NO_SHOW
    status = _status_after(plan, booking, Change.CHECK_IN, now)
    if was_missed and booking.channel is Channel.IN_PERSON:
        take_place_again(session, plan, booking)
    day = local_date(now, plan.zone)
    number = give_number(session, day)
    booking.status, booking.reason = status, None
    booking.arrived_at, booking.call_day, booking.call_number = now, day, number
    note(session, booking, actor, "booking.check-in", now)
    return booking


def call(session: Session, booking_id: UUID, *, actor: Actor, now: datetime) -> Booking:
    """Calls somebody to the place; calling again is calling louder."""
    return _advance(session, booking_id, Change.CALL, actor, now)


def serve(session: Session, booking_id: UUID, *, actor: Actor, now: datetime) -> Booking:
    return _advance(session, booking_id, Change.SERVE, actor, now)


def finish(session: Session, booking_id: UUID, *, actor: Actor, now: datetime) -> Booking:
    """Ends the visit; its place is free at once."""
    return _advance(session, booking_id, Change.FINISH, actor, now)


def no_show(session: Session, booking_id: UUID, *, reason: str, actor: Actor, now: datetime) -> Booking:
    """Notes that nobody came; `reason` says how that was found."""
    if not reason.strip():
        raise invalid("reason", "missing")
    _check_reason(reason)
    return _advance(session, booking_id, Change.NO_SHOW, actor, now, reason=reason.strip())


def candidates_for(
    session: Session,
    plan: Plan,
    service: Service,
    starts_at: datetime,
    *,
    booked_by: Role,
    justified: bool,
    resource: str | None,
    now: datetime,
) -> Candidates:
    """The places that the rules allow. Raises the first of the contract's errors 4 to 7 that applies.

    Interruptions are known only once it is this transaction's turn; but a place that is closed is no reason
    to ask for a reason.
    """
    place, is_holiday = _resource(plan, resource), holiday_question(plan.office.holidays)
    try:
        return candidates(
            plan,
            service,
            starts_at,
            booked_by=booked_by,
            now=now,
            is_holiday=is_holiday,
            justified=justified,
            resource=place,
        )
    except JustificationRequired:
        found = candidates(
            plan,
            service,
            starts_at,
            booked_by=booked_by,
            now=now,
            is_holiday=is_holiday,
            justified=True,
            resource=place,
        )
        _check_open(session, plan, service, [place for place, _ in found], starts_at)
        raise


def _check_open(
    session: Session, plan: Plan, service: Service, places: Sequence[Resource], starts_at: datetime
) -> None:
    """Raises Closed where all of these places are interrupted during the visit."""
    visit = Interval(starts_at, starts_at + service.length)
    taken = occupancy(session, plan, visit, places=places)
    if all(taken.is_interrupted(place.key, visit) for place in places):
        raise Closed(reason=None, resource=places[0].key)


def find_place(
    session: Session,
    plan: Plan,
    service: Service,
    found: Candidates,
    starts_at: datetime,
    *,
    booked_by: Role,
    actor: Actor,
    now: datetime,
    leaving_out: UUID | None = None,
) -> tuple[Resource, int, Ruling]:
    """The first of the candidates that nobody has taken or holds, once it is this transaction's turn."""
    places = [place for place, _ in found]
    span = Interval(starts_at, starts_at + service.length + service.buffer)
    turns = take_turns(session, plan, [(place, span) for place in places])
    within = watched_at(plan, service, starts_at)
    taken = occupancy(session, plan, within, places=places, leaving_out=leaving_out, holder=actor.name)
    try:
        place, ruling = first_free(
            plan,
            service,
            found,
            starts_at,
            taken,
            booked_by=booked_by,
            now=now,
            is_holiday=holiday_question(plan.office.holidays),
        )
    except (SlotTaken, RouteFull) as error:
        nearest = near(session, plan, service, starts_at, booked_by=booked_by, now=now, holder=actor.name)
        raise type(error)(**error.details, alternatives=nearest) from None
    if taken.held(place.key, span, stands=False):
        clear_holds(session, turns[place.key], span, holder=actor.name)
    return place, turns[place.key], ruling


def _end(
    session: Session,
    booking_id: UUID,
    change: Change,
    by: Party,
    reason: str | None,
    actor: Actor,
    now: datetime,
    notifying: Notifying = Notifying.NOW,
) -> Booking:
    _check_reason(reason)
    plan = current_plan(session)
    booking = locked(session, booking_id)
    check_may_change(booking.summoned_on, change, actor)
    was = booking.status
    end(session, plan, booking, change, by=by, reason=reason, now=now, notifying=notifying, decided_by=actor)
    note(session, booking, actor, f"booking.{change}", now, by=by, was=was, notifying=notifying)
    return booking


def end(
    session: Session,
    plan: Plan,
    booking: Booking,
    change: Change,
    *,
    by: Party,
    now: datetime,
    reason: str | None = None,
    notifying: Notifying = Notifying.NOW,
    decided_by: Actor | None = None,
) -> None:
    """Cancels a booking that the caller has locked, frees its place and tells its person.

    The record is the caller's. Raises WrongState.
    """
    booking.status = _status_after(plan, booking, change, now)
    booking.cancelled_by = by
    booking.reason = (reason or "").strip() or None
    booking.ical_sequence += 1
    note_freed(session, booking)
    release(session, [booking.id])
    template = Template.DECLINED if change is Change.DECLINE else Template.CANCELLATION
    told_why = booking.reason if by is Party.OFFICE else None
    tell(
        session,
        plan,
        booking,
        template,
        now=now,
        reason=told_why,
        notifying=notifying,
        decided_by=decided_by,
    )
    after_end(session, plan, booking, now=now, actor=decided_by, notifying=notifying)


def _advance(
    session: Session,
    booking_id: UUID,
    change: Change,
    actor: Actor,
    now: datetime,
    *,
    reason: str | None = None,
) -> Booking:
    plan = current_plan(session)
    booking = locked(session, booking_id)
    booking.status = _status_after(plan, booking, change, now)
    booking.reason = reason or booking.reason
    if change in STAMPS:
        setattr(booking, STAMPS[change], now)
    if not booking.status.occupies:
        release(session, [booking.id])
    note(session, booking, actor, f"booking.{change}", now)
    return booking


def locked(session: Session, booking_id: UUID) -> Booking:
    """The booking, and nobody else changes it until the transaction ends. Raises NotFound.

    Locked first and read afterwards: PostgreSQL leaves a row out of a join if, while one waits for its lock,
    it comes to have another place.
    """
    locked = session.scalar(select(Booking.id).where(Booking.id == booking_id).with_for_update())
    if locked is None:
        raise NotFound(what="booking", key=str(booking_id))
    return session.scalars(
        with_everything().where(Booking.id == locked).execution_options(populate_existing=True)
    ).one()


def check_unchanged(session: Session, booking_id: UUID, *, seen: int) -> None:
    """Lets nobody change a booking that is not as they saw it (`seen`: its version then).

    Asked before the change in the same transaction, which keeps it so. Raises NotFound, ChangedMeanwhile.
    """
    version = session.scalar(select(Booking.version).where(Booking.id == booking_id).with_for_update())
    if version is None:
        raise NotFound(what="booking", key=str(booking_id))
    if version != seen:
        records = records_of(session, f"booking:{booking_id}")[-max(version - seen, 1) :]
        done = [{"at": row.at, "actor": row.actor, "action": row.action} for row in records]
        raise ChangedMeanwhile(version=version, changes=done)


def _status_after(plan: Plan, booking: Booking, change: Change, now: datetime) -> Status:
    return status_after(
        change,
        booking.status,
        starts_at=booking.starts_at,
        now=now,
        zone=plan.zone,
        moved_by=booking.moved_by,
    )


def take_place_again(session: Session, plan: Plan, booking: Booking) -> None:
    """Raises SlotTaken. A place that the plan has no longer nobody else asks for."""
    place = plan.resources_by_key.get(booking.resource.key)
    if place is not None:
        take_turns(session, plan, [(place, Interval(booking.starts_at, booking.occupied_until))])
        clear_expired_holds(session)
    reclaim(session, booking)


def _resource(plan: Plan, key: str | None) -> Resource | None:
    return None if key is None else plan.resource(key)


def _justify(booking: Booking, justification: Justification | None) -> None:
    if justification is not None:
        booking.justification_category = justification.category
        booking.justification_text = (justification.text or "").strip() or None


def _check_justification(justification: Justification | None) -> None:
    if justification is None:
        return
    given = (justification.text or "").strip()
    fault = fault_of_text(given, longest=TEXT_LENGTH, lines=True)
    if fault is None and justification.category is Category.OTHER and not given:
        fault = Fault("missing")
    if fault is not None:
        raise Invalid(fields={"justification.text": fault})


def _check_reason(reason: str | None) -> None:
    fault = fault_of_text(reason or "", longest=TEXT_LENGTH, lines=True)
    if fault is not None:
        raise Invalid(fields={"reason": fault})


def note(
    session: Session, booking: Booking, actor: Actor, action: str, now: datetime, **details: str
) -> None:
    record(session, actor, action, f"booking:{booking.id}", now=now, **details)
