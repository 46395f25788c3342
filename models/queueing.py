"""Rows of the queue: how many call numbers each day has given out."""

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class CallDay(Base):
    """One day of the office; whoever wants a number raises `last_number`, one after the other."""

    __tablename__ = "call_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    last_number: Mapped[int]
