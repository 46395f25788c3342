"""Rows of the coded hints about people, seen by few and only for a while."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Word
from scheduler.domain.hints import Code


class Hint(Base):
    """One hint, from the day it was set up to and including `until`, unless it was lifted before."""

    __tablename__ = "hints"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    code: Mapped[Code] = mapped_column(Word(Code))
    until: Mapped[date]
    set_by: Mapped[str] = mapped_column(String(80))
    set_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
