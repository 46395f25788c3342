"""The demonstration's story: what people ask of the office in a year, invented but always the same.

Nothing here knows what becomes of a wish. Starts are free at the time of inventing, so most can be had.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TypeVar

from scheduler.domain.bookings import BookingRequest
from scheduler.domain.casts import contacts, known_by
from scheduler.domain.demonstrations import Answer, Course, Ending, Stage, Wish, justification, office_hours
from scheduler.domain.hours import HolidayQuestion
from scheduler.domain.instants import at_wall_time, local_date, rhythm
from scheduler.domain.intervals import Interval
from scheduler.domain.people import Customer
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Kind, Resource
from scheduler.domain.roles import Role
from scheduler.domain.services import Service, suits

_FIRST_DAY, _LAST_DAY = date(2020, 1, 2), date(2020, 12, 30)
_BUSY_DAY = date(2020, 3, 10)
_T = TypeVar("_T")

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_DRAWS = 40
_PERCENT_WITH_A_PLACE = 35
# A visit of the scenario must find its place free, whatever is invented around it.
_MARGIN = timedelta(minutes=10)

_ANY_CONCERN = {
    "general": 30,
    "documents": 16,
    "integration": 19,
    "urgent_benefit": 15,
    "complex_matter": 9,
    "benefit_emergency": 6,
    "cash_pickup": 5,
}
_CONSULTATIONS = {"integration": 50, "complex_matter": 25, "urgent_benefit": 15, "general": 10}
_EMERGENCIES = {"benefit_emergency": 65, "cash_pickup": 35}
_NECESSARY = {"integration": 32, "complex_matter": 14, "urgent_benefit": 22, "general": 6} | {
    "benefit_emergency": 16,
    "cash_pickup": 10,
}
_ASKED_IN_VAIN = {"general": 50, "documents": 30, "integration": 20}

_STAFF = {Role.RECEPTION: 60, Role.CASEWORKER: 34, Role.MANAGER: 6}
_ANYBODY = {Role.RECEPTION: 45, Role.CASEWORKER: 27, Role.CUSTOMER: 25, Role.MANAGER: 3}
_CUSTOMERS = {Role.CUSTOMER: 100}
#: What only somebody of the staff may book in every phase.
_BY_STAFF = frozenset({"cash_pickup", "benefit_emergency", "group_information"})

_ENDINGS = {Ending.ATTENDS: 84, Ending.MISSES: 6, Ending.CANCELS: 6, Ending.MOVES: 4}
_ANSWERS = {Answer.YES: 62, Answer.NO: 16, Answer.NONE: 22}


@dataclass(frozen=True, slots=True)
class Season:
    """Some weeks of visits: `visits` on an office day, booked `ahead` days before, between two instants."""

    first: date
    last: date
    visits: float
    services: Mapping[str, int]
    bookers: Mapping[Role, int]
    ahead: tuple[int, int]
    asked: tuple[datetime, datetime]
    kinds: frozenset[Kind] = frozenset(Kind)
    justified: bool = False


def invent(
    plan: Plan,
    stages: Sequence[Stage],
    scenario: Sequence[Wish],
    *,
    people: Iterator[Customer],
    random: Random,
    is_holiday: HolidayQuestion,
) -> list[Wish]:
    """A year of wishes in the order in which they are made, those of the scenario among them."""
    story = _Story(plan, scenario, people, random, is_holiday)
    wishes = [*scenario, *story.busy_day(), *story.groups()]
    for season in _seasons(plan, {stage.phase_key: stage.known_at for stage in stages}):
        wishes += story.season(season)
    return sorted(wishes, key=lambda wish: wish.made_at)


def _seasons(plan: Plan, known_at: Mapping[str, datetime]) -> Iterator[Season]:
    begin = at_wall_time(_FIRST_DAY, 8 * 60, plan.zone)
    end = at_wall_time(_LAST_DAY, 12 * 60, plan.zone)
    told = known_at["appointments_cancelled"]
    before = (begin, told)
    counters = frozenset({Kind.COUNTER})
    for first, last, visits in (
        (date(2020, 1, 6), date(2020, 3, 6), 3.2),
        (date(2020, 3, 9), date(2020, 3, 9), 18),
        (date(2020, 3, 11), date(2020, 3, 13), 17),
    ):
        yield Season(first, last, visits, _ANY_CONCERN, _ANYBODY, (0, 30), before)
    yield Season(date(2020, 3, 16), date(2020, 3, 20), 15, _ANY_CONCERN, _ANYBODY, (4, 50), before)
    yield Season(date(2020, 3, 23), date(2020, 4, 3), 8, _ANY_CONCERN, _ANYBODY, (10, 60), before)
    yield Season(date(2020, 4, 6), date(2020, 4, 30), 2.6, _CONSULTATIONS, _ANYBODY, (25, 90), before)
    yield Season(date(2020, 5, 4), date(2020, 7, 31), 0.8, _CONSULTATIONS, _ANYBODY, (50, 150), before)
    since = (told, end)
    yield Season(date(2020, 3, 16), date(2020, 5, 29), 0.8, _EMERGENCIES, _STAFF, (0, 2), since, counters)
    yield Season(date(2020, 3, 17), date(2020, 7, 17), 0.2, _ASKED_IN_VAIN, _CUSTOMERS, (1, 4), since)
    first_phase = (known_at["phase_1"], end)
    yield Season(date(2020, 6, 2), date(2020, 7, 17), 0.9, _EMERGENCIES, _STAFF, (0, 3), first_phase)
    second_phase = (known_at["phase_2"], end)
    yield Season(
        date(2020, 7, 20), _LAST_DAY, 0.6, _NECESSARY, _ANYBODY, (1, 12), second_phase, justified=True
    )
    yield Season(date(2020, 7, 20), _LAST_DAY, 0.06, _ASKED_IN_VAIN, _CUSTOMERS, (1, 4), second_phase)


# The day on which the demonstration begins, as it should look at nine: some served, one being served, some
# waiting, one called, one missed, most to come. Start, service, place, then the course in minutes.
_AT_NINE: tuple[tuple[str, str, str, int, int, int, Ending], ...] = (
    ("08:00", "general", "counter-2", 6, 1, 13, Ending.ATTENDS),
    ("08:00", "integration", "entrance-room-1", 9, 2, 41, Ending.ATTENDS),
    ("08:00", "complex_matter", "office-202", 4, 2, 52, Ending.ATTENDS),
    ("08:15", "documents", "counter-3", 7, 0, 4, Ending.ATTENDS),
    ("08:20", "cash_pickup", "counter-1", 5, 2, 8, Ending.ATTENDS),
    ("08:30", "general", "counter-2", 0, 0, 0, Ending.MISSES),
    ("08:30", "urgent_benefit", "entrance-room-2", 8, 1, 24, Ending.ATTENDS),
    ("08:45", "general", "counter-2", 3, 5, 19, Ending.ATTENDS),
    ("08:40", "benefit_emergency", "counter-3", 12, 26, 17, Ending.ATTENDS),
    ("09:00", "general", "counter-1", 6, 1, 12, Ending.ATTENDS),
    ("09:00", "urgent_benefit", "entrance-room-1", 9, 4, 27, Ending.ATTENDS),
    ("09:00", "integration", "office-201", 11, 3, 44, Ending.ATTENDS),
    ("09:05", "documents", "counter-2", 8, 3, 5, Ending.ATTENDS),
    ("09:30", "general", "counter-3", 4, 2, 14, Ending.ATTENDS),
    ("09:30", "integration", "office-202", 7, 1, 40, Ending.ATTENDS),
    ("09:45", "urgent_benefit", "entrance-room-2", 5, 3, 33, Ending.CANCELS),
    ("10:00", "general", "counter-1", 2, 4, 16, Ending.ATTENDS),
    ("10:00", "documents", "counter-2", 3, 0, 4, Ending.ATTENDS),
    ("10:15", "complex_matter", "office-201", 6, 2, 57, Ending.ATTENDS),
    ("10:30", "integration", "entrance-room-1", 0, 0, 0, Ending.MISSES),
    ("10:45", "cash_pickup", "counter-1", 4, 1, 9, Ending.ATTENDS),
    ("11:00", "urgent_benefit", "entrance-room-2", 8, 5, 30, Ending.ATTENDS),
    ("11:15", "general", "counter-2", 3, 2, 13, Ending.ATTENDS),
    ("13:30", "general", "counter-1", 5, 1, 12, Ending.ATTENDS),
    ("13:30", "complex_matter", "office-202", 9, 3, 49, Ending.ATTENDS),
    ("13:45", "integration", "entrance-room-1", 6, 2, 43, Ending.ATTENDS),
    ("14:00", "general", "counter-2", 4, 3, 15, Ending.CANCELS),
    ("14:15", "documents", "counter-3", 2, 1, 5, Ending.ATTENDS),
    ("15:00", "urgent_benefit", "counter-2", 7, 4, 28, Ending.ATTENDS),
)
_WALKED_IN = ("08:40", "benefit_emergency")


class _Story:
    """Invents wishes, and remembers what they would take."""

    def __init__(
        self,
        plan: Plan,
        scenario: Iterable[Wish],
        people: Iterator[Customer],
        random: Random,
        is_holiday: HolidayQuestion,
    ) -> None:
        self._plan = plan
        self._people = people
        self._random = random
        self._is_holiday = is_holiday
        self._taken: dict[str, list[Interval]] = {}
        self._kept: dict[str, list[Interval]] = {}
        self._asked: set[datetime] = set()
        for wish in scenario:
            self._asked.add(wish.made_at)
            service, start = plan.services_by_key[wish.request.service], wish.request.starts_at
            until = start + service.length + service.buffer
            self._kept.setdefault(wish.request.resource or "", []).append(
                Interval(start - _MARGIN, until + _MARGIN)
            )

    def busy_day(self) -> Iterator[Wish]:
        for shown, service_key, place, early, wait, takes, ending in _AT_NINE:
            service = self._plan.services_by_key[service_key]
            starts_at = self._at(_BUSY_DAY, time.fromisoformat(shown))
            resource = self._plan.resources_by_key[place]
            walked_in = (shown, service_key) == _WALKED_IN
            booked_by = Role.RECEPTION if service_key in _BY_STAFF else self._draw(_ANYBODY)
            made_at = (
                self._at(_BUSY_DAY, time(8, 19))
                if walked_in
                else self._asked_before(
                    starts_at, booked_by, (1, 32), (self._at(_FIRST_DAY, time(8)), starts_at)
                )
            )
            if made_at is None:
                continue
            self._take(resource, service, starts_at)
            course = Course(ending, early * _MINUTE, wait * _MINUTE, takes * _MINUTE, self._random.random())
            yield self._wish(made_at, service, starts_at, booked_by, resource, course, justified=False)

    def groups(self) -> Iterator[Wish]:
        """Group information on Thursdays, until summer; the scenario has its own in the middle of March."""
        service = self._plan.services_by_key["group_information"]
        (room,) = (place for place in self._plan.resources if suits(service, place))
        days = [date(2020, 1, 16) + week * 7 * _DAY for week in range(23)]
        for day in days:
            starts_at = self._at(day, time(14))
            visit = Interval(starts_at, starts_at + service.length)
            if self._is_kept(room, visit) or not self._is_open(room, service, starts_at):
                continue
            asked = (self._at(_FIRST_DAY, time(8)), self._at(date(2020, 3, 9), time(15)))
            made_at = self._asked_before(starts_at, Role.CASEWORKER, (12, 120), asked)
            if made_at is not None:
                self._take(room, service, starts_at)
                course = Course(Ending.ATTENDS, 10 * _MINUTE, 2 * _MINUTE, 85 * _MINUTE)
                yield self._wish(made_at, service, starts_at, Role.CASEWORKER, room, course, justified=False)

    def season(self, season: Season) -> Iterator[Wish]:
        owed = 0.0
        for offset in range((season.last - season.first).days + 1):
            day = season.first + offset * _DAY
            if not self._office_hours(day):
                continue
            owed += season.visits * self._random.uniform(0.8, 1.2)
            while owed >= 1:
                owed -= 1
                wish = self._visit(season, day)
                if wish is not None:
                    yield wish

    def _visit(self, season: Season, day: date) -> Wish | None:
        service = self._plan.services_by_key[self._draw(season.services)]
        bookers = _STAFF if season.bookers is _ANYBODY and service.key in _BY_STAFF else season.bookers
        booked_by = self._draw(bookers)
        found = self._start(service, day, season.kinds)
        if found is None:
            return None
        starts_at, place, is_free_to_choose = found
        made_at = self._asked_before(starts_at, booked_by, season.ahead, season.asked)
        if made_at is None:
            return None
        if season.services is not _ASKED_IN_VAIN:
            self._take(place, service, starts_at)
        return self._wish(
            made_at,
            service,
            starts_at,
            booked_by,
            None if is_free_to_choose else place,
            self._course(service, made_at, booked_by),
            justified=season.justified and booked_by is not Role.CUSTOMER,
        )

    def _wish(
        self,
        made_at: datetime,
        service: Service,
        starts_at: datetime,
        booked_by: Role,
        place: Resource | None,
        course: Course,
        *,
        justified: bool,
    ) -> Wish:
        while made_at in self._asked:
            made_at += timedelta(seconds=1)
        self._asked.add(made_at)
        contact = contacts(self._random)
        if booked_by is Role.CUSTOMER:
            contact |= {"email"}  # asked online
        request = BookingRequest(
            service=service.key,
            starts_at=starts_at,
            booked_by=booked_by,
            customer=known_by(next(self._people), contact),
            resource=place.key if place else None,
            justification=justification(service.key) if justified else None,
        )
        return Wish(made_at, request, course)

    def _course(self, service: Service, made_at: datetime, booked_by: Role) -> Course:
        random = self._random
        course = Course(
            self._draw(_ENDINGS),
            random.randint(2, 12) * _MINUTE,
            random.randint(0, 6) * _MINUTE,
            max(3 * _MINUTE, service.length * random.uniform(0.6, 1.1) // _MINUTE * _MINUTE),
            random.random(),
        )
        if booked_by is not Role.CUSTOMER:
            return course
        answered_on = self._office_day(local_date(made_at, self._plan.zone) + _DAY, 1)
        answered_at = self._at(answered_on, time(9, random.randrange(60)))
        return replace(course, answer=self._draw(_ANSWERS), answered_after=answered_at - made_at)

    def _start(
        self, service: Service, day: date, kinds: frozenset[Kind]
    ) -> tuple[datetime, Resource, bool] | None:
        """A free start on the day and its place; the third says whether another place would do as well."""
        places = [place for place in self._plan.resources if suits(service, place) and place.kind in kinds]
        spans = self._office_hours(day)
        starts = [
            at
            for at in rhythm(day, service.step // _MINUTE, self._plan.zone)
            if any(span.contains(Interval(at, at + service.length)) for span in spans)
        ]
        for _ in range(_DRAWS if starts else 0):
            at = self._random.choice(starts)
            claim = Interval(at, at + service.length + service.buffer)
            free = [
                place
                for place in places
                if self._is_open(place, service, at) and not self._is_taken(place, claim)
            ]
            clear = [place for place in free if not self._is_kept(place, claim)]
            if clear and self._random.random() * 100 < _PERCENT_WITH_A_PLACE:
                return at, self._random.choice(clear), False
            if clear and clear == free and not any(self._is_kept(place, claim) for place in places):
                return at, clear[0], True
        return None

    def _asked_before(
        self,
        starts_at: datetime,
        booked_by: Role,
        ahead: tuple[int, int],
        asked: tuple[datetime, datetime],
    ) -> datetime | None:
        """When the visit is asked for: in office hours where staff do it; None where it would be too late."""
        zone, day = self._plan.zone, local_date(starts_at, self._plan.zone)
        least = max(ahead[0], (day - local_date(asked[1], zone)).days)
        most = min(ahead[1], (day - local_date(asked[0], zone)).days)
        if least > most:
            return None
        asked_on = day - self._random.randint(least, most) * _DAY
        if booked_by is Role.CUSTOMER:  # online, at any time of the day
            minute = self._random.randrange(7 * 60, 21 * 60)
        else:
            asked_on = self._office_day(asked_on, -1)
            span = self._random.choice(self._office_hours(asked_on))
            shown = span.start.astimezone(zone)
            length = (span.end - span.start) // _MINUTE
            minute = shown.hour * 60 + shown.minute + self._random.randrange(4, length)
        made_at = at_wall_time(asked_on, minute, zone)
        made_at += timedelta(seconds=self._random.randrange(1, 60))
        latest = min(asked[1], starts_at - 16 * _MINUTE)
        if made_at > latest and asked_on == day:
            made_at = starts_at - self._random.randint(16, 50) * _MINUTE + timedelta(seconds=7)
            if not any(span.start <= made_at < span.end for span in self._office_hours(day)):
                return None
        return made_at if asked[0] < made_at < latest else None

    def _office_day(self, day: date, direction: int) -> date:
        """The day itself, or the next one in that direction on which the office works."""
        while not self._office_hours(day):
            day += direction * _DAY
        return day

    def _at(self, day: date, shown: time) -> datetime:
        return at_wall_time(day, shown.hour * 60 + shown.minute, self._plan.zone)

    def _office_hours(self, day: date) -> list[Interval]:
        return office_hours(self._plan, day, self._is_holiday)

    def _spans(self, place: Resource, day: date, length: timedelta) -> tuple[Interval, ...]:
        return self._plan.opening_hours[place.key].spans(day, length, self._is_holiday)

    def _is_open(self, place: Resource, service: Service, at: datetime) -> bool:
        visit = Interval(at, at + service.length)
        spans = self._spans(place, local_date(at, self._plan.zone), service.length)
        return any(span.contains(visit) for span in spans)

    def _take(self, place: Resource, service: Service, at: datetime) -> None:
        self._taken.setdefault(place.key, []).append(Interval(at, at + service.length + service.buffer))

    def _is_taken(self, place: Resource, claim: Interval) -> bool:
        return any(claim.overlaps(taken) for taken in self._taken.get(place.key, ()))

    def _is_kept(self, place: Resource, claim: Interval) -> bool:
        """Whether a visit of the scenario needs the place then."""
        return any(claim.overlaps(kept) for kept in self._kept.get(place.key, ()))

    def _draw(self, weights: Mapping[_T, int]) -> _T:
        return self._random.choices(list(weights), list(weights.values()))[0]
