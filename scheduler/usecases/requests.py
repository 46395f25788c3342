"""Answers the requests that nobody answered: at the visit's start they end, and the customer is told."""

from models.bookings import Booking
from models.database import Database
from scheduler.adapters.clock import Clock
from scheduler.domain.bookings import Change, Party, Status
from scheduler.domain.roles import Actor, Role
from scheduler.queries.bookings import with_everything
from scheduler.queries.plans import newest_plan
from scheduler.usecases.audit import record
from scheduler.usecases.bookings import end

THE_ANSWERER = Actor("job:requests", Role.MANAGER)
_BATCH = 100


def cancel_unanswered(database: Database, *, clock: Clock) -> int:
    """Cancels, by the office, every request whose visit would begin by now; answers how many."""
    total = 0
    while True:
        with database.transaction() as session:
            now = clock.office()
            plan = newest_plan(session)
            found = session.scalars(
                with_everything()
                .where(Booking.status == Status.REQUESTED, Booking.starts_at <= now)
                .order_by(Booking.starts_at, Booking.id)
                .limit(_BATCH)
                .with_for_update(of=Booking)
            ).all()
            if plan is None or not found:
                return total
            for booking in found:
                end(session, plan, booking, Change.DECLINE, by=Party.OFFICE, now=now)
                record(session, THE_ANSWERER, "booking.unanswered", f"booking:{booking.id}", now=now)
            total += len(found)
