"""Clears away what nobody needs any more: tries to sign in, sessions and holds that are over."""

from jobs.office import Office
from scheduler.usecases.claims import clear_expired_holds
from scheduler.usecases.staff import clear_away


def tidy(office: Office) -> None:
    clear_away(office.database, clock=office.clock)
    with office.database.transaction() as session:
        clear_expired_holds(session)
