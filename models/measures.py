"""Rows of measures: who is told of which change, and which provider's hygiene plan is there."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
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


class ModeChangeRow(Base):
    """A change of mode that people are told of since `due_at`, by its date or before as somebody released it.

    Once taken back (`undone_at`) it does not hold, and whoever was told is told again.
    """

    __tablename__ = "mode_changes"
    __table_args__ = (UniqueConstraint("measure", "starts", "mode"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(String(64))
    starts: Mapped[date]
    mode: Mapped[str] = mapped_column(String(20))
    due_at: Mapped[datetime]
    released_by: Mapped[str | None] = mapped_column(String(80))
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(80))


class ModeTelling(Base):
    """One person is told of one change, once; and once more after it was taken back."""

    __tablename__ = "mode_tellings"

    change_id: Mapped[int] = mapped_column(ForeignKey("mode_changes.id"), primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(
        ForeignKey("participants_on_file.id"), primary_key=True, index=True
    )
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id"), index=True)
    taken_back_at: Mapped[datetime | None]
