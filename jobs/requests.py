"""Ends the requests that nobody answered until the visit's start."""

import logging

from jobs.office import Office
from scheduler.usecases.requests import cancel_unanswered

_log = logging.getLogger(__name__)


def answer_requests(office: Office) -> None:
    if ended := cancel_unanswered(office.database, clock=office.clock):
        _log.info("requests that nobody answered: %d", ended)
