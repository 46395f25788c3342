"""Writes the audit log, each change with its record in the change's own transaction, and seals it afterwards.

A chain written by the changes themselves would make all of them wait for one another.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.audit import AuditHead, AuditRecord
from models.database import Database
from scheduler.adapters.metrics import CHANGES
from scheduler.domain.audit import FIRST_SEAL, seal
from scheduler.domain.roles import Actor
from scheduler.queries.audit import entry_of

_BATCH = 1000
_HEAD = 1
_RECORDED = "recorded"


def record(
    session: Session, actor: Actor, action: str, subject: str, *, now: datetime, **details: Any
) -> None:
    """`action` is "noun.verb" ("booking.cancel"), `subject` "noun:key"; `details` hold no personal data."""
    session.add(AuditRecord(**entry(actor, action, subject, now=now, **details)))
    session.info.setdefault(_RECORDED, []).append((action, actor.role.value))


@event.listens_for(Session, "after_commit")
def _count(session: Session) -> None:
    """Counts a change when it stands: one that was rolled back never happened."""
    if not session.in_nested_transaction():
        for action, role in session.info.pop(_RECORDED, ()):
            CHANGES.labels(action, role).inc()


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
    head = _lock_head(session)
    records = session.scalars(
        select(AuditRecord).where(AuditRecord.seal.is_(None)).order_by(AuditRecord.id).limit(_BATCH)
    ).all()
    for row in records:
        row.position = head.position + 1
        row.seal = seal(entry_of(row), head.seal)
        head.position, head.seal = row.position, row.seal
    return len(records)


def _lock_head(session: Session) -> AuditHead:
    """The end of the chain, made if it is missing; a sealer beside this one waits here for its turn."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    first = insert(AuditHead).values(id=_HEAD, position=0, seal=FIRST_SEAL)
    session.execute(first.on_conflict_do_nothing())
    return session.scalars(select(AuditHead).where(AuditHead.id == _HEAD).with_for_update()).one()
