"""The demonstration's words: stages of planning, wishes for visits, and the course that a visit takes.

A wish knows beforehand how it would go; what becomes of it is for the office's rules to say in their time.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from scheduler.domain.bookings import BookingRequest, Category, Justification
from scheduler.domain.casts import known_by
from scheduler.domain.hours import HolidayQuestion
from scheduler.domain.instants import local_date, parse_instant
from scheduler.domain.intervals import Interval
from scheduler.domain.people import Customer
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Role

#: Why a visit for a service is necessary in the single case.
REASONS = {
    "integration": Category.INTEGRATION,
    "urgent_benefit": Category.URGENT_BENEFIT,
    "complex_matter": Category.COMPLEX_MATTER,
}
#: Visits that take place although they are in question: somebody has looked at each one.
LOOKED_AT_ANYWAY = frozenset({"benefit_emergency", "cash_pickup"})
_NOTED_MISSING_AFTER = timedelta(minutes=20)
_CALLED_BEFORE = timedelta(minutes=1)
# Whole weeks: what fits the hours on the day of a visit fits them then.
_DROPPED_BEFORE = timedelta(days=7)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stage:
    """From `known_at` on the office knows of the phase: it was planned then."""

    known_at: datetime
    phase_key: str


class Ending(StrEnum):
    """What the customer is going to do; `untouched` visits stay as booked, whatever the day."""

    ATTENDS = "attends"
    MISSES = "misses"
    CANCELS = "cancels"
    MOVES = "moves"
    UNTOUCHED = "untouched"


class Answer(StrEnum):
    """What the office says to a request; some it leaves without one."""

    YES = "yes"
    NO = "no"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Course:
    """How a visit goes: `early` before its time, `wait` after it until served, for `takes`.

    `changes_after` is how far between booking and visit, from 0 to 1, somebody changes their mind.
    """

    ending: Ending
    early: timedelta = timedelta(minutes=5)
    wait: timedelta = timedelta(0)
    takes: timedelta = timedelta(minutes=15)
    changes_after: float = 0.5
    answer: Answer = Answer.NONE
    answered_after: timedelta = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks the office for at `made_at`; no two ask at the same instant."""

    made_at: datetime
    request: BookingRequest
    course: Course


class Act(StrEnum):
    """What happens to a booking; `drop` gives up what is in question, `lapse` what nobody answered."""

    BOOK = "book"
    APPROVE = "approve"
    DECLINE = "decline"
    LAPSE = "lapse"
    MOVE = "move"
    CANCEL = "cancel"
    DROP = "drop"
    CHECK_IN = "check-in"
    CALL = "call"
    SERVE = "serve"
    FINISH = "finish"
    NO_SHOW = "no-show"


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """An act on the booking of the wish made at `wish`, as long as its visit begins at `starts_at`."""

    at: datetime
    act: Act = field(compare=False)
    wish: datetime
    starts_at: datetime


def steps(wish: Wish, starts_at: datetime) -> Iterator[Step]:
    """What is going to happen to the wish's booking for a visit at `starts_at`, in no order."""
    course = wish.course
    if course.ending is Ending.UNTOUCHED:
        yield Step(starts_at, Act.LAPSE, wish.made_at, starts_at)
        return
    for at, act in (
        *_before(wish, starts_at),
        *(_missing(starts_at) if course.ending is Ending.MISSES else _attending(course, starts_at)),
    ):
        yield Step(at, act, wish.made_at, starts_at)


def office_hours(plan: Plan, day: date, is_holiday: HolidayQuestion) -> list[Interval]:
    """When on the local day the staff are at work: as long as the plan's first place is open."""
    hours = plan.opening_hours[plan.resources[0].key]
    spans = hours.spans(day, timedelta(minutes=1), is_holiday)
    return [span for span in spans if local_date(span.start, plan.zone) == day]


def justification(service: str) -> Justification:
    return Justification(REASONS.get(service, Category.PERSONAL_CONTACT), None)


def read_stages(text: str, zone: tzinfo) -> list[Stage]:
    """The stages of `stages.csv`, in order."""
    rows = csv.DictReader(text.splitlines())
    return sorted(
        (Stage(parse_instant(row["known_at"], zone, field="known_at"), row["phase"]) for row in rows),
        key=lambda stage: stage.known_at,
    )


def read_bookings(text: str, zone: tzinfo, people: Iterable[Customer]) -> list[tuple[str, Wish]]:
    """The wishes of `bookings.csv` with their names there, each by one of `people`; none has a course.

    A justification goes with every one.
    """
    found = []
    for row, person in zip(csv.DictReader(text.splitlines()), people, strict=False):
        contact = frozenset(row["contact"].split())
        request = BookingRequest(
            service=row["service"],
            starts_at=parse_instant(row["starts_at"], zone, field="starts_at"),
            booked_by=Role(row["booked_by"]),
            customer=known_by(person, contact),
            resource=row["resource"],
            justification=justification(row["service"]),
        )
        made_at = parse_instant(row["made_at"], zone, field="made_at")
        found.append((row["ref"], Wish(made_at, request, Course(Ending.UNTOUCHED))))
    return found


def _before(wish: Wish, starts_at: datetime) -> Iterator[tuple[datetime, Act]]:
    course = wish.course
    if course.answer is not Answer.NONE:
        act = Act.APPROVE if course.answer is Answer.YES else Act.DECLINE
        yield wish.made_at + course.answered_after, act
    yield starts_at, Act.LAPSE
    if course.ending is Ending.CANCELS:
        yield _changed_at(wish, starts_at), Act.CANCEL
    if course.ending is Ending.MOVES:
        yield _changed_at(wish, wish.request.starts_at), Act.MOVE
    yield starts_at - _DROPPED_BEFORE, Act.DROP


def _changed_at(wish: Wish, starts_at: datetime) -> datetime:
    """When somebody changes their mind: by day, some days before the visit."""
    ahead = starts_at - wish.made_at
    days_before = int(ahead / _DAY * (1 - wish.course.changes_after))
    at = starts_at - days_before * _DAY - timedelta(minutes=37)
    return at if wish.made_at < at < starts_at else wish.made_at + ahead / 2


def _missing(starts_at: datetime) -> Iterator[tuple[datetime, Act]]:
    yield starts_at + _NOTED_MISSING_AFTER, Act.NO_SHOW


def _attending(course: Course, starts_at: datetime) -> Iterator[tuple[datetime, Act]]:
    served_at = starts_at + course.wait
    yield min(starts_at - course.early, served_at - 2 * _CALLED_BEFORE), Act.CHECK_IN
    yield served_at - _CALLED_BEFORE, Act.CALL
    yield served_at, Act.SERVE
    yield served_at + course.takes, Act.FINISH
