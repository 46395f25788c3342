"""Closes a place for a while, and gives it back."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.interruptions import Interruption
from scheduler.domain.errors import NotFound, WrongState
from scheduler.domain.interruptions import InterruptionRequest
from scheduler.domain.roles import Actor
from scheduler.queries.interruptions import interruption
from scheduler.usecases.audit import record
from scheduler.usecases.claims import take_turns
from scheduler.usecases.plans import held_plan


def interrupt(session: Session, request: InterruptionRequest, *, actor: Actor, now: datetime) -> Interruption:
    """Closes a place; cancels nobody. Where it is closed so long already, that is the answer.

    Whoever books there takes a turn first, as this does: either the visit is seen among those hit, or its
    booking sees the interruption. Raises Invalid, InThePast.
    """
    plan = held_plan(session)
    place = plan.resource(request.resource)
    span = request.span(now=now, zone=plan.zone)
    place_id = take_turns(session, plan, [(place, span)])[place.key]
    longer = select(Interruption).where(
        Interruption.resource_id == place_id,
        Interruption.starts_at <= span.start,
        Interruption.ends_at >= span.end,
    )
    found = session.scalar(longer.limit(1))
    if found is not None:
        return found
    made = Interruption(
        resource_id=place_id,
        kind=request.kind,
        starts_at=span.start,
        ends_at=span.end,
        made_by=actor.name,
        made_at=now,
    )
    session.add(made)
    session.flush()
    record(
        session,
        actor,
        f"interruption.{'pause' if request.minutes is not None else 'close'}",
        f"interruption:{made.id}",
        now=now,
        place=place.key,
        starts_at=span.start.isoformat(),
        ends_at=span.end.isoformat(),
    )
    return made


def lift(session: Session, interruption_id: int, *, actor: Actor, now: datetime) -> Interruption:
    """Gives a place back before its time. Raises NotFound, WrongState where it is back already."""
    locked = session.scalar(
        select(Interruption.id).where(Interruption.id == interruption_id).with_for_update()
    )
    if locked is None:
        raise NotFound(what="interruption", key=str(interruption_id))
    found = interruption(session, locked)
    if found.ends_at <= now:
        raise WrongState(change="lift", why="lifted_before")
    found.ends_at = max(found.starts_at, now.replace(second=0, microsecond=0))
    found.lifted_by, found.lifted_at = actor.name, now
    record(session, actor, "interruption.lift", f"interruption:{found.id}", now=now, place=found.resource.key)
    return found
