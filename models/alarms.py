"""Rows of the silent alarm: who called for help, who is coming, and when all was clear."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base


class Alarm(Base):
    """One call for help; `place` is the key of where the caller works, as far as that was chosen.

    `browser` tells one computer from another of the same login and place; empty if unnamed.
    """

    __tablename__ = "alarms"
    __table_args__ = (
        Index(
            "uq_alarms_open_of_one",
            "raised_by",
            "browser",
            "is_test",
            "place",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
        Index(
            "uq_alarms_open_without_place",
            "raised_by",
            "browser",
            "is_test",
            unique=True,
            postgresql_where=text("ended_at IS NULL AND place IS NULL"),
            sqlite_where=text("ended_at IS NULL AND place IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    raised_at: Mapped[datetime]
    raised_by: Mapped[str] = mapped_column(String(80))
    browser: Mapped[str] = mapped_column(String(32))
    place: Mapped[str | None] = mapped_column(String(64))
    is_test: Mapped[bool]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(80))

    answers: Mapped[list["AlarmAnswer"]] = relationship(lazy="raise", order_by="AlarmAnswer.id")


class AlarmAnswer(Base):
    """Somebody who is coming."""

    __tablename__ = "alarm_answers"
    __table_args__ = (UniqueConstraint("alarm_id", "actor"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    alarm_id: Mapped[int] = mapped_column(ForeignKey("alarms.id"))
    actor: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]
