"""Takes the guards of the audit log off, like somebody who may do anything in the database."""

from sqlalchemy import text
from sqlalchemy.orm import Session

_TRIGGERS = (
    "audit_records_are_not_changed",
    "audit_records_are_not_deleted",
    "audit_head_does_not_go_back",
    "audit_head_is_not_deleted",
)


def lift_guards(session: Session) -> None:
    """Lets records be changed and deleted; for good in this database."""
    if session.get_bind().dialect.name == "sqlite":
        for name in _TRIGGERS:
            session.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
    else:
        for table in ("audit_records", "audit_head"):
            session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
