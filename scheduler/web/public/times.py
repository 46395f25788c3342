"""The free times that customers choose from, a week at a time."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID

from sqlalchemy.orm import Session

from forms.bookings import SlotsForm
from scheduler.domain.availability import Slot
from scheduler.domain.errors import Invalid
from scheduler.domain.instants import local_date
from scheduler.domain.intervals import Interval
from scheduler.domain.roles import Role
from scheduler.domain.services import Service
from scheduler.queries.caseworkers import calendars_of
from scheduler.queries.slots import slots
from scheduler.queries.waiting_list import cooling
from scheduler.web.frame import current_office_plan, frame, office_now

WEEK = timedelta(days=7)
_MOST_TIMES = 2000


def today() -> date:
    return local_date(office_now(), current_office_plan().zone)


def first_day(form: SlotsForm) -> date:
    """The day that was asked for, or today: any link may be cut off, and nobody books the past."""
    try:
        return max(form.day(), today())
    except Invalid:
        return today()


def free(
    session: Session,
    service: Service,
    first: date,
    last: date,
    *,
    booked_by: Role,
    limit: int = _MOST_TIMES,
    caseworker: int | None = None,
    leaving_out: UUID | None = None,
) -> Sequence[Slot]:
    """The free times, each once at the first place of the plan's order, but for what was freed just now.

    With a caseworker those at which that one can; the visit left out is no talk that stands in the way.
    """
    plan, now = current_office_plan(), office_now()
    found = slots(session, plan, service, first=first, last=last, booked_by=booked_by, now=now, limit=limit)
    freed = cooling(session, frame().config.cool_down)
    if caseworker is not None and found:
        within = Interval(found[0].starts_at, max(slot.ends_at for slot in found))
        left_out = [] if leaving_out is None else [leaving_out]
        own = calendars_of(session, plan, [caseworker], within, leaving_out=left_out)[caseworker]
        found = [slot for slot in found if own.is_free(Interval(slot.starts_at, slot.ends_at))]
    found = [slot for slot in found if not _is_among(slot, freed.get(slot.resource.key, ()))]
    return list({slot.starts_at: slot for slot in reversed(found)}.values())[::-1]


def _is_among(slot: Slot, freed: Iterable[Interval]) -> bool:
    return any(slot.starts_at < one.end and one.start < slot.occupied_until for one in freed)


def week(first: date, found: Iterable[Slot]) -> dict[str, object]:
    """What a page of one week shows, and where those of other weeks begin."""
    zone, earliest = current_office_plan().zone, today()
    days = groupby(found, lambda slot: local_date(slot.starts_at, zone))
    return {
        "days": [(on, list(slots_of_day)) for on, slots_of_day in days],
        "first": first,
        "last": first + WEEK - timedelta(days=1),
        "before": max(first - WEEK, earliest) if first > earliest else None,
        "after": first + WEEK,
    }
