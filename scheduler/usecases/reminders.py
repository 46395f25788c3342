"""Reminds people of their visit by e-mail, once, two days before."""

from sqlalchemy import Select, or_, update

from models.bookings import Booking
from models.database import Database
from models.people import Person
from scheduler.adapters.clock import Clock
from scheduler.domain.bookings import Channel, Standing, Status
from scheduler.domain.notices import REMINDED_BEFORE, Template, is_to_be_reminded
from scheduler.domain.roles import Actor, Role
from scheduler.queries.bookings import with_everything
from scheduler.queries.plans import newest_plan
from scheduler.usecases.audit import record
from scheduler.usecases.notices import tell

THE_REMINDER = Actor("job:reminders", Role.MANAGER)
_BATCH = 100


def remind_due(database: Database, *, clock: Clock) -> int:
    """Reminds whoever is due, the soonest first, and nobody twice; answers how many."""
    total = 0
    while True:
        with database.transaction() as session:
            now, plan = clock.office(), newest_plan(session)
            found = session.scalars(_due(clock)).all()
            if plan is None or not found:
                return total
            for booking in found:
                told = is_to_be_reminded(booking.starts_at, judged_at=booking.judged_at, now=now)
                if told:
                    tell(session, plan, booking, Template.REMINDER, now=now)
                    record(session, THE_REMINDER, "booking.remind", f"booking:{booking.id}", now=now)
                    total += 1
                # Who need not be reminded is not asked about again; no form that is open minds.
                session.execute(
                    update(Booking)
                    .where(Booking.id == booking.id)
                    .values(reminded_for=booking.starts_at, version=Booking.version),
                    execution_options={"synchronize_session": False},
                )


def _due(clock: Clock) -> Select[Booking]:
    """Visits of the coming two days whose people can be mailed and have not been reminded of this start."""
    now = clock.office()
    return (
        with_everything()
        .join(Person, Person.id == Booking.person_id)
        .where(Booking.status == Status.BOOKED, Booking.starts_at > now)
        .where(Booking.starts_at <= now + REMINDED_BEFORE)
        .where(Booking.standing == Standing.VALID, Booking.channel == Channel.IN_PERSON)
        .where(or_(Booking.reminded_for.is_(None), Booking.reminded_for != Booking.starts_at))
        .where(Person.email.is_not(None))
        .order_by(Booking.starts_at, Booking.id)
        .limit(_BATCH)
        .with_for_update(of=Booking)
    )
