"""Senders of mail as processes of their own, with guards that a test can take away. No part of the product.

They are forks of one process that has read all modules already, so that killing many of them is cheap.
"""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from typing import Any

from sqlalchemy import Select, Update, select, true, update

import jobs.timetable  # noqa: F401  # all that a process of the jobs knows
from models.database import Database
from models.outbox import OutboxRow
from scheduler.adapters.clock import Clock
from scheduler.adapters.mail import Mailer, MailServer, mailbox_from_url
from scheduler.adapters.notices import Notice
from scheduler.domain.notices import NoticeKind, NoticeState
from scheduler.usecases import deliveries, outbox
from scheduler.usecases.outbox import Delivered, deliver_due

_PAUSE_S = 0.05
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class Sender:
    """What a sender works with; `without` names a guard, `dies_at` the mail at which it kills itself.

    It begins `group` mails at a time.

    It dies when it has handed that mail over, before it can note it; with `dies_before` just before that.
    """

    database_url: str
    mail_url: str
    lease_s: float = 300
    group: int = 10
    without: str = ""
    dies_at: int = 0
    dies_before: bool = False


@contextmanager
def sending(sender: Sender) -> Iterator[BaseProcess]:
    """A process that sends what is due until the block ends."""
    process = _context.Process(target=_send, args=(sender,), daemon=True)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def _send(sender: Sender) -> None:
    database, mailer = Database(sender.database_url), mailbox_from_url(sender.mail_url)
    outbox._LEASE, outbox._SENDING = (timedelta(seconds=sender.lease_s * share) for share in (1, 0.5))
    deliveries._GROUP = sender.group
    GUARDS[sender.without]()
    if sender.dies_at:
        _die(sender)
    deliver = _deliver_while_locked if sender.without == "short transactions" else deliver_due
    while True:
        deliver(database, mailer, clock=Clock())
        time.sleep(_PAUSE_S)


def _die(sender: Sender) -> None:
    hand_over, handed_over = MailServer.send, 0

    def send(self: MailServer, message: bytes, **envelope: str) -> None:
        nonlocal handed_over
        handed_over += 1
        if handed_over == sender.dies_at and sender.dies_before:
            os.kill(os.getpid(), signal.SIGKILL)
        hand_over(self, message, **envelope)
        if handed_over == sender.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    MailServer.send = send  # type: ignore[method-assign]


def _without_leases() -> None:
    """Everybody takes what is there, and notes what became of it whoever has taken it since.

    That nobody sends what may have left twice would hold as well, so it is taken off with the leases.
    """
    _without_doubt()
    is_over = outbox._is_over
    outbox._is_over = lambda column, now, **longest: (
        true() if column is OutboxRow.leased_until else is_over(column, now, **longest)
    )

    def held(rows: list[OutboxRow]) -> Update:
        ids = [row.id for row in rows]
        return update(OutboxRow).where(OutboxRow.id.in_(ids)).execution_options(synchronize_session=False)

    deliveries._held = held  # type: ignore[assignment]


def _without_order() -> None:
    """The latest mail first, whatever it speaks of."""

    def due(real_now: datetime) -> Select[Any]:
        waiting = select(OutboxRow).where(
            OutboxRow.state == NoticeState.WAITING,
            OutboxRow.kind == NoticeKind.EMAIL,
            outbox._is_over(OutboxRow.leased_until, real_now, longest=timedelta(hours=1)),
        )
        return waiting.order_by(OutboxRow.id.desc()).limit(50)

    outbox._due = due


def _without_doubt() -> None:
    """Nobody counts how often a mail may have left."""
    outbox._COPIES = 1000


def _without_patience() -> None:
    """A database that is busy is asked once."""
    deliveries._TRIES = 1


def _deliver_while_locked(database: Database, mailer: Mailer, *, clock: Clock) -> Delivered:
    """Keeps the rows for itself until the server has them all."""
    with database.transaction() as session, mailer:
        for row in outbox._take(session, clock.real()):
            row.leased_until = clock.real()
            outbox._prepare(row, clock.office(), Delivered())
            session.flush()
            notice = Notice.from_values(row.values)
            mailer.send(row.rendered or b"", sender=notice.sender_address, recipient=notice.recipient or "")
            row.state = NoticeState.SENT
    return Delivered()


GUARDS: dict[str, Callable[[], None]] = {
    "": lambda: None,
    "leases": _without_leases,
    "order": _without_order,
    "doubt": _without_doubt,
    "patience": _without_patience,
    "short transactions": lambda: None,
}
