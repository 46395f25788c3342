"""Closes places of the plan, and opens them again before the time. Nobody is cancelled by it."""

from datetime import datetime

from sqlalchemy.orm import Session

from scheduler.domain.closures import (
    ClosureRequest,
    closure_of,
    ended,
    id_of,
    taken_back,
    with_closure,
)
from scheduler.domain.errors import ChangedMeanwhile
from scheduler.domain.hours import Closure
from scheduler.domain.planexports import write_plan
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Actor
from scheduler.queries.plans import current_plan
from scheduler.usecases.audit import record
from scheduler.usecases.plans import import_plan, lock_plan


def close(session: Session, request: ClosureRequest, *, actor: Actor, now: datetime) -> Closure:
    """Puts a closure into the plan; whoever books waits for it, or it sees the visit.

    Raises Invalid, WrongState where the same is closed from then on already.
    """
    lock_plan(session)
    plan = current_plan(session)
    closure = request.closure(plan, now=now)
    _keep(session, with_closure(plan, closure), "closure.close", closure, None, actor, now)
    return closure


def end_closure(
    session: Session, closure_id: str, end: datetime, *, seen_end: datetime, actor: Actor, now: datetime
) -> None:
    """Gives a closure another end, earlier or later.

    Raises NotFound, Invalid, WrongState once it is over, ChangedMeanwhile where it ends otherwise than seen.
    """
    lock_plan(session)
    plan = current_plan(session)
    closure = _seen(plan, closure_id, seen_end)
    _keep(session, ended(plan, closure, end, now=now), "closure.end", closure, end, actor, now)


def open_again(
    session: Session, closure_id: str, *, seen_end: datetime, actor: Actor, now: datetime
) -> Closure:
    """Takes a closure back; of one that has begun, what is left. Raises as `end_closure` does."""
    lock_plan(session)
    plan = current_plan(session)
    closure = _seen(plan, closure_id, seen_end)
    _keep(session, taken_back(plan, closure, now=now), "closure.open", closure, now, actor, now)
    return closure


def _seen(plan: Plan, closure_id: str, seen_end: datetime) -> Closure:
    closure = closure_of(plan, closure_id)
    if closure.span.end != seen_end:
        raise ChangedMeanwhile
    return closure


def _keep(
    session: Session,
    plan: Plan,
    action: str,
    closure: Closure,
    end: datetime | None,
    actor: Actor,
    now: datetime,
) -> None:
    """The plan takes it in like a file; the record says what was closed, and its end before and after."""
    import_plan(session, write_plan(plan).encode(), actor=actor, now=now)
    details = {
        "starts_at": closure.span.start.isoformat(),
        "ends_at": closure.span.end.isoformat(),
        "resources": sorted(closure.resources or ()),
        "sites": sorted(closure.sites or ()),
        "reason": dict(closure.reason) if closure.reason else None,
        "new_end": end and end.isoformat(),
    }
    record(session, actor, action, f"closure:{id_of(closure)}", now=now, **details)
