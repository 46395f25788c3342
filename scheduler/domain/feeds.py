"""Feeds: a calendar that somebody's own program fetches again and again, and that names nobody."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: What a feed shows, counted from now.
BEFORE, AFTER = timedelta(days=30), timedelta(days=400)
MOST_ENTRIES = 5000
#: How often programs are asked to look again.
REFRESH = timedelta(minutes=30)


class FeedKind(StrEnum):
    """The visits at one place, all talks of one caseworker, or all group events."""

    PLACE = "place"
    CASEWORKER = "caseworker"
    EVENTS = "events"


@dataclass(frozen=True, slots=True)
class Entry:
    """One visit as a feed shows it; `changed_at` is when it was last made or moved."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    place: str
    reference: str
    sequence: int
    changed_at: datetime
