"""Looks at visits as plain values, thousands at once: what a switch judges and what a notice speaks of."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.people import Person
from models.plans import ResourceRow
from scheduler.domain.bookings import Channel, Party, Standing, Status
from scheduler.domain.people import Customer
from scheduler.domain.resources import Kind
from scheduler.domain.roles import Role


class Place(NamedTuple):
    """Where it is, as the plan has or had it."""

    key: str
    kind: Kind
    site: str
    name: Mapping[str, str]


class BookedVisit(NamedTuple):
    """A booking with its place and its person; the customer without number and date of birth."""

    id: UUID
    reference: str
    service: str
    booked_by: Role
    starts_at: datetime
    ends_at: datetime
    status: Status
    standing: Standing
    channel: Channel
    cancelled_by: Party | None
    uid: str
    sequence: int
    invited: bool
    customer: Customer
    place: Place


_OWN = (
    *(Booking.id, Booking.reference, Booking.service_key, Booking.booked_by),
    *(Booking.starts_at, Booking.ends_at),
    *(Booking.status, Booking.standing, Booking.channel, Booking.cancelled_by),
    *(Booking.ical_uid, Booking.ical_sequence, Booking.invited),
)
_PERSON = (Person.name, Person.email, Person.phone, Person.address, Person.language)


def visits() -> Select[Any]:
    """Bookings as `read_visits` reads them; conditions, order and limit are the caller's."""
    columns: tuple[Any, ...] = (*_OWN, Booking.resource_id, *_PERSON)
    return select(*columns).join(Person, Person.id == Booking.person_id)


def read_visits(session: Session, wanted: Select[Any]) -> Sequence[BookedVisit]:
    """What `wanted` asks for, in two statements: the places are few and read once."""
    rows = session.execute(wanted).all()
    places = {row.id: _place(row) for row in session.scalars(select(ResourceRow))} if rows else {}
    return [_visit(tuple(row), places) for row in rows]


def _visit(row: Sequence[Any], places: Mapping[int, Place]) -> BookedVisit:
    place = len(_OWN)
    name, email, phone, address, language = row[place + 1 :]
    customer = Customer(name, email, phone, address, language=language)
    return BookedVisit._make((*row[:place], customer, places[row[place]]))


def visit_of(booking: Booking) -> BookedVisit:
    """The values of one booking that is at hand with its place and its person, as they are now."""
    return BookedVisit(
        booking.id,
        booking.reference,
        booking.service_key,
        booking.booked_by,
        booking.starts_at,
        booking.ends_at,
        booking.status,
        booking.standing,
        booking.channel,
        booking.cancelled_by,
        booking.ical_uid,
        booking.ical_sequence,
        booking.invited,
        booking.person.customer,
        _place(booking.resource),
    )


def _place(row: ResourceRow) -> Place:
    return Place(row.key, row.kind, row.site, row.name)
