"""Looks at the office's machinery: whether it can work, and when each job last ran."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from alembic.migration import MigrationContext
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.clocks import Heartbeat
from models.database import Database
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
    found = _migration_shortcomings(session)
    if found:  # nothing else can be asked of a database in another shape
        return found
    if newest_plan(session) is None:
        found.append(Shortcoming("plan", "there is none yet; run `flask plan import FILE`"))
    return found + _jobs_shortcomings(session, real_now)


def failing_jobs(session: Session) -> list[Shortcoming]:
    """The jobs whose last run failed; the office works on, but somebody should look."""
    return [Shortcoming(f"job {row.job}", row.problem) for row in heartbeats(session) if row.problem]


def database_shortcomings(database: Database) -> list[Shortcoming]:
    """Why the database cannot be worked with. Raises Busy and Unavailable where it does not answer."""
    if missing := missing_file(database):
        return [missing]
    with database.reading() as session:
        return _migration_shortcomings(session)


def missing_file(database: Database) -> Shortcoming | None:
    """An SQLite file that is missing: looking for it would make it, and then it would be empty."""
    name = database.url.database
    if not database.is_sqlite or not name or Path(name).exists():
        return None
    return Shortcoming("database", f"the file {name} does not exist; run `flask db upgrade`")


def _migration_shortcomings(session: Session) -> list[Shortcoming]:
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
