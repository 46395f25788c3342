"""Looks at the caseworkers: who is here, who talks with whom, and whom an absence hits."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, joinedload

from models.bookings import Booking
from models.caseworkers import Absence, Caseworker
from models.people import Person
from scheduler.domain.caseworkers import HANDED, TALKING, Calendar, read_week
from scheduler.domain.errors import NotFound
from scheduler.domain.instants import local_date, midnight
from scheduler.domain.intervals import Interval
from scheduler.domain.notices import Reach, reach_of
from scheduler.domain.plans import Plan
from scheduler.queries.bookings import with_everything


@dataclass(frozen=True, slots=True)
class Presence:
    """A caseworker on a day: away until when, the talk of the moment, and what is to come that day."""

    caseworker: Caseworker
    away_until: datetime | None
    current: Booking | None
    to_come: Sequence[Booking]


@dataclass(frozen=True, slots=True)
class Page:
    """Some days of a caseworker: the talks in order, and the absences that touch them."""

    caseworker: Caseworker
    span: Interval
    talks: Sequence[Booking]
    absences: Sequence[Absence]


@dataclass(frozen=True, slots=True)
class Hit:
    """A talk that an absence hits, how its person is reached, and whether the deputy could have it."""

    booking: Booking
    reach: Reach
    deputy_can: bool


def caseworker(session: Session, caseworker_id: int, *, lock: bool = False) -> Caseworker:
    """With account and deputy. Whoever locks goes first or sees what others did. Raises NotFound."""
    if lock:
        lock_caseworkers(session, [caseworker_id])
    found = session.scalar(_caseworkers().where(Caseworker.id == caseworker_id))
    if found is None:
        raise NotFound(what="caseworker", key=str(caseworker_id))
    return found


def lock_caseworkers(session: Session, ids: Collection[int]) -> None:
    """Nobody else gives them talks, or has them away, until the transaction ends; in one order for all."""
    locking = select(Caseworker.id).where(Caseworker.id.in_(ids)).order_by(Caseworker.id)
    session.execute(locking.with_for_update())


def caseworkers(session: Session, *, with_retired: bool = False) -> Sequence[Caseworker]:
    """By team and name; one statement."""
    found = _caseworkers().order_by(Caseworker.team, Caseworker.name)
    return session.scalars(found if with_retired else found.where(Caseworker.retired_at.is_(None))).all()


def _caseworkers() -> Select[Caseworker]:
    return (
        select(Caseworker)
        .options(joinedload(Caseworker.staff), joinedload(Caseworker.deputy))
        .execution_options(populate_existing=True)
    )


def calendars(
    session: Session,
    plan: Plan,
    those: Iterable[Caseworker],
    within: Interval,
    *,
    leaving_out: Collection[UUID] = (),
) -> Mapping[int, Calendar]:
    """What each has taken of that time, without some bookings; two statements, none for nobody."""
    known = list(those)
    ids = [one.id for one in known]
    if not ids:
        return {}
    away = session.execute(
        select(Absence.caseworker_id, Absence.starts_at, Absence.ends_at).where(
            Absence.caseworker_id.in_(ids), Absence.starts_at < within.end, Absence.ends_at > within.start
        )
    ).all()
    talks = session.execute(
        select(Booking.caseworker_id, Booking.starts_at, Booking.ends_at, Booking.id)
        .where(Booking.caseworker_id.in_(ids), Booking.status.in_(TALKING))
        .where(Booking.starts_at < within.end, Booking.ends_at > within.start)
    ).all()
    return {
        one.id: Calendar(
            one.name,
            read_week(one.hours),
            plan.zone,
            [Interval(row[1], row[2]) for row in away if row[0] == one.id and row[1] < row[2]],
            [Interval(row[1], row[2]) for row in talks if row[0] == one.id and row[3] not in leaving_out],
        )
        for one in known
    }


def calendars_of(
    session: Session,
    plan: Plan,
    ids: Collection[int],
    within: Interval,
    *,
    leaving_out: Collection[UUID] = (),
) -> Mapping[int, Calendar]:
    """The same by their ids; three statements, none for nobody."""
    if not ids:
        return {}
    those = session.scalars(select(Caseworker).where(Caseworker.id.in_(ids))).all()
    return calendars(session, plan, those, within, leaving_out=leaving_out)


def presences(session: Session, plan: Plan, *, now: datetime) -> Sequence[Presence]:
    """Everybody as of now, today's talks beside them; three statements."""
    known = caseworkers(session)
    day = local_date(now, plan.zone)
    today = Interval(now, midnight(day + timedelta(days=1), plan.zone))
    away = session.execute(
        select(Absence.caseworker_id, Absence.ends_at).where(Absence.starts_at <= now, Absence.ends_at > now)
    ).all()
    talks = session.scalars(
        with_everything()
        .where(Booking.caseworker_id.is_not(None), Booking.status.in_(TALKING))
        .where(Booking.starts_at < today.end, Booking.ends_at > now)
        .order_by(Booking.starts_at, Booking.id)
    ).all()
    return [
        Presence(
            one,
            max((until for owner, until in away if owner == one.id), default=None),
            next((talk for talk in talks if talk.caseworker_id == one.id and talk.starts_at <= now), None),
            [talk for talk in talks if talk.caseworker_id == one.id and talk.starts_at > now],
        )
        for one in known
    ]


def page(session: Session, plan: Plan, caseworker_id: int, *, first: date, days: int) -> Page:
    """Three statements. Raises NotFound."""
    span = Interval(midnight(first, plan.zone), midnight(first + timedelta(days=days), plan.zone))
    found = caseworker(session, caseworker_id)
    talks = session.scalars(
        with_everything()
        .where(Booking.caseworker_id == caseworker_id, Booking.status.in_(TALKING))
        .where(Booking.starts_at < span.end, Booking.ends_at > span.start)
        .order_by(Booking.starts_at, Booking.id)
    ).all()
    absences = session.scalars(
        select(Absence)
        .where(Absence.caseworker_id == caseworker_id, Absence.starts_at < Absence.ends_at)
        .where(Absence.ends_at > span.start)
        .order_by(Absence.starts_at, Absence.id)
    ).all()
    return Page(found, span, talks, absences)


def absence(session: Session, absence_id: int, *, lock: bool = False) -> Absence:
    """Raises NotFound."""
    found = session.get(Absence, absence_id, with_for_update=lock or None)
    if found is None:
        raise NotFound(what="absence", key=str(absence_id))
    return found


def hits(session: Session, plan: Plan, away: Caseworker, span: Interval, *, now: datetime) -> Sequence[Hit]:
    """The talks that lie in an absence, the soonest first; at most three statements.

    Talks of one caseworker never overlap, so that the deputy could have all of those that are marked.
    """
    found = session.scalars(
        with_everything()
        .where(Booking.caseworker_id == away.id, Booking.status.in_(HANDED))
        .where(Booking.starts_at < span.end, Booking.ends_at > max(span.start, now))
        .order_by(Booking.starts_at, Booking.id)
    ).all()
    deputies = [away.deputy] if away.deputy is not None and away.deputy.retired_at is None else []
    within = Interval(span.start, max([span.end, *(one.ends_at for one in found)]))
    if found:
        within = Interval(min(span.start, found[0].starts_at), within.end)
    known = calendars(session, plan, deputies, within) if found else {}
    calendar = next(iter(known.values()), None)
    return [
        Hit(
            one,
            reach_of(one.person.customer, starts_at=one.starts_at, now=now, post=plan.office.post),
            calendar is not None and calendar.is_free(Interval(one.starts_at, one.ends_at)),
        )
        for one in found
    ]


def last_caseworker_of(session: Session, person: Person) -> int | None:
    """With whom the person's latest visit was that had somebody; known by the number, else by itself."""
    same = Person.id == person.id
    if person.number_key is not None:
        same = Person.number_key == person.number_key
    return session.scalar(
        select(Booking.caseworker_id)
        .join(Person, Person.id == Booking.person_id)
        .join(Caseworker, Caseworker.id == Booking.caseworker_id)
        .where(same, Caseworker.retired_at.is_(None))
        .order_by(Booking.starts_at.desc())
        .limit(1)
    )


def caseworker_is_away() -> ColumnElement[bool]:
    """Whether a booking's caseworker is away at its time."""
    return (
        select(Absence.id)
        .where(Absence.caseworker_id == Booking.caseworker_id, Absence.starts_at < Absence.ends_at)
        .where(Absence.starts_at < Booking.ends_at, Absence.ends_at > Booking.starts_at)
        .exists()
    )


def without_their_caseworker(session: Session, found: Sequence[Booking]) -> Collection[UUID]:
    """Those of the bookings whose caseworker is away then; one statement, none where nobody has one."""
    ids = [one.id for one in found if one.caseworker_id is not None]
    if not ids:
        return ()
    return set(session.scalars(select(Booking.id).where(Booking.id.in_(ids), caseworker_is_away())))
