"""Rows of the switches: a run for each phase applied, an effect for each booking judged, and overrides."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Word
from scheduler.domain.bookings import Channel, Standing, Status
from scheduler.domain.notices import Reach
from scheduler.domain.phases import Effect


class PhaseRun(Base):
    """The one application of a phase's effects; `due_at` fixed the set of bookings, whenever it was done.

    Somebody began to take it back at `undone_at`; at `undo_ended_at` all its bookings had been looked at.
    """

    __tablename__ = "phase_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    phase_key: Mapped[str] = mapped_column(String(64), unique=True)
    due_at: Mapped[datetime]
    begun_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(80))
    undo_ended_at: Mapped[datetime | None]


class PhaseEffect(Base):
    """What one run did to one booking, and what the booking was before."""

    __tablename__ = "phase_effects"
    __table_args__ = (UniqueConstraint("run_id", "booking_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("phase_runs.id"))
    booking_id: Mapped[UUID] = mapped_column(ForeignKey("bookings.id"), index=True)
    effect: Mapped[Effect] = mapped_column(Word(Effect))
    reach: Mapped[Reach | None] = mapped_column(Word(Reach))
    status_before: Mapped[Status] = mapped_column(Word(Status))
    standing_before: Mapped[Standing] = mapped_column(Word(Standing))
    channel_before: Mapped[Channel] = mapped_column(Word(Channel))
    undone: Mapped[bool | None]


class Override(Base):
    """Somebody decided before the switch into a phase that it keeps this booking, whatever its rules say."""

    __tablename__ = "switch_overrides"
    __table_args__ = (UniqueConstraint("phase_key", "booking_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    phase_key: Mapped[str] = mapped_column(String(64))
    booking_id: Mapped[UUID] = mapped_column(ForeignKey("bookings.id"), index=True)
    kept_by: Mapped[str] = mapped_column(String(80))
    kept_at: Mapped[datetime]
