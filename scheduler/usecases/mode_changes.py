"""Tells everybody on file of a change of their measure, each once, and again where one was taken back.

A reconcile, as switches are: whatever is due and not told yet is told, batch by batch, whoever comes and
however late. What a later change has overtaken nobody hears any more.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.database import Database
from models.measures import HygienePlan, MeasureParticipant, ModeChangeRow, ModeTelling
from models.outbox import OutboxRow
from scheduler.adapters.clock import Clock
from scheduler.adapters.languages import supported
from scheduler.adapters.notices import Notice
from scheduler.domain.errors import NotFound, WrongState
from scheduler.domain.instants import local_date, midnight
from scheduler.domain.measures import Step, is_barred, measure_of, reach_by_wish, step_at, track
from scheduler.domain.notices import KIND_BY_REACH, NoticeState, Template
from scheduler.domain.plans import Measure, Plan
from scheduler.domain.roles import Actor, Role
from scheduler.queries.measures import on_file
from scheduler.queries.plans import newest_plan
from scheduler.usecases.audit import record
from scheduler.usecases.notices import about_measure, host, new_uid
from scheduler.usecases.plans import held_plan

THE_TELLER = Actor("job:measures", Role.MANAGER)
_BATCH = 200
_STOPPABLE = (NoticeState.WAITING, NoticeState.QUARANTINED)


def release(session: Session, key: str, starts: date, *, actor: Actor, now: datetime) -> None:
    """Lets the next change be told now, before its date. Raises NotFound, WrongState."""
    plan = held_plan(session)
    measure = measure_of(plan, key)
    today = local_date(now, plan.zone)
    coming = next((one for one in track(plan, measure) if one.starts > today), None)
    if coming is None or coming.starts != starts:
        raise WrongState(change="release", why="not_the_next", status="done")
    has_plan = session.get(HygienePlan, key) is not None
    if is_barred(coming, has_hygiene_plan=has_plan):
        raise WrongState(change="release", why="hygiene_not_noted", status="done")
    if not _begin(session, key, coming, now, actor.name):
        raise WrongState(change="release", why="released_before", status="done")
    record(session, actor, "measure.release", f"measure:{key}", now=now, starts=starts.isoformat())


def take_back(session: Session, key: str, change_id: int, *, actor: Actor, now: datetime) -> None:
    """The change does not hold: what held before goes on, and the job tells whoever was told.

    Raises NotFound, and WrongState where it was taken back before or a later one was told.
    """
    measure_of(held_plan(session), key)
    rows = session.scalars(
        select(ModeChangeRow).where(ModeChangeRow.measure == key).order_by(ModeChangeRow.id).with_for_update()
    ).all()
    change = next((one for one in rows if one.id == change_id), None)
    if change is None:
        raise NotFound(what="change", key=str(change_id))
    if change.undone_at is not None:
        raise WrongState(change="undo", why="change_undone", status="done")
    if any(one.undone_at is None and one.starts > change.starts for one in rows):
        raise WrongState(change="undo", why="later_change", status="done")
    change.undone_at, change.undone_by = now, actor.name
    record(session, actor, "measure.undo", f"measure:{key}", now=now, starts=change.starts.isoformat())


def tell_due(database: Database, *, clock: Clock, heard: Callable[[int], None] = lambda _: None) -> int:
    """Tells whoever is due; answers how many. `heard` is told after each batch how many that were."""
    with database.reading() as session:
        plan = newest_plan(session)
        keys = [] if plan is None else [one.key for one in plan.measures]
    total = 0
    for key in keys:
        for tell_some in (_tell_back_some, _tell_some):
            while True:
                with database.transaction() as session:
                    told = tell_some(session, key, clock.office())
                total += told
                if not told:
                    break
                heard(told)
    return total


def _tell_some(session: Session, key: str, now: datetime) -> int:
    """Tells some people of the change that holds, or of one that was released, in its turn."""
    known = _measure(session, key)
    if known is None:
        return 0
    plan, measure = known
    hygiene = session.get(HygienePlan, key)
    rows = {
        (one.starts, one.mode): one
        for one in session.scalars(select(ModeChangeRow).where(ModeChangeRow.measure == key))
    }
    for step in _due_steps(plan, measure, rows, hygiene is not None, now):
        since = midnight(step.starts, plan.zone)
        if step.needs_hygiene_plan and hygiene is not None:
            since = max(since, hygiene.noted_at)
        row = rows.get((step.starts, step.mode))
        if not _untold(session, key, since, row):
            continue
        _begin(session, key, step, now, None)
        change = _locked(session, key, step)
        if change.undone_at is not None:
            continue
        # Read again behind the lock: whoever held it before has told some of them.
        people = _untold(session, key, since, change)
        day = max(step.starts, local_date(since, plan.zone))
        _write(session, plan, measure, change, people, day, now)
        return len(people)
    return 0


def _measure(session: Session, key: str) -> tuple[Plan, Measure] | None:
    """None where another plan was taken in meanwhile that does not have it."""
    plan = newest_plan(session)
    found = [one for one in plan.measures if one.key == key] if plan is not None else []
    return (plan, found[0]) if plan is not None and found else None


def _due_steps(
    plan: Plan,
    measure: Measure,
    rows: dict[tuple[date, str], ModeChangeRow],
    has_plan: bool,
    now: datetime,
) -> list[Step]:
    """The one that holds, and those to come that somebody released."""
    steps, today = track(plan, measure), local_date(now, plan.zone)
    undone = {one.starts for one in rows.values() if one.undone_at is not None}
    current = step_at(steps, today, has_hygiene_plan=has_plan, without=undone)
    released = [
        one
        for one in steps
        if one.starts > today
        and one.starts not in undone
        and (one.starts, one.mode) in rows
        and not is_barred(one, has_hygiene_plan=has_plan)
    ]
    return [*([current] if current is not None else []), *released]


def _untold(
    session: Session, key: str, since: datetime, change: ModeChangeRow | None
) -> Sequence[MeasureParticipant]:
    """Some of those who were on file when the change began and have not been told of it."""
    wanted = on_file(key).where(MeasureParticipant.added_at <= since)
    if change is not None:
        told = exists().where(
            ModeTelling.change_id == change.id, ModeTelling.participant_id == MeasureParticipant.id
        )
        wanted = wanted.where(~told)
    return session.scalars(wanted.order_by(MeasureParticipant.id).limit(_BATCH)).all()


def _begin(session: Session, key: str, step: Step, now: datetime, released_by: str | None) -> bool:
    """Whether this caller was the first to begin telling of it."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    begun = session.scalar(
        insert(ModeChangeRow)
        .values(measure=key, starts=step.starts, mode=step.mode, due_at=now, released_by=released_by)
        .on_conflict_do_nothing()
        .returning(ModeChangeRow.id)
    )
    return begun is not None


def _locked(session: Session, key: str, step: Step) -> ModeChangeRow:
    return session.scalars(
        select(ModeChangeRow)
        .where(ModeChangeRow.measure == key, ModeChangeRow.starts == step.starts)
        .where(ModeChangeRow.mode == step.mode)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _write(
    session: Session,
    plan: Plan,
    measure: Measure,
    change: ModeChangeRow,
    people: Sequence[MeasureParticipant],
    day: date,
    now: datetime,
) -> None:
    if not people:
        return
    rows = [_notice(plan, measure, one, Template.MODE, change.mode, day, now) for one in people]
    session.add_all(rows)
    session.flush()
    session.add_all(
        ModeTelling(change_id=change.id, participant_id=one.id, notice_id=row.id)
        for one, row in zip(people, rows, strict=True)
    )
    details = {"starts": change.starts.isoformat(), "mode": change.mode, "people": len(people)}
    record(session, THE_TELLER, "measure.tell", f"measure:{measure.key}", now=now, **details)


def _tell_back_some(session: Session, key: str, now: datetime) -> int:
    """Stops notices of changes that were taken back; whoever may have heard is told that it does not hold."""
    known = _measure(session, key)
    if known is None:
        return 0
    plan, measure = known
    wanted = (
        select(ModeTelling, ModeChangeRow, MeasureParticipant, OutboxRow)
        .join(ModeChangeRow, ModeChangeRow.id == ModeTelling.change_id)
        .join(MeasureParticipant, MeasureParticipant.id == ModeTelling.participant_id)
        .outerjoin(OutboxRow, OutboxRow.id == ModeTelling.notice_id)
        .where(ModeChangeRow.measure == key, ModeChangeRow.undone_at.is_not(None))
        .where(ModeTelling.taken_back_at.is_(None))
        .order_by(ModeTelling.change_id, ModeTelling.participant_id)
        .limit(_BATCH)
        .with_for_update(of=ModeTelling)
    )
    found = session.execute(wanted).all()
    if not found:
        return 0
    undone = set(
        session.scalars(
            select(ModeChangeRow.starts).where(
                ModeChangeRow.measure == key, ModeChangeRow.undone_at.is_not(None)
            )
        )
    )
    has_plan, steps = session.get(HygienePlan, key) is not None, track(plan, measure)
    for telling, change, person, told in found:
        telling.taken_back_at = now
        if told is not None and told.state in _STOPPABLE and told.unanswered == 0:
            told.state = NoticeState.WITHDRAWN
            continue
        day = max(change.starts, local_date(now, plan.zone))
        holds = step_at(steps, day, has_hygiene_plan=has_plan, without=undone)
        if person.left_at is None and holds is not None:
            notice = _notice(plan, measure, person, Template.MODE_BACK, holds.mode, change.starts, now)
            session.add(notice)
    record(session, THE_TELLER, "measure.tell-back", f"measure:{key}", now=now, people=len(found))
    return len(found)


def _notice(
    plan: Plan,
    measure: Measure,
    person: MeasureParticipant,
    template: Template,
    mode: str,
    day: date,
    now: datetime,
) -> OutboxRow:
    language, starts_at, uid = supported(person.language), midnight(day, plan.zone), new_uid(plan)
    reach = reach_by_wish(
        person.way, phone=person.phone is not None, starts_at=starts_at, now=now, post=plan.office.post
    )
    values: dict[str, Any] = Notice(
        template=template,
        language=language,
        name=person.name,
        starts_at=starts_at,
        ends_at=starts_at,
        timezone=plan.office.timezone,
        reference="",
        uid=uid,
        sequence=0,
        sender_name=plan.office.mail_name.in_(language),
        sender_address=plan.office.mail_address,
        recipient=person.email,
        phone=person.phone,
        contact=tuple(channel.neutral.in_(language) for channel in plan.channels),
        about=about_measure(measure, language),
        mode=mode,
    ).to_values()
    return OutboxRow(
        participant_id=person.id,
        kind=KIND_BY_REACH[reach],
        template=template,
        state=NoticeState.WAITING,
        values=values,
        uid=uid,
        message_id=f"<{uuid4()}@{host(plan)}>",
        attempts=0,
        created_at=now,
    )
