"""Looks at the operating plan: as it stands, and as it was known at an instant."""

from datetime import datetime
from typing import cast

from sqlalchemy import Select, Table, select
from sqlalchemy.orm import Session

from models.plans import PhasePlanning, PlanVersion
from scheduler.domain.errors import Unavailable
from scheduler.domain.planfiles import read_plan
from scheduler.domain.plans import Plan

# Versions never change, so a plan that was read once needs no second look: equal digests, equal plans.
_READ: dict[str, Plan] = {}
_MOST_READ = 32

_versions = cast(Table, PlanVersion.__table__)
#: The version that holds, by its id and its digest.
NEWEST = select(_versions.c.id, _versions.c.digest).order_by(_versions.c.id.desc()).limit(1)


def current_plan(session: Session) -> Plan:
    """The plan as it stands. Raises Unavailable (`no_plan`) before the first import."""
    plan = newest_plan(session)
    if plan is None:
        raise Unavailable(what="no_plan", retry_after=60)
    return plan


def newest_plan(session: Session) -> Plan | None:
    """The plan as it stands, None before the first import."""
    return _plan(session, NEWEST)


def plan_known_at(session: Session, instant: datetime) -> Plan | None:
    """The plan as it stood at an instant of office time."""
    return _plan(session, NEWEST.where(_versions.c.planned_at <= instant))


def plannings(session: Session) -> dict[str, datetime]:
    """Since when (office time) each phase of the plan is planned as it stands."""
    return {row.phase_key: row.planned_at for row in session.scalars(select(PhasePlanning))}


def read_version(session: Session, version_id: int, digest: str) -> Plan:
    """The plan of one version, looked up only where this process has not read it yet."""
    plan = _READ.get(digest)  # threads share these: another one may clear them at any moment
    if plan is None:
        document = session.scalar(select(PlanVersion.document).where(PlanVersion.id == version_id))
        # What was imported has been checked; a region that a newer library no longer knows has no holidays.
        plan = read_plan((document or "").encode(), known_holiday_region=lambda region: True)
        if len(_READ) >= _MOST_READ:
            _READ.clear()
        _READ[digest] = plan
    return plan


def _plan(session: Session, version: Select[int, str]) -> Plan | None:
    found = session.connection().execute(version).first()
    return None if found is None else read_version(session, *found)
