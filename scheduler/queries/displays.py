"""Looks at what the wall shows: which number is called to which counter, and nothing else."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.plans import ResourceRow
from scheduler.domain.bookings import Status
from scheduler.domain.instants import local_date
from scheduler.domain.plans import Plan

_MOST = 8


class Called(NamedTuple):
    """One number on the wall; `place` is the counter's name by language."""

    number: int
    place: Mapping[str, str]
    called_at: datetime


def called(session: Session, plan: Plan, *, site: str | None, now: datetime) -> Sequence[Called]:
    """The numbers called today whose person is not served yet, the latest first."""
    wanted = (
        select(Booking.call_number, ResourceRow.name, Booking.called_at)
        .join(ResourceRow, ResourceRow.id == Booking.resource_id)
        .where(Booking.call_day == local_date(now, plan.zone), Booking.status == Status.CALLED)
        .order_by(Booking.called_at.desc(), Booking.call_number)
        .limit(_MOST)
    )
    if site is not None:
        wanted = wanted.where(ResourceRow.site == site)
    return [Called._make(row) for row in session.execute(wanted)]
