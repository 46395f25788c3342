"""Looks at the queue of one site today: who is expected, waits or is served, what was in passing."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload

from models.audit import AuditRecord
from models.bookings import Booking
from models.contacts import Contact
from models.walk_ins import WalkIn
from scheduler.adapters.holidays import holiday_question
from scheduler.domain.arrivals import is_called
from scheduler.domain.bookings import TAKING_BACK, Change, Channel, Origin, Status, possible_changes
from scheduler.domain.contacts import ContactKind
from scheduler.domain.delays import UNDER_WAY
from scheduler.domain.errors import NotFound
from scheduler.domain.instants import local_date, midnight
from scheduler.domain.interruptions import InterruptionKind
from scheduler.domain.intervals import Interval
from scheduler.domain.people import words_of_name
from scheduler.domain.plans import Plan
from scheduler.domain.queueing import (
    AHEAD,
    Ahead,
    Rank,
    State,
    Turn,
    minutes_waited,
    rank,
    state_of_visit,
    wait_of_one_more,
)
from scheduler.domain.resources import Resource
from scheduler.domain.roles import Actor
from scheduler.domain.services import Service
from scheduler.domain.walk_ins import WalkInChange, WalkInStatus, hands
from scheduler.domain.walk_ins import possible_changes as possible_walk_in_changes
from scheduler.queries.audit import AT_THE_ENTRANCE
from scheduler.queries.bookings import with_everything
from scheduler.queries.events import is_participant
from scheduler.queries.interruptions import current

#: How long somebody takes of whose concern nobody has asked yet.
_USUAL_LENGTH = timedelta(minutes=15)

#: What is done at the desk with one key, in the order of a visit.
ON_THE_DAY = (Change.CHECK_IN, Change.CALL, Change.SERVE, Change.FINISH, Change.NO_SHOW)

_STATE_OF_WALK_IN = {
    WalkInStatus.WAITING: State.WAITING,
    WalkInStatus.CALLED: State.CALLED,
    WalkInStatus.IN_SERVICE: State.IN_SERVICE,
    WalkInStatus.DONE: State.DONE,
    WalkInStatus.LEFT: State.DONE,
}
_ORDER = (State.CALLED, State.IN_SERVICE, State.WAITING, State.LATE, State.EXPECTED, State.DONE)
_GONE = (WalkInStatus.DONE, WalkInStatus.LEFT)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the queue: a booked visit (`booking`) or somebody without an appointment (`walk_in`).

    `place` in the queue is from 1, for those who wait. `mistake` is the change that the reader takes back.
    """

    state: State
    booking: Booking | None
    walk_in: WalkIn | None
    changes: Sequence[str]
    waited: int | None
    rank: Rank | None = None
    place: int | None = None
    mistake: str | None = None
    hands: Sequence[Resource] = ()

    @property
    def subject(self) -> str:
        return f"booking:{self.booking.id}" if self.booking else f"walk_in:{self.walk_in and self.walk_in.id}"

    @property
    def starts_at(self) -> datetime | None:
        return self.booking.starts_at if self.booking else None

    @property
    def number(self) -> int | None:
        one = self.booking or self.walk_in
        return one.call_number if one else None

    @property
    def may_take_longer(self) -> bool:
        visit = self.booking
        return visit is not None and visit.channel is Channel.IN_PERSON and visit.status in UNDER_WAY

    @property
    def is_emergency(self) -> bool:
        return self.walk_in is not None and self.walk_in.origin is Origin.EMERGENCY

    @property
    def is_call_back(self) -> bool:
        return self.walk_in is not None and self.walk_in.channel is Channel.PHONE


@dataclass(frozen=True, slots=True)
class Queue:
    """`wait` is that of one more without an appointment, in minutes; None while no place is open.

    `contacts` counts what was in passing today; `mistaken` names what the reader counted last, by its id.
    """

    site: str
    entries: Sequence[Entry]
    counts: Counter[State]
    wait: int | None
    contacts: Counter[ContactKind]
    mistaken: tuple[UUID, ContactKind] | None


def queue(
    session: Session,
    plan: Plan,
    site: str,
    *,
    actor: Actor,
    now: datetime,
    grace: timedelta,
) -> Queue:
    """The queue as `actor` sees it; five statements, whatever its length."""
    visits = [visit for visit in _bookings_of_today(session, plan, now) if _site_of(plan, visit) == site]
    walk_ins = _walk_ins(session, site, plan, now)
    contacts = _contacts(session, site, plan, now)
    shut = shut_until(session, now)
    busy = _busy_places(plan, visits, walk_ins, now) | shut.keys()
    entries = [*_of_visits(plan, visits, now, grace), *_of_walk_ins(plan, walk_ins, busy, now)]
    mistakes = _mistakes(session, entries, actor, now)
    return Queue(
        site,
        _in_order(entries, mistakes),
        Counter(entry.state for entry in entries),
        _wait(plan, None, site, entries, shut, now),
        Counter(contact.kind for contact in contacts if contact.taken_back_at is None),
        _mistaken(contacts, actor, now),
    )


def walk_in(session: Session, walk_in_id: UUID) -> WalkIn:
    """Raises NotFound."""
    found = session.scalar(_with_names().where(WalkIn.id == walk_in_id))
    if found is None:
        raise NotFound(what="walk_in", key=str(walk_in_id))
    return found


def numbered(session: Session, number: int, *, today: date) -> Booking | WalkIn | None:
    """Whoever is called under this number today; at most two statements."""
    for wanted, row in ((with_everything(), Booking), (_with_names(), WalkIn)):
        one = session.scalar(wanted.where(row.call_day == today, row.call_number == number))
        if one is not None:
            return one
    return None


def walk_ins_called(session: Session, name: str, *, today: date) -> list[WalkIn]:
    """Those who came without an appointment today and gave such a name, by their number; one statement."""
    here = _with_names().where(WalkIn.call_day == today, WalkIn.name.is_not(None))
    came = session.scalars(here.order_by(WalkIn.call_number))
    return [one for one in came if words_of_name(name) and is_called(one.name or "", name)]


def wait_of(session: Session, plan: Plan, one: WalkIn, *, now: datetime, grace: timedelta) -> int | None:
    """Minutes that somebody without an appointment still waits; None while no place is open."""
    visits = [v for v in _bookings_of_today(session, plan, now) if _site_of(plan, v) == one.site]
    walk_ins = _walk_ins(session, one.site, plan, now)
    entries = [*_of_visits(plan, visits, now, grace), *_of_walk_ins(plan, walk_ins, set(), now)]
    own = next((entry.rank for entry in entries if entry.walk_in and entry.walk_in.id == one.id), None)
    before = [entry for entry in entries if own is None or entry.rank is None or entry.rank < own]
    service = plan.services_by_key.get(one.service_key or "")
    return _wait(plan, service, one.site, before, shut_until(session, now), now)


def busy_places(session: Session, plan: Plan, one: WalkIn, *, now: datetime) -> set[str]:
    """The places of its site at which somebody else is called or served; two statements."""
    visits = [visit for visit in _bookings_of_today(session, plan, now) if _site_of(plan, visit) == one.site]
    walk_ins = [other for other in _walk_ins(session, one.site, plan, now) if other.id != one.id]
    return _busy_places(plan, visits, walk_ins, now)


def shut_until(session: Session, now: datetime) -> dict[str, datetime | None]:
    """The places that are closed for a while now; None where for the rest of the day."""
    return {
        one.resource.key: one.ends_at if one.kind is InterruptionKind.PAUSE else None
        for one in current(session, now=now)
        if one.starts_at <= now
    }


def _with_names() -> Select[WalkIn]:
    return select(WalkIn).options(joinedload(WalkIn.resource), joinedload(WalkIn.service))


def _bookings_of_today(session: Session, plan: Plan, now: datetime) -> Sequence[Booking]:
    begin = midnight(local_date(now, plan.zone), plan.zone)
    end = midnight(local_date(now, plan.zone) + timedelta(days=1), plan.zone)
    return session.scalars(
        with_everything()
        .where(Booking.starts_at >= begin, Booking.starts_at < end)
        .where(Booking.channel == Channel.IN_PERSON, Booking.status != Status.CANCELLED, ~is_participant())
        .order_by(Booking.starts_at, Booking.reference)
    ).all()


def _walk_ins(session: Session, site: str, plan: Plan, now: datetime) -> Sequence[WalkIn]:
    """Those of today, and emergencies of the days before that nobody has dealt with."""
    open_emergency = (WalkIn.origin == Origin.EMERGENCY) & WalkIn.status.not_in(_GONE)
    return session.scalars(
        _with_names()
        .where(WalkIn.site == site, or_(WalkIn.call_day == local_date(now, plan.zone), open_emergency))
        .order_by(WalkIn.call_day, WalkIn.call_number)
    ).all()


def _contacts(session: Session, site: str, plan: Plan, now: datetime) -> Sequence[Contact]:
    return session.scalars(
        select(Contact)
        .where(Contact.day == local_date(now, plan.zone), Contact.site == site)
        .order_by(Contact.counted_at)
    ).all()


def _of_visits(plan: Plan, visits: Iterable[Booking], now: datetime, grace: timedelta) -> list[Entry]:
    entries = []
    for visit in visits:
        state = state_of_visit(visit.status, starts_at=visit.starts_at, now=now, grace=grace)
        if state is None or (state is State.DONE and not _lately(visit.finished_at or visit.starts_at, now)):
            continue
        possible = possible_changes(
            visit.status, starts_at=visit.starts_at, now=now, zone=plan.zone, moved_by=visit.moved_by
        )
        order, waited = None, None
        if visit.arrived_at is not None and visit.call_number is not None:
            order = rank(
                arrived_at=visit.arrived_at,
                number=visit.call_number,
                starts_at=visit.starts_at,
                emergency=False,
                grace=grace,
            )
            waited = minutes_waited(visit.arrived_at, visit.called_at or visit.served_at or now)
        changes = [change for change in ON_THE_DAY if change in possible]
        entries.append(Entry(state, visit, None, changes, waited, order))
    return entries


def _of_walk_ins(plan: Plan, walk_ins: Iterable[WalkIn], busy: set[str], now: datetime) -> list[Entry]:
    entries = []
    for one in walk_ins:
        state = _STATE_OF_WALK_IN[one.status]
        if state is State.DONE and not _lately(one.finished_at or one.arrived_at, now):
            continue
        emergency = one.origin is Origin.EMERGENCY
        order = rank(
            arrived_at=one.arrived_at,
            number=one.call_number,
            starts_at=None,
            emergency=emergency,
            grace=timedelta(),
        )
        waited = minutes_waited(one.arrived_at, one.called_at or one.served_at or one.finished_at or now)
        changes = possible_walk_in_changes(one.status, one.channel)
        service = plan.services_by_key.get(one.service_key or "")
        # Calling once more may be calling to the same place, and begins with it.
        own = one.resource.key if one.resource is not None else None
        free = [place for place in hands(plan, service, one.site) if place.key not in busy - {own}]
        free.sort(key=lambda place: place.key != own)
        entries.append(Entry(state, None, one, changes, waited, order, hands=free))
    return entries


def _lately(at: datetime, now: datetime) -> bool:
    return at >= now - AHEAD


def _busy_places(
    plan: Plan, visits: Iterable[Booking], walk_ins: Iterable[WalkIn], now: datetime
) -> set[str]:
    """The places at which somebody is called or served; who was never sent away yesterday is not there."""
    booked = {v.resource.key for v in visits if v.status in (Status.CALLED, Status.IN_SERVICE)}
    here = (WalkInStatus.CALLED, WalkInStatus.IN_SERVICE)
    today = midnight(local_date(now, plan.zone), plan.zone)
    called = [one for one in walk_ins if one.status in here and (one.called_at or now) >= today]
    return booked | {one.resource.key for one in called if one.resource}


def _in_order(entries: Iterable[Entry], mistakes: dict[str, str]) -> list[Entry]:
    """By state; those who wait by the queue rule, those who are done the latest first, others by time."""
    ordered: list[Entry] = []
    for state in _ORDER:
        here = [entry for entry in entries if entry.state is state]
        if state is State.WAITING:
            here.sort(key=_turn)
        elif state is State.DONE:
            here.sort(key=_ended, reverse=True)
        ordered += here
    place = 0
    numbered = []
    for entry in ordered:
        waits = entry.state is State.WAITING and not entry.is_call_back
        place += waits
        mistake = mistakes.get(entry.subject)
        numbered.append(replace(entry, place=place if waits else None, mistake=mistake))
    return numbered


def _turn(entry: Entry) -> tuple[bool, Rank]:
    """Calls back stand last: nobody waits for them at the door."""
    if entry.rank is None:
        raise ValueError("whoever waits has a rank")
    return entry.is_call_back, entry.rank


def _ended(entry: Entry) -> datetime:
    one = entry.booking or entry.walk_in
    at = one.finished_at if one else None
    return at or entry.starts_at or datetime.min.replace(tzinfo=UTC)


def _mistakes(session: Session, entries: Iterable[Entry], actor: Actor, now: datetime) -> dict[str, str]:
    """The change that was made last to each, where the reader made it a few minutes ago; one statement."""
    subjects = [entry.subject for entry in entries if _touched(entry, now)]
    records = session.execute(
        select(AuditRecord.subject, AuditRecord.action, AuditRecord.actor, AuditRecord.at)
        .where(AuditRecord.subject.in_(subjects), AuditRecord.action.not_in(AT_THE_ENTRANCE))
        .order_by(AuditRecord.id)
    )
    latest = {record.subject: record for record in records}
    changes = [*ON_THE_DAY, *WalkInChange]
    return {
        subject: change
        for subject, record in latest.items()
        if record.actor == actor.name and now - record.at <= TAKING_BACK
        for change in [record.action.partition(".")[2]]
        if change in changes
    }


def _touched(entry: Entry, now: datetime) -> bool:
    """Whether it may have been changed within the minutes in which that is taken back."""
    one = entry.booking or entry.walk_in
    if one is None:
        return False
    stamps = [one.arrived_at, one.called_at, one.served_at, one.finished_at]
    missed = entry.booking is not None and entry.booking.status is Status.NO_SHOW
    return missed or any(at is not None and now - at <= TAKING_BACK for at in stamps)


def _mistaken(contacts: Iterable[Contact], actor: Actor, now: datetime) -> tuple[UUID, ContactKind] | None:
    own = [
        contact
        for contact in contacts
        if contact.made_by == actor.name
        and contact.taken_back_at is None
        and now - contact.counted_at <= TAKING_BACK
    ]
    return (own[-1].id, own[-1].kind) if own else None


def _wait(
    plan: Plan,
    service: Service | None,
    site: str,
    entries: Iterable[Entry],
    shut: Mapping[str, datetime | None],
    now: datetime,
) -> int | None:
    """Reckoned from the places that are open, the visits under way and all who are served before."""
    is_holiday = holiday_question(plan.office.holidays)
    moment = Interval(now, now + timedelta(minutes=1))
    open_from = {
        place.key: shut.get(place.key, now)
        for place in hands(plan, service, site)
        if plan.opening_hours[place.key].fault(moment, is_holiday) is None
    }
    free_at = {key: at for key, at in open_from.items() if at is not None}
    ahead = []
    for entry in entries:
        length = _length(plan, entry)
        if entry.state in (State.CALLED, State.IN_SERVICE):
            key = _place_key(entry)
            if key in free_at:
                free_at[key] = max(free_at[key], (_begun(entry) or now) + length)
        elif entry.state is State.WAITING and entry.rank is not None and not entry.is_call_back:
            ahead.append(Ahead(entry.rank, now, length))
        elif entry.state in (State.EXPECTED, State.LATE) and entry.starts_at is not None:
            turn = Rank(Turn.PUNCTUAL, entry.starts_at, 0)
            ahead.append(Ahead(turn, max(now, entry.starts_at), length))
    return wait_of_one_more(free_at.values(), ahead, now=now)


def _begun(entry: Entry) -> datetime | None:
    one = entry.booking or entry.walk_in
    return (one.served_at or one.called_at) if one else None


def _place_key(entry: Entry) -> str | None:
    one = entry.booking or entry.walk_in
    return one.resource.key if one is not None and one.resource is not None else None


def _length(plan: Plan, entry: Entry) -> timedelta:
    if entry.booking is not None:
        return entry.booking.ends_at - entry.booking.starts_at
    service = plan.services_by_key.get((entry.walk_in and entry.walk_in.service_key) or "")
    return service.length if service is not None else _USUAL_LENGTH


def _site_of(plan: Plan, visit: Booking) -> str:
    return plan.site_of(visit.resource.key, visit.resource.site).key
