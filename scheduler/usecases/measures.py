"""Keeps who is told of changes of a measure, and notes hygiene plans of providers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.measures import HygienePlan, MeasureParticipant
from scheduler.domain.errors import Fault, Invalid, NotFound, WrongState
from scheduler.domain.instants import local_date
from scheduler.domain.measures import (
    ParticipantRequest,
    identity_of,
    measure_of,
    read_participant,
    read_participants,
)
from scheduler.domain.roles import Actor
from scheduler.queries.measures import on_file, told_steps
from scheduler.usecases.audit import record
from scheduler.usecases.plans import held_plan

_LOCK = 7_301_955  # any number: people are put on file one request after the other
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(:key)")


def put_on_file(session: Session, key: str, typed: Mapping[str, str], *, actor: Actor, now: datetime) -> None:
    """One person, as typed into the fields of a page. Raises NotFound, Invalid."""
    plan = held_plan(session)
    measure_of(plan, key)
    one = read_participant(typed, today=local_date(now, plan.zone))
    if _known(session, key, [one]):
        raise Invalid(fields={"name": Fault("participant_there", name=one.person.name)})
    _write(session, key, [one], actor, now)


def import_participants(session: Session, key: str, table: str, *, actor: Actor, now: datetime) -> int:
    """All people of a table or none; answers how many. Raises NotFound, Invalid naming each wrong line."""
    plan = held_plan(session)
    measure_of(plan, key)
    people = read_participants(table, today=local_date(now, plan.zone))
    if known := _known(session, key, people):
        faults = {
            f"participant.{n}": Fault("participant_there", name=one.person.name)
            for n, one in enumerate(known)
        }
        raise Invalid(fields=faults)
    _write(session, key, people, actor, now)
    return len(people)


def take_off_file(
    session: Session, participant_id: UUID, *, actor: Actor, now: datetime
) -> MeasureParticipant:
    """Whoever is taken off is told of nothing any more. Raises NotFound, WrongState."""
    found = session.scalar(
        select(MeasureParticipant).where(MeasureParticipant.id == participant_id).with_for_update()
    )
    if found is None:
        raise NotFound(what="participant", key=str(participant_id))
    if found.left_at is not None:
        raise WrongState(change="take-off", why="left_before", status="done")
    found.left_at = now
    record(session, actor, "participant.take-off", f"participant:{found.id}", now=now, measure=found.measure)
    return found


def note_hygiene_plan(session: Session, key: str, *, actor: Actor, now: datetime) -> None:
    """From now on work on site is possible. Raises NotFound, WrongState."""
    measure_of(held_plan(session), key)
    if _hygiene_plan(session, key) is not None:
        raise WrongState(change="note", why="hygiene_noted", status="done")
    session.add(HygienePlan(measure=key, noted_at=now, noted_by=actor.name))
    record(session, actor, "measure.note-hygiene-plan", f"measure:{key}", now=now)


def strike_hygiene_plan(session: Session, key: str, *, actor: Actor, now: datetime) -> None:
    """It was noted by mistake, or holds no longer. Raises NotFound, WrongState."""
    plan = held_plan(session)
    measure = measure_of(plan, key)
    found = _hygiene_plan(session, key)
    if found is None:
        raise WrongState(change="strike", why="hygiene_not_noted", status="done")
    if any(told and one.needs_hygiene_plan for one, told in told_steps(session, plan, measure)):
        raise WrongState(change="strike", why="hygiene_in_use", status="done")
    session.delete(found)
    record(session, actor, "measure.strike-hygiene-plan", f"measure:{key}", now=now)


def _hygiene_plan(session: Session, key: str) -> HygienePlan | None:
    """It, and nobody else notes or strikes one until the transaction ends."""
    _take_turns(session)
    return session.scalar(select(HygienePlan).where(HygienePlan.measure == key).with_for_update())


def _known(session: Session, key: str, people: Sequence[ParticipantRequest]) -> list[ParticipantRequest]:
    """Those who are on file for the measure; others put nobody on file until the transaction ends."""
    _take_turns(session)
    there = {
        identity_of(one.name, one.email, one.phone, one.address) for one in session.scalars(on_file(key))
    }
    return [one for one in people if one.identity in there]


def _take_turns(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_ONE_AT_A_TIME, {"key": _LOCK})


def _write(
    session: Session, key: str, people: Sequence[ParticipantRequest], actor: Actor, now: datetime
) -> None:
    session.add_all(
        MeasureParticipant(
            measure=key,
            side=one.side,
            name=one.person.name,
            language=one.person.language,
            way=one.way,
            email=one.person.email,
            phone=one.person.phone,
            address=one.person.address,
            added_at=now,
            added_by=actor.name,
        )
        for one in people
    )
    record(session, actor, "participant.put-on-file", f"measure:{key}", now=now, people=len(people))
