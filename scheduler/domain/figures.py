"""Figures: what managers see of what became of concerns, of waiting, and of how full the places are.

Nothing is counted per employee. Counts from one to four are not shown: so few might be known again by them.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import count, takewhile
from statistics import quantiles
from typing import NamedTuple, TypeVar

from scheduler.domain.bookings import Category, Channel, Party, Status
from scheduler.domain.errors import Fault, Invalid
from scheduler.domain.hours import HolidayQuestion
from scheduler.domain.instants import local_date, midnight
from scheduler.domain.intervals import Interval
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Kind

#: Counts below this, but for none at all, stay hidden.
FEWEST = 5
LONGEST = timedelta(days=366)
_WEEK = timedelta(days=7)
_USUAL_WEEKS = 4
_TENTHS = 10

Key = TypeVar("Key", bound=Hashable)


class Outcome(StrEnum):
    """What became of a visit; `answered` is an enquiry that needed none."""

    OPEN = "open"
    VISITED = "visited"
    BY_PHONE = "by_phone"
    WALKED_IN = "walked_in"
    ANSWERED = "answered"
    NO_SHOW = "no_show"
    CANCELLED_BY_CUSTOMER = "cancelled_by_customer"
    CANCELLED_BY_OFFICE = "cancelled_by_office"


class Visit(NamedTuple):
    """One booking, without its person and without whoever dealt with it; instants are UTC.

    One to a group event takes no place by itself.
    """

    service: str
    resource: str
    status: Status
    channel: Channel
    cancelled_by: Party | None
    category: Category | None
    starts_at: datetime
    occupied_until: datetime
    arrived_at: datetime | None
    served_at: datetime | None
    finished_at: datetime | None
    takes_place: bool = True


class WalkedIn(NamedTuple):
    """Somebody without an appointment; `category` is why the exception was granted, if it took one."""

    service: str | None
    category: Category | None
    arrived_at: datetime
    served_at: datetime | None
    finished_at: datetime | None


class Answered(NamedTuple):
    """An enquiry that was answered without a visit; nobody need know what it was about."""

    service: str | None
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Period:
    """Local dates, both included."""

    first: date
    last: date

    def span(self, plan: Plan) -> Interval:
        return Interval(midnight(self.first, plan.zone), midnight(self.last + timedelta(days=1), plan.zone))

    @property
    def weeks(self) -> list[date]:
        """The Mondays of the weeks that the period touches."""
        monday = self.first - timedelta(days=self.first.weekday())
        return list(takewhile(lambda day: day <= self.last, (monday + n * _WEEK for n in count())))


@dataclass(frozen=True, slots=True)
class Durations:
    """Of so many people: half waited no longer than `median`, nine of ten no longer than `most`."""

    number: int
    median: timedelta
    most: timedelta


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table; a count that is not shown is None, and so is a sum that would betray it."""

    key: str
    counts: Mapping[str, int | None]
    total: int | None

    @property
    def shown(self) -> int:
        """The sum of what is shown."""
        return sum(number or 0 for number in self.counts.values())


@dataclass(frozen=True, slots=True)
class Capacity:
    """Of the places of one kind: the minutes they were open for visits, and those that visits took."""

    kind: Kind
    open_minutes: int
    booked_minutes: int

    @property
    def share(self) -> float | None:
        return self.booked_minutes / self.open_minutes if self.open_minutes else None


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a period.

    `without_a_visit` is the share of all that was settled that needed no visit, by concern, and by week.
    """

    period: Period
    by_week: Sequence[Row]
    by_service: Sequence[Row]
    exceptions: Sequence[Row]
    waiting: Mapping[str, Durations]
    serving: Mapping[str, Durations]
    capacity: Sequence[Capacity]
    without_a_visit: Mapping[str, float]
    without_a_visit_by_week: Mapping[str, float]


def usual_period(today: date) -> Period:
    """The last four whole weeks, Monday to Sunday."""
    monday = today - timedelta(days=today.weekday())
    return Period(monday - _USUAL_WEEKS * _WEEK, monday - timedelta(days=1))


def checked_period(first: date, last: date) -> Period:
    """Raises Invalid for `last` where it lies before `first`, or more than a year after it."""
    if last < first:
        raise Invalid(fields={"last": Fault("reversed")})
    if last - first >= LONGEST:
        raise Invalid(fields={"last": Fault("span_too_long", most=LONGEST.days)})
    return Period(first, last)


def outcome_of(visit: Visit) -> Outcome:
    if visit.status is Status.CANCELLED:
        by_office = visit.cancelled_by is Party.OFFICE
        return Outcome.CANCELLED_BY_OFFICE if by_office else Outcome.CANCELLED_BY_CUSTOMER
    if visit.status is Status.NO_SHOW:
        return Outcome.NO_SHOW
    if visit.status is not Status.DONE:
        return Outcome.OPEN
    return Outcome.BY_PHONE if visit.channel is Channel.PHONE else Outcome.VISITED


def figures(
    plan: Plan,
    period: Period,
    visits: Iterable[Visit],
    walk_ins: Iterable[WalkedIn],
    answered: Iterable[Answered] = (),
    *,
    is_holiday: HolidayQuestion,
) -> Figures:
    """The figures of what began within the period, under the plan as it stands."""
    by_week: dict[str, Counter[str]] = {week.isoformat(): Counter() for week in period.weeks}
    by_service: dict[str, Counter[str]] = {service.key: Counter() for service in plan.services}
    exceptions: dict[str, Counter[str]] = {str(category): Counter() for category in Category}
    waiting: dict[str, list[timedelta]] = defaultdict(list)
    serving: dict[str, list[timedelta]] = defaultdict(list)
    booked: Counter[Kind] = Counter()
    for visit in visits:
        outcome = outcome_of(visit)
        by_week[_week_of(visit.starts_at, plan)][outcome] += 1
        by_service.setdefault(visit.service, Counter())[outcome] += 1
        if visit.category is not None and visit.status is not Status.CANCELLED:
            exceptions[visit.category]["appointments"] += 1
        if visit.arrived_at is not None:
            # Whoever comes early waits for the appointed time of their own accord.
            due = max(visit.arrived_at, visit.starts_at)
            _note(visit.service, due, visit.served_at, visit.finished_at, waiting, serving)
        place = plan.resources_by_key.get(visit.resource)
        held = visit.takes_place and visit.channel is Channel.IN_PERSON
        if place is not None and held and visit.status is not Status.CANCELLED:
            booked[place.kind] += _minutes(visit.occupied_until - visit.starts_at)
    for walk_in in walk_ins:
        by_week[_week_of(walk_in.arrived_at, plan)][Outcome.WALKED_IN] += 1
        if walk_in.category is not None:
            exceptions[walk_in.category]["walk_ins"] += 1
        if walk_in.service is not None:
            by_service.setdefault(walk_in.service, Counter())[Outcome.WALKED_IN] += 1
            _note(
                walk_in.service,
                walk_in.arrived_at,
                walk_in.served_at,
                walk_in.finished_at,
                waiting,
                serving,
            )
    for enquiry in answered:
        by_week[_week_of(enquiry.answered_at, plan)][Outcome.ANSWERED] += 1
        if enquiry.service is not None:
            by_service.setdefault(enquiry.service, Counter())[Outcome.ANSWERED] += 1
    return Figures(
        period,
        rows(by_week),
        rows({key: found for key, found in by_service.items() if found}),
        rows({key: found for key, found in exceptions.items() if found}),
        _durations(waiting),
        _durations(serving),
        _capacity(plan, period, booked, is_holiday),
        _shares(by_service),
        _shares(by_week),
    )


def _week_of(instant: datetime, plan: Plan) -> str:
    day = local_date(instant, plan.zone)
    return (day - timedelta(days=day.weekday())).isoformat()


def _note(
    service: str,
    due: datetime,
    served_at: datetime | None,
    finished_at: datetime | None,
    waiting: Mapping[str, list[timedelta]],
    serving: Mapping[str, list[timedelta]],
) -> None:
    if served_at is None:
        return
    waiting[service].append(max(served_at - due, timedelta(0)))
    if finished_at is not None:
        serving[service].append(finished_at - served_at)


def rows(found: Mapping[str, Counter[str]]) -> list[Row]:
    """Lines of a table without the counts that are too small to be shown.

    Where one count alone is missing from a line its sum would betray it, so the sum is left out too.
    """
    return [_row(key, counts) for key, counts in found.items()]


def _row(key: str, counts: Counter[str]) -> Row:
    shown = {name: hidden(number) for name, number in counts.items()}
    missing = [name for name, number in shown.items() if number is None]
    total = hidden(counts.total())
    return Row(key, shown, None if len(missing) == 1 else total)


def hidden(number: int) -> int | None:
    """The count, or None where it is too small to be shown."""
    return None if 0 < number < FEWEST else number


def _durations(found: Mapping[str, list[timedelta]]) -> dict[str, Durations]:
    return {key: _of_many(spans) for key, spans in found.items() if len(spans) >= FEWEST}


def _of_many(spans: Sequence[timedelta]) -> Durations:
    tenths = quantiles((span.total_seconds() for span in spans), n=_TENTHS, method="inclusive")
    return Durations(len(spans), timedelta(seconds=tenths[4]), timedelta(seconds=tenths[8]))


def _shares(by_key: Mapping[str, Counter[str]]) -> dict[str, float]:
    shares = {}
    for key, found in by_key.items():
        without = found[Outcome.BY_PHONE] + found[Outcome.ANSWERED]
        visits = found[Outcome.VISITED] + found[Outcome.WALKED_IN]
        # Of few the share would tell how many they were.
        if without + visits >= FEWEST and None not in (hidden(without), hidden(visits)):
            shares[key] = without / (without + visits)
    return shares


def _capacity(
    plan: Plan, period: Period, booked: Mapping[Kind, int], is_holiday: HolidayQuestion
) -> list[Capacity]:
    minutes: Counter[Kind] = Counter()
    for place in plan.resources:
        hours = plan.opening_hours[place.key]
        minutes[place.kind] += _minutes(hours.open_for(period.first, period.last, is_holiday))
    return [
        Capacity(kind, minutes[kind], booked.get(kind, 0)) for kind in Kind if minutes[kind] or kind in booked
    ]


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)
