"""Looks at what the wall shows: which number is called to which counter, and nothing else."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, desc, select, union_all
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.plans import ResourceRow
from models.walk_ins import WalkIn
from scheduler.domain.bookings import Status
from scheduler.domain.instants import local_date
from scheduler.domain.plans import Plan
from scheduler.domain.walk_ins import WalkInStatus

_MOST = 8


class Called(NamedTuple):
    """One number on the wall; `place` is the counter's name by language."""

    number: int
    place: Mapping[str, str]
    called_at: datetime


def called(session: Session, plan: Plan, *, site: str | None, now: datetime) -> Sequence[Called]:
    """The numbers called today whose person is not served yet, the latest first; one statement."""
    today = local_date(now, plan.zone)
    booked = (
        _calls(Booking.call_number, Booking.called_at)
        .join(ResourceRow, ResourceRow.id == Booking.resource_id)
        .where(Booking.call_day == today, Booking.status == Status.CALLED)
    )
    walked_in = (
        _calls(WalkIn.call_number, WalkIn.called_at)
        .join(ResourceRow, ResourceRow.id == WalkIn.resource_id)
        .where(WalkIn.call_day == today, WalkIn.status == WalkInStatus.CALLED)
    )
    both = union_all(booked, walked_in).order_by(desc("called_at"), "call_number")
    rows: Any = session.execute(both)
    here = [
        Called(number, _name(plan, key), called_at)
        for number, key, own_site, called_at in rows
        if site is None or own_site == site
    ]
    return here[:_MOST]


def _calls(number: Any, called_at: Any) -> Select[Any]:
    columns: tuple[Any, ...] = (number, ResourceRow.key, ResourceRow.site, called_at)
    return select(*columns)


def _name(plan: Plan, key: str) -> Mapping[str, str]:
    place = plan.resources_by_key.get(key)
    return place.name if place is not None else {"de": key}
