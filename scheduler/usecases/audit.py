"""Writes the audit log, each change with its record in the change's own transaction, and seals it afterwards.

A chain written by the changes themselves would make all of them wait for one another.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import event, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.audit import AuditHead, AuditRecord
from models.bulk import New
from models.database import Database
from scheduler.adapters.metrics import CHANGES
from scheduler.domain.audit import FIRST_SEAL, Entry, seal
from scheduler.domain.roles import Actor

_BATCH = 1000
_HEAD = 1
_RECORDED = "recorded"
_UNSEALED = (
    select(
        AuditRecord.id,
        AuditRecord.at,
        AuditRecord.actor,
        AuditRecord.action,
        AuditRecord.subject,
        AuditRecord.details,
    )
    .where(AuditRecord.seal.is_(None))
    .order_by(AuditRecord.id)
    .limit(_BATCH)
)
_ONE_BY_ONE = text("UPDATE audit_records SET position = :position_, seal = :seal_ WHERE id = :id_")
_ALL_AT_ONCE = text(
    "UPDATE audit_records SET position = new.position, seal = new.seal FROM unnest("
    "CAST(:id_ AS bigint[]), CAST(:position_ AS int[]), CAST(:seal_ AS text[])"
    ") AS new (id, position, seal) WHERE audit_records.id = new.id"
)


def record(
    session: Session, actor: Actor, action: str, subject: str, *, now: datetime, **details: Any
) -> None:
    """`action` is "noun.verb" ("booking.cancel"), `subject` "noun:key"; `details` hold no personal data."""
    session.add(AuditRecord(**record_of(session, actor, action, subject, now=now, **details).values))


def record_of(
    session: Session, actor: Actor, action: str, subject: str, *, now: datetime, **details: Any
) -> New:
    """The same for whoever writes it with other rows."""
    session.info.setdefault(_RECORDED, []).append((action, actor.role.value))
    return New(AuditRecord, entry(actor, action, subject, now=now, **details))


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
    position, previous = head.position, head.seal
    sealed = []
    for id_, *content in session.execute(_UNSEALED):
        position += 1
        previous = seal(Entry(position, *content), previous)
        sealed.append({"id_": id_, "position_": position, "seal_": previous})
    if sealed:
        _write_seals(session, sealed)
        head.position, head.seal = position, previous
    return len(sealed)


def _write_seals(session: Session, sealed: list[dict[str, Any]]) -> None:
    """One statement for all on PostgreSQL; SQLite is quick with many."""
    if session.get_bind().dialect.name == "postgresql":
        columns = {name: [row[name] for row in sealed] for name in sealed[0]}
        session.execute(_ALL_AT_ONCE, columns)
    else:
        session.connection().execute(_ONE_BY_ONE, sealed)


def _lock_head(session: Session) -> AuditHead:
    """The end of the chain, made if it is missing; a sealer beside this one waits here for its turn."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    first = insert(AuditHead).values(id=_HEAD, position=0, seal=FIRST_SEAL)
    session.execute(first.on_conflict_do_nothing())
    return session.scalars(select(AuditHead).where(AuditHead.id == _HEAD).with_for_update()).one()
