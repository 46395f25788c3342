"""The silent alarm: raised from any page, answered by those on duty, called off when all is clear."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.alarms import Alarm, AlarmAnswer
from scheduler.domain.errors import NotFound, WrongState
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Actor
from scheduler.queries.alarms import is_own
from scheduler.usecases.audit import record

#: Whoever presses again after that calls anew: the call before may have been forgotten.
_SAME_CALL = timedelta(minutes=5)


def raise_alarm(
    session: Session,
    plan: Plan,
    *,
    place: str | None,
    browser: str,
    is_test: bool,
    actor: Actor,
    now: datetime,
) -> None:
    """Calls the others on duty; whoever presses again within minutes calls no more than once.

    What the same name has open from here ends with it: a test, once it is serious, and an older call.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    known = place if place in plan.resources_by_key else None
    call = {"raised_by": actor.name, "browser": browser, "place": known}
    _overtake(session, call, is_test, actor, now)
    row = insert(Alarm).values(**call, raised_at=now, is_test=is_test)
    made = session.scalar(row.on_conflict_do_nothing().returning(Alarm.id))
    if made is not None:
        record(session, actor, "alarm.raise", f"alarm:{made}", now=now, test=is_test)


def _overtake(
    session: Session, call: Mapping[str, str | None], is_test: bool, actor: Actor, now: datetime
) -> None:
    is_older = and_(Alarm.is_test == is_test, Alarm.raised_at <= now - _SAME_CALL)
    overtaken = is_older if is_test else or_(Alarm.is_test, is_older)
    same = (getattr(Alarm, name).is_not_distinct_from(value) for name, value in call.items())
    own = select(Alarm).where(*same, Alarm.ended_at.is_(None), overtaken)
    for alarm in session.scalars(own.order_by(Alarm.id).with_for_update()):
        _end(session, alarm, actor, now)
    session.flush()


def answer(session: Session, alarm_id: int, *, browser: str, actor: Actor, now: datetime) -> None:
    """Notes that somebody comes. Raises NotFound, and WrongState for one's own alarm or one that is over."""
    alarm = _lock(session, alarm_id)
    if alarm.ended_at is not None:
        raise WrongState(change="answer", why="alarm_over")
    if is_own(alarm, actor, browser):
        raise WrongState(change="answer", why="own_alarm")
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(AlarmAnswer).values(alarm_id=alarm_id, actor=actor.name, at=now)
    if session.scalar(row.on_conflict_do_nothing().returning(AlarmAnswer.id)) is not None:
        record(session, actor, "alarm.answer", f"alarm:{alarm_id}", now=now)


def call_off(session: Session, alarm_id: int, *, actor: Actor, now: datetime) -> None:
    """All is clear: by whoever raised it, or whoever is on the spot. Raises NotFound."""
    alarm = _lock(session, alarm_id)
    if alarm.ended_at is None:
        _end(session, alarm, actor, now)


def _end(session: Session, alarm: Alarm, actor: Actor, now: datetime) -> None:
    alarm.ended_at, alarm.ended_by = now, actor.name
    record(session, actor, "alarm.end", f"alarm:{alarm.id}", now=now)


def _lock(session: Session, alarm_id: int) -> Alarm:
    alarm = session.scalar(select(Alarm).where(Alarm.id == alarm_id).with_for_update())
    if alarm is None:
        raise NotFound(what="alarm", key=str(alarm_id))
    return alarm
