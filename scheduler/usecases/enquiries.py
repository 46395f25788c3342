"""Takes enquiries in and sees to them: answered, forwarded, called back, or turned into a visit."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.bulk import insert_together
from models.enquiries import Enquiry, EnquiryStep
from models.people import Person, PersonWord
from models.volleys import send
from scheduler.domain.bookings import new_reference
from scheduler.domain.enquiries import (
    EnquiryChange,
    EnquiryRequest,
    EnquiryStatus,
    Step,
    checked_answer,
    checked_colleague,
    checked_enquiry,
    fault_of_promise,
    status_after,
)
from scheduler.domain.errors import ChangedMeanwhile, Fault, Invalid, NotFound, WrongState, invalid
from scheduler.domain.people import fault_of_phone
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Actor
from scheduler.usecases.audit import record, record_of
from scheduler.usecases.notices import answer_to, withdraw_answers
from scheduler.usecases.plans import held_plan
from scheduler.usecases.queueing import check_mistake

#: What a step changes, and taking it back brings again.
_KEPT = ("status", "owner", "forwarded_to", "missed", "phone")
_KEPT_INSTANTS = ("call_from", "call_by", "closed_at")


def take_in(
    session: Session,
    request: EnquiryRequest,
    *,
    owner: str | None,
    actor: Actor,
    now: datetime,
) -> Enquiry:
    """Puts an enquiry on the open list; `owner` sees to it, nobody yet where None. Raises Invalid."""
    request = checked_enquiry(held_plan(session), request, now=now)
    person = None if request.customer is None else Person.of(request.customer, now=now)
    enquiry = Enquiry(
        id=uuid4(),
        reference=new_reference(),
        medium=request.medium,
        service_key=request.service,
        person_id=None if person is None else person.id,
        phone=request.phone if person is None else None,
        text=request.text,
        status=EnquiryStatus.OPEN,
        owner=owner,
        call_from=request.promise.start if request.promise else None,
        call_by=request.promise.end if request.promise else None,
        missed=0,
        came_at=now,
        made_by=actor.name,
        version=1,
    )
    details = {"medium": request.medium, "service": request.service}
    noted = record_of(session, actor, "enquiry.take-in", f"enquiry:{enquiry.id}", now=now, **details)
    if person is None:
        insert_together(session, [enquiry, noted])
    else:
        insert_together(session, [person, *PersonWord.of(person), enquiry, noted])
    send(session.connection())
    return enquiry


def see_to(session: Session, enquiry_id: UUID, asked: Step, *, actor: Actor, now: datetime) -> Enquiry:
    """Does one step. Raises NotFound, ChangedMeanwhile, Invalid, WrongState.

    Booking is a step of its own, since it needs the visit; see `close_by_booking`.
    """
    plan = held_plan(session) if asked.by_mail else None
    enquiry = _locked(session, enquiry_id)
    if asked.seen is not None and asked.seen != enquiry.version:
        raise ChangedMeanwhile(why="enquiry_changed", version=enquiry.version)
    status = status_after(asked.change, enquiry.status)
    before = _as_it_is(enquiry)
    text = _did(session, enquiry, asked, actor, now)
    if plan is not None and asked.change is EnquiryChange.ANSWER:
        _mail(session, plan, enquiry, text or "", now)
    _note(session, enquiry, asked.change, status, before, text, actor, now)
    return enquiry


def close_by_booking(
    session: Session, enquiry_id: UUID, booking: Booking, *, actor: Actor, now: datetime
) -> Enquiry:
    """Notes in the transaction of the booking that the enquiry led to this visit.

    Raises NotFound, and WrongState where somebody has dealt with it meanwhile.
    """
    send(session.connection())
    enquiry = _locked(session, enquiry_id)
    status = status_after(EnquiryChange.BOOK, enquiry.status)
    before = _as_it_is(enquiry)
    enquiry.booking_id = booking.id
    _note(session, enquiry, EnquiryChange.BOOK, status, before, None, actor, now)
    return enquiry


def take_back(session: Session, enquiry_id: UUID, *, actor: Actor, now: datetime) -> Enquiry:
    """Takes back the last step, which the same person did a few minutes ago; both stay on record.

    Raises NotFound, WrongState. A visit that was booked stays booked: cancel it, or open the enquiry again.
    """
    enquiry = _locked(session, enquiry_id)
    step = session.scalars(
        select(EnquiryStep)
        .where(EnquiryStep.enquiry_id == enquiry.id, EnquiryStep.taken_back_at.is_(None))
        .order_by(EnquiryStep.id.desc())
        .limit(1)
    ).first()
    if step is None:
        raise WrongState(change="take-back", why="nothing_to_take_back")
    if step.change is EnquiryChange.BOOK:
        raise WrongState(change="take-back", why="enquiry_booked")
    check_mistake(session, f"enquiry:{enquiry.id}", f"enquiry.{step.change}", None, actor, now)
    answered = step.change is EnquiryChange.ANSWER
    if answered and not withdraw_answers(session, enquiry.id, since=step.done_at):
        raise WrongState(change="take-back", why="answer_gone")
    for name in _KEPT:
        setattr(enquiry, name, step.before[name])
    enquiry.status = EnquiryStatus(step.before["status"])
    for name in _KEPT_INSTANTS:
        instant = step.before[name]
        setattr(enquiry, name, instant and datetime.fromisoformat(instant))
    booking_id = step.before["booking_id"]
    enquiry.booking_id = booking_id and UUID(booking_id)
    step.taken_back_at = now
    enquiry.version += 1
    record(session, actor, "enquiry.take-back", f"enquiry:{enquiry.id}", now=now, mistake=step.change)
    return enquiry


def _did(session: Session, enquiry: Enquiry, asked: Step, actor: Actor, now: datetime) -> str | None:
    """Changes what the step changes beside the status; answers its words. Raises Invalid."""
    change = asked.change
    text = checked_answer(asked.text, needed=change is EnquiryChange.DROP or asked.by_mail)
    if change is EnquiryChange.FORWARD:
        enquiry.owner, enquiry.forwarded_to = None, checked_colleague(asked.to)
    elif change in (EnquiryChange.TAKE, EnquiryChange.REOPEN):
        enquiry.owner, enquiry.forwarded_to = actor.name, None
    elif change is EnquiryChange.MISS:
        enquiry.missed += 1
    elif change is EnquiryChange.PROMISE:
        _promise(session, enquiry, asked, now)
    if change is EnquiryChange.REOPEN:
        withdraw_answers(session, enquiry.id)
        enquiry.closed_at, enquiry.booking_id = None, None
    return text


def _mail(session: Session, plan: Plan, enquiry: Enquiry, text: str, now: datetime) -> None:
    """The answer to the address that the person gave. Raises Invalid for `by_mail` where there is none."""
    person = session.get(Person, enquiry.person_id) if enquiry.person_id is not None else None
    if person is None or not person.email:
        raise invalid("by_mail", "no_mail_address")
    session.add(answer_to(plan, enquiry, person, text, now=now))


def _promise(session: Session, enquiry: Enquiry, asked: Step, now: datetime) -> None:
    faults: dict[str, Fault] = {}
    if asked.phone:
        enquiry.phone = asked.phone
        if fault := fault_of_phone(asked.phone):
            faults["phone"] = fault
    elif not enquiry.phone and not _phone_of(session, enquiry):
        faults["phone"] = Fault("missing")
    if asked.promise is None:
        faults["call_by"] = Fault("missing")
    elif fault := fault_of_promise(asked.promise, now=now):
        faults["call_by"] = fault
    else:
        enquiry.call_from, enquiry.call_by = asked.promise.start, asked.promise.end
    if faults:
        raise Invalid(fields=faults)


def _phone_of(session: Session, enquiry: Enquiry) -> str | None:
    return session.scalar(select(Person.phone).where(Person.id == enquiry.person_id))


def _note(
    session: Session,
    enquiry: Enquiry,
    change: EnquiryChange,
    status: EnquiryStatus,
    before: dict[str, Any],
    text: str | None,
    actor: Actor,
    now: datetime,
) -> None:
    if change in (EnquiryChange.ANSWER, EnquiryChange.BOOK, EnquiryChange.DROP):
        enquiry.closed_at = now
        enquiry.owner = enquiry.owner or actor.name
    enquiry.status = status
    enquiry.version += 1
    step = EnquiryStep(
        enquiry_id=enquiry.id, change=change, text=text, done_at=now, done_by=actor.name, before=before
    )
    session.add(step)
    record(session, actor, f"enquiry.{change}", f"enquiry:{enquiry.id}", now=now, status=status)


def _as_it_is(enquiry: Enquiry) -> dict[str, Any]:
    instants = {name: getattr(enquiry, name) for name in _KEPT_INSTANTS}
    return {
        **{name: getattr(enquiry, name) for name in _KEPT},
        **{name: instant and instant.isoformat() for name, instant in instants.items()},
        "booking_id": enquiry.booking_id and str(enquiry.booking_id),
    }


def _locked(session: Session, enquiry_id: UUID) -> Enquiry:
    """The enquiry, and nobody else changes it until the transaction ends. Raises NotFound."""
    found = session.scalar(
        select(Enquiry)
        .where(Enquiry.id == enquiry_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(what="enquiry", key=str(enquiry_id))
    return found
