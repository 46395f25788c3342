"""Writes the audit log, each change with its record in the change's own transaction, and seals it afterwards.

A chain written by the changes themselves would make all of them wait for one another.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import AuditHead, AuditRecord
from models.database import Database
from scheduler.domain.audit import FIRST_SEAL, seal
from scheduler.domain.roles import Actor
from scheduler.queries.audit import entry_of

_BATCH = 1000
_HEAD = 1


def record(
    session: Session, actor: Actor, action: str, subject: str, *, now: datetime, **details: Any
) -> None:
    """`action` is "noun.verb" ("booking.cancel"), `subject` "noun:key"; `details` hold no personal data."""
    session.add(AuditRecord(**entry(actor, action, subject, now=now, **details)))


def entry(actor: Actor, action: str, subject: str, *, now: datetime, **details: Any) -> dict[str, Any]:
    """What `record` writes, for those who write many at once."""
    return {"at": now, "actor": actor.name, "action": action, "subject": subject, "details": details}


def seal_records(database: Database) -> int:
    """Chains every record that has no seal yet, in the order of their ids; answers how many."""
    total = 0
    while True:
        with database.transaction() as session:
            sealed = _seal_batch(session)
        total += sealed
        if sealed < _BATCH:
            return total


def _seal_batch(session: Session) -> int:
    head = session.scalar(select(AuditHead).where(AuditHead.id == _HEAD).with_for_update())
    if head is None:
        head = AuditHead(id=_HEAD, position=0, seal=FIRST_SEAL)
        session.add(head)
        session.flush()  # a sealer that began at the same moment fails here, and finds the row next time
    records = session.scalars(
        select(AuditRecord).where(AuditRecord.seal.is_(None)).order_by(AuditRecord.id).limit(_BATCH)
    ).all()
    for row in records:
        row.position = head.position + 1
        row.seal = seal(entry_of(row), head.seal)
        head.position, head.seal = row.position, row.seal
    return len(records)
