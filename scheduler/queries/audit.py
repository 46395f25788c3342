"""Looks at the audit log: what was done to a subject, and whether the chain holds."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from models.audit import AuditHead, AuditRecord
from models.plans import PlanVersion
from scheduler.domain.audit import FIRST_SEAL, Chain, Entry, Sought

#: What is noted beside a visit's own course; it keeps nobody from taking back what came before.
AT_THE_ENTRANCE = ("booking.let-in", "booking.not-let-in")
_AT_ONCE = 1000
_IN_ORDER = (
    select(
        AuditRecord.position,
        AuditRecord.at,
        AuditRecord.actor,
        AuditRecord.action,
        AuditRecord.subject,
        AuditRecord.details,
        AuditRecord.seal,
    )
    .where(AuditRecord.seal.is_not(None), AuditRecord.position.is_not(None))
    .order_by(AuditRecord.position)
)
_IS_HALF_SEALED = AuditRecord.seal.is_(None) != AuditRecord.position.is_(None)


def records_of(session: Session, subject: str) -> Sequence[AuditRecord]:
    """What was done to one subject ("booking:…", "phase:…"), the oldest first."""
    return session.scalars(
        select(AuditRecord).where(AuditRecord.subject == subject).order_by(AuditRecord.id)
    ).all()


def latest_record(session: Session, subject: str) -> AuditRecord | None:
    """What was done to one subject last, ticks at the entrance aside."""
    return session.scalar(
        select(AuditRecord)
        .where(AuditRecord.subject == subject, AuditRecord.action.not_in(AT_THE_ENTRANCE))
        .order_by(AuditRecord.id.desc())
        .limit(1)
    )


def has_seal(session: Session, seal: str) -> bool:
    """Whether some record has this seal."""
    return session.scalar(select(exists().where(AuditRecord.seal == seal))) or False


@dataclass(frozen=True, slots=True)
class Records:
    """Some records, the latest first; `next_before` fetches those before them, None at the end."""

    records: Sequence[AuditRecord]
    next_before: int | None


def records(session: Session, sought: Sought, *, limit: int = 50) -> Records:
    """Those that were sought; one statement."""
    wanted = select(AuditRecord).order_by(AuditRecord.id.desc()).limit(limit + 1)
    if sought.subject:
        wanted = wanted.where(AuditRecord.subject.startswith(sought.subject, autoescape=True))
    if sought.action:
        wanted = wanted.where(AuditRecord.action.startswith(sought.action, autoescape=True))
    if sought.since is not None:
        wanted = wanted.where(AuditRecord.at >= sought.since)
    if sought.until is not None:
        wanted = wanted.where(AuditRecord.at < sought.until)
    if sought.before is not None:
        wanted = wanted.where(AuditRecord.id < sought.before)
    found = session.scalars(wanted).all()
    return Records(found[:limit], found[limit - 1].id if len(found) > limit else None)


@dataclass(frozen=True, slots=True)
class Verification:
    """`faults`: one line each; `sealed` records stand in the chain, which ends in `end`; others `wait`."""

    faults: list[str]
    sealed: int
    end: str
    waiting: int


def verification(session: Session) -> Verification:
    """Goes through the whole chain, a thousand records at a time.

    The session has to see one moment: what is sealed meanwhile would seem to be put in behind the end.
    What was written last waits some seconds for its seal; until then nobody would see that it is gone.
    """
    head = session.execute(select(AuditHead.position, AuditHead.seal)).first()
    chain = Chain()
    rows = session.execute(_IN_ORDER.execution_options(yield_per=_AT_ONCE))
    sealed = 0
    for position, at, actor, action, subject, details, stored in rows:
        chain.take(Entry(position, at, actor, action, subject, details), stored)
        sealed += 1
    faults = chain.faults(head=(head[0], head[1]) if head else None)
    odd = session.scalars(select(AuditRecord.id).where(_IS_HALF_SEALED).limit(_AT_ONCE)).all()
    faults += [f"record with id {id_}: inserted, or its seal was taken away" for id_ in odd]
    waiting = session.scalar(select(func.count()).where(AuditRecord.seal.is_(None))) or 0
    if (
        head is None
        and not sealed
        and not waiting
        and session.scalar(select(exists().select_from(PlanVersion)))
    ):
        faults.append("all records: deleted; an office with a plan has at least that of its import")
    return Verification(faults, sealed, head[1] if head else FIRST_SEAL, waiting)
