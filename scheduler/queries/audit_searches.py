"""Looks at the searches of the records by employee, and at what one of them finds."""

from collections.abc import Sequence
from datetime import timedelta, tzinfo
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import AuditRecord
from models.audit_searches import AuditSearch
from scheduler.domain.errors import NotFound
from scheduler.domain.instants import midnight
from scheduler.queries.audit import Records

_MOST = 200
#: Changes are searched for; when somebody came to work is nobody's to search.
_COMING = "staff.sign_in"


def searches(session: Session) -> Sequence[AuditSearch]:
    """The latest first."""
    latest = select(AuditSearch).order_by(AuditSearch.filed_at.desc(), AuditSearch.id).limit(_MOST)
    return session.scalars(latest).all()


def search_of(session: Session, search_id: UUID) -> AuditSearch:
    """Raises NotFound."""
    found = session.get(AuditSearch, search_id)
    if found is None:
        raise NotFound(what="audit_search", key=str(search_id))
    return found


def records_by(
    session: Session, search: AuditSearch, zone: tzinfo, *, before: int | None, limit: int = 50
) -> Records:
    """What the employee changed on the days of the search, the latest first; one statement."""
    wanted = (
        select(AuditRecord)
        .where(AuditRecord.actor == f"staff:{search.login}")
        .where(AuditRecord.action != _COMING)
        .where(AuditRecord.at >= midnight(search.first, zone))
        .where(AuditRecord.at < midnight(search.last + timedelta(days=1), zone))
        .order_by(AuditRecord.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        wanted = wanted.where(AuditRecord.id < before)
    found = session.scalars(wanted).all()
    return Records(found[:limit], found[limit - 1].id if len(found) > limit else None)
