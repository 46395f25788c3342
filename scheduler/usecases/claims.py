"""Takes and frees places: the claims of bookings, and the turns that those who book at once take."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from typing import cast
from uuid import UUID, uuid4
from zlib import crc32

from sqlalchemy import Integer, String, Table, and_, bindparam, case, delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.base import RealInAnHour, RealNow
from models.bookings import Booking, Claim
from models.bulk import New, among
from models.database import refusal
from models.plans import ResourceRow
from models.volleys import Asked, Ready, ask_later, connection_of
from scheduler.domain.intervals import Interval
from scheduler.domain.occupancy import prescribed_route
from scheduler.domain.phases import phase_at
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Resource
from scheduler.domain.waiting_list import COOLING

#: A place, and from the visit's start until it is free again.
Visit = tuple[Resource, Interval]

_places = cast(Table, ResourceRow.__table__)
# Turns are taken in the order in which the rows come: the routes first, then the places by day and id.
_TAKE_TURNS = Ready(
    text(
        "SELECT NULL, NULL, pg_advisory_xact_lock(day, route)"
        " FROM unnest(:route_days, :routes) AS turn (day, route)"
        " UNION ALL SELECT key, id, pg_advisory_xact_lock(day, id)"
        " FROM (SELECT key, id, day FROM unnest(:days, :keys) AS turn (day, key) JOIN resources USING (key)"
        " ORDER BY day, id OFFSET 0) AS place"
    ).bindparams(
        bindparam("route_days", type_=ARRAY(Integer)),
        bindparam("routes", type_=ARRAY(Integer)),
        bindparam("days", type_=ARRAY(Integer)),
        bindparam("keys", type_=ARRAY(String)),
    )
)
# What somebody else removes just now is gone once this transaction's turn comes; nobody waits in a circle.
_in_the_way = (
    select(Claim.id)
    .where(Claim.held_until.is_not(None))
    .where(
        or_(
            Claim.held_until <= RealNow(),
            and_(
                Claim.held_by == bindparam("holder"),
                Claim.resource_id == bindparam("place"),
                Claim.starts_at < bindparam("end"),
                Claim.occupied_until > bindparam("start"),
            ),
        )
    )
    .with_for_update(skip_locked=True)
)
_expired = select(Claim.id).where(Claim.held_until <= RealNow()).with_for_update(skip_locked=True)
_CLEAR = Ready(delete(cast(Table, Claim.__table__)).where(Claim.id.in_(_in_the_way)))
_CLEAR_EXPIRED = Ready(delete(cast(Table, Claim.__table__)).where(Claim.id.in_(_expired)))
_IDS = Ready(select(_places.c.key, _places.c.id).where(_places.c.key.in_(bindparam("keys", expanding=True))))


class Turns(Mapping[str, int]):
    """Turns that were taken, or are with whatever is asked next: the ids of the places' rows by key."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._found: dict[str, int] | None = None

    def __getitem__(self, key: str) -> int:
        return self._ids[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def _ids(self) -> dict[str, int]:
        # No cached_property: until Python 3.12 all threads share its lock, and who waits here for a turn
        # would keep whoever has it from going on.
        if self._found is None:
            self._found = {row[0]: row[1] for row in self._asked.rows if row[0] is not None}
        return self._found


def take_turns(session: Session, plan: Plan, visits: Iterable[Visit]) -> Mapping[str, int]:
    """Waits until nobody else books at these places on these days, or on the ways that lead there then.

    It lasts until the transaction ends. Everybody asks for routes first, then places, each in order, so that
    nobody waits in a circle. The database would refuse an overlap all the same; turns make the loser wait and
    see instead. SQLite lets one transaction write at a time, so there it needs nothing. Answers
    the ids of the places' rows by key.
    """
    wanted = list(visits)
    session.flush()
    places = {(2 * day + 1, place.key) for place, span in wanted for day in _days(span)}
    routes = {(2 * day, route) for visit in wanted for day, route in _days_on_routes(plan, *visit)}
    taking = {
        "route_days": [day for day, _ in sorted(routes)],
        "routes": [route for _, route in sorted(routes)],
        "days": [day for day, _ in places],
        "keys": [key for _, key in places],
    }
    turns = _TAKE_TURNS if connection_of(session).dialect.name == "postgresql" else _IDS
    return Turns(ask_later(session, turns, taking))


def _days_on_routes(plan: Plan, place: Resource, span: Interval) -> Iterator[tuple[int, int]]:
    """The days with arrivals that may count together with this one, where the phase limits them."""
    route = prescribed_route(plan, place, phase_at(plan.phases, span.start))
    if route is not None and route.arrivals is not None:
        within = route.arrivals.within
        for day in _days(Interval(span.start - within, span.start + within)):
            yield day, crc32(route.key.encode()) >> 1


def _days(span: Interval) -> range:
    """The days (UTC) that the time touches; two that overlap have one in common."""
    first, last = (instant.astimezone(UTC).toordinal() for instant in (span.start, span.end))
    return range(first, last + 1)


def clear_holds(session: Session, place_id: int, span: Interval, *, holder: str) -> None:
    """Removes holds that have expired, and what `holder` holds there; goes with whatever is asked next."""
    clearing = {"holder": holder, "place": place_id, "start": span.start, "end": span.end}
    ask_later(session, _CLEAR, clearing)


def clear_expired_holds(session: Session) -> None:
    """Removes all holds that have expired, for those who take a place without looking at what is taken."""
    ask_later(session, _CLEAR_EXPIRED, {})


def claim(booking: Booking, *, occupies: bool = True) -> New:
    """The claim of a new booking, to be written with it."""
    values = {
        "booking_id": booking.id,
        "resource_id": booking.resource_id,
        "starts_at": booking.starts_at,
        "occupied_until": booking.occupied_until,
        "occupies": occupies,
    }
    return New(Claim, values)


def reclaim(session: Session, booking: Booking) -> None:
    """Brings the claim to where the booking now is, and occupies it. Raises SlotTaken.

    That it takes longer was said of the place and time that it had, with nobody asked at another.
    """
    stays = and_(Claim.resource_id == booking.resource_id, Claim.starts_at == booking.starts_at)
    _change(
        session,
        [booking.id],
        lasts_until=case((stays, Claim.lasts_until), else_=None),
        resource_id=booking.resource_id,
        starts_at=booking.starts_at,
        occupied_until=booking.occupied_until,
        occupies=True,
    )


def note_freed(session: Session, booking: Booking) -> None:
    """Notes where a visit was that leaves it just now: the public's pages show it once it has cooled down."""
    freed = Claim(
        resource_id=booking.resource_id,
        starts_at=booking.starts_at,
        occupied_until=booking.occupied_until,
        occupies=False,
        hold=uuid4(),
        held_by=COOLING,
        held_until=RealInAnHour(),
    )
    session.add(freed)


def occupy_again(session: Session, booking_ids: Iterable[UUID]) -> None:
    """Takes the places that these bookings gave up, all or, with SlotTaken, none of them."""
    clear_expired_holds(session)
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
        raise refusal(error) or error from error
