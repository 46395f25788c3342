"""Takes and frees places: the claims of bookings, and the turns that those who book at once take."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID
from zlib import crc32

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.types import Integer

from models.base import Base
from models.bookings import Booking, Claim
from models.bulk import among, insert_together
from models.plans import ResourceRow
from scheduler.domain.errors import Busy, SlotTaken
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Resource

_ROUTES, _RESOURCES = 1, 2
_TAKE_TURNS = text(
    "SELECT pg_advisory_xact_lock(space, key) FROM unnest(:spaces, :keys) AS turn (space, key)"
).bindparams(bindparam("spaces", type_=ARRAY(Integer)), bindparam("keys", type_=ARRAY(Integer)))


def take_turns(session: Session, plan: Plan, places: Iterable[Resource]) -> Mapping[str, ResourceRow]:
    """Waits until nobody else books at these places or on their routes, until the transaction ends.

    Everybody asks for routes first, then places, each in order, so that nobody waits in a circle. The
    database would refuse an overlap all the same; turns make the loser wait and see instead. SQLite lets one
    transaction write at a time, so there it needs nothing. Answers the rows of the places by key.
    """
    wanted = list(places)
    rows = session.scalars(select(ResourceRow).where(ResourceRow.key.in_([place.key for place in wanted])))
    by_key = {row.key: row for row in rows}
    if session.get_bind().dialect.name == "postgresql":
        routes = sorted({crc32(place.route.encode()) >> 1 for place in wanted if place.route is not None})
        resources = sorted(row.id for row in by_key.values())
        spaces = [_ROUTES] * len(routes) + [_RESOURCES] * len(resources)
        session.execute(_TAKE_TURNS, {"spaces": spaces, "keys": routes + resources})
    return by_key


def claim(booking: Booking) -> Claim:
    """The claim of a new booking."""
    return Claim(
        booking_id=booking.id,
        resource_id=booking.resource_id,
        starts_at=booking.starts_at,
        occupied_until=booking.occupied_until,
        occupies=True,
    )


def write_claimed(session: Session, rows: Sequence[Base]) -> None:
    """Writes a claim with all that goes with it. Raises SlotTaken where the database refuses it.

    Raises Busy where another booking has its reference, which happens once in many millions.
    """
    try:
        insert_together(session, rows)
    except IntegrityError as error:
        raise _in_domain_words(error) from error


def reclaim(session: Session, booking: Booking) -> None:
    """Brings the claim to where the booking now is, and occupies it. Raises SlotTaken."""
    _change(
        session,
        [booking.id],
        resource_id=booking.resource_id,
        starts_at=booking.starts_at,
        occupied_until=booking.occupied_until,
        occupies=True,
    )


def occupy_again(session: Session, booking_ids: Iterable[UUID]) -> None:
    """Takes the places that these bookings gave up, all or, with SlotTaken, none of them."""
    _change(session, list(booking_ids), occupies=True)


def release(session: Session, booking_ids: Iterable[UUID]) -> None:
    """Frees the places of these bookings; where they were stays on record."""
    _change(session, list(booking_ids), occupies=False)


def _change(session: Session, booking_ids: list[UUID], **values: object) -> None:
    try:
        session.execute(
            update(Claim).where(among(session, Claim.booking_id, booking_ids)).values(values),
            execution_options={"synchronize_session": False},
        )
    except IntegrityError as error:
        raise _in_domain_words(error) from error


def _in_domain_words(error: IntegrityError) -> Exception:
    if "claims_do_not_overlap" in str(error.orig):
        return SlotTaken(alternatives=[])
    if any(name in str(error.orig) for name in ("uq_bookings_reference", "bookings.reference")):
        return Busy(retry_after=1)
    return error
