"""Looks at the access log: who read the data about one visit."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from models.accesses import Access
from models.bookings import Booking
from scheduler.domain.instants import local_date
from scheduler.queries.audit import records_of
from scheduler.queries.people import person
from scheduler.queries.plans import newest_plan

MOST_ACCESSES = 1000
_BOOKING = "booking:"


def accesses_to(
    session: Session, subject: str, *, after: int = 0, limit: int = MOST_ACCESSES
) -> Sequence[Access]:
    """Who read about one subject ("booking:…", "day:…"), the oldest first: at most `limit` from an id on.

    For a booking also who looked at a day on which it stands, or stood before a move, since it was made: the
    page shows everybody of the day. That can name somebody who looked at the old day after the move. And who
    looked at the person, as found by a search.
    """
    wanted = Access.subject == subject
    booking = _booking(session, subject)
    if booking is not None:
        days = [f"day:{day.isoformat()}" for day in set(_days(session, subject, booking))]
        people = [f"person:{person_id}" for person_id in person(session, booking.person_id).ids]
        looked = or_(and_(Access.subject.in_(days), Access.at >= booking.made_at), Access.subject.in_(people))
        wanted = or_(wanted, looked)
    found = select(Access).where(wanted, Access.id > after).order_by(Access.id).limit(limit)
    return session.scalars(found).all()


def _booking(session: Session, subject: str) -> Booking | None:
    if not subject.startswith(_BOOKING):
        return None
    try:
        return session.get(Booking, UUID(subject.removeprefix(_BOOKING)))
    except ValueError:
        return None


def _days(session: Session, subject: str, booking: Booking) -> Iterator[date]:
    plan = newest_plan(session)
    if plan is None:
        return
    yield local_date(booking.starts_at, plan.zone)
    for record in records_of(session, subject):
        if "previous" in record.details:
            yield local_date(datetime.fromisoformat(record.details["previous"]), plan.zone)
