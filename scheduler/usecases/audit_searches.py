"""Files searches of the records by employee, decides on them, and looks; each step is a record itself."""

from datetime import datetime, tzinfo
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit_searches import AuditSearch
from models.staff import StaffAccount
from scheduler.domain.audit_searches import (
    SearchDecision,
    SearchRequest,
    SearchState,
    check_filing,
    check_second_person,
)
from scheduler.domain.errors import NotFound, WrongState, invalid
from scheduler.domain.instants import local_date
from scheduler.domain.roles import Actor
from scheduler.queries.audit import Records
from scheduler.queries.audit_searches import records_by, search_of
from scheduler.usecases.audit import record


def file_search(
    session: Session, asked: SearchRequest, *, zone: tzinfo, actor: Actor, now: datetime
) -> AuditSearch:
    """Asks for a search, which shows nothing until a second person grants it. Raises Invalid."""
    check_filing(asked, today=local_date(now, zone))
    if session.scalar(select(StaffAccount.id).where(StaffAccount.login == asked.login)) is None:
        raise invalid("login", "unknown", value=asked.login)
    filed = AuditSearch(
        login=asked.login,
        purpose=asked.purpose,
        first=asked.first,
        last=asked.last,
        filed_by=actor.name,
        filed_at=now,
    )
    session.add(filed)
    session.flush()
    _record(session, "file", filed, actor=actor, now=now)
    return filed


def decide(session: Session, search_id: UUID, decision: str, *, actor: Actor, now: datetime) -> AuditSearch:
    """The second person's word. Raises NotFound, Invalid, and WrongState where they may not or come late."""
    found = _to_decide(session, search_id)
    if decision not in tuple(SearchDecision):
        raise invalid("decision", "unknown", value=decision[:20])
    check_second_person(actor, filed_by=found.filed_by, about=found.login)
    if found.state(now) is not SearchState.WAITING:
        raise WrongState(why="search_decided")
    found.decision, found.decided_by, found.decided_at = SearchDecision(decision), actor.name, now
    _record(
        session, "grant" if decision == SearchDecision.GRANTED else "decline", found, actor=actor, now=now
    )
    return found


def look(
    session: Session, search_id: UUID, *, before: int | None, zone: tzinfo, actor: Actor, now: datetime
) -> tuple[AuditSearch, Records]:
    """What the search finds, for whoever filed it and as long as it is granted; that it was seen is recorded.

    Raises NotFound and WrongState.
    """
    found = search_of(session, search_id)
    if found.filed_by != actor.name:
        raise NotFound(what="audit_search", key=str(search_id))
    if found.state(now) is not SearchState.GRANTED:
        raise WrongState(why="search_not_open")
    seen = records_by(session, found, zone, before=before)
    _record(session, "look", found, actor=actor, now=now, records=len(seen.records))
    return found, seen


def _to_decide(session: Session, search_id: UUID) -> AuditSearch:
    """The search, locked, so that of two who decide at once the second hears of the first."""
    found = session.scalar(select(AuditSearch).where(AuditSearch.id == search_id).with_for_update())
    if found is None:
        raise NotFound(what="audit_search", key=str(search_id))
    return found


def _record(
    session: Session, verb: str, search: AuditSearch, *, actor: Actor, now: datetime, **details: int
) -> None:
    """The purpose stays with the search: a text that somebody typed may name people."""
    days = {"first": search.first.isoformat(), "last": search.last.isoformat()}
    subject = f"audit_search:{search.id}"
    record(session, actor, f"audit_search.{verb}", subject, now=now, login=search.login, **days, **details)
