"""Rows of the office's statements about itself, and of what people report to it."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Word
from scheduler.domain.people import EMAIL_LENGTH
from scheduler.domain.statements import Page


class Statement(Base):
    """One page in one language; `version` counts its changes."""

    __tablename__ = "statements"

    page: Mapped[Page] = mapped_column(Word(Page), primary_key=True)
    language: Mapped[str] = mapped_column(String(20), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(80))


class Feedback(Base):
    """A barrier that somebody reported, until it was settled."""

    __tablename__ = "feedback"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    text: Mapped[str] = mapped_column(Text)
    contact: Mapped[str | None] = mapped_column(String(EMAIL_LENGTH))
    language: Mapped[str] = mapped_column(String(20))
    sent_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None] = mapped_column(String(80))
