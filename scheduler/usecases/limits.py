"""Keeps customers within what one person may take; asked before a place is looked for."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import ceil
from sys import maxsize
from zlib import crc32

from sqlalchemy import bindparam, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Integer

from models.bookings import Booking
from models.outbox import OutboxRow
from models.people import Person
from scheduler.domain.bookings import Status
from scheduler.domain.errors import LimitReached
from scheduler.domain.limits import MAILS_WITHIN, Identities, Limits, identities
from scheduler.domain.notices import NoticeKind
from scheduler.domain.people import Customer
from scheduler.domain.roles import Actor, Role

_OPEN = tuple(status for status in Status if status.occupies)
# Below the numbers of routes and places (usecases.claims): whoever needs several kinds waits in that order.
_PEOPLE = 0
_TAKE_TURNS = text("SELECT pg_advisory_xact_lock(:space, key) FROM unnest(:keys) AS turn (key)").bindparams(
    bindparam("keys", type_=ARRAY(Integer))
)


def check_limits(
    session: Session, customer: Customer, limits: Limits, *, actor: Actor, now: datetime
) -> None:
    """Raises LimitReached where a customer's own program asks for more than `limits` leave to this person.

    Staff know whom they book for and are never capped. Those who ask for the same person at once take turns
    until the transaction ends, so that no two pass with the last one left.
    """
    known = identities(customer.email, customer.phone, customer.number)
    if actor.role is not Role.CUSTOMER or not limits or not list(known):
        return
    _take_turns(session, known)
    if limits.open_bookings and _open_bookings(session, known, now) >= limits.open_bookings:
        raise LimitReached(what="open_bookings")
    if known.email:
        check_mails(session, known.email, limits.mails_an_hour, now)


def _open_bookings(session: Session, known: Identities, now: datetime) -> int:
    """How many visits to come this person has.

    Only what they are known by narrows the search, so that no database goes through what others booked.
    """
    keys = (
        (Person.email_key, known.email),
        (Person.phone_key, known.phone),
        (Person.number_key, known.number),
    )
    counted = session.scalar(
        select(func.count().filter(Booking.starts_at > now, Booking.status.in_(_OPEN)))
        .select_from(Booking)
        .join(Person, Booking.person_id == Person.id)
        .where(or_(*(column == value for column, value in keys if value)))
    )
    return counted or 0


def check_mails(session: Session, address: str, most: int, now: datetime) -> None:
    """Raises LimitReached where `address`, as it is compared, was sent `most` mails in an hour; 0: no cap."""
    written = _written(session, address, now) if most else []
    if most and len(written) >= most:
        wait = written[-most] + MAILS_WITHIN - now
        raise LimitReached(what="mails", retry_after=max(1, ceil(wait.total_seconds())))


def mails_left(session: Session, address: str, most: int, now: datetime) -> int:
    """How many more mails an address (as it is compared) may be sent now; `most` 0: as many as one likes."""
    return max(most - len(_written(session, address, now)), 0) if most else maxsize


def _written(session: Session, address: str, now: datetime) -> Sequence[datetime]:
    """When the mails of the last hour were written, the oldest first.

    A customer's program causes mails about visits to come alone, so those of their bookings are all.
    """
    return session.scalars(
        select(OutboxRow.created_at)
        .join(Booking, OutboxRow.booking_id == Booking.id)
        .join(Person, Booking.person_id == Person.id)
        .where(Person.email_key == address)
        .where(OutboxRow.kind == NoticeKind.EMAIL, OutboxRow.created_at > now - MAILS_WITHIN)
        .order_by(OutboxRow.created_at)
    ).all()


def _take_turns(session: Session, known: Iterable[str]) -> None:
    """SQLite lets one transaction write at a time, so there it needs nothing."""
    if session.get_bind().dialect.name == "postgresql":
        keys = sorted({crc32(identity.encode()) >> 1 for identity in known})
        session.execute(_TAKE_TURNS, {"space": _PEOPLE, "keys": keys})
