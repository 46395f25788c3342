"""Sites and places: the buildings, and the counters and rooms in them that can be booked."""

from dataclasses import dataclass
from enum import StrEnum

from scheduler.domain.texts import Text

#: The equipment by which a plan marks a place that is reached without steps.
STEP_FREE = "step-free"


class Kind(StrEnum):
    COUNTER = "counter"
    ENTRANCE_ROOM = "entrance_room"
    OFFICE = "office"
    GROUP_ROOM = "group_room"


@dataclass(frozen=True, slots=True)
class Site:
    key: str
    name: Text
    address: str | None


@dataclass(frozen=True, slots=True)
class Resource:
    """A place; `site` is that of its route, or the office's only one."""

    key: str
    kind: Kind
    name: Text
    site: str
    route: str | None
    equipment: frozenset[str]
    seats: int | None
