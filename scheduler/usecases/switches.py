"""Carries out switches: the effects of phases on bookings made before, once each.

A reconcile, not an event: whatever is due and not done yet is done, batch by batch, whoever comes and however
late. Zero, one, two or parallel callers leave the same bookings and notices.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
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
from models.runs import Override, PhaseEffect, PhaseRun
from scheduler.adapters.clock import Clock
from scheduler.adapters.notices import Notice
from scheduler.domain.errors import NotFound, WrongState
from scheduler.domain.notices import Template
from scheduler.domain.phases import Effect
from scheduler.domain.roles import Actor, Role
from scheduler.domain.switches import Judgement, State
from scheduler.queries.plans import current_plan
from scheduler.queries.switches import (
    Position,
    Preview,
    RunReport,
    Switch,
    due_switches,
    judgements,
    left_to_judge,
    not_yet_judged,
    overridden,
    runs,
    stretch_end,
)
from scheduler.queries.visits import BookedVisit, read_visits
from scheduler.usecases.audit import entry, record
from scheduler.usecases.bookings import locked
from scheduler.usecases.claims import release
from scheduler.usecases.notices import Telling, Writer

THE_SWITCH = Actor("job:switch", Role.MANAGER)
# So many bookings are locked, changed and committed at once.
_BATCH = 1000

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
        due = due_switches(session, now=now)
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
    kept = overridden(session, switch.phase.key)  # asked under the bookings' locks, as `keep` writes them
    for visit, judgement in judgements(switch, found, kept=kept):
        before = State(visit.status, visit.standing, visit.channel, visit.cancelled_by)
        after = before.after(judgement, starts_at=visit.starts_at, now=now, zone=switch.plan.zone)
        reach = None
        if judgement.tells:
            reach, notice = writer.write(_telling(visit, judgement, after))
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


def _telling(visit: BookedVisit, judgement: Judgement, after: State) -> Telling:
    """What the visit's person is told: of a later version of the same calendar entry."""
    told = visit._replace(channel=after.channel, cancelled_by=after.cancelled_by, sequence=visit.sequence + 1)
    return Telling(told, _TEMPLATES[judgement.effect], judgement.channels)


def samples(found: Preview, *, now: datetime) -> list[Notice]:
    """The notices as they would read: the first of those that differ in more than person, time and place."""
    writer, notices = Writer(found.plan, now=now), {}
    for outcome in found.outcomes:
        visit, judgement = outcome.booking, outcome.judgement
        alike = (judgement.effect, judgement.channels, visit.customer.language)
        if judgement.tells and alike not in notices:
            before = State(visit.status, visit.standing, visit.channel, visit.cancelled_by)
            after = before.after(judgement, starts_at=visit.starts_at, now=now, zone=found.plan.zone)
            row = writer.write(_telling(visit, judgement, after))[1]
            notices[alike] = Notice.from_values(row["values"])
    return list(notices.values())


def keep(session: Session, phase_key: str, booking_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Has the switch into the phase keep this booking, whatever its rules say.

    Raises NotFound, and WrongState where the switch has judged it already.
    """
    _check_not_judged(session, phase_key, booking_id)
    if _override(session, phase_key, booking_id) is None:
        session.add(Override(phase_key=phase_key, booking_id=booking_id, kept_by=actor.name, kept_at=now))
        record(session, actor, "switch.keep", f"booking:{booking_id}", now=now, phase=phase_key)


def keep_no_longer(
    session: Session, phase_key: str, booking_id: UUID, *, actor: Actor, now: datetime
) -> None:
    """Leaves the booking to the phase's rules again. Raises as `keep` does."""
    _check_not_judged(session, phase_key, booking_id)
    found = _override(session, phase_key, booking_id)
    if found is not None:
        session.delete(found)
        record(session, actor, "switch.keep-no-longer", f"booking:{booking_id}", now=now, phase=phase_key)


def _check_not_judged(session: Session, phase_key: str, booking_id: UUID) -> None:
    """Takes the booking's lock, as the switch does before it judges."""
    if phase_key not in current_plan(session).phases_by_key:
        raise NotFound(what="phase", key=phase_key[:60])
    locked(session, booking_id)
    run = session.scalar(select(PhaseRun).where(PhaseRun.phase_key == phase_key))
    if run is None:
        return
    judged = select(PhaseEffect.id).where(PhaseEffect.run_id == run.id, PhaseEffect.booking_id == booking_id)
    if run.finished_at is not None or session.scalar(judged) is not None:
        raise WrongState(change="keep", why="judged_already")


def _override(session: Session, phase_key: str, booking_id: UUID) -> Override | None:
    wanted = select(Override).where(Override.phase_key == phase_key, Override.booking_id == booking_id)
    return session.scalar(wanted)


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
