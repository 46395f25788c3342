"""Empties the outbox: mails leave here and nowhere else, and what is told by hand is ticked off.

Each mail is written once and sent as written, at least once. A row is leased before it is sent, so that two
senders do not take the same; a sender that dies leaves it to the next when the lease has run out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, Update, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from models.database import Database
from models.outbox import OutboxRow
from scheduler.adapters.clock import Clock
from scheduler.adapters.letters import render
from scheduler.adapters.mail import Mailer, MailRefused, checked_address
from scheduler.adapters.notices import Notice
from scheduler.domain.errors import NotFound, WrongState
from scheduler.domain.notices import NoticeKind, NoticeState
from scheduler.domain.roles import Actor
from scheduler.usecases.audit import record

PRODUCT = "Theke"
_BATCH = 50
_LEASE = timedelta(minutes=5)

# How long a sender goes on under one lease, so that nobody else takes what it is still sending.
_SENDING = timedelta(minutes=4)
_LONGEST_PROBLEM = 300

# How long to wait after the first, second … failed attempt; after the last the notice is set aside.
_WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 20, 40, 60, 120, 240, 480, 720))

_OPEN = (NoticeState.WAITING, NoticeState.QUARANTINED)


@dataclass
class Delivered:
    """How many mails left, are tried again later, and were set aside."""

    sent: int = 0
    failed: int = 0
    quarantined: int = 0


def deliver_due(database: Database, mailer: Mailer, *, clock: Clock) -> Delivered:
    """Sends what is due, in the order in which it was written; ends when the mail server gives trouble."""
    delivered = Delivered()
    while True:
        leased_at = clock.real()
        with database.transaction() as session:
            rows = session.scalars(_due(leased_at).with_for_update(skip_locked=True)).all()
            for row in rows:
                row.leased_until = leased_at + _LEASE
                _render_once(row, clock.office(), delivered)
        ready = [row for row in rows if row.state is NoticeState.WAITING]
        if not rows:
            return delivered
        if not _send(database, mailer, ready, delivered, clock, until=leased_at + _SENDING):
            return delivered


def _due(real_now: datetime) -> Select[OutboxRow]:
    """Mails to send now; those about one booking leave in their order (RFC 5546, 2.1.5).

    One that was set aside holds up no other: that people are told comes before what their calendars show.
    """
    earlier = aliased(OutboxRow)
    waits_for_another = exists().where(
        earlier.booking_id == OutboxRow.booking_id,
        earlier.id < OutboxRow.id,
        earlier.kind == NoticeKind.EMAIL,
        earlier.state == NoticeState.WAITING,
    )
    return (
        select(OutboxRow)
        .where(OutboxRow.state == NoticeState.WAITING, OutboxRow.kind == NoticeKind.EMAIL)
        .where(or_(OutboxRow.retry_at.is_(None), OutboxRow.retry_at <= real_now))
        .where(or_(OutboxRow.leased_until.is_(None), OutboxRow.leased_until <= real_now))
        .where(~waits_for_another)
        .order_by(OutboxRow.id)
        .limit(_BATCH)
    )


def _render_once(row: OutboxRow, office_now: datetime, delivered: Delivered) -> None:
    """Writes the mail; one that cannot be written is set aside with its reason and holds up no other."""
    if row.rendered is not None:
        return
    try:
        notice = Notice.from_values(row.values)
        checked_address(notice.recipient, other_than=notice.sender_address)
        row.rendered = render(notice, message_id=row.message_id, now=office_now, product=PRODUCT)
    except Exception as error:  # whatever is wrong with its values, it must not stop the others
        _set_aside(row, f"{error}" or type(error).__name__)
        delivered.quarantined += 1


def _send(
    database: Database,
    mailer: Mailer,
    rows: Sequence[OutboxRow],
    delivered: Delivered,
    clock: Clock,
    *,
    until: datetime,
) -> bool:
    """Sends one after the other until the lease wears out; False where the mail server gives trouble."""
    waiting = list(rows)
    is_well = True
    with mailer:
        while waiting and is_well and clock.real() < until:
            row = waiting.pop(0)
            notice = Notice.from_values(row.values)
            try:
                mailer.send(
                    row.rendered or b"", sender=notice.sender_address, recipient=notice.recipient or ""
                )
            except MailRefused as refusal:
                _note_refusal(database, row, refusal, delivered, clock)
                is_well = refusal.this_one
            else:
                delivered.sent += 1
                _settle(database, row, clock)
    _give_back(database, waiting)
    return is_well


def _held(row: OutboxRow) -> Update:
    """A change to a row as long as this sender holds it; one asleep past the lease changes nothing."""
    return update(OutboxRow).where(
        OutboxRow.id == row.id,
        OutboxRow.state == NoticeState.WAITING,
        OutboxRow.leased_until == row.leased_until,
    )


def _settle(database: Database, row: OutboxRow, clock: Clock) -> None:
    with database.transaction() as session:
        session.execute(
            _held(row).values(
                state=NoticeState.SENT, settled_at=clock.office(), leased_until=None, problem=None
            )
        )


def _note_refusal(
    database: Database, row: OutboxRow, refusal: MailRefused, delivered: Delivered, clock: Clock
) -> None:
    attempts = row.attempts + 1
    noted: dict[str, Any] = {"attempts": attempts, "problem": refusal.reason[:_LONGEST_PROBLEM]}
    if refusal.permanent or attempts > len(_WAITS):
        noted["state"] = NoticeState.QUARANTINED
        delivered.quarantined += 1
    else:
        noted["retry_at"] = clock.real() + _WAITS[attempts - 1]
        delivered.failed += 1
    with database.transaction() as session:
        session.execute(_held(row).values(leased_until=None, **noted))


def _give_back(database: Database, rows: Sequence[OutboxRow]) -> None:
    if not rows:
        return
    with database.transaction() as session:
        for row in rows:
            session.execute(_held(row).values(leased_until=None))


def _set_aside(row: OutboxRow, problem: str) -> None:
    row.state, row.problem, row.leased_until = NoticeState.QUARANTINED, problem[:_LONGEST_PROBLEM], None


def retry(session: Session, row_id: int | None, *, actor: Actor, now: datetime) -> int:
    """Makes one undelivered mail, or all, due; answers how many. Raises NotFound, WrongState.

    What a sender holds at this moment stays with it until it is done or its lease is over. A mail that a
    later one about the same booking has overtaken is never sent: it would bring back what is over.
    """
    later = aliased(OutboxRow)
    overtaken = exists().where(
        later.booking_id == OutboxRow.booking_id,
        later.id > OutboxRow.id,
        later.state == NoticeState.SENT,
    )
    wanted = select(OutboxRow).where(
        OutboxRow.kind == NoticeKind.EMAIL, OutboxRow.state.in_(_OPEN), ~overtaken
    )
    if row_id is not None:
        if _row(session, row_id).state not in _OPEN:
            raise WrongState(change="retry", why="settled", status="done")
        if session.scalar(wanted.where(OutboxRow.id == row_id)) is None:
            raise WrongState(change="retry", why="overtaken", status="done")
        wanted = wanted.where(OutboxRow.id == row_id)
    rows = session.scalars(wanted.with_for_update()).all()
    for row in rows:
        row.state, row.retry_at, row.attempts = NoticeState.WAITING, None, 0
        record(session, actor, "notice.retry", f"notice:{row.id}", now=now)
    return len(rows)


def tick_off(session: Session, row_id: int, *, actor: Actor, now: datetime) -> OutboxRow:
    """Notes that somebody was told by letter, phone or at the door, also where a mail did not arrive.

    Raises NotFound, WrongState.
    """
    row = _row(session, row_id)
    open_state = NoticeState.QUARANTINED if row.kind is NoticeKind.EMAIL else NoticeState.WAITING
    if row.state is not open_state:
        raise WrongState(change="tick_off", why="settled", status="done")
    row.state, row.settled_at, row.settled_by = NoticeState.SENT, now, actor.name
    record(session, actor, "notice.tick-off", f"notice:{row.id}", now=now)
    return row


def untick(session: Session, row_id: int, *, actor: Actor, now: datetime) -> OutboxRow:
    """Takes a tick back: the person is still to be told. Raises NotFound, WrongState."""
    row = _row(session, row_id)
    if row.settled_by is None or row.state is not NoticeState.SENT:
        raise WrongState(change="untick", why="not_ticked", status="booked")
    is_mail = row.kind is NoticeKind.EMAIL
    row.state = NoticeState.QUARANTINED if is_mail else NoticeState.WAITING
    row.settled_at, row.settled_by = None, None
    record(session, actor, "notice.untick", f"notice:{row.id}", now=now)
    return row


def _row(session: Session, row_id: int) -> OutboxRow:
    row = session.scalar(select(OutboxRow).where(OutboxRow.id == row_id).with_for_update())
    if row is None:
        raise NotFound(what="notice", key=str(row_id))
    return row
