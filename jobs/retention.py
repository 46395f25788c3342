"""Forgets what has been kept for as long as its period says."""

import logging

from jobs.office import Office
from scheduler.usecases.caseworkers import forget_absences
from scheduler.usecases.retention import forget_due

_log = logging.getLogger(__name__)


def forget(office: Office) -> None:
    done = forget_due(office.database, office.config.periods, clock=office.clock)
    with office.database.transaction() as session:
        forget_absences(session, now=office.clock.office())
    if any(done.values()):
        _log.info("retention: %s", ", ".join(f"{chore} {rows}" for chore, rows in done.items() if rows))
