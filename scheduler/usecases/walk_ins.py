"""Admits people without an appointment and emergencies at the door, and attends to them to the end."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.walk_ins import WalkIn
from scheduler.domain.bookings import Channel, Origin
from scheduler.domain.errors import Closed, NotFound, UnsuitablePlace, WrongState
from scheduler.domain.instants import local_date
from scheduler.domain.intervals import Interval
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Actor
from scheduler.domain.walk_ins import (
    EmergencyRequest,
    WalkInChange,
    WalkInRequest,
    WalkInStatus,
    admission,
    check_admission,
    checked_emergency,
    checked_walk_in,
    hands,
    status_after,
    status_before,
)
from scheduler.queries.plans import current_plan
from scheduler.queries.queueing import busy_places, shut_until
from scheduler.usecases.audit import record
from scheduler.usecases.claims import take_turns
from scheduler.usecases.plans import held_plan
from scheduler.usecases.queueing import check_mistake, give_number

#: Turns are taken by place and day; any moment of today will do.
_MOMENT = timedelta(minutes=1)

_STAMPS = {
    WalkInChange.CALL: "called_at",
    WalkInChange.SERVE: "served_at",
    WalkInChange.FINISH: "finished_at",
    WalkInChange.LEAVE: "finished_at",
}


def admit(session: Session, request: WalkInRequest, *, actor: Actor, now: datetime) -> WalkIn:
    """Lets somebody without an appointment into the queue, by the phase's policy, and gives a number.

    Raises Invalid, PhaseRefused, JustificationRequired.
    """
    plan = held_plan(session)
    request = checked_walk_in(plan, request)
    found = admission(plan, plan.service(request.service), request.site, now)
    check_admission(found, request)
    why = request.justification
    return _welcome(
        session,
        plan,
        WalkIn(
            site=request.site,
            origin=Origin.WALK_IN,
            channel=Channel.IN_PERSON,
            service_key=request.service,
            name=request.name,
            justification_category=why.category if why else None,
            justification_text=why.text if why else None,
            allowed_by=request.allowed_by,
        ),
        actor,
        now,
        answer=found.answer,
    )


def admit_emergency(session: Session, request: EmergencyRequest, *, actor: Actor, now: datetime) -> WalkIn:
    """Puts an emergency at the door first in the queue; no rule turns it away. Raises Invalid."""
    plan = held_plan(session)
    request = checked_emergency(plan, request, call_back=False)
    return _welcome(session, plan, _emergency(request, Channel.IN_PERSON), actor, now, answer="emergency")


def promise_call(session: Session, request: EmergencyRequest, *, actor: Actor, now: datetime) -> WalkIn:
    """Notes an emergency that is called back today; it stays on the list until done. Raises Invalid."""
    plan = held_plan(session)
    request = checked_emergency(plan, request, call_back=True)
    return _welcome(session, plan, _emergency(request, Channel.PHONE), actor, now, answer="call_back")


def call(session: Session, walk_in_id: UUID, *, resource: str, actor: Actor, now: datetime) -> WalkIn:
    """Calls somebody to the next free hand, or, called once more, to another.

    Raises WrongState, UnsuitablePlace where the concern cannot be dealt with there, Closed where the place
    is shut for a while, and WrongState with `place_busy` where somebody is called to it or served there.
    """
    plan = held_plan(session)
    walk_in = _lock(session, walk_in_id)
    status = status_after(WalkInChange.CALL, walk_in.status, walk_in.channel)
    place = plan.resource(resource)
    service = plan.services_by_key.get(walk_in.service_key or "")
    if place not in hands(plan, service, walk_in.site):
        raise UnsuitablePlace(resource=place.key, kinds=(), needs=sorted(service.needs) if service else [])
    place_id = take_turns(session, plan, [(place, Interval(now, now + _MOMENT))])[place.key]
    if walk_in.resource_id != place_id and place.key in shut_until(session, now):
        raise Closed(reason=None, resource=place.key)
    if _is_busy(session, plan, walk_in, place.key, now):
        raise WrongState(status=walk_in.status, change=WalkInChange.CALL, why="place_busy")
    walk_in.resource_id = place_id
    return _advanced(session, walk_in, WalkInChange.CALL, status, actor, now, place=place.key)


def serve(session: Session, walk_in_id: UUID, *, actor: Actor, now: datetime) -> WalkIn:
    return _advance(session, walk_in_id, WalkInChange.SERVE, actor, now)


def finish(session: Session, walk_in_id: UUID, *, actor: Actor, now: datetime) -> WalkIn:
    """Ends it; a call back is finished when the person was reached."""
    return _advance(session, walk_in_id, WalkInChange.FINISH, actor, now)


def leave(session: Session, walk_in_id: UUID, *, actor: Actor, now: datetime) -> WalkIn:
    """Notes that somebody left without being served."""
    return _advance(session, walk_in_id, WalkInChange.LEAVE, actor, now)


def take_back(
    session: Session, walk_in_id: UUID, *, mistake: WalkInChange, actor: Actor, now: datetime
) -> WalkIn:
    """Takes back what the same person noted by mistake a few minutes ago; both stay on record.

    Raises WrongState (not the latest change, another's, too long ago, or somebody else is at the place now).
    """
    plan = current_plan(session)
    walk_in = _lock(session, walk_in_id)
    called = walk_in.called_at is not None
    before = status_before(mistake, walk_in.status, called=called, channel=walk_in.channel)
    check_mistake(session, f"walk_in:{walk_in.id}", f"walk_in.{mistake}", walk_in.status, actor, now)
    if before in (WalkInStatus.CALLED, WalkInStatus.IN_SERVICE) and walk_in.resource is not None:
        place = plan.resources_by_key.get(walk_in.resource.key)
        take_turns(session, plan, [(place, Interval(now, now + _MOMENT))] if place is not None else [])
        if _is_busy(session, plan, walk_in, walk_in.resource.key, now):
            raise WrongState(status=walk_in.status, change=mistake, why="place_busy")
    walk_in.status = before
    setattr(walk_in, _STAMPS[mistake], None)
    if before is WalkInStatus.WAITING:
        walk_in.resource_id = None
    _note(session, walk_in, actor, "take-back", now, mistake=mistake, status=before)
    return walk_in


def _emergency(request: EmergencyRequest, channel: Channel) -> WalkIn:
    return WalkIn(
        site=request.site, origin=Origin.EMERGENCY, channel=channel, name=request.name, phone=request.phone
    )


def _welcome(
    session: Session, plan: Plan, walk_in: WalkIn, actor: Actor, now: datetime, *, answer: str
) -> WalkIn:
    walk_in.id = uuid4()
    walk_in.status, walk_in.arrived_at, walk_in.made_by = WalkInStatus.WAITING, now, actor.name
    walk_in.call_day = local_date(now, plan.zone)
    walk_in.call_number = give_number(session, walk_in.call_day)
    session.add(walk_in)
    _note(session, walk_in, actor, "admit", now, site=walk_in.site, answer=answer)
    return walk_in


def _advance(session: Session, walk_in_id: UUID, change: WalkInChange, actor: Actor, now: datetime) -> WalkIn:
    walk_in = _lock(session, walk_in_id)
    status = status_after(change, walk_in.status, walk_in.channel)
    return _advanced(session, walk_in, change, status, actor, now)


def _advanced(
    session: Session,
    walk_in: WalkIn,
    change: WalkInChange,
    status: WalkInStatus,
    actor: Actor,
    now: datetime,
    **details: str,
) -> WalkIn:
    walk_in.status = status
    setattr(walk_in, _STAMPS[change], now)
    _note(session, walk_in, actor, change, now, **details)
    return walk_in


def _lock(session: Session, walk_in_id: UUID) -> WalkIn:
    """The walk-in, and nobody else changes it until the transaction ends. Raises NotFound."""
    found = session.scalar(select(WalkIn).where(WalkIn.id == walk_in_id).with_for_update())
    if found is None:
        raise NotFound(what="walk_in", key=str(walk_in_id))
    session.refresh(found, ["resource"])
    return found


def _is_busy(session: Session, plan: Plan, walk_in: WalkIn, place: str, now: datetime) -> bool:
    """Whether somebody else is called to the place or served there today, as the queue shows it."""
    return place in busy_places(session, plan, walk_in, now=now)


def _note(
    session: Session, walk_in: WalkIn, actor: Actor, change: str, now: datetime, **details: str
) -> None:
    record(session, actor, f"walk_in.{change}", f"walk_in:{walk_in.id}", now=now, **details)
