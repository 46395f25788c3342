"""Looks at the office's clock, as far as the demonstration has moved it."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.clocks import Demonstration, OfficeClock
from models.database import Database
from scheduler.adapters.clock import Clock


def ahead(session: Session) -> timedelta:
    """By how much office time is ahead of real time."""
    seconds = session.scalar(select(OfficeClock.ahead_seconds))
    return timedelta(seconds=seconds or 0)


def office_clock(database: Database, *, demo: bool) -> Clock:
    """The system's clock; in the demonstration office time is as far ahead as the database says."""
    if not demo:
        return Clock()

    def office_is_ahead() -> timedelta:
        with database.reading() as session:
            return ahead(session)

    return Clock(office_is_ahead)


def told_until(session: Session) -> datetime | None:
    """Office time up to which the demonstration's story has been told; None where none was seeded."""
    return session.scalar(select(Demonstration.told_until))
