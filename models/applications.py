"""Rows of applications: that one was filed, and when it was received."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Word
from models.people import Person
from scheduler.domain.applications import ABOUT_LENGTH, ReceivedBy
from scheduler.domain.people import TEXT_LENGTH


class Application(Base):
    """One application of a person.

    Triggers keep day, reference and whoever noted it as they are, and the row for good. One that was noted
    by mistake is struck out once, and stays.
    """

    __tablename__ = "applications"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    enquiry_id: Mapped[UUID | None] = mapped_column(ForeignKey("enquiries.id"), index=True)
    received_on: Mapped[date]
    received_by: Mapped[ReceivedBy] = mapped_column(Word(ReceivedBy))
    about: Mapped[str | None] = mapped_column(String(ABOUT_LENGTH))
    noted_at: Mapped[datetime]
    noted_by: Mapped[str] = mapped_column(String(80))
    struck_at: Mapped[datetime | None]
    struck_by: Mapped[str | None] = mapped_column(String(80))
    struck_why: Mapped[str | None] = mapped_column(String(TEXT_LENGTH))

    person: Mapped[Person] = relationship(lazy="raise")
