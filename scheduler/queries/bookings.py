"""Looks at bookings: one, by its id or reference, or those of some days page by page."""

import base64
import binascii
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from uuid import UUID

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session, joinedload

from models.bookings import Booking
from scheduler.domain.bookings import REFERENCE_LENGTH, Status
from scheduler.domain.errors import NotFound, invalid
from scheduler.domain.instants import midnight


@dataclass(frozen=True, slots=True)
class BookingPage:
    """Bookings by their start; `next_cursor` fetches those after them, None at the end."""

    bookings: Sequence[Booking]
    next_cursor: str | None


def with_everything() -> Select[Booking]:
    """Bookings with their place, service and person, in one statement."""
    return select(Booking).options(
        joinedload(Booking.resource, innerjoin=True),
        joinedload(Booking.service, innerjoin=True),
        joinedload(Booking.person, innerjoin=True),
    )


def booking(session: Session, booking_id: UUID) -> Booking:
    """Raises NotFound."""
    found = session.scalar(with_everything().where(Booking.id == booking_id))
    if found is None:
        raise NotFound(what="booking", key=str(booking_id))
    return found


def those(session: Session, ids: Collection[UUID]) -> Sequence[Booking]:
    """The bookings with these ids, as far as there are any, by their start; one statement."""
    return session.scalars(with_everything().where(Booking.id.in_(ids)).order_by(Booking.starts_at)).all()


def by_reference(session: Session, text: str) -> Booking:
    """The booking that somebody names; blanks, hyphens and small letters are theirs. Raises NotFound."""
    reference = "".join(letter for letter in text.upper() if letter.isalnum())[: REFERENCE_LENGTH + 1]
    found = session.scalar(with_everything().where(Booking.reference == reference))
    if found is None:
        raise NotFound(what="booking", key=reference[:20])
    return found


def page(
    session: Session,
    first: date,
    last: date,
    *,
    zone: tzinfo,
    status: Status | None = None,
    after: str | None = None,
    limit: int = 100,
) -> BookingPage:
    """Bookings whose visit begins on the local days `first` to `last`. Raises Invalid for a wrong cursor."""
    wanted = (
        with_everything()
        .where(Booking.starts_at >= midnight(first, zone))
        .where(Booking.starts_at < midnight(last + timedelta(days=1), zone))
        .order_by(Booking.starts_at, Booking.id)
        .limit(limit + 1)
    )
    if status is not None:
        wanted = wanted.where(Booking.status == status)
    if after is not None:
        wanted = wanted.where(tuple_(Booking.starts_at, Booking.id) > tuple_(*position_of(after)))
    found = session.scalars(wanted).all()
    more = len(found) > limit
    return BookingPage(found[:limit], cursor_of(found[limit - 1]) if more else None)


def cursor_of(booking: Booking) -> str:
    """Where a page ends that goes by start and id."""
    return base64.urlsafe_b64encode(f"{booking.starts_at.isoformat()} {booking.id}".encode()).decode()


def position_of(cursor: str) -> tuple[datetime, UUID]:
    """Raises Invalid for what no page has given out."""
    try:
        starts_at, booking_id = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
        instant = datetime.fromisoformat(starts_at)
        if instant.tzinfo is None:
            raise ValueError(cursor)
        return instant.astimezone(UTC), UUID(booking_id)
    except (ValueError, OverflowError, binascii.Error):
        raise invalid("cursor", "unknown", value=cursor[:20]) from None
