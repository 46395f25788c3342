"""Rows of the waiting list: who would come earlier, and what they were offered."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Word
from models.plans import ResourceRow
from scheduler.domain.waiting_list import Answer


class Wish(Base):
    """The wish to be told when a time is free that is earlier than that of the booking."""

    __tablename__ = "wishes"

    booking_id: Mapped[UUID] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(index=True)


class Offer(Base):
    """A time that is held for somebody until `until` (office time); `form` is the name of the hold."""

    __tablename__ = "offers"
    __table_args__ = (
        Index(
            "uq_offers_open",
            "booking_id",
            unique=True,
            postgresql_where=text("answer IS NULL"),
            sqlite_where=text("answer IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    booking_id: Mapped[UUID] = mapped_column(ForeignKey("bookings.id"), index=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resources.id"))
    starts_at: Mapped[datetime]
    made_at: Mapped[datetime]
    until: Mapped[datetime]
    form: Mapped[str] = mapped_column(String(36))
    answer: Mapped[Answer | None] = mapped_column(Word(Answer))

    resource: Mapped[ResourceRow] = relationship(lazy="raise")
