"""Looks at the office's machinery: whether it can work, when each job last ran, and how much is waiting."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from alembic.migration import MigrationContext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.audit import AuditRecord
from models.clocks import Heartbeat
from models.database import Database
from models.outbox import OutboxRow
from models.schema import newest_revision
from models.tallies import Tally
from scheduler.adapters import metrics
from scheduler.adapters.clock import Clock
from scheduler.domain.errors import Busy, DomainError, Unavailable
from scheduler.domain.notices import UNDELIVERED, NoticeKind, NoticeState
from scheduler.domain.phases import Phase
from scheduler.queries.notices import count_to_be_told
from scheduler.queries.plans import newest_plan
from scheduler.queries.switches import open_switches

HEARTBEAT = "heartbeat"
FRESH = timedelta(seconds=120)
# The tallies of mails by how sending them ended.
_MAILS = {outcome: f"mails.{outcome}" for outcome in ("sent", "failed", "set_aside")}

#: What has to be right for the office to work, in the order in which it is asked.
CHECKS = ("database", "migrations", "plan", "jobs")

# A switch or a seal that is later than this is worth a warning; the jobs come round every few seconds.
_LATE_S = 60.0


@dataclass(frozen=True, slots=True)
class Shortcoming:
    """`what` is a check, `job NAME`, `switch`, `outbox` or `audit`; `why` says it to anybody, and what to do.

    `detail` and `error` are for operators alone: they may name files, and what went wrong.
    """

    what: str
    why: str
    detail: str = ""
    error: DomainError | None = field(default=None, compare=False)

    @property
    def in_full(self) -> str:
        return self.detail or self.why


@dataclass(frozen=True, slots=True)
class Examination:
    """With something `wrong` the office cannot work; with `warnings` it does, but somebody should look.

    `asked` are the checks that could be asked: without a database nothing else can.
    """

    wrong: Sequence[Shortcoming]
    warnings: Sequence[Shortcoming]
    asked: Sequence[str]


@dataclass(frozen=True, slots=True)
class Condition:
    """How the machinery is, for those who work at the desk.

    `silent` says that the jobs show no sign of life, since `beat_at` (real time) or ever; `failing` names
    jobs whose last run failed. `to_tell` people have to be told by hand, the soonest before `soonest`. `late`
    is a phase whose switch is due and not finished, `coming` the next one with its instant.
    """

    silent: bool
    beat_at: datetime | None
    failing: Sequence[str]
    to_tell: int
    soonest: datetime | None
    late: Phase | None
    coming: tuple[Phase, datetime] | None


def condition(session: Session, *, now: datetime, real_now: datetime) -> Condition:
    """A fixed number of statements; `now` is office time."""
    beats = heartbeats(session)
    beat_at = next((row.ran_at for row in beats if row.job == HEARTBEAT), None)
    to_tell, soonest = count_to_be_told(session, now=now)
    switches = open_switches(session)
    late = (phase for at, phase in switches if at <= now - timedelta(seconds=_LATE_S))
    coming = ((phase, at) for at, phase in switches if at > now)
    return Condition(
        beat_at is None or real_now - beat_at > FRESH,
        beat_at,
        [row.job for row in beats if row.problem],
        to_tell,
        soonest,
        next(late, None),
        next(coming, None),
    )


def examine(database: Database, clock: Clock) -> Examination:
    """What readiness and the doctor tell; raises nothing where the database does not answer."""
    if missing := missing_file(database):
        return Examination([missing], [], CHECKS[:1])
    try:
        with database.reading() as session:
            if found := _migration_shortcomings(session):  # nothing else can be asked of it
                return Examination(found, [], CHECKS[:2])
            wrong = [
                *_writing_shortcomings(session),
                *_plan_shortcomings(session),
                *_jobs_shortcomings(session, clock.real()),
            ]
            return Examination(wrong, list(_warnings(session, clock.office())), CHECKS)
    except (Busy, Unavailable) as error:
        away = Shortcoming("database", f"it does not answer ({error.code})", error=error)
        return Examination([away], [], CHECKS[:1])


def heartbeats(session: Session) -> Sequence[Heartbeat]:
    """When each job last ran (real time), by name."""
    return session.scalars(select(Heartbeat).order_by(Heartbeat.job)).all()


def revision(session: Session) -> str | None:
    """The migration that the database stands at; None for one that was never migrated."""
    return MigrationContext.configure(session.connection()).get_current_revision()


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
    return Shortcoming(
        "database",
        "its file does not exist; run `flask db upgrade`",
        f"the file {name} does not exist; run `flask db upgrade`",
    )


def figures(session: Session, *, now: datetime, real_now: datetime) -> metrics.Values:
    """What the database tells of the machinery; a fixed number of statements."""
    if _migration_shortcomings(session):
        return {metrics.DATABASE_UP: {(): 0}}
    beats = {row.job: row for row in heartbeats(session)}
    alive = HEARTBEAT in beats and real_now - beats[HEARTBEAT].ran_at <= FRESH
    delay_s, next_at = _switch_times(session, now)
    unsealed, unsealed_s = _unsealed(session, now)
    return {
        metrics.DATABASE_UP: {(): 1},
        metrics.JOBS_ALIVE: {(): alive},
        metrics.JOB_LAST_RUN: {(job,): row.ran_at.timestamp() for job, row in beats.items()},
        metrics.JOB_FAILING: {(job,): row.problem is not None for job, row in beats.items()},
        metrics.SWITCH_DELAY: {(): delay_s},
        metrics.SWITCH_NEXT: {(): next_at.timestamp()} if next_at else {},
        **_notices(session, now),
        metrics.AUDIT_UNSEALED: {(): unsealed},
        metrics.AUDIT_UNSEALED_OLDEST: {(): unsealed_s},
    }


def mails_tallied(sent: int, failed: int, set_aside: int) -> dict[str, int]:
    """What to add to the tallies after a delivery, by their names."""
    return dict(zip(_MAILS.values(), (sent, failed, set_aside), strict=True))


def _migration_shortcomings(session: Session) -> list[Shortcoming]:
    current, newest = revision(session), newest_revision()
    if current == newest:
        return []
    where = f"the database is at {current}" if current else "the database is not migrated"
    return [Shortcoming("migrations", f"{where}, this release needs {newest}; run `flask db upgrade`")]


def _writing_shortcomings(session: Session) -> list[Shortcoming]:
    """A standby, or a server that was told to take nothing; SQLite shows by the jobs' silence."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    if is_sqlite or session.scalar(select(func.current_setting("transaction_read_only"))) == "off":
        return []
    return [Shortcoming("database", "it can only be read; is THEKE_DATABASE_URL a standby's address?")]


def _plan_shortcomings(session: Session) -> list[Shortcoming]:
    if newest_plan(session) is not None:
        return []
    return [Shortcoming("plan", "there is none yet; run `flask plan import FILE`")]


def _jobs_shortcomings(session: Session, real_now: datetime) -> list[Shortcoming]:
    ran_at = session.scalar(select(Heartbeat.ran_at).where(Heartbeat.job == HEARTBEAT))
    if ran_at is None:
        return [Shortcoming("jobs", "no sign of life; start `python -m jobs`")]
    if real_now - ran_at > FRESH:
        age = round((real_now - ran_at).total_seconds())
        return [Shortcoming("jobs", f"last sign of life {age} s ago; start `python -m jobs`")]
    return []


def _warnings(session: Session, now: datetime) -> Iterator[Shortcoming]:
    for row in heartbeats(session):
        if row.problem:
            why = "its last run failed; `flask doctor` says how"
            yield Shortcoming(f"job {row.job}", why, row.problem)
    delay_s, _next = _switch_times(session, now)
    if delay_s > _LATE_S:
        yield Shortcoming(
            "switch", f"effects that are due since {delay_s:.0f} s are not carried out; look at the jobs' log"
        )
    set_aside = session.scalar(
        select(func.count()).where(
            OutboxRow.state == NoticeState.QUARANTINED, OutboxRow.kind == NoticeKind.EMAIL
        )
    )
    if set_aside:
        yield Shortcoming("outbox", f"{set_aside} mails did not arrive; see `flask outbox list`")
    _count, oldest_s = _unsealed(session, now)
    if oldest_s > _LATE_S:
        yield Shortcoming(
            "audit", f"records wait for their seal since {oldest_s:.0f} s; look at the jobs' log"
        )


def _switch_times(session: Session, now: datetime) -> tuple[float, datetime | None]:
    """For how many seconds a switch has been due and is not finished, and when the next one is due."""
    instants = [instant for instant, _ in open_switches(session)]
    late = (now - instants[0]).total_seconds() if instants and instants[0] <= now else 0.0
    return late, next((instant for instant in instants if instant > now), None)


def _notices(session: Session, now: datetime) -> metrics.Values:
    by_hand = (NoticeState.WAITING, NoticeState.HELD)
    counted: dict[tuple[str, ...], float] = {
        (kind.value, state.value): 0 for kind in NoticeKind for state in by_hand
    }
    counted[NoticeKind.EMAIL.value, NoticeState.QUARANTINED.value] = 0
    oldest = dict.fromkeys(counted, 0.0)
    rows = session.execute(
        select(OutboxRow.kind, OutboxRow.state, func.count(), func.min(OutboxRow.created_at))
        .where(OutboxRow.state.in_(UNDELIVERED))
        .group_by(OutboxRow.kind, OutboxRow.state)
    )
    for kind, state, count, first in rows:
        counted[kind.value, state.value] = count
        oldest[kind.value, state.value] = max(0.0, (now - first).total_seconds())
    tallied = {row.name: row.count for row in session.scalars(select(Tally))}
    return {
        metrics.NOTICES_OPEN: counted,
        metrics.NOTICES_OLDEST: oldest,
        metrics.NOTICES: {(outcome,): tallied.get(name, 0) for outcome, name in _MAILS.items()},
    }


def _unsealed(session: Session, now: datetime) -> tuple[int, float]:
    """How many audit records wait for their seal, and since how many seconds the oldest does."""
    count, first = session.execute(
        select(func.count(), func.min(AuditRecord.at)).where(AuditRecord.seal.is_(None))
    ).one()
    return count, 0.0 if first is None else max(0.0, (now - first).total_seconds())
