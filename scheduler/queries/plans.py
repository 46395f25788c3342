"""Looks at the operating plan: as it stands, and as it was known at an instant."""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.plans import PhasePlanning, PlanVersion
from scheduler.domain.errors import Unavailable
from scheduler.domain.planfiles import read_plan
from scheduler.domain.plans import Plan

# Versions never change, so a plan that was read once needs no second look: equal digests, equal plans.
_READ: dict[str, Plan] = {}
_MOST_READ = 32

_NEWEST = select(PlanVersion.id, PlanVersion.digest).order_by(PlanVersion.id.desc()).limit(1)


def current_plan(session: Session) -> Plan:
    """The plan as it stands. Raises Unavailable (`no_plan`) before the first import."""
    plan = newest_plan(session)
    if plan is None:
        raise Unavailable(what="no_plan", retry_after=60)
    return plan


def newest_plan(session: Session) -> Plan | None:
    """The plan as it stands, None before the first import."""
    return _plan(session, _NEWEST)


def plan_known_at(session: Session, instant: datetime) -> Plan | None:
    """The plan as it stood at an instant of office time."""
    return _plan(session, _NEWEST.where(PlanVersion.planned_at <= instant))


def plannings(session: Session) -> dict[str, datetime]:
    """Since when (office time) each phase of the plan is planned as it stands."""
    return {row.phase_key: row.planned_at for row in session.scalars(select(PhasePlanning))}


def _plan(session: Session, version: Select[int, str]) -> Plan | None:
    found = session.execute(version).first()
    if found is None:
        return None
    version_id, digest = found
    plan = _READ.get(digest)  # threads share these: another one may clear them at any moment
    if plan is None:
        document = session.scalar(select(PlanVersion.document).where(PlanVersion.id == version_id))
        # What was imported has been checked; a region that a newer library no longer knows has no holidays.
        plan = read_plan((document or "").encode(), known_holiday_region=lambda region: True)
        if len(_READ) >= _MOST_READ:
            _READ.clear()
        _READ[digest] = plan
    return plan
