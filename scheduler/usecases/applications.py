"""Notes that an application was filed, once and for good, and strikes out what was noted by mistake."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.applications import Application
from models.enquiries import Enquiry
from models.people import Person, PersonWord
from scheduler.adapters.languages import supported
from scheduler.adapters.notices import Notice
from scheduler.domain.applications import Filing, checked_filing, checked_strike
from scheduler.domain.bookings import new_reference
from scheduler.domain.errors import NotFound
from scheduler.domain.instants import local_date, midnight
from scheduler.domain.notices import Template
from scheduler.domain.people import Customer, checked_customer
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Actor
from scheduler.domain.texts import SOURCE_LANGUAGE
from scheduler.usecases.audit import record
from scheduler.usecases.notices import new_uid
from scheduler.usecases.plans import held_plan


def file_of(
    session: Session,
    filing: Filing,
    person_id: UUID,
    *,
    enquiry_id: UUID | None = None,
    actor: Actor,
    now: datetime,
) -> Application:
    """Notes an application of somebody who is known. Raises Invalid, NotFound."""
    if session.get(Person, person_id) is None:
        raise NotFound(what="person", key=str(person_id))
    if enquiry_id is not None and session.get(Enquiry, enquiry_id) is None:
        raise NotFound(what="enquiry", key=str(enquiry_id))
    filing = checked_filing(filing, today=local_date(now, held_plan(session).zone))
    application = Application(
        id=uuid4(),
        reference=new_reference(),
        person_id=person_id,
        enquiry_id=enquiry_id,
        received_on=filing.received_on,
        received_by=filing.received_by,
        about=filing.about,
        noted_at=now,
        noted_by=actor.name,
    )
    session.add(application)
    details = {"received_on": filing.received_on.isoformat(), "received_by": filing.received_by}
    record(session, actor, "application.file", f"application:{application.id}", now=now, **details)
    return application


def file_new(
    session: Session, filing: Filing, customer: Customer, *, actor: Actor, now: datetime
) -> Application:
    """The same for somebody whom nobody has noted yet. Raises Invalid."""
    today = local_date(now, held_plan(session).zone)
    person = Person.of(checked_customer(customer, today=today), now=now)
    session.add(person)
    session.flush()
    session.add_all([PersonWord(**word.values) for word in PersonWord.of(person)])
    return file_of(session, filing, person.id, actor=actor, now=now)


def strike(
    session: Session, application_id: UUID, *, reason: str, actor: Actor, now: datetime
) -> Application:
    """Strikes out what was noted by mistake; it stays to be seen. Raises NotFound, WrongState, Invalid."""
    found = session.scalar(select(Application).where(Application.id == application_id).with_for_update())
    if found is None:
        raise NotFound(what="application", key=str(application_id))
    found.struck_why = checked_strike(reason, is_struck=found.struck_at is not None)
    found.struck_at, found.struck_by = now, actor.name
    record(session, actor, "application.strike", f"application:{application_id}", now=now)
    return found


def proof_of(plan: Plan, application: Application) -> list[Notice]:
    """What is printed to prove it: in the person's language, then in German."""
    day = midnight(application.received_on, plan.zone)
    languages = dict.fromkeys((supported(application.person.language), SOURCE_LANGUAGE))
    return [
        Notice(
            template=Template.FILED,
            language=language,
            name=application.person.name,
            starts_at=day,
            ends_at=day,
            timezone=plan.office.timezone,
            reference=application.reference,
            uid=new_uid(plan),
            sequence=0,
            sender_name=plan.office.mail_name.in_(language),
            sender_address=plan.office.mail_address,
            contact=tuple(channel.neutral.in_(language) for channel in plan.channels),
            answer=(application.about,) if application.about else (),
        )
        for language in languages
    ]
