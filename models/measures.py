"""Rows of measures: who is to be told of changes, and which provider's hygiene plan is there."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Word
from scheduler.domain.measures import Side, Way
from scheduler.domain.people import ADDRESS_LENGTH, EMAIL_LENGTH, NAME_LENGTH, PHONE_LENGTH


class MeasureParticipant(Base):
    """Somebody who is told of changes of one measure, from `added_at` until `left_at` (office time)."""

    __tablename__ = "participants_on_file"
    __table_args__ = (Index("ix_participants_on_file_measure_name_id", "measure", "name", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    measure: Mapped[str] = mapped_column(String(64))
    side: Mapped[Side] = mapped_column(Word(Side))
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    language: Mapped[str] = mapped_column(String(20))
    way: Mapped[Way] = mapped_column(Word(Way))
    email: Mapped[str | None] = mapped_column(String(EMAIL_LENGTH))
    phone: Mapped[str | None] = mapped_column(String(PHONE_LENGTH))
    address: Mapped[str | None] = mapped_column(String(ADDRESS_LENGTH))
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(80))
    left_at: Mapped[datetime | None]


class HygienePlan(Base):
    """The provider of a measure has shown its hygiene plan: noted when, and by whom."""

    __tablename__ = "hygiene_plans"

    measure: Mapped[str] = mapped_column(String(64), primary_key=True)
    noted_at: Mapped[datetime]
    noted_by: Mapped[str] = mapped_column(String(80))
