"""Rows of the interruptions: when a place is closed though the plan has it open."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Word
from models.plans import ResourceRow
from scheduler.domain.interruptions import InterruptionKind


class Interruption(Base):
    """A place is closed from `starts_at` until `ends_at` (not included).

    Giving it back early brings `ends_at` forward; one that had not begun is then empty.
    """

    __tablename__ = "interruptions"

    id: Mapped[int] = mapped_column(primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resources.id"))
    kind: Mapped[InterruptionKind] = mapped_column(Word(InterruptionKind))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime]
    lifted_by: Mapped[str | None] = mapped_column(String(80))
    lifted_at: Mapped[datetime | None]

    resource: Mapped[ResourceRow] = relationship(lazy="raise")
