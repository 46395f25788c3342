"""Reminds people of visits two days ahead."""

import logging

from jobs.office import Office
from scheduler.usecases.reminders import remind_due

_log = logging.getLogger(__name__)


def remind(office: Office) -> None:
    if reminded := remind_due(office.database, clock=office.clock):
        _log.info("reminders: %d", reminded)
