"""Offers earlier times to those who wait for one."""

import logging

from jobs.office import Office
from scheduler.usecases.waiting_list import offer_due

_log = logging.getLogger(__name__)


def offer(office: Office) -> None:
    if offered := offer_due(office.database, clock=office.clock):
        _log.info("offers: %d", offered)
