"""Clears away what nobody needs any more: what is over of sessions, tries to sign in, answers and holds."""

from jobs.office import Office
from scheduler.usecases.claims import clear_expired_holds
from scheduler.usecases.tidying import clear_away


def tidy(office: Office) -> None:
    clear_away(office.database, clock=office.clock)
    with office.database.transaction() as session:
        clear_expired_holds(session)
