"""Rows of the people who come without an appointment, and of emergencies at the door."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Word
from models.plans import ResourceRow, ServiceRow
from scheduler.domain.bookings import Category, Channel, Origin
from scheduler.domain.people import NAME_LENGTH, PHONE_LENGTH, TEXT_LENGTH
from scheduler.domain.walk_ins import ALLOWED_BY_LENGTH, WalkInStatus


class WalkIn(Base):
    """Somebody without an appointment: no slot and no claim, but a number and, once called, a place.

    The stamps are office time. `channel` is by phone for an emergency that is called back today.
    """

    __tablename__ = "walk_ins"
    __table_args__ = (
        Index("ix_walk_ins_call_day_call_number", "call_day", "call_number", unique=True),
        Index("ix_walk_ins_status_call_day", "status", "call_day"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    call_day: Mapped[date]
    call_number: Mapped[int]
    site: Mapped[str] = mapped_column(String(64))
    origin: Mapped[Origin] = mapped_column(Word(Origin))
    channel: Mapped[Channel] = mapped_column(Word(Channel))
    service_key: Mapped[str | None] = mapped_column(ForeignKey("services.key"))
    resource_id: Mapped[int | None] = mapped_column(ForeignKey("resources.id"))
    name: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    phone: Mapped[str | None] = mapped_column(String(PHONE_LENGTH))
    status: Mapped[WalkInStatus] = mapped_column(Word(WalkInStatus))
    arrived_at: Mapped[datetime]
    called_at: Mapped[datetime | None]
    served_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    justification_category: Mapped[Category | None] = mapped_column(Word(Category))
    justification_text: Mapped[str | None] = mapped_column(String(TEXT_LENGTH))
    allowed_by: Mapped[str | None] = mapped_column(String(ALLOWED_BY_LENGTH))
    made_by: Mapped[str] = mapped_column(String(80))

    resource: Mapped[ResourceRow | None] = relationship(lazy="raise")
    service: Mapped[ServiceRow | None] = relationship(lazy="raise")
