"""Caseworkers: with whom a talk is, when they work, who stands in, and that nobody is in two talks at once.

A talk is a visit or a call with somebody of the office. Why somebody is away is neither asked nor kept.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

from scheduler.domain.bookings import Status
from scheduler.domain.errors import CaseworkerAway, CaseworkerBusy, Fault, Invalid, WrongState, invalid
from scheduler.domain.hours import WEEKDAYS, Opening, Week
from scheduler.domain.instants import at_wall_time, local_date
from scheduler.domain.intervals import Interval
from scheduler.domain.people import fault_of_text

NAME_LENGTH = 80
TEAM_LENGTH = 80
LONGEST_ABSENCE = timedelta(days=731)
#: So long after its end an absence is of use for asking what became of the talks in it.
KEEP_ABSENCES = timedelta(days=31)
_SPAN = re.compile(
    r"([01]?\d|2[0-3])[:.]([0-5]\d)\s*[-–]\s*([01]?\d|2[0-3])[:.]([0-5]\d)"
)  # as people type it

#: The statuses in which a visit takes its caseworker's time.
TALKING = tuple(status for status in Status if status.occupies)
#: What can still be given to somebody else.
HANDED = (Status.REQUESTED, Status.BOOKED, Status.CHECKED_IN)


@dataclass(frozen=True, slots=True)
class CaseworkerRequest:
    """What is known of a caseworker; `login` is that of the account, if there is one."""

    name: str
    team: str
    week: Week
    login: str | None = None
    deputy_id: int | None = None

    def checked(self) -> "CaseworkerRequest":
        """Trimmed. Raises Invalid."""
        faults: dict[str, Fault] = {}
        for field, text, most in (("name", self.name, NAME_LENGTH), ("team", self.team, TEAM_LENGTH)):
            fault = fault_of_text(text, longest=most)
            if fault is not None:
                faults[field] = fault
        if not self.name.strip():
            faults["name"] = Fault("missing")
        if faults:
            raise Invalid(fields=faults)
        return CaseworkerRequest(
            self.name.strip(), self.team.strip(), self.week, self.login or None, self.deputy_id
        )


def read_opening(text: str, *, field: str) -> Opening:
    """The spans of one weekday from "9:00-12:00, 13:00-15:30"; empty is none. Raises Invalid."""
    spans: list[tuple[int, int]] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _SPAN.fullmatch(part)
        if match is None:
            raise invalid(field, "not_hours", value=part[:20])
        hours = [int(number) for number in match.groups()]
        spans.append((hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]))
    if any(end <= start for start, end in spans):
        raise invalid(field, "reversed")
    spans.sort()
    if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
        raise invalid(field, "spans_overlap")
    return tuple(spans)


def read_week(hours: Mapping[str, Sequence[str]]) -> Week:
    """What `hours.written_week` wrote."""
    return {
        WEEKDAYS.index(day): read_opening(", ".join(spans), field=f"hours_{day}")
        for day, spans in hours.items()
    }


def works(week: Week, visit: Interval, zone: tzinfo) -> bool:
    """Whether the caseworker works all through it; one without hours works whenever the office does."""
    if not week:
        return True
    day = local_date(visit.start, zone)
    return any(
        at_wall_time(day, start, zone) <= visit.start and visit.end <= at_wall_time(day, end, zone)
        for start, end in week.get(day.weekday(), ())
    )


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a caseworker can have a talk: the hours, and what of the time looked at is taken."""

    name: str
    week: Week
    zone: tzinfo
    away: Sequence[Interval]
    talks: Sequence[Interval]

    def check(self, visit: Interval) -> None:
        """Raises CaseworkerAway (`why`: absent or hours) or CaseworkerBusy."""
        if any(span.overlaps(visit) for span in self.away):
            raise CaseworkerAway(name=self.name, why="absent")
        if not works(self.week, visit, self.zone):
            raise CaseworkerAway(name=self.name, why="hours")
        if any(span.overlaps(visit) for span in self.talks):
            raise CaseworkerBusy(name=self.name)

    def is_free(self, visit: Interval) -> bool:
        try:
            self.check(visit)
        except (CaseworkerAway, CaseworkerBusy):
            return False
        return True


@dataclass(frozen=True, slots=True)
class AbsenceRequest:
    """Away from `starts_at` (None: from now) until `ends_at` (None: until the end of that day)."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def span(self, *, now: datetime, zone: tzinfo) -> Interval:
        """Raises Invalid for a span that is reversed, over, or much too long."""
        start = now.replace(second=0, microsecond=0) if self.starts_at is None else self.starts_at
        end = self.ends_at
        if end is None:
            end = at_wall_time(local_date(start, zone), 24 * 60, zone)
        if end <= start:
            raise invalid("to", "reversed")
        if end <= now:
            raise invalid("to", "past_day")
        if end - start > LONGEST_ABSENCE:
            raise invalid("to", "span_too_long", most=LONGEST_ABSENCE.days)
        return Interval(start, end)


def check_may_hand_over(status: Status, *, ends_at: datetime, now: datetime, is_group: bool) -> None:
    """Whether a visit can be given to somebody, or to somebody else. Raises WrongState."""
    if status not in HANDED:
        raise WrongState(status=status, change="hand-over", why="status")
    if ends_at <= now:
        raise WrongState(status=status, change="hand-over", why="visit_over")
    if is_group:
        raise WrongState(status=status, change="hand-over", why="group_with_nobody")
