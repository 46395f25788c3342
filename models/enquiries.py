"""Rows of enquiries, and of each step that was done with one."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Word
from models.people import Person
from models.plans import ServiceRow
from scheduler.domain.enquiries import (
    ANSWER_LENGTH,
    COLLEAGUE_LENGTH,
    ENQUIRY_LENGTH,
    EnquiryChange,
    EnquiryStatus,
    Medium,
)
from scheduler.domain.people import PHONE_LENGTH


class Enquiry(Base):
    """What somebody wants to know; `phone` is that of whoever gave no name, or another one for this call.

    `owner` sees to it, or whoever it was forwarded to; a call is promised from `call_from` to `call_by`.
    The stamps are office time.
    """

    __tablename__ = "enquiries"
    __table_args__ = (Index("ix_enquiries_closed_at_call_by", "closed_at", "call_by"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    medium: Mapped[Medium] = mapped_column(Word(Medium))
    service_key: Mapped[str | None] = mapped_column(ForeignKey("services.key"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), index=True)
    phone: Mapped[str | None] = mapped_column(String(PHONE_LENGTH))
    text: Mapped[str] = mapped_column(String(ENQUIRY_LENGTH))
    status: Mapped[EnquiryStatus] = mapped_column(Word(EnquiryStatus))
    owner: Mapped[str | None] = mapped_column(String(80))
    forwarded_to: Mapped[str | None] = mapped_column(String(COLLEAGUE_LENGTH))
    call_from: Mapped[datetime | None]
    call_by: Mapped[datetime | None]
    missed: Mapped[int]
    came_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(80))
    closed_at: Mapped[datetime | None]
    booking_id: Mapped[UUID | None] = mapped_column(ForeignKey("bookings.id"), index=True)
    version: Mapped[int]

    person: Mapped[Person | None] = relationship(lazy="raise")
    service: Mapped[ServiceRow | None] = relationship(lazy="raise")

    @property
    def call_at(self) -> str | None:
        """The number for a call."""
        return self.phone or (self.person.phone if self.person is not None else None)


class EnquiryStep(Base):
    """One step: what was said or decided, and how the enquiry stood before, so that it can be taken back."""

    __tablename__ = "enquiry_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    enquiry_id: Mapped[UUID] = mapped_column(ForeignKey("enquiries.id"), index=True)
    change: Mapped[EnquiryChange] = mapped_column(Word(EnquiryChange))
    text: Mapped[str | None] = mapped_column(String(ANSWER_LENGTH))
    done_at: Mapped[datetime]
    done_by: Mapped[str] = mapped_column(String(80))
    before: Mapped[dict[str, Any]]
    taken_back_at: Mapped[datetime | None]
