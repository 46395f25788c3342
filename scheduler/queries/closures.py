"""Looks at what a closure would hit: visits that lie in it, how their people are reached, hours that go."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.plans import ResourceRow
from scheduler.adapters.holidays import holiday_question
from scheduler.domain.bookings import TO_COME, Channel
from scheduler.domain.closures import lost_hours, places_of
from scheduler.domain.hours import Closure
from scheduler.domain.notices import Reach, reach_of
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Kind
from scheduler.queries.bookings import with_everything

#: So many visits are listed; the counts are of all.
_MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Hit:
    """A visit that lies in a closure, and how its person would be reached."""

    booking: Booking
    reach: Reach


@dataclass(frozen=True, slots=True)
class ClosurePreview:
    """The first visits that lie in it, all of them counted by reach, and the opening hours that go."""

    closure: Closure
    hits: Sequence[Hit]
    reach: Mapping[str, int]
    lost: Mapping[Kind, timedelta]

    @property
    def visits(self) -> int:
        return sum(self.reach.values())


def preview(session: Session, plan: Plan, closure: Closure, *, now: datetime) -> ClosurePreview:
    """What lies in a closure that is asked for, or in one of the plan; one statement."""
    wanted = _lying_in(with_everything(), plan, closure, now).order_by(Booking.starts_at, Booking.id)
    found = session.scalars(wanted).all()
    reached = [
        reach_of(one.person.customer, starts_at=one.starts_at, now=now, post=plan.office.post)
        for one in found
    ]
    counts = Counter(reached)
    hits = [Hit(*pair) for pair in zip(found[:_MOST_SHOWN], reached, strict=False)]
    lost = lost_hours(plan, closure, is_holiday=holiday_question(plan.office.holidays))
    return ClosurePreview(closure, hits, {way.value: counts[way] for way in Reach}, lost)


def lying_in(session: Session, plan: Plan, closure: Closure, *, now: datetime) -> int:
    """How many visits to come lie in a closure; one statement."""
    return session.scalar(_lying_in(select(func.count()).select_from(Booking), plan, closure, now)) or 0


def _lying_in(bookings: Select[Any], plan: Plan, closure: Closure, now: datetime) -> Select[Any]:
    keys = [place.key for place in places_of(plan, closure)]
    return (
        bookings.where(Booking.resource_id.in_(select(ResourceRow.id).where(ResourceRow.key.in_(keys))))
        .where(Booking.status.in_(TO_COME), Booking.channel == Channel.IN_PERSON)
        .where(Booking.starts_at < closure.span.end, Booking.ends_at > max(closure.span.start, now))
    )
