"""One sender's way through the mails that it holds: hands them over one by one and notes what became of each.

At least once, and at most twice: that a mail is about to be handed over is noted before, that it has left
after, some mails at a time. What a sender that died had begun is sent once more, by itself; a mail of which
nobody knows twice how that ended is set aside, since it may well have arrived.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import sleep
from typing import Any

from sqlalchemy import Update, update
from sqlalchemy.orm import Session

from models.database import Database
from models.outbox import OutboxRow
from scheduler.adapters.clock import Clock
from scheduler.adapters.mail import Mailer, MailRefused, Trouble
from scheduler.adapters.notices import Notice
from scheduler.domain.errors import Busy, Unavailable
from scheduler.domain.notices import NoticeState
from scheduler.queries.health import mails_tallied
from scheduler.usecases.health import tally

# So many are begun and noted at a time: a sender that dies leaves no more of them in doubt.
_GROUP = 10
_NOTE_AFTER = timedelta(seconds=1)
LONGEST_PROBLEM = 300

# A database that is busy or away gets so many tries, with so long between them.
_TRIES = 5
_BREATH_S = 1.0

# How long a mail waits after the first, second … refusal of its own; after the last it is set aside.
WAITS = (*(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 20)), *[timedelta(minutes=30)] * 140)

# Trouble of the server is no mail's fault: it counts for none, and all go on as soon as it is over.
PAUSE = timedelta(minutes=1)

# A server that did not say whether it has a mail gets some time to recover before it gets a second one.
DOUBT = timedelta(minutes=15)


@dataclass
class Delivered:
    """How many mails left, are tried again later, and were set aside."""

    sent: int = 0
    failed: int = 0
    quarantined: int = 0


def tally_mails(session: Session, done: Delivered, *, since: Delivered) -> None:
    """Adds what was done `since` to the office's figures, in the transaction that notes it at the mails."""
    sent, failed = done.sent - since.sent, done.failed - since.failed
    tally(session, mails_tallied(sent, failed, done.quarantined - since.quarantined))


class Delivery:
    """The mails of one lease on their way; nothing is locked while a mail server is spoken with."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rows: Sequence[OutboxRow],
        *,
        until: datetime,
        delivered: Delivered,
    ) -> None:
        self._database = database
        self._clock = clock
        self._until = until
        self._delivered = delivered
        self._tallied = replace(delivered)
        self._waiting = list(rows)
        self._begun: list[OutboxRow] = []
        self._left: list[OutboxRow] = []
        self._noted_at = clock.real()
        # A mail over which a conversation broke off: the next one shows whether that was its own fault.
        self._suspect: tuple[OutboxRow, MailRefused] | None = None

    def carry_out(self, mailer: Mailer) -> bool:
        """Goes on until the lease wears out; False where the mail server gives trouble."""
        is_well = True
        with mailer:
            while is_well and self._has_next():
                is_well = self._hand_over(self._begun.pop(0), mailer)
        self._settle_suspect(is_its_own=False)
        self._give_back()
        return is_well

    def _has_next(self) -> bool:
        now = self._clock.real()
        if now >= self._until:
            return False
        if self._begun:
            if now - self._noted_at > _NOTE_AFTER:
                self._note()
            return True
        return self._begin_next()

    def _begin_next(self) -> bool:
        """Begins some more. What others took, withdrew or told by hand meanwhile is not sent any more."""
        while self._waiting and not self._begun:
            size = 1 if self._waiting[0].unanswered else _GROUP
            group, self._waiting = self._waiting[:size], self._waiting[size:]
            begun = self._note(_held(group).values(unanswered=OutboxRow.unanswered + 1))
            self._begun = [row for row in group if row.id in begun]
        return bool(self._begun)

    def _hand_over(self, row: OutboxRow, mailer: Mailer) -> bool:
        """Whether the next one may follow."""
        notice = Notice.from_values(row.values)
        try:
            mailer.send(row.rendered or b"", sender=notice.sender_address, recipient=notice.recipient or "")
        except MailRefused as refusal:
            return self._look_into(row, refusal)
        self._settle_suspect(is_its_own=True)
        self._left.append(row)
        self._delivered.sent += 1
        return True

    def _look_into(self, row: OutboxRow, refusal: MailRefused) -> bool:
        if refusal.trouble is Trouble.THIS_MAIL:
            self._settle_suspect(is_its_own=True)
            self._note_refusal(row, refusal, is_its_own=True)
            return True
        if refusal.trouble is Trouble.UNCLEAR and self._suspect is None and (self._begun or self._waiting):
            self._suspect = row, refusal
            return True
        self._settle_suspect(is_its_own=False)
        self._note_refusal(row, refusal, is_its_own=False)
        return False

    def _settle_suspect(self, *, is_its_own: bool) -> None:
        if self._suspect is not None:
            (row, refusal), self._suspect = self._suspect, None
            self._note_refusal(row, refusal, is_its_own=is_its_own)

    def _note_refusal(self, row: OutboxRow, refusal: MailRefused, *, is_its_own: bool) -> None:
        attempts = row.attempts + 1 if is_its_own else max(row.attempts, 1)
        noted: dict[str, Any] = {"attempts": attempts, "problem": refusal.reason[:LONGEST_PROBLEM]}
        if refusal.permanent or attempts > len(WAITS):
            noted["state"] = NoticeState.QUARANTINED
            self._delivered.quarantined += 1
        else:
            wait = WAITS[attempts - 1] if is_its_own else PAUSE
            noted["retry_at"] = self._clock.real() + (max(wait, DOUBT) if refusal.unanswered else wait)
            self._delivered.failed += 1
        if not refusal.unanswered:
            noted["unanswered"] = OutboxRow.unanswered - 1
        self._note(_held([row]).values(leased_until=None, **noted))

    def _note(self, *changes: Update) -> set[int]:
        """Notes what has left, with these changes; answers which rows they changed.

        A database that is away for a moment is waited for: the mails have left, and would leave again.
        """
        for _ in range(_TRIES - 1):
            with suppress(Busy, Unavailable):
                return self._note_now(changes)
            sleep(_BREATH_S)
        return self._note_now(changes)

    def _note_now(self, changes: Iterable[Update]) -> set[int]:
        with self._database.transaction() as session:
            if self._left:
                now = self._clock.office()
                sent = {"state": NoticeState.SENT, "settled_at": now, "leased_until": None, "problem": None}
                session.execute(_held(self._left).values(sent))
            changed = {
                row_id for change in changes for row_id in session.scalars(change.returning(OutboxRow.id))
            }
            tally_mails(session, self._delivered, since=self._tallied)
        self._tallied = replace(self._delivered)
        self._left = []
        self._noted_at = self._clock.real()
        return changed

    def _give_back(self) -> None:
        changes = []
        if self._begun:
            changes.append(_held(self._begun).values(leased_until=None, unanswered=OutboxRow.unanswered - 1))
        if self._waiting:
            changes.append(_held(self._waiting).values(leased_until=None))
        if self._left or changes:
            self._note(*changes)


def _held(rows: Sequence[OutboxRow]) -> Update:
    """A change to rows as long as this sender holds them; one asleep past the lease changes nothing."""
    return (
        update(OutboxRow)
        .where(
            OutboxRow.id.in_([row.id for row in rows]),
            OutboxRow.state == NoticeState.WAITING,
            OutboxRow.leased_until == rows[0].leased_until,
        )
        .execution_options(synchronize_session=False)
    )
