"""Rows of hotlines: how many called in which hour, and who answers when."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from scheduler.domain.people import NAME_LENGTH


class HotlineCalls(Base):
    """How many called in one hour of a local day; who of the staff counted them nobody keeps."""

    __tablename__ = "hotline_calls"
    __table_args__ = (CheckConstraint("calls >= 0", name="calls_are_counted"),)

    hotline: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True)
    calls: Mapped[int]


class Shift(Base):
    """Somebody answers a hotline from when until when."""

    __tablename__ = "shifts"

    id: Mapped[int] = mapped_column(primary_key=True)
    hotline: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(80))
