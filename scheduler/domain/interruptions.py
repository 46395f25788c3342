"""Interruptions: a place that is closed for a while, or for the rest of the day, whatever the plan has said.

They win as closures do, and what they free is not offered again. They cancel nobody: whose visit lies in one
keeps it until somebody decides.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from scheduler.domain.errors import InThePast, invalid
from scheduler.domain.instants import local_date, midnight
from scheduler.domain.intervals import Interval

LONGEST_PAUSE_MINUTES = 240
#: No interruption is longer: it ends with the local day on which it begins, and one day has 25 hours.
LONGEST_INTERRUPTION = timedelta(hours=25)


class InterruptionKind(StrEnum):
    CLOSED = "closed"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class InterruptionRequest:
    """What is asked for: `starts_at` None is now; `ends_at` None is the end of the day.

    A pause has `minutes` instead of an end.
    """

    resource: str
    kind: InterruptionKind
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    minutes: int | None = None

    def span(self, *, now: datetime, zone: tzinfo) -> Interval:
        """From when until when the place is closed, in whole minutes. Raises Invalid, InThePast."""
        this_minute = now.replace(second=0, microsecond=0)
        start = this_minute if self.starts_at is None else self.starts_at
        if start < this_minute:
            raise InThePast
        day_ends = midnight(local_date(start, zone) + timedelta(days=1), zone)
        end = day_ends if self.ends_at is None else self.ends_at
        if self.kind is InterruptionKind.PAUSE:
            if self.minutes is None:
                raise invalid("minutes", "missing")
            if not 1 <= self.minutes <= LONGEST_PAUSE_MINUTES:
                raise invalid("minutes", "out_of_range", least=1, most=LONGEST_PAUSE_MINUTES)
            return Interval(start, min(start + timedelta(minutes=self.minutes), day_ends))
        if end <= start:
            raise invalid("ends_at", "reversed")
        if end > day_ends:
            raise invalid("ends_at", "another_day")
        return Interval(start, end)
