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
from scheduler.domain.phases import phase_at
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


def seats_at(plan: Plan, room: str, seats: int, at: datetime) -> int:
    """How many of an event's seats are given at its time: fewer where its phase keeps people apart.

    The share is that of the room's seats where the plan says how many there are, and one at least.
    """
    phase = phase_at(plan.phases, at)
    if phase is None or phase.seats_percent is None:
        return seats
    place = plan.resources_by_key.get(room)
    there_are = place.seats if place is not None and place.seats is not None else seats
    return min(seats, max(1, there_are * phase.seats_percent // 100))


def free_seat(taken: Collection[int], seats: int) -> int | None:
    """The first seat that nobody has, from 1; None where as many are taken, whatever their numbers."""
    if len(taken) >= seats:
        return None
    return next((seat for seat in range(1, seats + 1) if seat not in taken), None)
