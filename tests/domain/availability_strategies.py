"""Small plans to search in: built by hand for one case, or drawn at random around clock changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from scheduler.domain.hours import Closure, DayException, HolidayQuestion, HoursPeriod, Opening, Week
from scheduler.domain.intervals import Interval
from scheduler.domain.occupancy import Claim, Occupancy
from scheduler.domain.phases import Decision, Phase, Rule, WalkIns
from scheduler.domain.plans import Office, Plan
from scheduler.domain.reserves import KeptFor, Reserve
from scheduler.domain.resources import Kind, Resource, Site
from scheduler.domain.roles import Role
from scheduler.domain.services import Service
from scheduler.domain.texts import Text
from scheduler.domain.wayfinding import ArrivalLimit, Route

BERLIN = "Europe/Berlin"
ALL_DAY: Opening = ((0, 1440),)
MORNING: Opening = ((480, 720),)


def berlin(text: str) -> datetime:
    """The UTC instant of a local time of Berlin that exists once."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN)).astimezone(UTC)


def every_day(opening: Opening) -> Week:
    return dict.fromkeys(range(7), opening)


def a_place(
    key: str,
    kind: Kind = Kind.COUNTER,
    *,
    site: str = "main",
    route: str | None = None,
    equipment: Sequence[str] = (),
) -> Resource:
    return Resource(key, kind, Text({"de": key}), site, route, frozenset(equipment), None)


def a_service(
    kinds: Sequence[Kind] = (Kind.COUNTER,),
    *,
    minutes: int = 30,
    buffer: int = 0,
    step: int = 30,
    needs: Sequence[str] = (),
) -> Service:
    name = Text({"de": "Anliegen"})
    length, pause, rhythm = (timedelta(minutes=number) for number in (minutes, buffer, step))
    return Service("matter", name, name, length, pause, rhythm, tuple(kinds), frozenset(needs), False)


def a_phase(key: str, starts: datetime, *rules: Rule, prescribed_routes: bool = False) -> Phase:
    name = Text({"de": key})
    return Phase(key, name, starts, starts, None, WalkIns.ADMIT, prescribed_routes, None, rules)


def a_route(key: str, at_most: int, minutes: int, *, site: str = "main") -> Route:
    limit = ArrivalLimit(at_most, timedelta(minutes=minutes))
    return Route(key, site, Text({"de": key}), {}, False, False, limit)


ALWAYS = a_phase("always", datetime(2000, 1, 1, tzinfo=UTC), Rule(Decision.ALLOW))


def a_plan(
    *,
    resources: Sequence[Resource] = (a_place("one"),),
    services: Sequence[Service] = (a_service(),),
    phases: Sequence[Phase] = (ALWAYS,),
    week: Week | None = None,
    closures: Sequence[Closure] = (),
    exceptions: Sequence[DayException] = (),
    hours: Sequence[HoursPeriod] = (),
    routes: Sequence[Route] = (),
    reserves: Sequence[Reserve] = (),
    timezone: str = BERLIN,
    soonest: int = 0,
    furthest_days: int = 365,
    grid: int = 5,
) -> Plan:
    """An office that is open from eight to twelve every day and allows all, unless said otherwise."""
    office = Office(
        key="office",
        name=Text({"de": "Amt"}),
        timezone=timezone,
        mail_address="termine@example.org",
        mail_name=Text({"de": "Terminservice"}),
        holidays=None,
        week=every_day(MORNING) if week is None else week,
        soonest=timedelta(minutes=soonest),
        furthest_days=furthest_days,
        grid=timedelta(minutes=grid),
        post=timedelta(days=3),
        refusal_note=Text({"de": "Einen Antrag können Sie jederzeit stellen."}),
    )
    return Plan(
        office=office,
        sites=tuple(Site(key, Text({"de": key}), None) for key in ("main", "annex")),
        closures=tuple(closures),
        exceptions=tuple(exceptions),
        hours=tuple(hours),
        channels=(),
        routes=tuple(routes),
        resources=tuple(resources),
        services=tuple(services),
        phases=tuple(phases),
        hotlines=(),
        measure_modes=(),
        measures=(),
        reserves=tuple(reserves),
    )


@dataclass(frozen=True)
class Question:
    """A plan and everything that a search in it takes."""

    plan: Plan
    first: date
    last: date
    booked_by: Role
    now: datetime
    holidays: frozenset[date]
    claims: tuple[Claim, ...]
    interruptions: tuple[Claim, ...]
    kind: Kind | None
    resource: Resource | None

    @property
    def service(self) -> Service:
        return self.plan.services[0]

    @property
    def occupancy(self) -> Occupancy:
        return Occupancy(self.plan, self.claims, self.interruptions)

    @property
    def is_holiday(self) -> HolidayQuestion:
        return self.holidays.__contains__


#: Days on which clocks jump: by an hour at night, by an hour over midnight, by half an hour; and a plain day.
_JUMPS = (
    (BERLIN, date(2020, 3, 29)),
    (BERLIN, date(2020, 10, 25)),
    ("Asia/Beirut", date(2020, 3, 29)),
    ("Asia/Beirut", date(2020, 10, 24)),
    ("Australia/Lord_Howe", date(2020, 4, 5)),
    ("Australia/Lord_Howe", date(2020, 10, 4)),
    (BERLIN, date(2020, 6, 9)),
)
Item = TypeVar("Item")
_KINDS = (Kind.COUNTER, Kind.OFFICE)
_SITES = ("main", "annex")
_EQUIPMENT = tuple(frozenset(equipment) for equipment in ((), ("screen",), ("loop",), ("screen", "loop")))


def _mostly(usual: Item, *rare: Item) -> st.SearchStrategy[Item]:
    """Most often what leaves much to find: where all conditions bite at once, nothing is left to compare."""
    return st.sampled_from([usual] * 4 * len(rare) + [*rare])


_openings = _mostly(
    ALL_DAY, (), ((0, 150), (180, 300)), ((90, 720), (720, 840)), ((1200, 1440),), ((60, 125),)
)
_weeks = st.lists(_openings, min_size=7, max_size=7).map(
    lambda week: {day: week[day] for day in range(7) if week[day]}
)


@st.composite
def _places(draw: st.DrawFn) -> list[Resource]:
    """Two to four places; those of the main building may share a route."""
    places = []
    for number in range(draw(st.integers(2, 4))):
        site = draw(_mostly(*_SITES))
        route = draw(_mostly(f"{site}-way", None))
        kind, equipment = draw(st.sampled_from(_KINDS)), draw(_mostly(_EQUIPMENT[-1], *_EQUIPMENT[:-1]))
        places.append(a_place(f"place-{number}", kind, site=site, route=route, equipment=sorted(equipment)))
    return places


_rules = st.builds(
    Rule,
    decision=_mostly(Decision.ALLOW, Decision.JUSTIFY, Decision.APPROVE, Decision.REDIRECT, Decision.REFUSE),
    booked_by=_mostly(None, frozenset({Role.CUSTOMER}), frozenset({Role.RECEPTION, Role.MANAGER})),
    kinds=_mostly(None, *(frozenset({kind}) for kind in _KINDS)),
    sites=_mostly(None, *(frozenset({site}) for site in _SITES)),
    needs=st.sampled_from(_EQUIPMENT[:2]),
)


@st.composite
def _phases(draw: st.DrawFn, instants: st.SearchStrategy[datetime]) -> list[Phase]:
    """One to three phases; most often one of them holds all the time."""
    starts = {ALWAYS.starts} if draw(_mostly(True, False)) else {draw(instants)}
    starts |= draw(st.sets(instants, max_size=2))
    last_rules = _mostly((Rule(Decision.ALLOW),), ())
    return [
        a_phase(
            f"phase-{start:%d%H%M}",
            start,
            *draw(st.lists(_rules, max_size=3)),
            *draw(last_rules),
            prescribed_routes=draw(st.booleans()),
        )
        for start in sorted(starts)
    ]


def _claims(
    places: Sequence[Resource],
    instants: st.SearchStrategy[datetime],
    *,
    at_least: int = 6,
    at_most: int = 18,
) -> st.SearchStrategy[list[Claim]]:
    def claim(place: Resource, start: datetime, minutes: int) -> Claim:
        return place.key, start, start + timedelta(minutes=minutes)

    beats = instants.map(lambda at: at - timedelta(minutes=at.minute % 5))
    lengths = st.integers(1, 18).map(lambda number: 5 * number)
    claims = st.builds(claim, st.sampled_from(places), beats, lengths)
    return st.lists(claims, min_size=at_least, max_size=at_most)


def a_reserve(
    kept_for: KeptFor = KeptFor.STAFF,
    *,
    services: Sequence[str] | None = None,
    kinds: Sequence[Kind] | None = None,
    month_days: Sequence[int] | None = None,
    part: int = 30,
    number: int | None = None,
    percent: int | None = None,
    release: int | None = None,
    release_at: int | None = None,
) -> Reserve:
    """Times in minutes; of every day, for all concerns and places unless said otherwise."""
    return Reserve(
        kept_for,
        services=None if services is None else frozenset(services),
        kinds=None if kinds is None else frozenset(kinds),
        sites=None,
        first=None,
        last=None,
        month_days=None if month_days is None else frozenset(month_days),
        part=timedelta(minutes=part),
        number=number,
        percent=percent,
        release=None if release is None else timedelta(minutes=release),
        release_at=release_at,
    )


@st.composite
def _reserves(draw: st.DrawFn, dates: st.SearchStrategy[date]) -> Reserve:
    number = draw(st.none() | st.integers(1, 4))
    return a_reserve(
        draw(_mostly(*KeptFor)),
        services=draw(_mostly(None, ("matter",), ("another",))),
        kinds=draw(_mostly(None, *((kind,) for kind in _KINDS))),
        month_days=draw(st.none() | st.sets(dates, min_size=1).map(lambda days: [day.day for day in days])),
        part=draw(st.sampled_from([10, 30, 50])),
        number=number,
        percent=draw(st.sampled_from([1, 20, 50, 100])) if number is None else None,
        release=draw(_mostly(None, 60, 600)),
        release_at=draw(_mostly(None, 8 * 60)),
    )


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """A search over one to three days with a jump of the clocks."""
    timezone, day = draw(st.sampled_from(_JUMPS))
    first, last = day - timedelta(days=draw(_mostly(0, 1))), day + timedelta(days=draw(_mostly(0, 1)))
    midnight = datetime.combine(first, time.min, ZoneInfo(timezone)).astimezone(UTC)
    length_of_all = 24 * 60 * ((last - first).days + 1)
    instants = st.integers(-60, length_of_all + 60).map(lambda minute: midnight + timedelta(minutes=minute))
    places = draw(_places())
    spans = st.builds(
        lambda start, minutes: Interval(start, start + timedelta(minutes=minutes)),
        instants,
        st.sampled_from([10, 60, 600]),
    )
    reach: st.SearchStrategy[tuple[frozenset[str] | None, frozenset[str] | None]] = st.sampled_from(
        [(None, None), (frozenset({"place-0"}), None), (None, frozenset({"main"}))]
    )
    closures = st.builds(lambda span, to: Closure(span, None, *to), spans, reach)
    dates = st.dates(first, last)
    periods = st.builds(
        lambda start, days, week, to: HoursPeriod(start, start + timedelta(days=days), week, *to),
        dates,
        st.integers(0, 2),
        _weeks,
        reach,
    )
    service = a_service(
        draw(_mostly(_KINDS, _KINDS[:1])),
        minutes=draw(st.sampled_from([5, 20, 45])),
        buffer=draw(st.sampled_from([0, 15])),
        step=draw(st.sampled_from([15, 20, 25, 30, 60])),
        needs=draw(_mostly((), ("loop",))),
    )
    limits = st.tuples(st.integers(1, 2), st.sampled_from([10, 30, 60]))
    plan = a_plan(
        resources=places,
        services=[service],
        phases=draw(_phases(instants)),
        week=draw(_weeks),
        closures=draw(st.lists(closures, max_size=3)),
        exceptions=[DayException(day, draw(_openings)) for day in draw(st.lists(dates, max_size=1))],
        hours=draw(st.lists(periods, max_size=2, unique_by=_reach_of)),
        routes=[a_route(f"{site}-way", *draw(limits), site=site) for site in _SITES],
        reserves=draw(st.lists(_reserves(dates), max_size=2)),
        timezone=timezone,
        soonest=draw(_mostly(0, 45, 600)),
        furthest_days=draw(_mostly(365, 1)),
        grid=draw(st.sampled_from([5, 10, 15])),
    )
    return Question(
        plan=plan,
        first=first,
        last=last,
        booked_by=draw(st.sampled_from([Role.CUSTOMER, Role.RECEPTION])),
        now=midnight + timedelta(seconds=draw(_mostly(-40000, 20, 7200, 50000))),
        holidays=frozenset(draw(st.sets(dates, max_size=1))),
        claims=tuple(draw(_claims(places, instants))),
        interruptions=tuple(draw(_claims(places, instants, at_least=0, at_most=3))),
        kind=draw(_mostly(None, *_KINDS)),
        resource=draw(_mostly(None, places[0])),
    )


def _reach_of(period: HoursPeriod) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """Two periods of the same reach that overlap are an error of the plan."""
    return period.resources, period.sites
