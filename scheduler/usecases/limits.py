"""Keeps customers within what one person may take; asked before a place is looked for."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import ceil
from uuid import UUID
from zlib import crc32

from sqlalchemy import ColumnElement, bindparam, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Integer

from models.bookings import Booking
from models.outbox import OutboxRow
from models.people import Person
from scheduler.domain.bookings import Status
from scheduler.domain.errors import LimitReached
from scheduler.domain.limits import MAILS_WITHIN, Limits, identities, is_same, mail_address, phone_number
from scheduler.domain.notices import NoticeKind
from scheduler.domain.people import Customer
from scheduler.domain.roles import Actor, Role

_OPEN = tuple(status for status in Status if status.occupies)
# Below the numbers of routes and places (usecases.claims): whoever needs several kinds waits in that order.
_PEOPLE = 0
_TAKE_TURNS = text("SELECT pg_advisory_xact_lock(:space, key) FROM unnest(:keys) AS turn (key)").bindparams(
    bindparam("keys", type_=ARRAY(Integer))
)
#: The last digits of a phone number, which are written alike with and without the country's code.
_LAST_DIGITS = 6


def check_limits(
    session: Session, customer: Customer, limits: Limits, *, actor: Actor, now: datetime
) -> None:
    """Raises LimitReached where a customer's own program asks for more than `limits` leave to this person.

    Staff know whom they book for and are never capped. Those who ask for the same person at once take turns
    until the transaction ends, so that no two pass with the last one left.
    """
    known = identities(customer)
    if actor.role is not Role.CUSTOMER or not limits or not known:
        return
    _take_turns(session, known)
    found = _bookings_of(session, customer, since=now - MAILS_WITHIN)
    coming = [booking for booking, _ in found if booking.starts_at > now and booking.status in _OPEN]
    if limits.open_bookings and len(coming) >= limits.open_bookings:
        raise LimitReached(what="open_bookings")
    if limits.mails_an_hour and customer.email:
        address = mail_address(customer.email)
        ids = [booking.id for booking, person in found if mail_address(person.email) == address]
        _check_mails(session, ids, limits.mails_an_hour, now)


def _check_mails(session: Session, booking_ids: Sequence[UUID], most: int, now: datetime) -> None:
    """A customer's program causes mails about visits to come alone, so those of their bookings are all."""
    written = sorted(
        session.scalars(
            select(OutboxRow.created_at).where(
                OutboxRow.booking_id.in_(booking_ids),
                OutboxRow.kind == NoticeKind.EMAIL,
                OutboxRow.created_at > now - MAILS_WITHIN,
            )
        )
    )
    if len(written) >= most:
        wait = written[-most] + MAILS_WITHIN - now
        raise LimitReached(what="mails", retry_after=max(1, ceil(wait.total_seconds())))


def _bookings_of(
    session: Session, customer: Customer, *, since: datetime
) -> Sequence[tuple[Booking, Person]]:
    """Bookings of this person whose visit is later than `since`. The statement narrows, the rule decides."""
    alike = [func.lower(Person.email) == mail_address(customer.email)] if customer.email else []
    if phone := phone_number(customer.phone):
        alike.append(_digits().like(f"%{phone[-_LAST_DIGITS:]}"))
    if customer.number:
        alike.append(func.lower(Person.number) == func.lower(customer.number.strip()))
    rows = session.execute(
        select(Booking, Person)
        .join(Person, Booking.person_id == Person.id)
        .where(Booking.starts_at > since, or_(*alike))
    )
    known = identities(customer)
    return [(booking, person) for booking, person in rows if is_same(person.customer, known)]


def _digits() -> ColumnElement[str]:
    """The phone number without what people write between its digits (domain.people)."""
    bare: ColumnElement[str] = Person.phone  # type: ignore[assignment]  # a column is one
    for sign in " ()/.-+":
        bare = func.replace(bare, sign, "")
    return bare


def _take_turns(session: Session, known: Iterable[str]) -> None:
    """SQLite lets one transaction write at a time, so there it needs nothing."""
    if session.get_bind().dialect.name == "postgresql":
        keys = sorted({crc32(identity.encode()) >> 1 for identity in known})
        session.execute(_TAKE_TURNS, {"space": _PEOPLE, "keys": keys})
