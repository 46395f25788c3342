"""Writes the audit log: each change with its record, in the change's own transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models.audit import AuditRecord
from scheduler.domain.roles import Actor


def record(
    session: Session, actor: Actor, action: str, subject: str, *, now: datetime, **details: Any
) -> None:
    """`action` is "noun.verb" ("booking.cancel"), `subject` "noun:key"; `details` hold no personal data."""
    session.add(AuditRecord(at=now, actor=actor.name, action=action, subject=subject, details=details))
