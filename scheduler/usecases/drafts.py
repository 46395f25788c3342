"""Changes the draft of the plan, and makes it the plan. Nothing of it holds before that."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from models.plans import PlanDraft, PlanVersion
from scheduler.adapters.holidays import known_region
from scheduler.domain import drafts
from scheduler.domain.errors import ChangedMeanwhile, NotFound, WrongState
from scheduler.domain.phases import Phase
from scheduler.domain.planexports import write_phase, write_plan
from scheduler.domain.planfiles import PlanFaults, changed_past, read_plan
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Actor
from scheduler.queries.drafts import THE_DRAFT, Draft, read_draft, seen
from scheduler.queries.plans import NEWEST, current_plan
from scheduler.usecases.audit import record
from scheduler.usecases.plans import import_plan, lock_plan

_SUBJECT = "plan:draft"


def begin_draft(session: Session, *, actor: Actor, now: datetime) -> None:
    """Begins a draft that is like the plan; where there is one already, that one stays."""
    lock_plan(session)
    if session.get(PlanDraft, THE_DRAFT) is not None:
        return
    plan = current_plan(session)
    base_id = session.connection().execute(NEWEST).one()[0]
    session.add(
        PlanDraft(
            id=THE_DRAFT,
            base_id=base_id,
            document=write_plan(plan),
            version=1,
            changed_at=now,
            changed_by=actor.name,
        )
    )
    record(session, actor, "draft.begin", _SUBJECT, now=now, base=base_id)


def change_phase(session: Session, phase: Phase, *, version: int, actor: Actor, now: datetime) -> None:
    """Puts the phase in the place of the one with its key, or adds it.

    Raises PlanFaults with all that is wrong, ChangedMeanwhile where the draft is not as it was seen
    (`version`), NotFound where there is none any more.
    """
    _change(session, lambda plan: drafts.with_phase(plan, phase), version=version, actor=actor, now=now)


def remove_phase(session: Session, key: str, *, version: int, actor: Actor, now: datetime) -> None:
    """Takes a phase out of the draft. Raises as `change_phase` does."""
    _change(session, lambda plan: drafts.without_phase(plan, key), version=version, actor=actor, now=now)


def take_file(session: Session, source: bytes, *, version: int, actor: Actor, now: datetime) -> None:
    """Makes the draft what a plan file says. Raises as `change_phase` does."""
    plan = read_plan(source, known_holiday_region=known_region)
    _change(session, lambda _: plan, version=version, actor=actor, now=now)


def drop_draft(session: Session, *, version: int, actor: Actor, now: datetime) -> None:
    """Throws the draft away; the plan stays as it is. Raises ChangedMeanwhile, NotFound."""
    row = _row(session, version)
    session.delete(row)
    record(session, actor, "draft.drop", _SUBJECT, now=now, version=row.version, document=row.document)


def renew_draft(session: Session, *, version: int, actor: Actor, now: datetime) -> None:
    """Carries the draft's phases over to the plan that has been taken in since; all else is that plan's.

    Raises PlanFaults, ChangedMeanwhile, NotFound.
    """
    row = _row(session, version)
    lock_plan(session)
    base = read_draft(session.get_one(PlanVersion, row.base_id).document)
    merged = drafts.carried_over(base, current_plan(session), read_draft(row.document))
    _store(session, row, merged, actor=actor, now=now)
    row.base_id = session.connection().execute(NEWEST).one()[0]


def adopt_draft(session: Session, *, version: int, confirmed: bool, actor: Actor, now: datetime) -> Plan:
    """Makes the draft the plan, by which all is decided from now on; switches are due as it says.

    Raises PlanFaults, ChangedMeanwhile, NotFound; WrongState where another plan was taken in meanwhile
    (`plan_moved_on`), where nothing is changed (`draft_unchanged`), or where effects would be due at once and
    nobody has `confirmed` that (`late_announcement`).
    """
    row = _row(session, version)
    lock_plan(session)
    found = seen(session, row)
    if found.outdated:
        raise WrongState(change="adopt", why="plan_moved_on")
    if not found.changes:
        raise WrongState(change="adopt", why="draft_unchanged")
    if found.at_once(now=now) and not confirmed:
        raise WrongState(change="adopt", why="late_announcement")
    session.delete(row)
    record(session, actor, "draft.adopt", _SUBJECT, now=now, **_told(found))
    return import_plan(session, row.document.encode(), actor=actor, now=now)


def _told(found: Draft) -> dict[str, object]:
    """What the record of an adoption keeps: each phase before and after."""
    before, after = found.base.phases_by_key, found.plan.phases_by_key
    keys = (*found.changes.added, *found.changes.changed, *found.changes.removed)
    return {
        "phases": {
            key: {
                "before": write_phase(before[key], found.base.zone) if key in before else None,
                "after": write_phase(after[key], found.plan.zone) if key in after else None,
            }
            for key in keys
        }
    }


def _change(
    session: Session, edit: Callable[[Plan], Plan], *, version: int, actor: Actor, now: datetime
) -> None:
    row = _row(session, version)
    _store(session, row, edit(read_draft(row.document)), actor=actor, now=now)


def _store(session: Session, row: PlanDraft, plan: Plan, *, actor: Actor, now: datetime) -> None:
    """Keeps what reads like a plan and leaves the past alone; notes every phase that is not as it was."""
    before = read_draft(row.document)
    document = write_plan(plan)
    after = read_plan(document.encode(), known_holiday_region=known_region)
    found = seen(session, row)
    faults = changed_past(found.base, after, now=now, applied=found.applied)
    if faults:
        raise PlanFaults(faults)
    if after == before:
        return
    row.document, row.version = document, row.version + 1
    row.changed_at, row.changed_by = now, actor.name
    changed = drafts.changes(before, after)
    for key in (*changed.added, *changed.changed, *changed.removed):
        old, new = before.phases_by_key.get(key), after.phases_by_key.get(key)
        details = {
            "version": row.version,
            "before": old and write_phase(old, before.zone),
            "after": new and write_phase(new, after.zone),
        }
        record(session, actor, "draft.change", f"phase:{key}", now=now, **details)
    if changed.elsewhere:
        record(
            session, actor, "draft.change", _SUBJECT, now=now, version=row.version, before=write_plan(before)
        )


def _row(session: Session, version: int) -> PlanDraft:
    """The draft, which nobody else changes until the transaction ends."""
    row = session.get(PlanDraft, THE_DRAFT, with_for_update=True)
    if row is None:
        raise NotFound(what="draft", key="")
    if row.version != version:
        raise ChangedMeanwhile
    return row
