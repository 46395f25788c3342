"""Rows about time: the demonstration's clock, and the sign of life of the jobs."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class OfficeClock(Base):
    """The demonstration's office time: real time and this many seconds. One row, shared by all processes."""

    __tablename__ = "office_clock"

    id: Mapped[int] = mapped_column(primary_key=True)
    ahead_seconds: Mapped[float]


class Demonstration(Base):
    """How far the demonstration's story has been told (office time). No row where none was seeded."""

    __tablename__ = "demonstration"

    id: Mapped[int] = mapped_column(primary_key=True)
    told_until: Mapped[datetime]


class Heartbeat(Base):
    """When a job last ran (real time), and what went wrong if anything did."""

    __tablename__ = "heartbeats"

    job: Mapped[str] = mapped_column(String(40), primary_key=True)
    ran_at: Mapped[datetime]
    problem: Mapped[str | None] = mapped_column(Text)
