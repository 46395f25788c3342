"""Holds: what an open form keeps from others for some minutes, while somebody is still typing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.intervals import Interval
from scheduler.domain.roles import Role
from scheduler.domain.services import Service

#: Of one person at a time; the oldest gives way.
MOST_HOLDS = 3


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """`form` names the form that is open; it holds one place at a time."""

    form: str
    starts_at: datetime
    resource: str
    booked_by: Role
    service: str | None = None


def span_to_hold(starts_at: datetime, bookable: Collection[Service], chosen: str | None) -> Interval | None:
    """From when until when a place is held: for the concern that was chosen, else for the shortest.

    None where nothing can be booked, since nobody is to keep what they cannot have.
    """
    meant = [service for service in bookable if service.key == chosen] or bookable
    if not meant:
        return None
    return Interval(starts_at, starts_at + min(service.length + service.buffer for service in meant))
