"""What else happens in the story: enquiries, calls to hotlines, rosters and applications, always the same.

They know nothing of the visits, nor these of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import count
from random import Random

from scheduler.domain.applications import Filing, ReceivedBy
from scheduler.domain.casts import contacts, invented, known_by
from scheduler.domain.demonstrations import office_hours
from scheduler.domain.enquiries import EnquiryChange, EnquiryRequest, Medium, Step
from scheduler.domain.hotlines import HotlineState, hours_of, is_own, state_of
from scheduler.domain.hours import HolidayQuestion
from scheduler.domain.instants import at_wall_time
from scheduler.domain.intervals import Interval
from scheduler.domain.people import Customer
from scheduler.domain.plans import Hotline, Plan

_SEED = 31
_FIRST_DAY, _LAST_DAY = date(2020, 1, 2), date(2020, 12, 30)
_BUSY_DAY = date(2020, 3, 10)
#: From when on people are asked to stay away, and from when on some may come again.
_AWAY, _BACK = date(2020, 3, 16), date(2020, 6, 2)
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
_APPLICATIONS_A_DAY = 0.5

# Concern, what somebody wants to know, and what they are answered.
_QUESTIONS: tuple[tuple[str | None, str, str], ...] = (
    ("general", "Wann kommt mein Bescheid?", "Der Bescheid geht in dieser Woche in die Post."),
    ("general", "Ich bin umgezogen. Wem muss ich das melden?", "Neue Anschrift notiert, Mietvertrag folgt."),
    ("documents", "Sind meine Unterlagen angekommen?", "Ja, sie liegen vor, es fehlt nichts."),
    (
        "documents",
        "Welche Nachweise brauche ich noch?",
        "Es fehlen die Kontoauszüge der letzten drei Monate.",
    ),
    ("urgent_benefit", "Das Geld für diesen Monat ist nicht da.", "Die Zahlung ist heute angewiesen worden."),
    ("integration", "Kann ich den Kurs auch abends machen?", "Ja, ein Platz am Abend ist frei."),
    ("complex_matter", "Mein Arbeitgeber meldet Kurzarbeit an. Was nun?", "Merkblatt und Antrag zugesandt."),
    (None, "Wie sind Sie zu erreichen?", "Telefonzeiten und Anschrift genannt."),
)
_TEAMS = ("Leistungsteam", "Team Vermittlung", "Frau Berger")
_AGENTS = ("Frau Ahrens", "Herr Demirel", "Frau Lindner", "Herr Novak", "Frau Okafor", "Herr Wirth")
_ABOUT = ("Weiterbewilligung", "Umzugskosten", "Erstausstattung", "Bildung und Teilhabe", None)
_NOBODY_REACHED = "Mehrmals angerufen, niemanden erreicht."


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody wants to know something; no two do at the same instant."""

    at: datetime
    request: EnquiryRequest


@dataclass(frozen=True, slots=True)
class SeenTo:
    """A step is done with the enquiry that came at `about`."""

    at: datetime
    about: datetime
    step: Step


@dataclass(frozen=True, slots=True)
class Called:
    """Somebody calls a hotline."""

    at: datetime
    hotline: str


@dataclass(frozen=True, slots=True)
class Rostered:
    """A roster is taken in as a table."""

    at: datetime
    table: str


@dataclass(frozen=True, slots=True)
class Filed:
    """Somebody files an application."""

    at: datetime
    filing: Filing
    customer: Customer


Episode = Asked | SeenTo | Called | Rostered | Filed


def episodes(plan: Plan, is_holiday: HolidayQuestion) -> list[Episode]:
    """Those of the year, in their order."""
    told = _Episodes(plan, is_holiday)
    found: list[Episode] = [*told.busy_morning(), *told.rosters()]
    for offset in range((_LAST_DAY - _FIRST_DAY).days + 1):
        found += told.on(_FIRST_DAY + offset * _DAY)
    return sorted(found, key=lambda one: one.at)


class _Episodes:
    def __init__(self, plan: Plan, is_holiday: HolidayQuestion) -> None:
        self._plan = plan
        self._is_holiday = is_holiday
        self._random = Random(_SEED)  # noqa: S311  # the story is no secret, it must be the same every time
        self._people = invented(self._random)
        self._seconds = count(1)
        self._owed = {"enquiries": 0.0, "applications": 0.0}

    def on(self, day: date) -> Iterator[Episode]:
        """What happens on a local day on which the office works."""
        spans = office_hours(self._plan, day, self._is_holiday)
        if not spans:
            return
        yield from self._calls(day)
        for _ in range(self._owing("enquiries", _enquiries_on(day))):
            yield from self._enquiry(day, spans)
        for _ in range(self._owing("applications", _APPLICATIONS_A_DAY)):
            way = self._random.choice(tuple(ReceivedBy))
            filing = Filing(day, way, self._random.choice(_ABOUT))
            yield Filed(self._within(spans), filing, self._somebody())

    def busy_morning(self) -> Iterator[Episode]:
        """As the list should look when the demonstration begins: calls overdue and to come, some open."""
        for minute, (question, call, follow) in enumerate(
            (
                (0, None, Step(EnquiryChange.TAKE)),
                (4, (-15, 35), Step(EnquiryChange.MISS)),
                (2, (10, 75), None),
                (6, None, Step(EnquiryChange.FORWARD, to=_TEAMS[0])),
                (5, None, None),
            )
        ):
            at = self._at(_BUSY_DAY, 8 * 60 + 4 + 7 * minute)
            promise = None
            if call is not None:
                promise = Interval(at + (call[0] + 20) * _MINUTE, at + (call[1] - 5) * _MINUTE)
            request = self._request(_QUESTIONS[question], Medium.PHONE, promise)
            yield Asked(at, request)
            if follow is not None:
                yield SeenTo(self._at(_BUSY_DAY, 8 * 60 + 45 + minute), at, follow)
            answered = Step(EnquiryChange.ANSWER, _QUESTIONS[question][2])
            yield SeenTo(self._at(_BUSY_DAY, 10 * 60 + 20 * minute), at, answered)

    def rosters(self) -> Iterator[Rostered]:
        """One for each week, on the Friday before; the first on the day before a hotline opens."""
        for hotline in filter(is_own, self._plan.hotlines):
            day = hotline.opens
            at = self._at(day - _DAY, 15 * 60)
            while day <= _LAST_DAY:
                monday = day + (7 - day.weekday()) * _DAY
                days = [day + n * _DAY for n in range((monday - day).days)]
                lines = [line for one in days for line in self._shifts(hotline, one)]
                if lines:
                    yield Rostered(at, "\n".join(lines))
                day, at = monday, self._at(monday - 3 * _DAY, 11 * 60)

    def _shifts(self, hotline: Hotline, day: date) -> Iterator[str]:
        """Two answer in the morning, one in the afternoon, nobody in its last hour."""
        zone = self._plan.zone
        for part, span in enumerate(hours_of(self._plan, hotline, day, self._is_holiday)):
            end = span.end if part == 0 else span.end - timedelta(hours=1)
            begins, ends = (at.astimezone(zone).strftime("%H:%M") for at in (span.start, end))
            for name in self._random.sample(_AGENTS, 2 - part):
                yield f"{hotline.key};{day.isoformat()};{begins};{ends};{name}"

    def _calls(self, day: date) -> Iterator[Called]:
        for hotline in self._plan.hotlines:
            spans = hours_of(self._plan, hotline, day, self._is_holiday)
            if state_of(hotline, day) is HotlineState.OPEN and spans:
                most = _calls_on(day) if is_own(hotline) else 2
                for _ in range(self._random.randint(most // 2, most)):
                    yield Called(self._within(spans), hotline.key)

    def _enquiry(self, day: date, spans: Sequence[Interval]) -> Iterator[Episode]:
        """Most are answered the same day; some go on to others, some need a call, some reach nobody."""
        random = self._random
        at, question = self._within(spans), random.choice(_QUESTIONS)
        medium = random.choices(tuple(Medium), (60, 25, 15))[0]
        request = self._request(question, medium, None)
        yield Asked(at, request)
        answer = Step(EnquiryChange.ANSWER, question[2], by_mail=medium is not Medium.PHONE)
        later = self._next_day(day)
        course = random.random()
        if course < 0.7:
            spoken = medium is Medium.PHONE
            yield SeenTo(at + random.randint(3, 90) * _MINUTE if spoken else later, at, answer)
        elif course < 0.82:
            yield SeenTo(at + 4 * _MINUTE, at, Step(EnquiryChange.FORWARD, to=random.choice(_TEAMS)))
            yield SeenTo(later, at, answer)
        elif request.call_at:
            promise = Interval(later - 20 * _MINUTE, later + 60 * _MINUTE)
            yield SeenTo(at + 2 * _MINUTE, at, Step(EnquiryChange.PROMISE, promise=promise))
            yield SeenTo(later, at, Step(EnquiryChange.MISS))
            last = Step(EnquiryChange.DROP, _NOBODY_REACHED) if course > 0.95 else answer
            yield SeenTo(self._next_day(day + 2 * _DAY), at, last)
        else:
            yield SeenTo(later, at, answer)

    def _request(
        self, question: tuple[str | None, str, str], medium: Medium, promise: Interval | None
    ) -> EnquiryRequest:
        service, text, _ = question
        customer = self._somebody()
        if medium is not Medium.PHONE:
            customer = replace(customer, email=customer.email or f"post{next(self._seconds)}@example.org")
        elif promise is not None:
            customer = replace(customer, phone="030 23125-299")
        return EnquiryRequest(medium, text, service, customer, promise=promise)

    def _somebody(self) -> Customer:
        return known_by(next(self._people), contacts(self._random))

    def _owing(self, what: str, a_day: float) -> int:
        self._owed[what] += a_day * self._random.uniform(0.6, 1.4)
        whole = int(self._owed[what])
        self._owed[what] -= whole
        return whole

    def _within(self, spans: Sequence[Interval]) -> datetime:
        span = self._random.choice(spans)
        minutes = self._random.randrange(4, (span.end - span.start) // _MINUTE)
        # Told apart by microseconds, so that whatever happens has an instant of its own.
        return span.start + minutes * _MINUTE + timedelta(microseconds=next(self._seconds))

    def _next_day(self, day: date) -> datetime:
        """In the morning of the next day on which the office works."""
        day += _DAY
        while not office_hours(self._plan, day, self._is_holiday):
            day += _DAY
        return self._at(day, self._random.randrange(8 * 60 + 30, 11 * 60))

    def _at(self, day: date, minute: int) -> datetime:
        return at_wall_time(day, minute, self._plan.zone)


_ENQUIRIES: Mapping[bool, float] = {True: 3.0, False: 1.2}


def _enquiries_on(day: date) -> float:
    return _ENQUIRIES[_AWAY <= day < _BACK]


def _calls_on(day: date) -> int:
    return 12 if day < _BACK else 6
