"""Rows of short contacts: counted, without person or slot."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Word
from scheduler.domain.contacts import ContactKind


class Contact(Base):
    """One short contact; one that was counted by mistake stays, with when it was taken back."""

    __tablename__ = "contacts"
    __table_args__ = (Index("ix_contacts_day_site", "day", "site"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    day: Mapped[date]
    site: Mapped[str] = mapped_column(String(64))
    kind: Mapped[ContactKind] = mapped_column(Word(ContactKind))
    counted_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(80))
    taken_back_at: Mapped[datetime | None]
