"""Empties the outbox: mails leave here and nowhere else, and what is told by hand is ticked off.

Each mail is written once and sent as written, at least once. A row is leased before it is sent, so that two
senders do not take the same; a sender that dies leaves it to the next when the lease has run out.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, exists, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from models.database import Database
from models.outbox import OutboxRow
from scheduler.adapters.clock import Clock
from scheduler.adapters.languages import supported
from scheduler.adapters.letters import edition, render
from scheduler.adapters.links import Links
from scheduler.adapters.mail import Mailer, checked_address
from scheduler.adapters.notices import Notice, with_link
from scheduler.domain.errors import NotFound, WrongState
from scheduler.domain.notices import KIND_BY_REACH, NoticeKind, NoticeState, reach_of
from scheduler.domain.roles import Actor
from scheduler.queries.bookings import booking
from scheduler.queries.notices import (
    is_measure_told_by_hand,
    is_overtaken,
    is_told_by_hand,
    letters,
    measure_letters,
)
from scheduler.queries.plans import current_plan
from scheduler.queries.visits import visit_of
from scheduler.usecases.audit import record
from scheduler.usecases.deliveries import DOUBT, LONGEST_PROBLEM, WAITS, Delivered, Delivery, tally_mails

__all__ = ["Delivered", "deliver_due", "hold", "retry", "tick_off", "tick_off_letters", "untick"]

PRODUCT = "Theke"
_BATCH = 50
_LEASE = timedelta(minutes=5)

# How long a sender goes on under one lease, so that nobody else takes what it is still sending, even where
# the last mail waits for every answer as long as it may.
_SENDING = timedelta(minutes=2)

# Copies of one mail that may ever be on their way without anybody asking for more.
_COPIES = 2

_HELD = "held after a restore: it may have left already; the mail server's log tells"

_OPEN = (NoticeState.WAITING, NoticeState.QUARANTINED)


def deliver_due(database: Database, mailer: Mailer, *, clock: Clock, links: Links | None = None) -> Delivered:
    """Sends what is due, in the order in which it was written; ends when the mail server gives trouble.

    With `links` each mail about a visit that is to be leads to its page.
    """
    delivered = Delivered()
    while True:
        leased_at = clock.real()
        before = replace(delivered)
        with database.transaction() as session:
            rows = _take(session, leased_at)
            for row in rows:
                row.leased_until = leased_at + _LEASE
                _prepare(row, clock.office(), delivered, links)
            tally_mails(session, delivered, since=before)
        if not rows:
            return delivered
        ready = [row for row in rows if row.state is NoticeState.WAITING]
        delivery = Delivery(database, clock, ready, until=leased_at + _SENDING, delivered=delivered)
        if not delivery.carry_out(mailer):
            return delivered


def _take(session: Session, real_now: datetime) -> Sequence[OutboxRow]:
    """Some mails to send now. Those in doubt come last, when others have shown that the server is well."""
    for in_doubt in (OutboxRow.unanswered == 0, OutboxRow.unanswered > 0):
        found = session.scalars(_due(real_now).where(in_doubt).with_for_update(skip_locked=True)).all()
        if found:
            return found
    return []


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
    sooner = aliased(OutboxRow)
    waits_for_word_before = exists().where(
        sooner.participant_id == OutboxRow.participant_id,
        sooner.id < OutboxRow.id,
        sooner.kind == NoticeKind.EMAIL,
        sooner.state == NoticeState.WAITING,
    )
    return (
        select(OutboxRow)
        .where(OutboxRow.state == NoticeState.WAITING, OutboxRow.kind == NoticeKind.EMAIL)
        .where(_is_over(OutboxRow.retry_at, real_now, longest=max(*WAITS, DOUBT)))
        .where(_is_over(OutboxRow.leased_until, real_now, longest=2 * _LEASE))
        .where(~waits_for_another, ~waits_for_word_before)
        .order_by(OutboxRow.id)
        .limit(_BATCH)
    )


def _is_over(
    column: InstrumentedAttribute[datetime | None], real_now: datetime, *, longest: timedelta
) -> ColumnElement[bool]:
    """Whether an instant has passed, or lies so far ahead that the clock must have been put back since."""
    return or_(column.is_(None), column <= real_now, column > real_now + longest)


def _prepare(row: OutboxRow, office_now: datetime, delivered: Delivered, links: Links | None = None) -> None:
    """Writes the mail, once. One that cannot be sent is set aside with its reason and holds up no other."""
    try:
        if row.unanswered >= _COPIES:
            raise ValueError("it was handed over twice and nobody knows how that ended; it may have arrived")
        if row.rendered is None:
            notice = Notice.from_values(row.values)
            if links is not None and row.booking_id is not None:
                notice = with_link(notice, links.address(row.booking_id))
            checked_address(notice.recipient, other_than=notice.sender_address)
            row.edition = edition(notice.template, notice.written_in)
            row.rendered = render(notice, message_id=row.message_id, now=office_now, product=PRODUCT)
    except Exception as error:  # whatever is wrong with its values, it must not stop the others
        _set_aside(row, f"{error}" or type(error).__name__)
        delivered.quarantined += 1


def _set_aside(row: OutboxRow, problem: str) -> None:
    row.state, row.problem, row.leased_until = NoticeState.QUARANTINED, problem[:LONGEST_PROBLEM], None


def retry(session: Session, row_id: int | None, *, actor: Actor, now: datetime) -> int:
    """Makes one undelivered mail, or all, due; answers how many. Raises NotFound, WrongState.

    One that was set aside because it may have arrived twice is sent once more all the same: somebody asked.

    What a sender holds at this moment stays with it until it is done or its lease is over. A mail that a
    later one about the same booking has overtaken is never sent: it would bring back what is over.
    """
    later = aliased(OutboxRow)
    overtaken = exists().where(
        later.booking_id == OutboxRow.booking_id,
        later.id > OutboxRow.id,
        later.state == NoticeState.SENT,
    )
    newer = aliased(OutboxRow)
    said_since = exists().where(
        newer.participant_id == OutboxRow.participant_id,
        newer.id > OutboxRow.id,
        newer.state == NoticeState.SENT,
    )
    wanted = select(OutboxRow).where(
        OutboxRow.kind == NoticeKind.EMAIL, OutboxRow.state.in_(_OPEN), ~overtaken, ~said_since
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
        row.unanswered = min(row.unanswered, _COPIES - 1)
        record(session, actor, "notice.retry", f"notice:{row.id}", now=now)
    return len(rows)


def hold(session: Session, *, actor: Actor, now: datetime) -> int:
    """Sets every mail aside that waits; answers how many.

    In a database that was restored from a backup nobody can tell which of them left after it was made: each
    counts as handed over with its end unknown.
    """
    held = session.execute(
        update(OutboxRow)
        .where(OutboxRow.kind == NoticeKind.EMAIL, OutboxRow.state == NoticeState.WAITING)
        .values(state=NoticeState.QUARANTINED, problem=_HELD, leased_until=None, retry_at=None, unanswered=1)
        .returning(OutboxRow.id),
        execution_options={"synchronize_session": False},
    ).all()
    record(session, actor, "notice.hold", "notice:all", now=now, held=len(held))
    return len(held)


def release(session: Session, row_id: int, *, actor: Actor, now: datetime) -> OutboxRow:
    """Lets a notice go that was held back, by the way that still reaches the person in time.

    Raises NotFound, and WrongState where it is not held, or a later one about the same booking says more.
    """
    row = _row(session, row_id)
    if row.state is not NoticeState.HELD or row.booking_id is None:
        raise WrongState(change="release", why="settled", status="done")
    if is_overtaken(session, row):
        raise WrongState(change="release", why="overtaken", status="done")
    plan, told = current_plan(session), visit_of(booking(session, row.booking_id))
    reach = reach_of(told.customer, starts_at=told.starts_at, now=now, post=plan.office.post)
    row.state, row.kind, row.created_at = NoticeState.WAITING, KIND_BY_REACH[reach], now
    record(session, actor, "notice.release", f"notice:{row.id}", now=now)
    return row


def tick_off(session: Session, row_id: int, *, actor: Actor, now: datetime) -> OutboxRow:
    """Notes that somebody was told by letter, phone or at the door, also where a mail did not arrive in time.

    Raises NotFound, WrongState.
    """
    row = _row(session, row_id)
    is_told = is_measure_told_by_hand if row.participant_id is not None else is_told_by_hand
    if not is_told(session, row_id, now=now):
        raise WrongState(change="tick_off", why="settled", status="done")
    _tick_off(session, row, actor, now)
    return row


def tick_off_letters(session: Session, row_ids: Collection[int], *, actor: Actor, now: datetime) -> int:
    """Notes that these letters were printed and posted; answers how many of them.

    What was ticked off, withdrawn or overtaken since they were printed is passed over: nobody needs it.
    """
    rows = session.scalars(
        select(OutboxRow).where(OutboxRow.id.in_(row_ids)).order_by(OutboxRow.id).with_for_update()
    ).all()
    wanted = {telling.row.id for telling in letters(session, now=now)}
    wanted |= {telling.row.id for telling in measure_letters(session)}
    posted = [row for row in rows if row.id in wanted]
    for row in posted:
        _tick_off(session, row, actor, now)
    return len(posted)


def _tick_off(session: Session, row: OutboxRow, actor: Actor, now: datetime) -> None:
    """Of what was said, read or printed the edition is today's."""
    row.state, row.settled_at, row.settled_by = NoticeState.SENT, now, actor.name
    row.edition = edition(row.template, supported(row.values["language"]))
    record(session, actor, "notice.tick-off", f"notice:{row.id}", now=now)


def untick(session: Session, row_id: int, *, actor: Actor, now: datetime) -> OutboxRow:
    """Takes a tick back: the person is still to be told. Raises NotFound, WrongState."""
    row = _row(session, row_id)
    if row.settled_by is None or row.state is not NoticeState.SENT or row.forgotten_at is not None:
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
