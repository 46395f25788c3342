"""Looks at the office's statements, and at what people reported."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.statements import Feedback, Statement
from scheduler.domain.statements import Page

_MOST = 200


def texts_of(session: Session, page: Page) -> Mapping[str, str]:
    """What the office says on the page, by language."""
    found = session.execute(select(Statement.language, Statement.text).where(Statement.page == page))
    return {language: text for language, text in found if text}


def statements(session: Session) -> Mapping[tuple[Page, str], Statement]:
    """All that were written, by page and language."""
    return {(one.page, one.language): one for one in session.scalars(select(Statement))}


def reports(session: Session) -> Sequence[Feedback]:
    """What people reported, the open ones first, the latest first among them."""
    return session.scalars(
        select(Feedback)
        .order_by(Feedback.settled_at.is_not(None), Feedback.sent_at.desc(), Feedback.id)
        .limit(_MOST)
    ).all()
