"""Looks at what visits already take of the places, for the question when a backlog is worked off."""

from collections import defaultdict
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.bookings import Booking, Claim
from models.plans import ResourceRow
from scheduler.domain.backlogs import LONGEST, Taken
from scheduler.domain.figures import Period
from scheduler.domain.instants import local_date
from scheduler.domain.plans import Plan


def taken_from(session: Session, plan: Plan, first: date) -> Taken:
    """By place and local day, from `first` on, as far as is looked ahead; one statement."""
    within = Period(first, first + LONGEST).span(plan)
    claims = (
        select(ResourceRow.key, Claim.starts_at, Claim.occupied_until)
        .join(Booking, Booking.id == Claim.booking_id)
        .join(ResourceRow, ResourceRow.id == Claim.resource_id)
        .where(Claim.occupies, Claim.starts_at >= within.start, Claim.starts_at < within.end)
    )
    found: dict[tuple[str, date], tuple[timedelta, int]] = defaultdict(lambda: (timedelta(), 0))
    for place, starts_at, until in session.execute(claims):
        key = place, local_date(starts_at, plan.zone)
        time, visits = found[key]
        found[key] = time + (until - starts_at), visits + 1
    return found
