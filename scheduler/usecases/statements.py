"""Changes what the office says of itself, and takes in what people report."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.statements import Feedback, Statement
from scheduler.domain.errors import ChangedMeanwhile, NotFound
from scheduler.domain.roles import Actor
from scheduler.domain.statements import Page, checked_feedback, checked_statement
from scheduler.usecases.audit import record


def write_statement(
    session: Session,
    page: Page,
    language: str,
    text: str,
    *,
    seen: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Puts `text` in the place of the version that the writer has `seen`, 0 where there was none.

    An empty text brings back what Theke says by itself. Raises Invalid, and ChangedMeanwhile where somebody
    else has written it since.
    """
    text = checked_statement(text)
    found = session.scalar(
        select(Statement).where(Statement.page == page, Statement.language == language).with_for_update()
    )
    if seen != (found.version if found else 0):
        raise ChangedMeanwhile
    if found is None:
        found = Statement(page=page, language=language, version=0)
        session.add(found)
    found.text, found.version = text, seen + 1
    found.changed_at, found.changed_by = now, actor.name
    details = {"language": language, "version": found.version, "characters": len(text)}
    record(session, actor, "statement.write", f"statement:{page}", now=now, **details)


def report(session: Session, text: str, contact: str | None, *, language: str, now: datetime) -> None:
    """Takes in a barrier that somebody met. Raises Invalid."""
    text, contact = checked_feedback(text, contact)
    session.add(Feedback(id=uuid4(), text=text, contact=contact, language=language, sent_at=now))


def settle(session: Session, report_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Ticks a report off. Raises NotFound."""
    found = session.scalar(select(Feedback).where(Feedback.id == report_id).with_for_update())
    if found is None:
        raise NotFound(what="feedback", key=str(report_id))
    if found.settled_at is None:
        found.settled_at, found.settled_by = now, actor.name
        record(session, actor, "feedback.settle", f"feedback:{report_id}", now=now)
