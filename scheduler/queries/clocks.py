"""Looks at the office's clock, as far as the demonstration has moved it."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.clocks import Demonstration, OfficeClock


def ahead(session: Session) -> timedelta:
    """By how much office time is ahead of real time."""
    seconds = session.scalar(select(OfficeClock.ahead_seconds))
    return timedelta(seconds=seconds or 0)


def told_until(session: Session) -> datetime | None:
    """Office time up to which the demonstration's story has been told; None where none was seeded."""
    return session.scalar(select(Demonstration.told_until))
