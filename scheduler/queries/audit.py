"""Looks at the audit log."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import AuditRecord


def records_of(session: Session, subject: str) -> Sequence[AuditRecord]:
    """What was done to one subject ("booking:…", "phase:…"), the oldest first."""
    return session.scalars(
        select(AuditRecord).where(AuditRecord.subject == subject).order_by(AuditRecord.id)
    ).all()
