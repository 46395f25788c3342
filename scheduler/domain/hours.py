"""When the office is open: weekday hours, and what wins over them on a day.

The first that speaks wins: closure, exception of the day, public holiday, hours of a period (one for the
place before one for its site before one for all), weekday hours (contract, "Hours").
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache

from scheduler.domain.errors import Closed, DomainError, OutsideHours, PublicHoliday
from scheduler.domain.instants import at_wall_time, days_of, local_date, midnight
from scheduler.domain.intervals import Interval, merged, without
from scheduler.domain.resources import Resource
from scheduler.domain.texts import Text

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

#: Opening spans of a day as (from, to) in wall-clock minutes after midnight; 1440 is the day's end.
Opening = tuple[tuple[int, int], ...]

#: Opening spans by weekday (0 is Monday); a weekday left out is closed.
Week = Mapping[int, Opening]


def written_week(week: Week) -> dict[str, list[str]]:
    """As a plan file has it: weekday by weekday, each span as "09:00-12:00"."""
    return {WEEKDAYS[number]: written_opening(opening) for number, opening in sorted(week.items())}


def written_opening(opening: Opening) -> list[str]:
    return [f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}" for start, end in opening]


#: Tells whether a local date is a public holiday of the office's region.
HolidayQuestion = Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class Closure:
    """Closed whatever else holds; for all places where `resources` and `sites` are both None."""

    span: Interval
    reason: Text | None
    resources: frozenset[str] | None
    sites: frozenset[str] | None

    def concerns(self, resource: Resource) -> bool:
        return _closeness(self, resource) is not None


@dataclass(frozen=True, slots=True)
class DayException:
    """The hours of one day instead of its weekday's; an empty opening closes it."""

    day: date
    opening: Opening


@dataclass(frozen=True, slots=True)
class HoursPeriod:
    """Other weekday hours from `first` to `last` (both included), for all, for some sites or some places."""

    first: date
    last: date
    week: Week
    resources: frozenset[str] | None
    sites: frozenset[str] | None


def _closeness(words: Closure | HoursPeriod, resource: Resource) -> int | None:
    """0 where they name the place, 1 its site, 2 where they are for all; None where it is not concerned."""
    if words.resources is not None and resource.key in words.resources:
        return 0
    if words.sites is not None and resource.site in words.sites:
        return 1
    return 2 if words.resources is None and words.sites is None else None


class Source(StrEnum):
    """What gave a day its hours; closures take from each of them, by the instant."""

    EXCEPTION = "exception"
    HOLIDAY = "holiday"
    PERIOD = "period"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class DayHours:
    """The hours of a place on a local day in UTC, closures not yet taken off."""

    source: Source
    spans: tuple[Interval, ...]


class OpeningHours:
    """The hours of one place. It remembers what it has reckoned; threads may share it."""

    def __init__(
        self,
        resource: Resource,
        *,
        zone: tzinfo,
        week: Week,
        exceptions: Iterable[DayException],
        periods: Iterable[HoursPeriod],
        closures: Iterable[Closure],
    ) -> None:
        self._zone = zone
        self._week = week
        self._exceptions = {exception.day: exception.opening for exception in exceptions}
        ranked = [(_closeness(period, resource), period) for period in periods]
        self._periods = [period for rank in (0, 1, 2) for closeness, period in ranked if closeness == rank]
        self._closures = [closure for closure in closures if closure.concerns(resource)]
        self._remembered = lru_cache(maxsize=512)(self._reckon)

    def on(self, day: date, is_holiday: HolidayQuestion) -> DayHours:
        """What was planned for the day; whether the place is open is for `spans` to say."""
        if day in self._exceptions:
            return DayHours(Source.EXCEPTION, self._in_utc(day, self._exceptions[day]))
        if is_holiday(day):
            return DayHours(Source.HOLIDAY, ())
        for period in self._periods:
            if period.first <= day <= period.last:
                return DayHours(Source.PERIOD, self._in_utc(day, period.week.get(day.weekday(), ())))
        return DayHours(Source.WEEK, self._in_utc(day, self._week.get(day.weekday(), ())))

    def spans(self, day: date, length: timedelta, is_holiday: HolidayQuestion) -> tuple[Interval, ...]:
        """The times in order into one of which a visit of `length` that begins on `day` must fit whole.

        Spans that touch are one, also across midnight, so they may reach into the days after.
        """
        last = local_date(midnight(day + timedelta(days=1), self._zone) + length, self._zone)
        return self._remembered(day, last, is_holiday)

    def open_for(self, first: date, last: date, is_holiday: HolidayQuestion) -> timedelta:
        """How long the place is open from `first` to `last`, both included."""
        spans = self._remembered(first, last, is_holiday)
        return sum((span.end - span.start for span in spans), timedelta())

    def fault(self, visit: Interval, is_holiday: HolidayQuestion) -> DomainError | None:
        """Why the place does not receive this visit: Closed, PublicHoliday, OutsideHours; None where it does.

        `visit` is without its buffer, which may run past closing time and into a closure.
        """
        day = local_date(visit.start, self._zone)
        if any(span.contains(visit) for span in self.spans(day, visit.end - visit.start, is_holiday)):
            return None
        for closure in self._closures:
            if closure.span.overlaps(visit):
                return Closed(reason=closure.reason)
        hours = {day: self.on(day, is_holiday) for day in days_of(visit.start, visit.end, self._zone)}
        if any(planned.source is Source.EXCEPTION and not planned.spans for planned in hours.values()):
            return Closed(reason=None)
        holidays = [day for day, planned in hours.items() if planned.source is Source.HOLIDAY]
        if holidays:
            return PublicHoliday(day=holidays[0])
        return OutsideHours(day=day, spans=hours[day].spans)

    def _reckon(self, first: date, last: date, is_holiday: HolidayQuestion) -> tuple[Interval, ...]:
        days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
        planned = merged(span for day in days for span in self.on(day, is_holiday).spans)
        return tuple(without(planned, (closure.span for closure in self._closures)))

    def _in_utc(self, day: date, opening: Opening) -> tuple[Interval, ...]:
        spans = [
            Interval(at_wall_time(day, start, self._zone), at_wall_time(day, end, self._zone))
            for start, end in opening
        ]
        return tuple(merged(spans))
