"""Looks at delays: until when a visit is expected to last, and whom that hits at its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models.bookings import Booking, Claim
from scheduler.domain.bookings import MAY_CHANGE_PLACE
from scheduler.domain.delays import Stay, expected
from scheduler.domain.instants import local_date, midnight
from scheduler.domain.notices import NoticeState, Template
from scheduler.domain.plans import Plan
from scheduler.queries.interruptions import Hit, hits_of
from scheduler.queries.notices import notices_of


@dataclass(frozen=True, slots=True)
class Delayed:
    """A visit that will begin later than its person was told."""

    hit: Hit
    begins_at: datetime


@dataclass(frozen=True, slots=True)
class Delay:
    """`lasts_until` is without the buffer, None where the visit takes as long as planned."""

    lasts_until: datetime | None
    delayed: Sequence[Delayed]


def delay(session: Session, plan: Plan, booking: Booking, *, now: datetime) -> Delay:
    """What comes of a visit at its place on its day, by time; two statements, one where nobody is hit."""
    day = local_date(booking.starts_at, plan.zone)
    wanted = (
        select(Claim, Booking)
        .join(Booking, Booking.id == Claim.booking_id)
        .options(joinedload(Booking.resource), joinedload(Booking.service), joinedload(Booking.person))
        .where(Claim.resource_id == booking.resource_id, Claim.occupies)
        .where(Claim.starts_at >= midnight(day, plan.zone))
        .where(Claim.starts_at < midnight(day + timedelta(days=1), plan.zone))
    )
    rows = session.execute(wanted.execution_options(populate_existing=True)).all()
    found = expected(Stay("", claim.starts_at, claim.occupied_until, claim.lasts_until) for claim, _ in rows)
    begins = {visit.id: found["", claim.starts_at].start for claim, visit in rows}
    late = sorted(
        (
            visit
            for _, visit in rows
            if visit.starts_at > booking.starts_at
            and visit.status in MAY_CHANGE_PLACE
            and begins[visit.id] > visit.starts_at
        ),
        key=lambda visit: visit.starts_at,
    )
    own = next((claim for claim, visit in rows if visit.id == booking.id), None)
    lasts = own.lasts_until if own is not None else None
    buffer = booking.occupied_until - booking.ends_at
    return Delay(
        lasts - buffer if lasts is not None else None,
        [Delayed(hit, begins[hit.booking.id]) for hit in hits_of(session, plan, late, now=now)],
    )


def is_told(session: Session, booking_id: UUID, begins_at: datetime) -> bool:
    """Whether the last word about the visit is that it begins then, whether that has gone out or waits."""
    said = [row for row in notices_of(session, booking_id) if row.state is not NoticeState.WITHDRAWN]
    return (
        bool(said)
        and said[-1].template is Template.DELAYED
        and datetime.fromisoformat(said[-1].values["expected_at"]) == begins_at
    )
