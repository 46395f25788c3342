"""Forgets what has been kept for as long as its period says."""

import logging

from jobs.office import Office
from scheduler.usecases.retention import forget_due

_log = logging.getLogger(__name__)


def forget(office: Office) -> None:
    done = forget_due(office.database, office.config.periods, clock=office.clock)
    if any(done.values()):
        _log.info("retention: %s", ", ".join(f"{chore} {rows}" for chore, rows in done.items() if rows))
