"""Looks at interruptions: which places are closed for a while, and whose visits lie in that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models.bookings import Booking
from models.interruptions import Interruption
from scheduler.adapters.holidays import holiday_question
from scheduler.domain.availability import elsewhere, watched_for_all
from scheduler.domain.bookings import MAY_CHANGE_PLACE, Channel
from scheduler.domain.errors import NotFound
from scheduler.domain.instants import local_date
from scheduler.domain.interruptions import LONGEST_INTERRUPTION
from scheduler.domain.intervals import Interval
from scheduler.domain.notices import Reach, reach_of
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Resource
from scheduler.queries.bookings import with_everything
from scheduler.queries.events import is_participant
from scheduler.queries.slots import occupancies


@dataclass(frozen=True, slots=True)
class Hit:
    """A visit that the unforeseen hits: how its person is reached, and where else it could be at its time."""

    booking: Booking
    reach: Reach
    elsewhere: Sequence[Resource]


def current(session: Session, *, now: datetime) -> Sequence[Interruption]:
    """Those that are not over, by their beginning; one statement."""
    wanted = (
        select(Interruption)
        .options(joinedload(Interruption.resource, innerjoin=True))
        .where(Interruption.ends_at > now, Interruption.starts_at < Interruption.ends_at)
        .order_by(Interruption.starts_at, Interruption.id)
    )
    return session.scalars(wanted).all()


def interruption(session: Session, interruption_id: int) -> Interruption:
    """Raises NotFound."""
    found = session.scalar(
        select(Interruption)
        .options(joinedload(Interruption.resource, innerjoin=True))
        .where(Interruption.id == interruption_id)
    )
    if found is None:
        raise NotFound(what="interruption", key=str(interruption_id))
    return found


def hits(
    session: Session, plan: Plan, interruptions: Sequence[Interruption], *, now: datetime
) -> Sequence[Hit]:
    """The visits that lie in these and for which nobody has decided yet, by time; two statements.

    A visit that is being served is for whoever serves it to end.
    """
    if not interruptions:
        return []
    spans: dict[int, list[Interval]] = {}
    for one in interruptions:
        spans.setdefault(one.resource_id, []).append(Interval(one.starts_at, one.ends_at))
    first = min(one.starts_at for one in interruptions)
    wanted = (
        with_everything()
        .where(Booking.resource_id.in_(spans), Booking.channel == Channel.IN_PERSON, ~is_participant())
        .where(Booking.status.in_(MAY_CHANGE_PLACE), Booking.ends_at > first)
        .where(Booking.starts_at < max(one.ends_at for one in interruptions))
        .where(Booking.starts_at > first - LONGEST_INTERRUPTION)
        .order_by(Booking.starts_at, Booking.reference)
    )
    found = [
        booking
        for booking in session.scalars(wanted)
        if any(
            span.overlaps(Interval(booking.starts_at, booking.ends_at)) for span in spans[booking.resource_id]
        )
    ]
    return hits_of(session, plan, found, now=now)


def hits_of(session: Session, plan: Plan, bookings: Sequence[Booking], *, now: datetime) -> Sequence[Hit]:
    """These visits, all of about one day, with where else each could be; one statement, or none."""
    if not bookings:
        return []
    first = local_date(min(booking.starts_at for booking in bookings), plan.zone)
    last = local_date(max(booking.starts_at for booking in bookings), plan.zone)
    within = watched_for_all(plan, first, last)
    taken = occupancies(
        session, plan, within, places=plan.resources, leaving_out=[booking.id for booking in bookings]
    )
    is_holiday = holiday_question(plan.office.holidays)
    return [
        Hit(
            booking,
            reach_of(booking.person.customer, starts_at=booking.starts_at, now=now, post=plan.office.post),
            elsewhere(
                plan,
                plan.visit(booking.service_key, booking.person.needs),
                booking.resource.key,
                booking.starts_at,
                taken[booking.id],
                booked_by=booking.booked_by,
                now=now,
                is_holiday=is_holiday,
            )
            if booking.service_key in plan.services_by_key
            else (),
        )
        for booking in bookings
    ]
