"""Looks at the audit log: what was done to a subject, and whether the chain holds."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import AuditHead, AuditRecord
from scheduler.domain.audit import FIRST_SEAL, Entry, faults_of_chain


def records_of(session: Session, subject: str) -> Sequence[AuditRecord]:
    """What was done to one subject ("booking:…", "phase:…"), the oldest first."""
    return session.scalars(
        select(AuditRecord).where(AuditRecord.subject == subject).order_by(AuditRecord.id)
    ).all()


def entry_of(record: AuditRecord) -> Entry:
    return Entry(record.position or 0, record.at, record.actor, record.action, record.subject, record.details)


def verify(session: Session) -> list[str]:
    """What is wrong with the sealed part of the chain, one line each; none where all is well."""
    head = session.scalar(select(AuditHead))
    sealed = session.scalars(
        select(AuditRecord)
        .where(AuditRecord.seal.is_not(None))
        .order_by(AuditRecord.position)
        .execution_options(yield_per=1000)
    )
    return faults_of_chain(
        ((entry_of(record), record.seal or "") for record in sealed),
        head=(head.position, head.seal) if head else (0, FIRST_SEAL),
    )
