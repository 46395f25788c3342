"""Looks at a day as it is printed: place by place, for work at the counters when nothing else works."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from models.bookings import Booking
from scheduler.domain.bookings import Channel, Status
from scheduler.domain.instants import midnight
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Site
from scheduler.domain.texts import Text
from scheduler.queries.bookings import with_everything


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one place has to do on the day."""

    site: Site
    place: str
    name: Text
    visits: Sequence[Booking]


@dataclass(frozen=True, slots=True)
class SheetDay:
    """`sheets` in the plan's order, empty places too; calls and cancelled visits stand apart."""

    sheets: Sequence[Sheet]
    calls: Sequence[Booking]
    cancelled: Sequence[Booking]


def sheet_day(session: Session, plan: Plan, on: date) -> SheetDay:
    """All visits of the day; one statement."""
    begin, end = midnight(on, plan.zone), midnight(on + timedelta(days=1), plan.zone)
    found = session.scalars(
        with_everything()
        .where(Booking.starts_at >= begin, Booking.starts_at < end)
        .order_by(Booking.starts_at, Booking.reference)
    ).all()
    visits = [one for one in found if one.channel is Channel.IN_PERSON and one.status is not Status.CANCELLED]
    by_place: dict[str, list[Booking]] = {place.key: [] for place in plan.resources}
    names = {place.key: (place.site, place.name) for place in plan.resources}
    for one in visits:
        by_place.setdefault(one.resource.key, []).append(one)
        names.setdefault(one.resource.key, (one.resource.site, Text(one.resource.name)))
    return SheetDay(
        [Sheet(plan.site_of(key, names[key][0]), key, names[key][1], own) for key, own in by_place.items()],
        [one for one in found if one.channel is Channel.PHONE and one.status is not Status.CANCELLED],
        [one for one in found if one.status is Status.CANCELLED],
    )
