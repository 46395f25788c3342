"""Sends the mails that are due."""

import logging

from jobs.office import Office
from scheduler.adapters.mail import mailbox_from_url
from scheduler.usecases.outbox import deliver_due

_log = logging.getLogger(__name__)


def deliver(office: Office) -> None:
    done = deliver_due(office.database, mailbox_from_url(office.config.mail_url), clock=office.clock)
    if done.sent or done.failed or done.quarantined:
        _log.info("mails: sent %d, failed %d, quarantined %d", done.sent, done.failed, done.quarantined)
