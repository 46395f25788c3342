"""Sends links again that somebody has lost."""

import logging

from jobs.office import Office
from scheduler.usecases.links import send_links

_log = logging.getLogger(__name__)


def send_lost_links(office: Office) -> None:
    if sent := send_links(office.database, clock=office.clock, limits=office.config.limits):
        _log.info("links: %d", sent)
