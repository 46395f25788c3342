"""Tells people how their measure takes place from now on, or that a change was taken back."""

import logging

from jobs.office import Office
from scheduler.usecases.mode_changes import tell_due

_log = logging.getLogger(__name__)


def tell_changes(office: Office) -> None:
    if told := tell_due(office.database, clock=office.clock):
        _log.info("changes of measures told: %d", told)
