"""Looks at alarms: those that last, and those that were."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from models.alarms import Alarm
from scheduler.domain.roles import Actor

_MOST = 20


def open_alarms(session: Session) -> Sequence[Alarm]:
    """Those that nobody has called off yet, the oldest first, with who is coming."""
    return session.scalars(_alarms().where(Alarm.ended_at.is_(None)).order_by(Alarm.id)).all()


def past_alarms(session: Session) -> Sequence[Alarm]:
    """Those that are over, the latest first."""
    return session.scalars(_alarms().where(Alarm.ended_at.is_not(None)).order_by(Alarm.id.desc())).all()


def is_own(alarm: Alarm, actor: Actor, browser: str) -> bool:
    """Whether it was raised here; the same login may be used at another computer, which has to hear of it."""
    return alarm.raised_by == actor.name and alarm.browser == browser


def _alarms() -> Select[Alarm]:
    return select(Alarm).options(selectinload(Alarm.answers)).limit(_MOST)
