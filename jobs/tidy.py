"""Clears away what nobody needs any more: tries to sign in that are over, and sessions that ended."""

from jobs.office import Office
from scheduler.usecases.staff import clear_away


def tidy(office: Office) -> None:
    clear_away(office.database, clock=office.clock)
