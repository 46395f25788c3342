"""Sends the mails that are due."""

import logging

from jobs.office import Office
from scheduler.adapters.links import Links
from scheduler.adapters.mail import mailbox_from_url
from scheduler.usecases.outbox import deliver_due

_log = logging.getLogger(__name__)


def deliver(office: Office) -> None:
    config = office.config
    links = Links(config.base_url, config.secret_key)
    done = deliver_due(office.database, mailbox_from_url(config.mail_url), clock=office.clock, links=links)
    if done.sent or done.failed or done.quarantined:
        _log.info("mails: sent %d, failed %d, quarantined %d", done.sent, done.failed, done.quarantined)
