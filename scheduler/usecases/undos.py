"""Takes switches back: what they cancelled or turned into calls comes back where its place is free.

Batch by batch, each with a fixed number of statements: whoever books meanwhile waits for one batch at most.
What somebody leaves unfinished the jobs go on with.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from models.audit import AuditRecord
from models.bookings import Booking
from models.bulk import among, insert_many
from models.database import Database
from models.events import Participant
from models.outbox import OutboxRow
from models.runs import PhaseEffect, PhaseRun
from scheduler.adapters.clock import Clock
from scheduler.domain.availability import longest_margin
from scheduler.domain.bookings import TO_COME, Channel, Party, Standing, Status
from scheduler.domain.errors import Busy, NotFound, SlotTaken, WrongState
from scheduler.domain.intervals import Interval
from scheduler.domain.notices import NoticeState, Template
from scheduler.domain.occupancy import Occupancy, crowd
from scheduler.domain.phases import Effect
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Actor, Role
from scheduler.queries.bookings import with_everything
from scheduler.queries.caseworkers import calendars_of, lock_caseworkers
from scheduler.queries.plans import current_plan
from scheduler.queries.slots import occupancy
from scheduler.queries.switches import open_undos
from scheduler.queries.visits import BookedVisit, visit_of
from scheduler.usecases.audit import entry, record
from scheduler.usecases.claims import occupy_again, take_turns
from scheduler.usecases.leases import give_back, take
from scheduler.usecases.notices import Telling, Writer, new_uid
from scheduler.usecases.participants import is_group

# So many bookings are locked and looked at at once; so long everybody waits who books at their places.
_BATCH = 100

#: The effects that gave places up and had people told.
_FREEING = (Effect.PHONE, Effect.CANCEL)

# An event that takes place.

# Who takes a switch back at the moment: somebody who will say what was done, or the jobs.
_HAND, _JOB = "hand", "job"

_CHANGE_BOOKING = (
    update(Booking.__table__)  # type: ignore[arg-type]  # a table, which its type does not say
    .where(Booking.id == bindparam("booking"))
    .values({name: bindparam(name) for name in ("status", "ical_uid", "ical_sequence")})
    .values(channel=Channel.IN_PERSON, standing=Standing.IN_QUESTION, cancelled_by=None)
)


@dataclass
class UndoReport:
    """What somebody did to take a switch back: bookings restored, and those that could not be, by why.

    `left` is how many bookings of the switch nobody has looked at yet.
    """

    phase_key: str
    restored: int = 0
    invited_anew: int = 0
    withdrawn: int = 0
    not_restored: dict[str, list[str]] = field(default_factory=dict)
    left: int = 0

    def leave(self, why: str, booking: Booking) -> None:
        """`why`: begun, changed (by somebody since), closed, taken, full (the way there, of others)."""
        self.not_restored.setdefault(why, []).append(booking.reference)

    def add(self, batch: "UndoReport") -> None:
        self.restored += batch.restored
        self.invited_anew += batch.invited_anew
        self.withdrawn += batch.withdrawn
        for why, references in batch.not_restored.items():
            self.not_restored.setdefault(why, []).extend(references)
        self.left = batch.left


class _Freed(NamedTuple):
    """A booking that gave up its place, and what the switch did to it."""

    effect: PhaseEffect
    booking: Booking


def undo(
    database: Database, phase_key: str, *, actor: Actor, clock: Clock, within_s: float = math.inf
) -> UndoReport:
    """Takes back the last switch into a phase; the phase itself stays in force.

    Bookings that it cancelled or turned into calls, whose visit has not begun and whose place is free, come
    back in question; notices not yet sent are withdrawn, others are followed by a new invitation. What it
    put in question stays so, since the phase still does not allow it. Raises NotFound, WrongState where it
    was undone before, Busy while it is still being carried out. An undo that broke off goes on.

    After `within_s` no further batch begins, and once begun a busy database is no error: `go_on_undoing`
    does the rest.
    """
    until = monotonic() + within_s
    with database.transaction() as session:
        left = _begin(session, phase_key, actor, clock.office())
    report = UndoReport(phase_key, left=left)
    try:
        _go_on(database, report, actor, clock, hand=_HAND, until=until)
    except Busy:
        if within_s == math.inf:
            raise
    return report


def go_on_undoing(database: Database, *, clock: Clock) -> list[UndoReport]:
    """Goes on with what somebody began to take back, in their name, unless they are still at it."""
    with database.reading() as session:
        begun = [(run.phase_key, run.undone_by) for run in open_undos(session)]
    reports = [UndoReport(phase_key) for phase_key, _ in begun]
    for report, (_, undone_by) in zip(reports, begun, strict=True):
        actor = Actor(undone_by or "job:switch", Role.MANAGER)
        _go_on(database, report, actor, clock, hand=_JOB)
    return [report for report in reports if report.restored or report.not_restored]


def _begin(session: Session, phase_key: str, actor: Actor, now: datetime) -> int:
    """How many of the run's bookings nobody has looked at yet."""
    run = _lock_run(session, phase_key)
    if run.finished_at is None:
        raise Busy(retry_after=10)
    left = _left(session, run)
    if run.undone_at is not None and not left:
        raise WrongState(change="undo", why="undone_before", status="done")
    if run.undone_at is None:
        run.undone_at, run.undone_by = now, actor.name
        record(session, actor, "phase.undo", f"phase:{phase_key}", now=now)
    return left


def _lock_run(session: Session, phase_key: str) -> PhaseRun:
    run = session.scalar(select(PhaseRun).where(PhaseRun.phase_key == phase_key).with_for_update())
    if run is None:
        raise NotFound(what="run", key=phase_key)
    return run


def _left(session: Session, run: PhaseRun) -> int:
    open_ = select(func.count()).where(PhaseEffect.run_id == run.id, PhaseEffect.undone.is_(None))
    return session.scalar(open_) or 0


def _go_on(
    database: Database,
    report: UndoReport,
    actor: Actor,
    clock: Clock,
    *,
    hand: str,
    until: float = math.inf,
) -> None:
    """Takes back batch by batch, soonest first, each noted in the report once it is committed."""
    after = 0
    while True:
        with database.transaction() as session:
            run = _lock_run(session, report.phase_key)
            lease = f"undo:{run.id}"
            # The jobs spare who is at it a report of half of what was done; both at once would be no harm.
            if not take(session, lease, hand, real_now=clock.real()) and hand == _JOB:
                return
            effects = session.scalars(
                select(PhaseEffect)
                .where(PhaseEffect.run_id == run.id, PhaseEffect.undone.is_(None), PhaseEffect.id > after)
                .order_by(PhaseEffect.id)
                .limit(_BATCH)
            ).all()
            batch = UndoReport(report.phase_key, left=max(0, report.left - len(effects)))
            if effects:
                _undo_batch(session, run, effects, batch, actor, clock.office())
                after = effects[-1].id
            is_last = len(effects) < _BATCH
            if is_last:
                batch.left, run.undo_ended_at = 0, clock.office()
            is_over = is_last or monotonic() >= until
            if is_over:
                give_back(session, lease, hand)
        report.add(batch)
        if is_over:
            return


def _undo_batch(
    session: Session,
    run: PhaseRun,
    effects: Sequence[PhaseEffect],
    report: UndoReport,
    actor: Actor,
    now: datetime,
) -> None:
    plan = current_plan(session)
    bookings = _lock_bookings(session, [effect.booking_id for effect in effects])
    wanted = []
    for effect in effects:
        freed = _Freed(effect, bookings[effect.booking_id])
        if effect.effect not in _FREEING:
            continue
        if not _is_as_left(run, freed):
            report.leave("changed", freed.booking)
        elif freed.booking.starts_at <= now:
            report.leave("begun", freed.booking)
        else:
            wanted.append(freed)
    seats = _events_of(session, plan, wanted)
    restored = _take_places_again(
        session, plan, [freed for freed in wanted if freed.booking.id not in seats], report
    )
    restored = [*restored, *_take_seats_again(session, wanted, seats, restored, report)]
    _leave_busy_caseworkers(session, plan, restored)
    _restore(session, plan, run, restored, report, now)
    insert_many(session, AuditRecord, [_entry(actor, freed, now) for freed in restored])
    back = {freed.effect.id for freed in restored}
    for undone, ids in ((True, back), (False, {effect.id for effect in effects} - back)):
        session.execute(
            update(PhaseEffect).where(PhaseEffect.id.in_(ids)).values(undone=undone),
            execution_options={"synchronize_session": False},
        )


def _leave_busy_caseworkers(session: Session, plan: Plan, restored: Sequence[_Freed]) -> None:
    """Whoever has found another talk meanwhile keeps that; the visit comes back with nobody in particular.

    It is in question anyway, so somebody looks at it.
    """
    gone = [
        one.booking for one in restored if one.booking.caseworker_id and one.effect.effect is Effect.CANCEL
    ]
    if not gone:
        return
    within = Interval(min(one.starts_at for one in gone), max(one.ends_at for one in gone))
    lock_caseworkers(session, {one.caseworker_id for one in gone if one.caseworker_id})
    known = calendars_of(session, plan, {one.caseworker_id for one in gone if one.caseworker_id}, within)
    back: dict[int, list[Interval]] = {}
    for one in gone:
        talk, owner = Interval(one.starts_at, one.ends_at), one.caseworker_id or 0
        others = [*known[owner].talks, *back.setdefault(owner, [])]
        if any(other.overlaps(talk) for other in others):
            one.caseworker_id = None
        else:
            back[owner].append(talk)
    session.flush()


def _lock_bookings(session: Session, ids: Sequence[UUID]) -> dict[UUID, Booking]:
    """Locked first and read afterwards, as in `bookings._lock`."""
    concerned = among(session, Booking.id, ids)
    locked = select(Booking.id).where(concerned).order_by(Booking.starts_at, Booking.id)
    session.execute(locked.with_for_update())
    return {booking.id: booking for booking in session.scalars(with_everything().where(concerned))}


def _is_as_left(run: PhaseRun, freed: _Freed) -> bool:
    """Whether nobody has touched since what the switch cancelled or turned into a call."""
    effect, booking = freed
    if booking.judged_at > run.due_at:
        return False
    if effect.effect is Effect.CANCEL:
        return booking.status is Status.CANCELLED and booking.cancelled_by is Party.OFFICE
    return booking.status is effect.status_before and booking.channel is Channel.PHONE


def _take_places_again(
    session: Session, plan: Plan, wanted: Sequence[_Freed], report: UndoReport
) -> Sequence[_Freed]:
    """Those whose places can be had, soonest switched first, and are theirs now."""
    keys = sorted({freed.booking.resource.key for freed in wanted} & plan.resources_by_key.keys())
    if not keys:
        for freed in wanted:
            report.leave("taken", freed.booking)
        return []
    places = [plan.resources_by_key[key] for key in keys]
    # All at once, so that nobody who books waits in a circle with this.
    take_turns(
        session,
        plan,
        [
            (
                plan.resources_by_key[one.booking.resource.key],
                Interval(one.booking.starts_at, one.booking.occupied_until),
            )
            for one in wanted
            if one.booking.resource.key in plan.resources_by_key
        ],
    )
    margin = longest_margin(plan)
    within = Interval(
        min(one.booking.starts_at for one in wanted) - margin,
        max(max(one.booking.occupied_until, one.booking.starts_at + margin) for one in wanted),
    )
    taken = occupancy(session, plan, within, places=places)
    free = []
    for freed in wanted:
        booking = freed.booking
        why = _why_not(plan, booking, taken)
        if why is not None:
            report.leave(why, booking)
        else:
            taken.take(booking.resource.key, booking.starts_at, booking.occupied_until)
            free.append(freed)
    return _occupy(session, free, report)


def _events_of(session: Session, plan: Plan, wanted: Sequence[_Freed]) -> Mapping[UUID, UUID]:
    """The events to which visits of these are, by the visit."""
    ids = [freed.booking.id for freed in wanted if is_group(plan, freed.booking)]
    if not ids:
        return {}
    seats = select(Participant.booking_id, Participant.event_id).where(Participant.booking_id.in_(ids))
    return {row.booking_id: row.event_id for row in session.execute(seats)}


def _take_seats_again(
    session: Session,
    wanted: Sequence[_Freed],
    seats: Mapping[UUID, UUID],
    restored: Sequence[_Freed],
    report: UndoReport,
) -> Sequence[_Freed]:
    """Whoever signed up for an event keeps the seat, and comes back with it or not at all."""
    if not seats:
        return []
    on = {freed.booking.id for freed in restored}
    held = select(Booking.id).where(Booking.id.in_(set(seats.values())), Booking.status.in_(TO_COME))
    on |= set(session.scalars(held))
    back = []
    for freed in wanted:
        if freed.booking.id not in seats:
            continue
        if seats[freed.booking.id] in on:
            back.append(freed)
        else:
            report.leave("taken", freed.booking)
    return back


def _why_not(plan: Plan, booking: Booking, taken: Occupancy) -> str | None:
    """Why a booking cannot have its place again, None where it can; reserves bind nobody who had it before.

    It lasts as long as it was booked for, whatever its concern takes by now.
    """
    place = plan.resources_by_key.get(booking.resource.key)
    if place is None or taken.taken_until(place.key, booking.starts_at, booking.occupied_until) is not None:
        return "taken"
    if taken.is_interrupted(place.key, Interval(booking.starts_at, booking.ends_at)):
        return "closed"
    return "full" if crowd(plan, place, booking.starts_at, taken) is not None else None


def _occupy(session: Session, free: Sequence[_Freed], report: UndoReport) -> Sequence[_Freed]:
    """All at once; where the database knows of somebody at one of the places, one by one."""
    try:
        with session.begin_nested():
            occupy_again(session, [freed.booking.id for freed in free])
        return free
    except SlotTaken:
        if len(free) == 1:
            report.leave("taken", free[0].booking)
            return []
        return [found for freed in free for found in _occupy(session, [freed], report)]


def _restore(
    session: Session,
    plan: Plan,
    run: PhaseRun,
    restored: Sequence[_Freed],
    report: UndoReport,
    now: datetime,
) -> None:
    """Brings the bookings back in question, and whoever knows of the change is invited anew."""
    told = _withdraw(session, run, [freed.booking.id for freed in restored], report)
    writer = Writer(plan, now=now)
    values, notices = [], []
    for effect, booking in restored:
        before = visit_of(booking)
        visit = before._replace(
            status=effect.status_before,
            channel=Channel.IN_PERSON,
            standing=Standing.IN_QUESTION,
            cancelled_by=None,
        )
        if booking.id in told:
            if effect.effect is Effect.PHONE and visit.invited:
                # The entry in the calendar says "by phone" and lives on: it goes before the new one comes.
                gone = visit._replace(sequence=visit.sequence + 1)
                notices.append(writer.write(Telling(gone, Template.REPLACED))[1])
            visit = visit._replace(uid=new_uid(plan), sequence=0)
            template = Template.INVITATION if visit.invited else Template.RECEIPT
            notices.append(writer.write(Telling(visit, template))[1])
        values.append(_values(visit))
    if values:
        session.connection().execute(_CHANGE_BOOKING, values)
    insert_many(session, OutboxRow, notices)
    report.restored += len(restored)
    report.invited_anew += len(told)


def _values(visit: BookedVisit) -> dict[str, Any]:
    return {
        "booking": visit.id,
        "status": visit.status,
        "ical_uid": visit.uid,
        "ical_sequence": visit.sequence,
    }


def _withdraw(session: Session, run: PhaseRun, ids: Sequence[UUID], report: UndoReport) -> Collection[UUID]:
    """Stops the switch's notices that have not gone out; whose persons may know of the change.

    A mail counts as gone out once a sender has begun to hand it over; one that it only holds is stopped.
    """
    rows = session.execute(
        select(OutboxRow.id, OutboxRow.booking_id, OutboxRow.state, OutboxRow.unanswered)
        .where(OutboxRow.run_id == run.id, among(session, OutboxRow.booking_id, ids))
        .order_by(OutboxRow.id)
        .with_for_update()
    ).all()
    stopped = {
        row.id
        for row in rows
        if row.state in (NoticeState.WAITING, NoticeState.QUARANTINED) and row.unanswered == 0
    }
    session.execute(
        update(OutboxRow).where(OutboxRow.id.in_(stopped)).values(state=NoticeState.WITHDRAWN),
        execution_options={"synchronize_session": False},
    )
    report.withdrawn += len(stopped)
    return {row.booking_id for row in rows if row.id not in stopped}


def _entry(actor: Actor, freed: _Freed, now: datetime) -> dict[str, Any]:
    subject = f"booking:{freed.booking.id}"
    return entry(actor, "booking.undo-switch", subject, now=now, effect=freed.effect.effect)
