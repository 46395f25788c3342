"""Looks at the office's machinery: whether it can work, and when each job last ran."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alembic.migration import MigrationContext
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.clocks import Heartbeat
from models.schema import newest_revision
from scheduler.queries.plans import newest_plan

HEARTBEAT = "heartbeat"
FRESH = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class Shortcoming:
    """`what` is `database`, `migrations`, `plan`, `jobs` or `job NAME`; `why` says it, and what to do."""

    what: str
    why: str


def heartbeats(session: Session) -> Sequence[Heartbeat]:
    """When each job last ran (real time), by name."""
    return session.scalars(select(Heartbeat).order_by(Heartbeat.job)).all()


def revision(session: Session) -> str | None:
    """The migration that the database stands at; None for one that was never migrated."""
    return MigrationContext.configure(session.connection()).get_current_revision()


def shortcomings(session: Session, *, real_now: datetime) -> list[Shortcoming]:
    """What keeps the office from working now."""
    found = migration_shortcomings(session)
    if found:  # nothing else can be asked of a database in another shape
        return found
    if newest_plan(session) is None:
        found.append(Shortcoming("plan", "there is none yet; run `flask plan import FILE`"))
    return found + _jobs_shortcomings(session, real_now)


def failing_jobs(session: Session) -> list[Shortcoming]:
    """The jobs whose last run failed; the office works on, but somebody should look."""
    return [Shortcoming(f"job {row.job}", row.problem) for row in heartbeats(session) if row.problem]


def migration_shortcomings(session: Session) -> list[Shortcoming]:
    """How the database's shape differs from the one that this release needs."""
    current, newest = revision(session), newest_revision()
    if current == newest:
        return []
    where = f"the database is at {current}" if current else "the database is not migrated"
    return [Shortcoming("migrations", f"{where}, this release needs {newest}; run `flask db upgrade`")]


def _jobs_shortcomings(session: Session, real_now: datetime) -> list[Shortcoming]:
    ran_at = session.scalar(select(Heartbeat.ran_at).where(Heartbeat.job == HEARTBEAT))
    if ran_at is None:
        return [Shortcoming("jobs", "no sign of life; start `python -m jobs`")]
    if real_now - ran_at > FRESH:
        age = round((real_now - ran_at).total_seconds())
        return [Shortcoming("jobs", f"last sign of life {age} s ago; start `python -m jobs`")]
    return []
