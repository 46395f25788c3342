"""What must hold of an office whatever happened to it (I1 to I8); asked after every test that changes it.

The audit log is played again from the beginning, and has to end where the bookings and the outbox are.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models.audit import AuditRecord
from models.base import RealNow
from models.bookings import Booking, Claim
from models.contacts import Contact
from models.database import Database
from models.events import Event, Participant
from models.idempotency import IdempotencyRecord
from models.outbox import OutboxRow
from models.plans import PlanVersion, ResourceRow
from models.queueing import CallDay
from models.runs import PhaseEffect, PhaseRun
from models.walk_ins import WalkIn
from scheduler.domain.bookings import Channel, Standing, Status
from scheduler.domain.intervals import Interval
from scheduler.domain.notices import NoticeState, Template
from scheduler.domain.phases import Effect, phase_at, rule_for
from scheduler.domain.switches import due_at
from scheduler.domain.walk_ins import WalkInStatus
from scheduler.queries.audit import verification
from scheduler.queries.bookings import with_everything
from scheduler.queries.plans import newest_plan, plannings
from scheduler.queries.slots import occupancy
from scheduler.queries.switches import due_switches, runs
from scheduler.usecases.audit import seal_records
from tests.witness import Witness

_STATUS_AFTER = {
    "book": Status.BOOKED,
    "request": Status.REQUESTED,
    "approve": Status.BOOKED,
    "decline": Status.CANCELLED,
    "cancel": Status.CANCELLED,
    "unanswered": Status.CANCELLED,
    "switch-cancel": Status.CANCELLED,
    "check-in": Status.CHECKED_IN,
    "call": Status.CALLED,
    "serve": Status.IN_SERVICE,
    **dict.fromkeys(("finish", "make-call"), Status.DONE),
    "no-show": Status.NO_SHOW,
}
_HERE = {Status.CHECKED_IN, Status.CALLED, Status.IN_SERVICE, Status.DONE}
_NOT_HERE = {Status.REQUESTED, Status.BOOKED, Status.NO_SHOW}
_STANDING_AFTER = {
    **dict.fromkeys(("book", "request", "approve", "move", "switch-keep", "switch-phone"), Standing.VALID),
    **dict.fromkeys(("keep", "phone"), Standing.VALID),
    **dict.fromkeys(("switch-flag", "undo-switch", "doubt"), Standing.IN_QUESTION),
}
_CHANNEL_AFTER = {
    **dict.fromkeys(("book", "request", "move", "undo-switch"), Channel.IN_PERSON),
    **dict.fromkeys(("switch-phone", "phone"), Channel.PHONE),
}
_TEMPLATE_AFTER = {
    "book": Template.INVITATION,
    "request": Template.RECEIPT,
    "approve": Template.INVITATION,
    "decline": Template.DECLINED,
    "cancel": Template.CANCELLATION,
    "unanswered": Template.DECLINED,
    "switch-cancel": Template.CANCELLATION,
    **dict.fromkeys(("switch-phone", "phone"), Template.PHONE),
    "tell-delay": Template.DELAYED,
    "remind": Template.REMINDER,
    "send-link": Template.LINK,
    "offer": Template.OFFER,
}


def broken(database: Database, *, now: datetime | None = None, witness: Witness | None = None) -> list[str]:
    """What does not hold, one line each, beginning with the invariant's name.

    With `now` also whether all bookings are allowed by then (I7), with `witness` also whether callers were
    told the truth (I2, I8).
    """
    seal_records(database)
    with database.reading() as session:
        if not database.is_sqlite:  # a hundred thousand bookings take a while to think about
            session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        bookings = session.scalars(with_everything()).all()
        return [
            *_overlaps(session, bookings),
            *_crowds(session, bookings),
            *_histories(session, bookings),
            *_orphans(session, bookings),
            *_counts(session),
            *_seats(session),
            *_arrivals(session, bookings),
            *_walk_ins(session),
            *(f"I6: {fault}" for fault in verification(session).faults),
            *(witness.disagreements(session) if witness is not None else ()),
            *(_not_allowed(session, bookings, now) if now is not None else ()),
        ]


def _overlaps(session: Session, bookings: Iterable[Booking]) -> Iterator[str]:
    """I1, and that each booking holds exactly the claim that its status and channel give it."""
    claims = session.scalars(select(Claim).order_by(Claim.resource_id, Claim.starts_at)).all()
    latest: dict[int, Claim] = {}
    for claim in claims:
        if claim.occupies:
            before = latest.get(claim.resource_id)
            if before is not None and claim.starts_at < before.occupied_until:
                yield f"I1: claims {before.id} and {claim.id} overlap"
            if before is None or claim.occupied_until > before.occupied_until:
                latest[claim.resource_id] = claim
    held: dict[UUID, list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.booking_id is not None:
            held[claim.booking_id].append(claim)
    seated = set(session.scalars(select(Participant.booking_id)))
    for booking in bookings:
        if booking.id in seated:
            if held[booking.id]:
                yield f"I1: booking {booking.id} has a seat and holds a place"
            continue
        expected = (
            booking.resource_id,
            booking.starts_at,
            booking.occupied_until,
            booking.status.occupies and booking.channel is Channel.IN_PERSON,
        )
        found = [(c.resource_id, c.starts_at, c.occupied_until, c.occupies) for c in held[booking.id]]
        if found != [expected]:
            yield f"I1: booking {booking.id} ({booking.status}, {booking.channel}) holds {found}"


def _seats(session: Session) -> Iterator[str]:
    """I1 of group events: no more seats than there are, none for whoever does not come, none elsewhere."""
    found = session.execute(
        select(Participant, Booking, Event)
        .join(Booking, Booking.id == Participant.booking_id)
        .join(Event, Event.booking_id == Participant.event_id)
    )
    hosts = session.scalars(select(Booking).join(Event, Event.booking_id == Booking.id))
    places = {host.id: (host.starts_at, host.resource_id) for host in hosts}
    for own, booking, event in found:
        if own.seat is not None and own.seat > event.seats:
            yield f"I1: booking {booking.id} has seat {own.seat} of {event.seats}"
        if own.seat is None and booking.status is Status.BOOKED:
            yield f"I1: booking {booking.id} has no seat"
        is_elsewhere = (booking.starts_at, booking.resource_id) != places[event.booking_id]
        if booking.status.occupies and is_elsewhere:
            yield f"I1: booking {booking.id} is not where its event is"


def _crowds(session: Session, bookings: Iterable[Booking]) -> Iterator[str]:
    """I1 of routes: while a phase prescribes them, no more visits begin in any window than the route takes.

    Only those count that were judged by the plan as it stands; switches keep others, whatever their number,
    and who was missed and comes after all is let in.
    """
    plan = newest_plan(session)
    planned_at = session.scalar(select(func.max(PlanVersion.planned_at)))
    if plan is None or planned_at is None:
        return
    late = set(session.scalars(select(AuditRecord.subject).where(AuditRecord.action == "booking.no-show")))
    arrivals: dict[str, list[datetime]] = defaultdict(list)
    for booking in bookings:
        phase, place = (
            phase_at(plan.phases, booking.starts_at),
            plan.resources_by_key.get(booking.resource.key),
        )
        sets_out = booking.status.occupies and booking.channel is Channel.IN_PERSON
        if phase is None or place is None or place.route is None or not phase.prescribed_routes:
            continue
        if sets_out and booking.judged_at > planned_at and f"booking:{booking.id}" not in late:
            arrivals[place.route].append(booking.starts_at)
    for key, starts in arrivals.items():
        limit = plan.routes_by_key[key].arrivals
        if limit is None:
            continue
        for start in starts:
            crowd = [other for other in starts if start <= other < start + limit.within]
            if len(crowd) > limit.at_most:
                yield f"I1: {len(crowd)} set out on {key} from {start} on"


@dataclass
class _Life:
    """A booking as its audit records tell it."""

    status: Status | None = None
    standing: Standing | None = None
    channel: Channel | None = None
    invited: bool = False


def _said_to_begin(notice: OutboxRow) -> datetime | None:
    """None for one that a test has spoilt."""
    try:
        return datetime.fromisoformat(notice.values["starts_at"])
    except (KeyError, TypeError, ValueError):
        return None


def _histories(session: Session, bookings: Iterable[Booking]) -> Iterator[str]:
    """I3: the audit records alone lead to the state there is, and to the notices there are."""
    records: dict[str, list[AuditRecord]] = defaultdict(list)
    for record in session.scalars(select(AuditRecord).order_by(AuditRecord.id)):
        records[record.subject].append(record)
    notices: dict[UUID, list[OutboxRow]] = defaultdict(list)
    for row in session.scalars(select(OutboxRow).order_by(OutboxRow.id)):
        if row.booking_id is not None:
            notices[row.booking_id].append(row)
    effects: dict[UUID, list[PhaseEffect]] = defaultdict(list)
    for effect in session.scalars(select(PhaseEffect).order_by(PhaseEffect.id)):
        effects[effect.booking_id].append(effect)
    were_forgotten = any(record.subject == "retention:proofs" for record in records["retention:proofs"])
    for booking in bookings:
        life = _Life()
        expected: list[Template] = []
        for record in records[f"booking:{booking.id}"]:
            expected += _lived(life, record, effects[booking.id], notices[booking.id])
        if (life.status, life.standing, life.channel, life.invited) != (
            booking.status,
            booking.standing,
            booking.channel,
            booking.invited,
        ):
            now = (booking.status.value, booking.standing.value, booking.channel.value, booking.invited)
            yield f"I3: booking {booking.id} is {now}, its records say {life}"
        told = [row.template for row in notices[booking.id]]
        if told != expected and not (were_forgotten and told == expected[len(expected) - len(told) :]):
            yield f"I3: booking {booking.id} has the notices {told}, its records say {expected}"
        said = [
            row
            for row in notices[booking.id]
            if row.state is not NoticeState.WITHDRAWN and row.template is not Template.OFFER
        ]
        is_read = bool(said) and said[-1].state is not NoticeState.QUARANTINED  # may say anything at all
        if is_read and _said_to_begin(said[-1]) not in (None, booking.starts_at):
            yield f"I3: booking {booking.id} is at {booking.starts_at}, the last notice says another time"


def _lived(
    life: _Life, record: AuditRecord, effects: list[PhaseEffect], notices: list[OutboxRow]
) -> list[Template]:
    """Takes `life` one record further; the notices that this record stands for."""
    change = record.action.removeprefix("booking.")
    life.standing = _STANDING_AFTER.get(change, life.standing)
    life.channel = _CHANNEL_AFTER.get(change, life.channel)
    life.status = _STATUS_AFTER.get(change, life.status)
    if change == "enter":
        life.standing, life.channel = Standing.VALID, Channel.IN_PERSON
    if change in ("enter", "take-back"):
        life.status = Status(record.details["status"])
        if "standing" in record.details:
            life.standing = Standing(record.details["standing"])
        if record.details.get("told") == "yes":  # of a cancellation that is none any more
            invitation = Template.PHONE if life.channel is Channel.PHONE else Template.INVITATION
            return [invitation if life.invited else Template.RECEIPT]
    life.invited = life.invited or change in ("book", "approve")
    if change == "move" or (change == "relocate" and record.details["told"] == "yes"):
        return [Template.UPDATE if life.invited else Template.RECEIPT]
    if change == "approve" and life.channel is Channel.PHONE:
        return [Template.PHONE]
    if change != "undo-switch":
        return [_TEMPLATE_AFTER[change]] if change in _TEMPLATE_AFTER else []
    (effect,) = [one for one in effects if one.undone and one.effect == record.details["effect"]]
    life.status = effect.status_before
    if all(row.state is NoticeState.WITHDRAWN for row in notices if row.run_id == effect.run_id):
        return []
    replaced = [Template.REPLACED] if effect.effect is Effect.PHONE and life.invited else []
    return [*replaced, Template.INVITATION if life.invited else Template.RECEIPT]


def _orphans(session: Session, bookings: Iterable[Booking]) -> Iterator[str]:
    """I4: nothing stands alone, every key was kept with its answer, and no expired hold is in the way."""
    plan = newest_plan(session)
    for held, place in session.execute(
        select(Claim, ResourceRow.key)
        .join(ResourceRow, ResourceRow.id == Claim.resource_id)
        .where(Claim.held_until <= RealNow())
    ):
        span = Interval(held.starts_at, held.occupied_until)
        resource = plan.resources_by_key.get(place) if plan is not None else None
        if plan is None or resource is None:
            continue
        if occupancy(session, plan, span, places=[resource]).taken_until(place, span.start, span.end):
            yield f"I4: the expired hold {held.id} of {held.held_by} stands in the way"
    ids = {booking.id for booking in bookings}
    for rows in (OutboxRow, Claim, PhaseEffect):
        for row in session.scalars(select(rows)):
            if isinstance(row, OutboxRow) and (row.enquiry_id or row.participant_id):
                continue
            if row.booking_id not in ids and not (isinstance(row, Claim) and row.hold):  # type: ignore[attr-defined]  # all have one
                yield f"I4: {rows.__tablename__} {row.id} has no booking"  # type: ignore[attr-defined]
    for subject in session.scalars(select(AuditRecord.subject).where(AuditRecord.subject.like("booking:%"))):
        if UUID(subject.removeprefix("booking:")) not in ids:
            yield f"I4: the audit log knows {subject}, the office does not"
    for record in session.scalars(select(IdempotencyRecord)):
        if record.status is None or record.answer is None:
            yield f"I4: the key {record.key} has no answer"


def _counts(session: Session) -> Iterator[str]:
    """I5: the reports of the switches count what there is."""
    ids = {run.phase_key: run.id for run in session.scalars(select(PhaseRun))}
    effects = session.scalars(select(PhaseEffect)).all()
    notices = session.scalars(select(OutboxRow)).all()
    for report in runs(session):
        own = [effect for effect in effects if effect.run_id == ids[report.phase_key]]
        states = Counter(row.state for row in notices if row.run_id == ids[report.phase_key])
        recount = (
            Counter(effect.effect.value for effect in own),
            Counter(effect.reach.value for effect in own if effect.reach is not None),
            states[NoticeState.SENT],
            states[NoticeState.WAITING] + states[NoticeState.QUARANTINED],
        )
        counted = (
            +Counter(report.counts),
            +Counter(report.reach),
            report.told,
            report.still_to_be_told,
        )
        if counted != recount:
            yield f"I5: the switch into {report.phase_key} counts {counted}, there are {recount}"


def _arrivals(session: Session, bookings: Iterable[Booking]) -> Iterator[str]:
    """I5 of the day: who has come, and nobody else, has a number, and none is given twice on a day."""
    last = {day.day: day.last_number for day in session.scalars(select(CallDay))}
    given: set[tuple[date, int]] = {
        (one.call_day, one.call_number) for one in session.scalars(select(WalkIn))
    }
    for day, given_last in last.items():
        if any(number > given_last for on, number in given if on == day):
            yield f"I5: a walk-in of {day} has a number beyond {given_last}"
    for booking in bookings:
        stamps = (booking.arrived_at, booking.call_day, booking.call_number)
        if booking.status in _HERE and None in stamps and booking.channel is not Channel.PHONE:
            yield f"I5: booking {booking.id} is {booking.status} without an arrival"
        if booking.status in _NOT_HERE and stamps != (None, None, None):
            yield f"I5: booking {booking.id} is {booking.status} and has arrived at {booking.arrived_at}"
        if booking.call_day is not None and booking.call_number is not None:
            number = (booking.call_day, booking.call_number)
            if number in given or booking.call_number > last.get(booking.call_day, 0):
                yield f"I5: booking {booking.id} has the number {booking.call_number}, which is not its own"
            given.add(number)


_WALK_IN_AFTER = {
    "admit": WalkInStatus.WAITING,
    "call": WalkInStatus.CALLED,
    "serve": WalkInStatus.IN_SERVICE,
    "finish": WalkInStatus.DONE,
    "leave": WalkInStatus.LEFT,
}


def _walk_ins(session: Session) -> Iterator[str]:
    """I3 of people without an appointment and of short contacts: their records lead to the state there is."""
    told: dict[str, str] = {}
    changes = AuditRecord.subject.like("walk_in:%") | AuditRecord.subject.like("contact:%")
    for record in session.scalars(select(AuditRecord).where(changes).order_by(AuditRecord.id)):
        change = record.action.partition(".")[2]
        told[record.subject] = str(record.details.get("status") or _WALK_IN_AFTER.get(change, change))
    there = {f"walk_in:{one.id}": one.status.value for one in session.scalars(select(WalkIn))}
    for contact in session.scalars(select(Contact)):
        there[f"contact:{contact.id}"] = "count" if contact.taken_back_at is None else "take-back"
    for subject in told.keys() | there.keys():
        if told.get(subject) != there.get(subject):
            yield f"I3: {subject} is {there.get(subject)}, its records say {told.get(subject)}"


def _not_allowed(session: Session, bookings: Iterable[Booking], now: datetime) -> Iterator[str]:
    """I7: the phase of its date allows each visit in person, or it was kept by decision or is in question."""
    plan = newest_plan(session)
    if plan is None:
        return
    for switch in due_switches(session, now=now):
        yield f"I7: the switch into {switch.phase.key} is due since {switch.due_at}"
    planned = plannings(session)
    kept = set(session.scalars(select(PhaseEffect.booking_id).where(PhaseEffect.effect == Effect.KEEP)))
    decided = select(AuditRecord.subject).where(AuditRecord.action == "booking.keep")
    kept |= {UUID(subject.removeprefix("booking:")) for subject in session.scalars(decided)}
    for booking in bookings:
        phase = phase_at(plan.phases, booking.starts_at)
        service = plan.services_by_key.get(booking.service_key)
        if phase is None or service is None or due_at(phase, planned[phase.key]) > now:
            continue
        at_risk = booking.status.occupies and booking.channel is Channel.IN_PERSON and booking.id not in kept
        if not at_risk or booking.standing is Standing.IN_QUESTION:
            continue
        ruling = rule_for(phase, service, booking.booked_by, booking.resource.kind, booking.resource.site)
        if not ruling.decision.lets_book:
            yield f"I7: booking {booking.id} is valid, {phase.key} says {ruling.decision}"
