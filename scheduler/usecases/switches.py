"""Carries out switches: the effects of phases on bookings made before, once each, and takes them back.

A reconcile, not an event: whatever is due and not done yet is done, batch by batch, whoever comes and however
late. Zero, one, two or parallel callers leave the same bookings and notices.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.audit import AuditRecord
from models.bookings import Booking
from models.bulk import among, insert_many
from models.database import Database
from models.outbox import OutboxRow
from models.runs import PhaseEffect, PhaseRun
from scheduler.adapters.clock import Clock
from scheduler.domain.bookings import Channel, Party, Standing, Status
from scheduler.domain.errors import Busy, NotFound, WrongState
from scheduler.domain.intervals import Interval
from scheduler.domain.notices import NoticeState, Template
from scheduler.domain.phases import Effect
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Resource
from scheduler.domain.roles import Actor, Role
from scheduler.domain.switches import State
from scheduler.queries.bookings import with_everything
from scheduler.queries.plans import current_plan, newest_plan
from scheduler.queries.slots import occupancy
from scheduler.queries.switches import (
    Position,
    RunReport,
    Switch,
    due_switches,
    judgements,
    left_to_judge,
    not_yet_judged,
    runs,
    stretch_end,
)
from scheduler.queries.visits import BookedVisit, read_visits
from scheduler.usecases.audit import entry, record
from scheduler.usecases.claims import reclaim, release, take_turns
from scheduler.usecases.notices import Telling, Writer, new_uid, tell

THE_SWITCH = Actor("job:switch", Role.MANAGER)
# So many bookings are locked, changed and committed at once.
_BATCH = 1000

#: The effects after which the place is free for others.
_FREEING = (Effect.PHONE, Effect.CANCEL)
_TEMPLATES = {Effect.PHONE: Template.PHONE, Effect.CANCEL: Template.CANCELLATION}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a switch has come that takes more than one batch: bookings judged, of how many."""

    phase_key: str
    judged: int
    of: int


def apply_due(
    database: Database, *, clock: Clock, heard: Callable[[Progress], None] = lambda _: None
) -> list[RunReport]:
    """Carries out every switch that is due, each batch as a transaction; answers what was applied.

    `heard` is told after each batch how far a long one has come.
    """
    now = clock.office()
    with database.reading() as session:
        due = due_switches(session, now=now) if newest_plan(session) is not None else []
    finished = [switch.phase.key for switch in due if _carry_out(database, switch, clock, heard)]
    with database.reading() as session:
        found = runs(session, phase_keys=finished) if finished else []
    return sorted(found, key=lambda report: finished.index(report.phase_key))


def _carry_out(database: Database, switch: Switch, clock: Clock, heard: Callable[[Progress], None]) -> bool:
    """Whether this caller ended the run; another may have been quicker."""
    position: Position | None = None
    progress: Progress | None = None
    judged = 0
    while True:
        with database.transaction() as session:
            run = _lock_run(session, switch, clock.office())
            if run.finished_at is not None:
                return False
            end = stretch_end(session, switch, after=position, limit=_BATCH)
            if progress is None and end is not None:
                progress = _progress(session, switch, run)
            # Locked as they are judged: somebody may be moving or cancelling one of them.
            wanted = not_yet_judged(switch, run.id, after=position, until=end)
            found = read_visits(session, wanted.with_for_update(of=Booking))
            _apply(session, switch, run, found, clock.office())
            judged += len(found)
            # Before the end one more look: a parallel run may have moved on past a hole.
            if end is None and not judged:
                run.finished_at = clock.office()
                record(session, THE_SWITCH, "phase.switch", f"phase:{run.phase_key}", now=run.finished_at)
        if progress is not None and found:
            progress = replace(progress, judged=progress.judged + len(found))
            heard(progress)
        if run.finished_at is not None:
            return True
        position, judged = end, judged if end is not None else 0


def _lock_run(session: Session, switch: Switch, now: datetime) -> PhaseRun:
    """The one run of the phase, made if it is missing; parallel callers wait here for their turn."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(
        insert(PhaseRun)
        .values(phase_key=switch.phase.key, due_at=switch.due_at, begun_at=now)
        .on_conflict_do_nothing()
    )
    return session.scalars(
        select(PhaseRun).where(PhaseRun.phase_key == switch.phase.key).with_for_update()
    ).one()


def _progress(session: Session, switch: Switch, run: PhaseRun) -> Progress:
    judged = select(func.count()).where(PhaseEffect.run_id == run.id)
    before = session.scalar(judged) or 0
    return Progress(run.phase_key, before, before + left_to_judge(session, switch, run.id))


def _apply(
    session: Session, switch: Switch, run: PhaseRun, found: Sequence[BookedVisit], now: datetime
) -> None:
    """Does to each visit what the switch says, and tells its person; one statement for each kind of row."""
    writer = Writer(switch.plan, now=now, run_id=run.id)
    effects, notices, records = [], [], []
    changed: dict[tuple[State, bool], list[UUID]] = defaultdict(list)
    for visit, judgement in judgements(switch, found):
        before = State(visit.status, visit.standing, visit.channel, visit.cancelled_by)
        after = before.after(judgement, starts_at=visit.starts_at, now=now, zone=switch.plan.zone)
        reach = None
        if judgement.tells:
            told = _told_of(visit, after)
            reach, notice = writer.write(Telling(told, _TEMPLATES[judgement.effect], judgement.channels))
            notices.append(notice)
        if judgement.tells or after != before:
            changed[after, judgement.tells].append(visit.id)
            action = f"booking.switch-{judgement.effect}"
            subject = f"booking:{visit.id}"
            records.append(entry(THE_SWITCH, action, subject, now=now, phase=run.phase_key))
        effects.append(
            {
                "run_id": run.id,
                "booking_id": visit.id,
                "effect": judgement.effect,
                "reach": reach,
                "status_before": before.status,
                "standing_before": before.standing,
                "channel_before": before.channel,
            }
        )
    insert_many(session, PhaseEffect, effects)
    _change(session, changed)
    insert_many(session, OutboxRow, notices)
    insert_many(session, AuditRecord, records)


def _told_of(visit: BookedVisit, after: State) -> BookedVisit:
    """The visit as its person is told of it: a later version of the same calendar entry."""
    return visit._replace(channel=after.channel, cancelled_by=after.cancelled_by, sequence=visit.sequence + 1)


def _change(session: Session, changed: Mapping[tuple[State, bool], Sequence[UUID]]) -> None:
    """Brings bookings to their new states; where people are told, their places become free."""
    for (after, tells), ids in changed.items():
        values: dict[str, Any] = {
            "status": after.status,
            "standing": after.standing,
            "channel": after.channel,
            "cancelled_by": after.cancelled_by,
        }
        if tells:
            values["ical_sequence"] = Booking.ical_sequence + 1
        session.execute(
            update(Booking).where(among(session, Booking.id, ids)).values(values),
            execution_options={"synchronize_session": False},
        )
        if tells:
            release(session, ids)


@dataclass
class UndoReport:
    """What taking back a switch did: bookings restored, and those that could not be, by why."""

    phase_key: str
    restored: int = 0
    invited_anew: int = 0
    withdrawn: int = 0
    not_restored: dict[str, list[str]] = field(default_factory=dict)

    def leave(self, why: str, booking: Booking) -> None:
        """`why`: begun, taken, changed (by somebody since)."""
        self.not_restored.setdefault(why, []).append(booking.reference)


def undo(database: Database, phase_key: str, *, actor: Actor, clock: Clock) -> UndoReport:
    """Takes back the last switch into a phase; the phase itself stays in force.

    Bookings that it cancelled or turned into calls, whose visit has not begun and whose place is free, come
    back in question; notices not yet sent are withdrawn, others are followed by a new invitation. What it
    put in question stays so, since the phase still does not allow it. Raises NotFound, WrongState where it
    was undone before, Busy while it is still being carried out. An undo that broke off goes on.
    """
    with database.transaction() as session:
        _begin_undo(session, phase_key, actor, clock.office())
    report = UndoReport(phase_key)
    while True:
        with database.transaction() as session:
            run = _run(session, phase_key)
            effects = session.scalars(
                select(PhaseEffect)
                .where(PhaseEffect.run_id == run.id, PhaseEffect.undone.is_(None))
                .order_by(PhaseEffect.id)
                .limit(_BATCH)
            ).all()
            if not effects:
                return report
            plan = current_plan(session)
            concerned = Booking.id.in_([effect.booking_id for effect in effects])
            # Locked first and read afterwards, as in `bookings._lock`.
            locked = select(Booking.id).where(concerned).order_by(Booking.starts_at, Booking.id)
            session.execute(locked.with_for_update())
            found = session.scalars(with_everything().where(concerned))
            bookings = {booking.id: booking for booking in found}
            # All at once, so that nobody who books waits in a circle with this.
            take_turns(session, plan, _places_to_take(plan, effects, bookings))
            for effect in effects:
                booking = bookings[effect.booking_id]
                if effect.effect in _FREEING and not _is_as_left(run, effect, booking):
                    effect.undone = False
                    report.leave("changed", booking)
                else:
                    _undo_effect(session, plan, effect, booking, report, actor, clock.office())


def _begin_undo(session: Session, phase_key: str, actor: Actor, now: datetime) -> None:
    run = _run(session, phase_key)
    if run.finished_at is None:
        raise Busy(retry_after=10)
    open_effects = select(PhaseEffect.id).where(PhaseEffect.run_id == run.id, PhaseEffect.undone.is_(None))
    if run.undone_at is not None and session.scalar(open_effects.limit(1)) is None:
        raise WrongState(change="undo", why="undone_before", status="done")
    if run.undone_at is None:
        run.undone_at, run.undone_by = now, actor.name
        record(session, actor, "phase.undo", f"phase:{phase_key}", now=now)


def _run(session: Session, phase_key: str) -> PhaseRun:
    run = session.scalar(select(PhaseRun).where(PhaseRun.phase_key == phase_key).with_for_update())
    if run is None:
        raise NotFound(what="run", key=phase_key)
    return run


def _undo_effect(
    session: Session,
    plan: Plan,
    effect: PhaseEffect,
    booking: Booking,
    report: UndoReport,
    actor: Actor,
    now: datetime,
) -> None:
    effect.undone = False
    if effect.effect not in _FREEING:
        return
    if booking.starts_at <= now:
        report.leave("begun", booking)
    elif not _take_place_again(session, plan, booking):
        report.leave("taken", booking)
    else:
        _restore(session, plan, effect, booking, report, now)
        effect.undone = True
        report.restored += 1
        action = "booking.undo-switch"
        record(session, actor, action, f"booking:{booking.id}", now=now, effect=effect.effect)


def _is_as_left(run: PhaseRun, effect: PhaseEffect, booking: Booking) -> bool:
    """Whether nobody has touched since what the switch cancelled or turned into a call."""
    if booking.judged_at > run.due_at:
        return False
    if effect.effect is Effect.CANCEL:
        return booking.status is Status.CANCELLED and booking.cancelled_by is Party.OFFICE
    return booking.status is effect.status_before and booking.channel is Channel.PHONE


def _places_to_take(
    plan: Plan, effects: Sequence[PhaseEffect], bookings: Mapping[UUID, Booking]
) -> list[Resource]:
    keys = {bookings[effect.booking_id].resource.key for effect in effects if effect.effect in _FREEING}
    return [plan.resources_by_key[key] for key in sorted(keys) if key in plan.resources_by_key]


def _take_place_again(session: Session, plan: Plan, booking: Booking) -> bool:
    place = plan.resources_by_key.get(booking.resource.key)
    if place is None:
        return False
    visit = Interval(booking.starts_at, booking.occupied_until)
    taken = occupancy(session, plan, visit, places=[place], leaving_out=booking.id)
    if taken.taken_until(place.key, visit.start, visit.end) is not None:
        return False
    reclaim(session, booking)
    return True


def _restore(
    session: Session,
    plan: Plan,
    effect: PhaseEffect,
    booking: Booking,
    report: UndoReport,
    now: datetime,
) -> None:
    told = _withdraw(session, effect, booking, report)
    booking.status, booking.channel = effect.status_before, Channel.IN_PERSON
    booking.standing, booking.cancelled_by = Standing.IN_QUESTION, None
    if not told:
        return
    if effect.effect is Effect.PHONE and booking.invited:
        # The entry in the calendar says "by phone" and lives on: it goes before the new one comes.
        booking.ical_sequence += 1
        tell(session, plan, booking, Template.REPLACED, now=now)
    booking.ical_uid, booking.ical_sequence = new_uid(plan), 0
    tell(session, plan, booking, Template.INVITATION if booking.invited else Template.RECEIPT, now=now)
    report.invited_anew += 1


def _withdraw(session: Session, effect: PhaseEffect, booking: Booking, report: UndoReport) -> bool:
    """Stops the switch's notice if it has not gone out; whether the customer may know of the change.

    A mail counts as gone out once a sender has begun to hand it over; one that it only holds is stopped.
    """
    rows = session.scalars(
        select(OutboxRow)
        .where(OutboxRow.run_id == effect.run_id, OutboxRow.booking_id == booking.id)
        .with_for_update()
    ).all()
    told = False
    for row in rows:
        if row.state in (NoticeState.WAITING, NoticeState.QUARANTINED) and row.unanswered == 0:
            row.state = NoticeState.WITHDRAWN
            report.withdrawn += 1
        else:
            told = True
    return told
