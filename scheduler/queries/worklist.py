"""Looks at the worklist: what has to be decided, whom to call, and who still waits for a new time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from models.bookings import Booking
from models.interruptions import Interruption
from models.people import Person
from models.plans import ResourceRow
from models.worklist import WorklistMark
from scheduler.adapters.holidays import holiday_question
from scheduler.domain.availability import Slot, days_on_offer, search, watched_for_all
from scheduler.domain.bookings import TO_COME, Channel, Party, Standing, Status
from scheduler.domain.errors import invalid
from scheduler.domain.instants import local_date
from scheduler.domain.intervals import Interval
from scheduler.domain.notices import Reach, reach_of
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Role
from scheduler.domain.services import Service
from scheduler.domain.texts import Text
from scheduler.domain.worklist import PAGE_LENGTH, PROPOSAL_DAYS, PROPOSALS, MarkKind, Reason
from scheduler.queries.bookings import cursor_of, position_of, with_everything
from scheduler.queries.caseworkers import calendars_of, caseworker_is_away, without_their_caseworker
from scheduler.queries.events import is_participant
from scheduler.queries.slots import occupancy

#: How long ago a visit may have been for its person to count as waiting for a new time.
_LONGEST_WAIT = timedelta(days=365)
_SETTLED_SHOWN = 10

AnySelect = TypeVar("AnySelect", bound="Select[*tuple[Any, ...]]")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to see of the list; None is all."""

    reason: Reason | None = None
    site: str | None = None
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A visit about which somebody has to decide.

    `closure` is the reason of the plan's closure in which it lies, if that has one; `proposals` are free
    times from the day of the visit on.
    """

    booking: Booking
    reason: Reason
    closure: Text | None
    reach: Reach
    is_group: bool
    proposals: Sequence[Slot]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody whom the office cancelled and who has no new time; `proposals` are free times from now on."""

    booking: Booking
    reach: Reach
    proposals: Sequence[Slot]


@dataclass(frozen=True, slots=True)
class Cases:
    cases: Sequence[Case]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Calls:
    bookings: Sequence[Booking]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """Those who wait; `settled` are the visits ticked off last."""

    waiting: Sequence[Waiting]
    settled: Sequence[Booking]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Load:
    """How many visits are to be decided about, and how many calls to be made."""

    decide: int
    calls: int


def load(session: Session, plan: Plan, *, now: datetime) -> Load:
    """One statement."""
    decide = _to_decide(plan, now, Wanted()).with_only_columns(func.count())
    calls = _calls(Wanted()).with_only_columns(func.count())
    return Load(*session.execute(select(decide.scalar_subquery(), calls.scalar_subquery())).one())


# ---------------------------------------------------------------------------------------- to be decided


def cases(session: Session, plan: Plan, wanted: Wanted, *, now: datetime, after: str | None = None) -> Cases:
    """Visits to decide about, the soonest first; at most four statements."""
    found, cursor = _page(
        session, _to_decide(plan, now, wanted).order_by(Booking.starts_at, Booking.id), after
    )
    interrupted = _interrupted(session, found)
    away = without_their_caseworker(session, found)
    is_group = {
        one.id: (own := plan.services_by_key.get(one.service_key)) is not None and own.group for one in found
    }
    asked = [
        _Asked(
            one.id,
            _visit(plan, one),
            one.booked_by,
            local_date(one.starts_at, plan.zone),
            one.caseworker_id,
        )
        for one in found
        if not is_group[one.id] and one.channel is Channel.IN_PERSON
    ]
    proposals = _proposals(session, plan, asked, now=now)
    return Cases(
        [
            _case(
                plan,
                one,
                interrupted=one.id in interrupted,
                away=one.id in away,
                is_group=is_group[one.id],
                proposals=proposals.get(one.id, ()),
                now=now,
            )
            for one in found
        ],
        cursor,
    )


def _to_decide(plan: Plan, now: datetime, wanted: Wanted) -> Select[Booking]:
    """Who signed up for a group event goes where it goes, so the event alone is decided about."""
    doubted, impossible = Booking.standing == Standing.IN_QUESTION, _impossible(plan, now)
    kept = (
        select(WorklistMark.booking_id)
        .where(WorklistMark.booking_id == Booking.id, WorklistMark.kind == MarkKind.KEPT)
        .where(WorklistMark.starts_at == Booking.starts_at)
        .exists()
    )
    away = caseworker_is_away()
    why = or_(doubted, and_(or_(impossible, away), ~kept))
    if wanted.reason is Reason.PHASE:
        why = and_(doubted, ~impossible, ~away)
    if wanted.reason is Reason.PLACE:
        why = and_(impossible, or_(doubted, ~kept))
    if wanted.reason is Reason.CASEWORKER:
        why = and_(away, ~impossible, or_(doubted, ~kept))
    found = (
        with_everything()
        .where(Booking.status.in_(TO_COME), or_(Booking.channel == Channel.IN_PERSON, away))
        .where(Booking.ends_at > now, why, ~is_participant())
    )
    return _narrowed(found, wanted)


def _impossible(plan: Plan, now: datetime) -> ColumnElement[bool]:
    """Whether the visit's place takes nobody at its time: closed by the plan or for a while, or retired."""
    closed = [
        and_(
            Booking.resource_id.in_(select(ResourceRow.id).where(ResourceRow.key.in_(keys))),
            Booking.starts_at < span.end,
            Booking.ends_at > span.start,
        )
        for span, keys in _closed(plan, now)
    ]
    interrupted = (
        select(Interruption.id)
        .where(Interruption.resource_id == Booking.resource_id)
        .where(Interruption.starts_at < Booking.ends_at, Interruption.ends_at > Booking.starts_at)
        .where(Interruption.starts_at < Interruption.ends_at)
        .exists()
    )
    retired = Booking.resource_id.in_(select(ResourceRow.id).where(ResourceRow.retired_at.is_not(None)))
    return or_(false(), *closed, interrupted, retired)


def _closed(plan: Plan, now: datetime) -> Iterator[tuple[Interval, list[str]]]:
    for closure in plan.closures:
        if closure.span.end > now:
            yield closure.span, [place.key for place in plan.resources if closure.concerns(place)]


def _interrupted(session: Session, found: Sequence[Booking]) -> set[UUID]:
    """Which of these visits lie in an interruption; one statement, none without visits."""
    if not found:
        return set()
    return set(
        session.scalars(
            select(Booking.id)
            .join(Interruption, Interruption.resource_id == Booking.resource_id)
            .where(Booking.id.in_([one.id for one in found]))
            .where(Interruption.starts_at < Booking.ends_at, Interruption.ends_at > Booking.starts_at)
            .where(Interruption.starts_at < Interruption.ends_at)
        )
    )


def _case(
    plan: Plan,
    booking: Booking,
    *,
    interrupted: bool,
    away: bool,
    is_group: bool,
    proposals: Sequence[Slot],
    now: datetime,
) -> Case:
    visit, place = (
        Interval(booking.starts_at, booking.ends_at),
        plan.resources_by_key.get(booking.resource.key),
    )
    lies_in = [
        closure
        for closure in plan.closures
        if place is not None and closure.span.overlaps(visit) and closure.concerns(place)
    ]
    impossible = interrupted or lies_in or booking.resource.retired_at is not None
    return Case(
        booking,
        Reason.PLACE if impossible else Reason.CASEWORKER if away else Reason.PHASE,
        next((closure.reason for closure in lies_in if closure.reason is not None), None),
        _reach(plan, booking, now),
        is_group,
        proposals,
    )


# ---------------------------------------------------------------------------------------- calls


def calls(session: Session, wanted: Wanted, *, after: str | None = None) -> Calls:
    """Visits that became calls and that nobody has made yet, the soonest first; one statement."""
    return Calls(*_page(session, _calls(wanted).order_by(Booking.starts_at, Booking.id), after))


def _calls(wanted: Wanted) -> Select[Booking]:
    found = with_everything().where(Booking.status.in_(TO_COME), Booking.channel == Channel.PHONE)
    return _narrowed(found, wanted)


# ---------------------------------------------------------------------------------------- without a new time


def without_time(
    session: Session,
    plan: Plan,
    wanted: Wanted,
    *,
    booked_by: Role,
    now: datetime,
    after: str | None = None,
) -> WaitingPage:
    """People whom the office cancelled and who still wait, by urgency: at most five statements.

    The plan names its concerns in the order of their urgency; within one whoever should have come first
    has waited longest. Each concern of a person stands there once. `booked_by` is on whose word times
    would be booked.
    """
    keys = [key for key in plan.services_by_key if wanted.service in (None, key)]
    rank, position = _urgency(after, keys)
    looks = []
    for number, key in enumerate(keys[rank:], rank):
        look = _without(now, key, wanted)
        if position is not None and number == rank:
            look = look.where(tuple_(Booking.starts_at, Booking.id) > tuple_(*position))
        ordered = look.order_by(Booking.starts_at, Booking.id).limit(PAGE_LENGTH + 1).subquery()
        looks.append(select(literal(number).label("rank"), ordered.c.id, ordered.c.starts_at))
    rows = session.execute(union_all(*looks)).all() if looks else []
    ids = [(number, found) for number, found, _ in sorted(rows, key=lambda row: (row[0], row[2], row[1]))]
    shown = {booking_id: number for number, booking_id in ids[:PAGE_LENGTH]}
    those = {one.id: one for one in session.scalars(with_everything().where(Booking.id.in_(shown)))}
    found = [those[booking_id] for booking_id in shown]
    today = local_date(now, plan.zone)
    asked = [_Asked(one.id, _visit(plan, one), booked_by, today) for one in found]
    proposals = _proposals(session, plan, asked, now=now)
    more = len(ids) > PAGE_LENGTH
    return WaitingPage(
        [
            Waiting(one, _reach(plan, one, now, ahead=plan.office.post), proposals.get(one.id, ()))
            for one in found
        ],
        _settled(session),
        f"{shown[found[-1].id]}.{cursor_of(found[-1])}" if more else None,
    )


def _without(now: datetime, service: str, wanted: Wanted) -> Select[UUID, datetime]:
    found = (
        select(Booking.id, Booking.starts_at)
        .join(Person, Person.id == Booking.person_id)
        .where(Booking.service_key == service, *still_waits(now))
    )
    return _narrowed(found, Wanted(site=wanted.site))


def still_waits(now: datetime) -> Sequence[ColumnElement[bool]]:
    """Of a visit and its person: cancelled by the office, not settled, and nothing else for the same concern.

    Somebody counts as the same by the number, or by the name with e-mail, phone or birth date: rather is
    somebody named who has a time than left out who has none.
    """
    other, another = aliased(Booking), aliased(Person)
    same_name = and_(
        another.name == Person.name,
        or_(
            another.email_key == Person.email_key,
            another.phone_key == Person.phone_key,
            another.born == Person.born,
        ),
    )
    has_another = (
        select(other.id)
        .join(another, another.id == other.person_id)
        .where(other.service_key == Booking.service_key, other.id != Booking.id)
        .where(or_(another.id == Person.id, another.number_key == Person.number_key, same_name))
        .where(
            or_(
                other.status.in_(TO_COME),
                and_(other.status != Status.CANCELLED, other.starts_at > Booking.starts_at),
                # Of several that the office cancelled the last stands for all.
                and_(
                    other.cancelled_by == Party.OFFICE,
                    tuple_(other.starts_at, other.id) > tuple_(Booking.starts_at, Booking.id),
                ),
            )
        )
        .exists()
    )
    settled = (
        select(WorklistMark.booking_id)
        .where(WorklistMark.booking_id == Booking.id, WorklistMark.kind == MarkKind.SETTLED)
        .exists()
    )
    return (
        Booking.status == Status.CANCELLED,
        Booking.cancelled_by == Party.OFFICE,
        Booking.starts_at > now - _LONGEST_WAIT,
        ~has_another,
        ~settled,
    )


def _urgency(after: str | None, keys: Sequence[str]) -> tuple[int, tuple[datetime, UUID] | None]:
    """Which concern a page begins with, and after which visit. Raises Invalid as `position_of` does."""
    if after is None:
        return 0, None
    rank, _, cursor = after.partition(".")
    if not (rank.isascii() and rank.isdigit() and len(rank) < 4 and int(rank) < len(keys)):
        raise invalid("cursor", "unknown", value=after[:20])
    return int(rank), position_of(cursor)


def _settled(session: Session) -> Sequence[Booking]:
    return session.scalars(
        with_everything()
        .join(WorklistMark, WorklistMark.booking_id == Booking.id)
        .where(WorklistMark.kind == MarkKind.SETTLED)
        .order_by(WorklistMark.made_at.desc(), Booking.id)
        .limit(_SETTLED_SHOWN)
    ).all()


# ---------------------------------------------------------------------------------------- what all share


def _narrowed(found: AnySelect, wanted: Wanted) -> AnySelect:
    if wanted.site is not None:
        here = select(ResourceRow.id).where(ResourceRow.site == wanted.site)
        found = found.where(Booking.resource_id.in_(here))
    return found if wanted.service is None else found.where(Booking.service_key == wanted.service)


def _page(
    session: Session, wanted: Select[Booking], after: str | None
) -> tuple[Sequence[Booking], str | None]:
    if after is not None:
        wanted = wanted.where(tuple_(Booking.starts_at, Booking.id) > tuple_(*position_of(after)))
    found = session.scalars(wanted.limit(PAGE_LENGTH + 1)).all()
    shown = found[:PAGE_LENGTH]
    return shown, cursor_of(shown[-1]) if len(found) > PAGE_LENGTH else None


def _reach(plan: Plan, booking: Booking, now: datetime, *, ahead: timedelta | None = None) -> Reach:
    """How the person is told of a change of this visit, or of something that is `ahead` from now."""
    when = booking.starts_at if ahead is None else now + ahead
    return reach_of(booking.person.customer, starts_at=when, now=now, post=plan.office.post)


def _visit(plan: Plan, booking: Booking) -> Service | None:
    """The concern as it is for this person; None where the plan has it no longer."""
    known = booking.service_key in plan.services_by_key
    return plan.visit(booking.service_key, booking.person.needs) if known else None


@dataclass(frozen=True, slots=True)
class _Asked:
    """For which visit free times are wanted, from which local day on."""

    booking: UUID
    service: Service | None
    booked_by: Role
    first: date
    caseworker: int | None = None


def _proposals(
    session: Session, plan: Plan, asked: Sequence[_Asked], *, now: datetime
) -> Mapping[UUID, Sequence[Slot]]:
    """The next free times of each, by the search that the desk uses; two statements, however many ask.

    Where a caseworker is settled, the times are those that suit both; that takes three statements more.

    Each is looked for from the first day on which its phase and hours let somebody come; those for whom
    that is later than for the first are looked for once more.
    """
    is_holiday, horizon = holiday_question(plan.office.holidays), timedelta(days=plan.office.furthest_days)
    begins: dict[UUID, tuple[_Asked, date]] = {}
    for one in asked:
        if one.service is None:
            continue
        days = days_on_offer(
            plan,
            one.service,
            first=one.first,
            last=one.first + horizon,
            booked_by=one.booked_by,
            now=now,
            is_holiday=is_holiday,
        )
        day = next(days, None)
        if day is not None:
            begins[one.booking] = one, day
    found: dict[UUID, Sequence[Slot]] = {}
    for _ in range(2):
        left = {key: pair for key, pair in begins.items() if not found.get(key)}
        if not left:
            break
        begin = min(day for _, day in left.values())
        last = begin + timedelta(days=PROPOSAL_DAYS)
        within = watched_for_all(plan, begin, last)
        taken = occupancy(session, plan, within, places=plan.resources)
        wanted = {one.caseworker for one, _ in left.values() if one.caseworker is not None}
        free = calendars_of(session, plan, wanted, within)
        for key, (one, day) in left.items():
            if one.service is None or day > last:
                continue
            slots = search(
                plan,
                one.service,
                first=day,
                last=last,
                booked_by=one.booked_by,
                now=now,
                is_holiday=is_holiday,
                occupancy=taken,
            )
            own = free.get(one.caseworker or 0)
            can = (
                slot for slot in slots if own is None or own.is_free(Interval(slot.starts_at, slot.ends_at))
            )
            found[key] = list(islice(can, PROPOSALS))
            if not found[key]:
                begins[key] = one, last + timedelta(days=1)
    return found
