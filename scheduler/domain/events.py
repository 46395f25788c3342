"""Group events: dates at which several people come to one room, each with a seat of their own.

An event is a visit of a group service that has seats. Who signs up has a visit too, at the same time and
place, and a seat, or waits for one (docs/adr/0015).
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from scheduler.domain.errors import Fault, Invalid, invalid
from scheduler.domain.instants import from_local
from scheduler.domain.people import NAME_LENGTH, fault_of_text
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Resource

MOST_SEATS, MOST_DATES = 500, 26
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class EventRequest:
    """One date or, with `dates`, as many at the same local time, a week apart.

    `seats` are those of the room where none are given; `led_by` is whoever leads it.
    """

    service: str
    starts_at: datetime
    resource: str | None
    led_by: str
    seats: int | None = None
    dates: int = 1
    is_public: bool = True


def checked_event(plan: Plan, request: EventRequest) -> EventRequest:
    """The request with its texts trimmed. Raises Invalid with every field that is wrong."""
    faults: dict[str, Fault] = {}
    service = plan.services_by_key.get(request.service)
    if service is None or not service.group:
        faults["service"] = Fault("unknown", value=request.service[:40])
    led_by = request.led_by.strip()
    if not led_by:
        faults["led_by"] = Fault("missing")
    elif fault := fault_of_text(led_by, longest=NAME_LENGTH):
        faults["led_by"] = fault
    if request.seats is not None and not 1 <= request.seats <= MOST_SEATS:
        faults["seats"] = Fault("out_of_range", least=1, most=MOST_SEATS)
    if not 1 <= request.dates <= MOST_DATES:
        faults["dates"] = Fault("out_of_range", least=1, most=MOST_DATES)
    if faults:
        raise Invalid(fields=faults)
    return replace(request, led_by=led_by)


def dates_of(request: EventRequest, zone: tzinfo) -> list[datetime]:
    """When each date begins. Raises SkippedLocalTime, DoubledLocalTime."""
    first = request.starts_at.astimezone(zone).replace(tzinfo=None)
    later = (from_local(first + n * _WEEK, zone, field="starts_at") for n in range(1, request.dates))
    return [request.starts_at, *later]


def seats_in(room: Resource, wished: int | None) -> int:
    """How many can sit there: as many as wished. Raises Invalid where the room has fewer, or nobody says."""
    seats = room.seats if wished is None else wished
    if seats is None:
        raise invalid("seats", "missing")
    if room.seats is not None and seats > room.seats:
        raise invalid("seats", "out_of_range", least=1, most=room.seats)
    return seats


def free_seat(taken: Collection[int], seats: int) -> int | None:
    """The first seat that nobody has, from 1; None where all are taken."""
    return next((seat for seat in range(1, seats + 1) if seat not in taken), None)
