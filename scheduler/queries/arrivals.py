"""Looks for those who stand before reception: by what they hold in their hand, or by name and birth date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import AuditRecord
from models.bookings import Booking
from models.people import Person, PersonWord
from scheduler.domain.arrivals import (
    Punctuality,
    Verdict,
    is_called,
    minutes_off,
    reference_in,
    verdict,
)
from scheduler.domain.bookings import Change
from scheduler.domain.errors import NotFound
from scheduler.domain.instants import local_date, midnight
from scheduler.domain.people import bounds, words_of_name
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Site
from scheduler.queries.bookings import with_everything

_BACK, _AHEAD = timedelta(days=14), timedelta(days=92)
_MOST = 200


@dataclass(frozen=True, slots=True)
class Arrival:
    """One visit as reception hears of it; `moved_from` are the times that it once had, the last one last."""

    booking: Booking
    verdict: Verdict
    minutes: int
    site: Site
    moved_from: Sequence[datetime] = ()


def by_reference(session: Session, text: str) -> Booking:
    """The booking whose reference was typed or scanned. Raises NotFound."""
    reference = reference_in(text)
    found = reference and session.scalar(with_everything().where(Booking.reference == reference))
    if not found:
        raise NotFound(what="booking", key=text[:20])
    return found


def by_person(session: Session, plan: Plan, name: str, born: date, *, now: datetime) -> list[Booking]:
    """Visits of people of that name and birth date: those of today first, then those to come, then others."""
    today = local_date(now, plan.zone)
    begin, end = midnight(today - _BACK, plan.zone), midnight(today + _AHEAD, plan.zone)
    # Of all who share a birth date, such as the first of January, only those who may be meant.
    first, beyond = bounds(max(words_of_name(name), key=len, default=""))
    called_so = select(PersonWord.person_id).where(PersonWord.word >= first, PersonWord.word < beyond)
    found = session.scalars(
        with_everything()
        .join(Person, Person.id == Booking.person_id)
        .where(Booking.starts_at >= begin, Booking.starts_at < end, Person.born == born)
        .where(Person.id.in_(called_so))
        .order_by(Booking.starts_at, Booking.reference)
        .limit(_MOST)
    )
    called = [one for one in found if is_called(one.person.name, name)]

    def nearness(one: Booking) -> tuple[bool, bool, datetime]:
        day = local_date(one.starts_at, plan.zone)
        return day != today, day < today, one.starts_at

    return sorted(called, key=nearness)


def arrivals(
    session: Session,
    plan: Plan,
    found: Sequence[Booking],
    *,
    site: str | None,
    now: datetime,
    punctuality: Punctuality,
) -> list[Arrival]:
    """What reception at `site` (None: at any) hears of these visits now; one statement."""
    moved = _moved_from(session, found)

    def judged(one: Booking) -> Arrival:
        own_site = plan.site_of(one.resource.key, one.resource.site)
        said = verdict(
            one.status,
            cancelled_by=one.cancelled_by,
            channel=one.channel,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            elsewhere=site is not None and own_site.key != site,
            now=now,
            zone=plan.zone,
            punctuality=punctuality,
        )
        return Arrival(one, said, minutes_off(one.starts_at, now), own_site, moved[f"booking:{one.id}"])

    return [judged(one) for one in found]


def _moved_from(session: Session, found: Sequence[Booking]) -> dict[str, list[datetime]]:
    moved: dict[str, list[datetime]] = {f"booking:{one.id}": [] for one in found}
    records = session.execute(
        select(AuditRecord.subject, AuditRecord.action, AuditRecord.details)
        .where(AuditRecord.subject.in_(moved), AuditRecord.action.in_(("booking.move", "booking.take-back")))
        .order_by(AuditRecord.id)
    )
    for subject, action, details in records:
        if action == "booking.move":
            moved[subject].append(datetime.fromisoformat(details["previous"]))
        elif details["mistake"] == Change.MOVE:
            del moved[subject][-2:]  # the move, and the way back, which is one too
    return moved
