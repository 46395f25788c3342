"""Rows of the worklist: what somebody decided that the booking itself does not say."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Word
from scheduler.domain.worklist import MarkKind


class WorklistMark(Base):
    """A visit that stays on the worklist no longer; it counts while the visit begins at `starts_at`."""

    __tablename__ = "worklist_marks"

    booking_id: Mapped[UUID] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    kind: Mapped[MarkKind] = mapped_column(Word(MarkKind))
    starts_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime]
