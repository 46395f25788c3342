"""Looks at the access log: who read the data about one visit."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accesses import Access


def accesses_to(session: Session, subject: str) -> Sequence[Access]:
    """Who read about one subject ("booking:…"), the oldest first."""
    return session.scalars(select(Access).where(Access.subject == subject).order_by(Access.id)).all()
