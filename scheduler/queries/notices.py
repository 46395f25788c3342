"""Looks at notices: people still to be told, mails and what became of them, and those of one booking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased, defer, joinedload

from models.bookings import Booking
from models.measures import MeasureParticipant
from models.outbox import OutboxRow
from scheduler.domain.errors import NotFound, invalid
from scheduler.domain.notices import LATE_AFTER, SOON, UNDELIVERED, NoticeKind, NoticeState

#: So many letters are printed at once.
MOST_LETTERS = 200


@dataclass(frozen=True, slots=True)
class Telling:
    """One notice with the booking that it speaks of."""

    row: OutboxRow
    booking: Booking


@dataclass(frozen=True, slots=True)
class MeasureTelling:
    """One notice with the person whom it tells how a measure takes place."""

    row: OutboxRow
    person: MeasureParticipant


@dataclass(frozen=True, slots=True)
class Page:
    """Some notices; `next_cursor` fetches those after them, None at the end."""

    tellings: Sequence[Telling]
    next_cursor: str | None


def to_be_told(
    session: Session, *, now: datetime | None = None, limit: int = 50, after: str | None = None
) -> Page:
    """Letters, calls, the list for the door and mails that did not arrive, the soonest visit first.

    With `now` (office time) only those whose visit is still to come, the others stand in `too_late`; and
    mails that are late as well (they may still leave).
    """
    wanted = _waiting(now).order_by(Booking.starts_at, OutboxRow.id)
    if now is not None:
        wanted = wanted.where(Booking.starts_at > now)
    if after is not None:
        soonest = select(Booking.starts_at).join(OutboxRow, OutboxRow.booking_id == Booking.id)
        row_id = _number(after)
        starts_at = soonest.where(OutboxRow.id == row_id).scalar_subquery()
        wanted = wanted.where(tuple_(Booking.starts_at, OutboxRow.id) > tuple_(starts_at, row_id))
    return _page(session, wanted, limit)


def letters(session: Session, *, now: datetime, limit: int = MOST_LETTERS) -> Sequence[Telling]:
    """The letters to be printed, the soonest visit first, also those that would come too late by now."""
    wanted = _waiting(now).where(OutboxRow.kind == NoticeKind.LETTER, OutboxRow.state == NoticeState.WAITING)
    coming = wanted.where(Booking.starts_at > now).order_by(Booking.starts_at, OutboxRow.id)
    return _page(session, coming, limit).tellings


def measures_to_be_told(
    session: Session, *, now: datetime, limit: int = MOST_LETTERS
) -> Sequence[MeasureTelling]:
    """Who is told of a measure by hand, as in `to_be_told`; the oldest first."""
    return _of_measures(session, _measure_by_hand(now), limit)


def measure_letters(session: Session, *, limit: int = MOST_LETTERS) -> Sequence[MeasureTelling]:
    """The letters about measures to be printed, the oldest first."""
    wanted = and_(OutboxRow.kind == NoticeKind.LETTER, OutboxRow.state == NoticeState.WAITING)
    return _of_measures(session, wanted, limit)


def measures_ticked_off(session: Session, *, limit: int = 10) -> Sequence[MeasureTelling]:
    """What about measures was ticked off last, the latest first."""
    wanted = (
        _with_participant()
        .where(OutboxRow.state == NoticeState.SENT, OutboxRow.settled_by.is_not(None))
        .where(OutboxRow.forgotten_at.is_(None))
        .order_by(OutboxRow.settled_at.desc(), OutboxRow.id.desc())
    )
    return [MeasureTelling(*pair) for pair in session.execute(wanted.limit(limit))]


def is_measure_told_by_hand(session: Session, row_id: int, *, now: datetime) -> bool:
    """Whether somebody may say by now (office time) that they told the person of the measure."""
    wanted = _with_participant().where(OutboxRow.id == row_id, _measure_by_hand(now))
    return session.scalar(select(wanted.exists())) or False


def is_overtaken(session: Session, row: OutboxRow) -> bool:
    """Whether a later notice about the same booking says what holds now."""
    later = select(OutboxRow.id).where(
        OutboxRow.booking_id == row.booking_id,
        OutboxRow.id > row.id,
        OutboxRow.state != NoticeState.WITHDRAWN,
    )
    return session.scalar(select(later.exists())) or False


def is_told_by_hand(session: Session, row_id: int, *, now: datetime) -> bool:
    """Whether somebody may say by now (office time) that they told the person; as `to_be_told` has it."""
    wanted = _with_booking().where(OutboxRow.id == row_id, _by_hand(now))
    return session.scalar(select(wanted.exists())) or False


def too_late(session: Session, *, now: datetime, limit: int = 50) -> Sequence[Telling]:
    """Those that nobody was told of before the visit, the latest first."""
    wanted = _waiting(now).where(Booking.starts_at <= now)
    return _page(session, wanted.order_by(Booking.starts_at.desc(), OutboxRow.id.desc()), limit).tellings


def ticked_off(session: Session, *, limit: int = 10) -> Sequence[Telling]:
    """What was ticked off last, the latest first."""
    wanted = (
        _with_booking()
        .where(OutboxRow.state == NoticeState.SENT, OutboxRow.settled_by.is_not(None))
        .order_by(OutboxRow.settled_at.desc(), OutboxRow.id.desc())
    )
    return _page(session, wanted, limit).tellings


def mails(session: Session, *, limit: int = 50, after: str | None = None) -> Page:
    """Notices by e-mail with what became of them, the latest first."""
    wanted = _with_booking().where(OutboxRow.kind == NoticeKind.EMAIL).order_by(OutboxRow.id.desc())
    if after is not None:
        wanted = wanted.where(OutboxRow.id < _number(after))
    return _page(session, wanted, limit)


def count_to_be_told(session: Session, *, now: datetime) -> tuple[int, datetime | None]:
    """How many are on the list of `to_be_told` whose visit is still to come, and when the soonest is."""
    theirs = _waiting(now).where(Booking.starts_at > now)
    counted = theirs.with_only_columns(func.count(), func.min(Booking.starts_at))
    count, soonest = session.execute(counted).one()
    return count, soonest


def undelivered(session: Session) -> Sequence[OutboxRow]:
    """Every notice that waits, is held back or was set aside, the oldest first."""
    return session.scalars(
        select(OutboxRow).where(OutboxRow.state.in_(UNDELIVERED)).order_by(OutboxRow.id)
    ).all()


def notices_of(session: Session, booking_id: UUID) -> Sequence[OutboxRow]:
    """All notices about one booking, the oldest first."""
    return session.scalars(
        select(OutboxRow).where(OutboxRow.booking_id == booking_id).order_by(OutboxRow.id)
    ).all()


def notice(session: Session, row_id: int) -> Telling:
    """Raises NotFound."""
    found = session.execute(_with_booking().where(OutboxRow.id == row_id)).one_or_none()
    if found is None:
        raise NotFound(what="notice", key=str(row_id))
    return Telling(*found)


def _with_booking() -> Select[OutboxRow, Booking]:
    return (
        select(OutboxRow, Booking)
        .join(Booking, Booking.id == OutboxRow.booking_id)
        .options(joinedload(Booking.person), joinedload(Booking.service), joinedload(Booking.resource))
    )


def _waiting(now: datetime | None) -> Select[OutboxRow, Booking]:
    """What somebody has to tell by hand: the last word about each booking, not what it has overtaken."""
    later = aliased(OutboxRow)
    overtaken = exists().where(
        later.booking_id == OutboxRow.booking_id,
        later.id > OutboxRow.id,
        later.state != NoticeState.WITHDRAWN,
    )
    return _with_booking().where(_by_hand(now), ~overtaken)


def _by_hand(now: datetime | None) -> ColumnElement[bool]:
    """Whether telling is somebody's task: no mail, one set aside or held, or (with `now`) a late one."""
    theirs = OutboxRow.kind != NoticeKind.EMAIL
    if now is not None:
        failed_and_soon = and_(OutboxRow.problem.is_not(None), Booking.starts_at <= now + SOON)
        theirs = or_(theirs, OutboxRow.created_at <= now - LATE_AFTER, failed_and_soon)
    waits = and_(OutboxRow.state == NoticeState.WAITING, theirs)
    return or_(waits, OutboxRow.state.in_((NoticeState.QUARANTINED, NoticeState.HELD)))


def _page(session: Session, wanted: Select[OutboxRow, Booking], limit: int) -> Page:
    found = [
        Telling(*pair) for pair in session.execute(wanted.limit(limit + 1).options(defer(OutboxRow.rendered)))
    ]
    return Page(found[:limit], str(found[limit - 1].row.id) if len(found) > limit else None)


def _number(cursor: str) -> int:
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 9:
        raise invalid("after", "unknown", value=cursor[:20])
    return int(cursor)


def _with_participant() -> Select[OutboxRow, MeasureParticipant]:
    return select(OutboxRow, MeasureParticipant).join(
        MeasureParticipant, MeasureParticipant.id == OutboxRow.participant_id
    )


def _of_measures(session: Session, wanted: ColumnElement[bool], limit: int) -> Sequence[MeasureTelling]:
    """The last word to each person; nobody need hear what it has overtaken."""
    later = aliased(OutboxRow)
    overtaken = exists().where(
        later.participant_id == OutboxRow.participant_id,
        later.id > OutboxRow.id,
        later.state != NoticeState.WITHDRAWN,
    )
    found = _with_participant().where(wanted, ~overtaken).order_by(OutboxRow.id).limit(limit)
    return [MeasureTelling(*pair) for pair in session.execute(found.options(defer(OutboxRow.rendered)))]


def _measure_by_hand(now: datetime) -> ColumnElement[bool]:
    late = or_(OutboxRow.kind != NoticeKind.EMAIL, OutboxRow.created_at <= now - LATE_AFTER)
    waits = and_(OutboxRow.state == NoticeState.WAITING, late)
    return or_(waits, OutboxRow.state == NoticeState.QUARANTINED)
