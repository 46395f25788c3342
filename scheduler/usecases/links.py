"""Sends the links to the visits of an address again, without telling whoever asks whether there are any."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.database import Database
from models.links import LinkRequest
from models.people import Person
from scheduler.adapters.clock import Clock
from scheduler.domain.bookings import TO_COME
from scheduler.domain.errors import Invalid, invalid
from scheduler.domain.limits import Limits, mail_address
from scheduler.domain.notices import Template
from scheduler.domain.people import fault_of_email
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Actor, Role
from scheduler.queries.bookings import with_everything
from scheduler.queries.plans import newest_plan
from scheduler.usecases.audit import record
from scheduler.usecases.limits import mails_left
from scheduler.usecases.notices import tell

THE_SENDER = Actor("job:links", Role.MANAGER)
_MOST_VISITS = 20


def ask_for_links(session: Session, email: str) -> None:
    """Notes that somebody wants the links of this address; a job looks whether there are visits.

    So the answer says the same, and takes as long, whoever is known here. Raises Invalid for `email`.
    """
    email = email.strip()
    if not email:
        raise invalid("email", "missing")
    if fault := fault_of_email(email):
        raise Invalid(fields={"email": fault})
    session.add(LinkRequest(email_key=mail_address(email)))


def send_links(database: Database, *, clock: Clock, limits: Limits) -> int:
    """Answers every request in its own transaction, and how many mails that makes."""
    total = 0
    while True:
        with database.transaction() as session:
            now, plan = clock.office(), newest_plan(session)
            asked = session.scalar(
                select(LinkRequest).order_by(LinkRequest.id).limit(1).with_for_update(skip_locked=True)
            )
            if asked is None or plan is None:
                return total
            total += _send(session, plan, asked.email_key, limits, now)
            # Who asks twice in a minute wants one answer.
            session.execute(delete(LinkRequest).where(LinkRequest.email_key == asked.email_key))


def _send(session: Session, plan: Plan, address: str, limits: Limits, now: datetime) -> int:
    found = session.scalars(
        with_everything()
        .join(Person, Person.id == Booking.person_id)
        .where(Person.email_key == address, Booking.status.in_(TO_COME), Booking.starts_at > now)
        .order_by(Booking.starts_at, Booking.id)
        .limit(min(mails_left(session, address, limits.mails_an_hour, now), _MOST_VISITS))
    ).all()
    for booking in found:
        tell(session, plan, booking, Template.LINK, now=now)
        record(session, THE_SENDER, "booking.send-link", f"booking:{booking.id}", now=now)
    return len(found)
