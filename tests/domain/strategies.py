"""Invented plans of every shape, for properties that must hold of all of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TypeVar

from hypothesis import strategies as st

from scheduler.domain.hours import Closure, DayException, HoursPeriod, Opening, Week
from scheduler.domain.intervals import Interval
from scheduler.domain.phases import Decision, Effect, Phase, Rule, WalkIns
from scheduler.domain.plans import Channel, Hotline, Measure, ModeChange, Office, Plan
from scheduler.domain.reserves import KeptFor, Reserve
from scheduler.domain.resources import Kind, Resource, Site
from scheduler.domain.roles import BOOKERS
from scheduler.domain.services import Service, suits
from scheduler.domain.texts import Text
from scheduler.domain.wayfinding import ArrivalLimit, Route

ZONES = ("Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "UTC")
EQUIPMENT = ("screen", "step-free", "cash desk", "Höhe \\ 70 cm", 'Sitz "A"', "☎")

Item = TypeVar("Item")

#: Any character but control characters, separators of lines and what turns the direction of writing.
_VISIBLE = st.characters(
    codec="utf-8",
    exclude_categories=("Cc", "Zl", "Zp"),
    exclude_characters="\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
)
_AWKWARD = st.sampled_from(
    ["\"Theke\" 'x'", "C:\\neu", "100 % # = [x]", "🙂 Ämter", "„Grüße“ — naïve", "\\u0041"]
)

words = _AWKWARD | st.text(_VISIBLE, min_size=1, max_size=12).filter(lambda text: bool(text.strip()))
keys = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,5}", fullmatch=True)
days = st.dates(date(1970, 1, 1), date(2200, 12, 31))

#: Instants of all years, and such as the wall clocks of these zones show twice or jump over.
instants = st.timedeltas(timedelta(), timedelta(days=228 * 365)).map(
    lambda since: datetime(1972, 1, 1, tzinfo=UTC) + since
) | st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes),
    st.sampled_from(
        [
            datetime(2020, 10, 25, 1, tzinfo=UTC),
            datetime(2020, 3, 29, 1, tzinfo=UTC),
            datetime(2020, 11, 1, 4, 30, tzinfo=UTC),
            datetime(2020, 4, 4, 15, tzinfo=UTC),
            datetime(2011, 12, 30, 10, tzinfo=UTC),
        ]
    ),
    st.integers(-120, 120),
)


@st.composite
def texts(draw: st.DrawFn, *, lines: bool = False) -> Text:
    """A text in German and perhaps other languages."""
    one = st.lists(words, min_size=1, max_size=3).map("\n".join) if lines else words
    return Text({"de": draw(one), **draw(st.dictionaries(st.sampled_from(["en", "fr", "pt-BR"]), one))})


def text_lists() -> st.SearchStrategy[dict[str, tuple[str, ...]]]:
    """Nothing, or lists of texts in German and perhaps English."""
    some = st.lists(words, min_size=1, max_size=3).map(tuple)
    return st.just({}) | st.fixed_dictionaries({"de": some}, optional={"en": some})


@st.composite
def openings(draw: st.DrawFn) -> Opening:
    """Spans of a day in order, some of them touching."""
    edges = sorted(draw(st.lists(st.integers(0, 1440), max_size=6, unique=True)))
    gaps = draw(st.booleans())
    pairs = zip(edges[::2], edges[1::2], strict=False) if gaps else pairwise(edges)
    return tuple(pairs)


def weeks() -> st.SearchStrategy[Week]:
    return st.dictionaries(st.integers(0, 6), openings(), max_size=3)


def some(items: Sequence[Item]) -> st.SearchStrategy[frozenset[Item] | None]:
    """None for all, or some of the items."""
    if not items:
        return st.none()
    return st.none() | st.frozensets(st.sampled_from(items), min_size=1, max_size=3)


def minutes(lowest: int = 1) -> st.SearchStrategy[timedelta]:
    return st.integers(lowest, 1440).map(lambda number: timedelta(minutes=number))


@st.composite
def offices(draw: st.DrawFn) -> Office:
    return Office(
        key=draw(keys),
        name=draw(texts()),
        timezone=draw(st.sampled_from(ZONES)),
        mail_address=draw(st.sampled_from(["termine@example.org", "a.b+c@sub.example.com"])),
        mail_name=draw(texts()),
        holidays=draw(st.sampled_from([None, "DE-RP", "AT"])),
        week=draw(weeks()),
        soonest=timedelta(minutes=draw(st.sampled_from([0, 90, 1440]))),
        furthest_days=draw(st.sampled_from([365, 14])),
        grid=timedelta(minutes=draw(st.sampled_from([5, 15]))),
        post=timedelta(days=draw(st.sampled_from([3, 0]))),
        refusal_note=draw(texts()),
        interpreting=timedelta(minutes=draw(st.sampled_from([15, 0, 30]))),
    )


@st.composite
def rules(draw: st.DrawFn, plan: Plan) -> Rule:
    """A rule that leaves a place wherever it lets people book."""
    rule = Rule(
        decision=draw(st.sampled_from(Decision)),
        services=draw(some([service.key for service in plan.services])),
        booked_by=draw(some(BOOKERS)),
        kinds=draw(some(tuple(Kind))),
        sites=draw(some([site.key for site in plan.sites])),
        needs=frozenset(draw(st.sets(st.sampled_from(_all_equipment(plan)), max_size=2)))
        if _all_equipment(plan)
        else frozenset(),
        channels=tuple(
            draw(st.lists(st.sampled_from([c.key for c in plan.channels]), unique=True, max_size=2))
        )
        if plan.channels
        else (),
        on_start=draw(st.none() | st.sampled_from(Effect)),
    )
    impossible = rule.decision.lets_book and not _leaves_a_place(plan, rule)
    nowhere = rule.decision is Decision.REDIRECT and not rule.channels
    if impossible or nowhere:
        return Rule(Decision.REFUSE, services=rule.services, booked_by=rule.booked_by, on_start=rule.on_start)
    return rule


def _all_equipment(plan: Plan) -> list[str]:
    return sorted({equipment for resource in plan.resources for equipment in resource.equipment})


def _leaves_a_place(plan: Plan, rule: Rule) -> bool:
    return any(
        suits(service, place)
        and rule.needs <= place.equipment
        and (rule.services is None or service.key in rule.services)
        and (rule.kinds is None or place.kind in rule.kinds)
        and (rule.sites is None or place.site in rule.sites)
        for service in plan.services
        for place in plan.resources
    )


@st.composite
def phases(draw: st.DrawFn, key: str, starts: datetime, plan: Plan) -> Phase:
    later = st.integers(0, 90 * 24 * 60).map(lambda number: timedelta(minutes=number))
    return Phase(
        key=key,
        name=draw(texts()),
        starts=starts,
        announce_at=max(starts - draw(st.just(timedelta()) | later), datetime(1971, 1, 1, tzinfo=UTC)),
        effects_until=draw(
            st.none() | st.just(starts) | later.map(lambda length: min(starts + length, _LATEST))
        ),
        walk_ins=draw(st.sampled_from(WalkIns)),
        prescribed_routes=draw(st.booleans()),
        seats_percent=draw(st.none() | st.integers(1, 100)),
        notice=draw(st.none() | texts(lines=True)),
        rules=tuple(draw(st.lists(rules(plan), max_size=3))),
    )


_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


@st.composite
def resources(draw: st.DrawFn, key: str, sites: Sequence[Site], routes: Sequence[Route]) -> Resource:
    route = draw(st.none() | st.sampled_from(routes)) if routes else None
    return Resource(
        key=key,
        kind=draw(st.sampled_from(Kind)),
        name=draw(texts()),
        site=route.site if route else draw(st.sampled_from(sites)).key,
        route=route.key if route else None,
        equipment=frozenset(draw(st.sets(st.sampled_from(EQUIPMENT), max_size=3))),
        seats=draw(st.none() | st.integers(1, 200)),
    )


@st.composite
def services(draw: st.DrawFn, key: str, places: Sequence[Resource]) -> Service:
    """A service that one of the places suits."""
    place = draw(st.sampled_from(places))
    name = draw(texts())
    others = draw(st.sets(st.sampled_from(Kind), max_size=2))
    needs = draw(st.sets(st.sampled_from(sorted(place.equipment)))) if place.equipment else set()
    return Service(
        key=key,
        name=name,
        plain=draw(st.just(name) | texts()),
        length=draw(minutes()),
        buffer=draw(minutes(0)),
        step=draw(minutes()),
        kinds=tuple(dict.fromkeys([place.kind, *sorted(others)])),
        needs=frozenset(needs),
        group=draw(st.booleans()),
        bring=draw(text_lists()),
    )


@st.composite
def measures(draw: st.DrawFn, key: str) -> Measure:
    return Measure(key=key, name=draw(texts()), provider=draw(words), modes=draw(mode_changes()))


def mode_changes() -> st.SearchStrategy[tuple[ModeChange, ...]]:
    modes = st.sampled_from(["on_site", "on_site_hygiene", "alternative", "suspended"])
    changes = st.lists(st.builds(ModeChange, days, modes), max_size=3, unique_by=lambda change: change.starts)
    return changes.map(lambda some: tuple(sorted(some, key=lambda change: change.starts)))


@st.composite
def hotlines(draw: st.DrawFn, key: str) -> Hotline:
    opens = draw(days)
    return Hotline(
        key=key,
        name=draw(texts()),
        opens=opens,
        closes=draw(st.none() | st.dates(opens, date(2200, 12, 31))),
        operated_by=draw(st.sampled_from(["own", "external"])),
        peak_staff=draw(st.none() | st.integers(1, 99)),
        planned_staff=draw(st.none() | st.integers(1, 99)),
        week=draw(st.none() | weeks()),
        close_below=draw(st.integers(1, 99)),
        close_after_weeks=draw(st.integers(1, 11)),
    )


@st.composite
def hours_periods(draw: st.DrawFn, year: int, resource_keys: list[str], site_keys: list[str]) -> HoursPeriod:
    """Other hours for some days of one year, so that those of two years never overlap."""
    first = draw(st.dates(date(year, 1, 1), date(year, 12, 31)))
    return HoursPeriod(
        first=first,
        last=draw(st.dates(first, date(year, 12, 31))),
        week=draw(weeks()),
        resources=draw(some(resource_keys)),
        sites=draw(some(site_keys)),
    )


@st.composite
def closures(draw: st.DrawFn, resource_keys: list[str], site_keys: list[str]) -> Closure:
    start = draw(instants)
    return Closure(
        span=Interval(start, start + draw(minutes())),
        reason=draw(st.none() | texts()),
        resources=draw(some(resource_keys)),
        sites=draw(some(site_keys)),
    )


@st.composite
def reserves(draw: st.DrawFn, service_keys: list[str], site_keys: list[str]) -> Reserve:
    kept_for = draw(st.sampled_from(KeptFor))
    first = draw(st.none() | days)
    number = draw(st.none() | st.integers(1, 40))
    return Reserve(
        kept_for=kept_for,
        services=draw(some(service_keys)),
        kinds=draw(some(tuple(Kind))),
        sites=draw(some(site_keys)),
        first=first,
        last=draw(st.none() | st.dates(first or date(1970, 1, 1), date(2200, 12, 31))),
        month_days=draw(st.none() | st.frozensets(st.integers(1, 31), min_size=1)),
        part=draw(st.just(timedelta(minutes=30)) | minutes()),
        number=number,
        percent=draw(st.integers(1, 100)) if number is None else None,
        release=draw(st.none() | minutes()),
        release_at=draw(st.none() | st.integers(0, 1439)) if kept_for is KeptFor.STAFF else None,
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A plan that an office could have, with anything from no place at all to several sites and phases."""

    def names(most: int) -> list[str]:
        return draw(st.lists(keys, unique=True, max_size=most))

    office = draw(offices())
    sites = tuple(Site(key, draw(texts()), draw(st.none() | words)) for key in names(2)) or (
        Site(office.key, office.name, None),
    )
    routes = tuple(
        Route(
            key=key,
            site=draw(st.sampled_from(sites)).key,
            name=draw(texts()),
            steps=draw(text_lists()),
            one_way=draw(st.booleans()),
            step_free=draw(st.booleans()),
            arrivals=draw(st.none() | st.builds(ArrivalLimit, st.integers(1, 20), minutes())),
        )
        for key in names(2)
    )
    places = tuple(draw(resources(key, sites, routes)) for key in names(3))
    offered = tuple(draw(services(key, places)) for key in names(3)) if places else ()
    resource_keys, site_keys = [place.key for place in places], [site.key for site in sites]
    without_phases = Plan(
        office=office,
        sites=sites,
        closures=tuple(draw(st.lists(closures(resource_keys, site_keys), max_size=2))),
        exceptions=tuple(
            DayException(day, draw(openings())) for day in draw(st.lists(days, unique=True, max_size=2))
        ),
        hours=tuple(
            draw(hours_periods(year, resource_keys, site_keys))
            for year in draw(st.lists(st.integers(2020, 2024), unique=True, max_size=2))
        ),
        channels=tuple(
            Channel(key, draw(texts()), draw(texts()), draw(st.none() | weeks())) for key in names(2)
        ),
        routes=routes,
        resources=places,
        services=offered,
        phases=(),
        hotlines=tuple(draw(hotlines(key)) for key in names(1)),
        measure_modes=draw(mode_changes()),
        measures=tuple(draw(measures(key)) for key in names(1)),
        reserves=tuple(draw(st.lists(reserves([service.key for service in offered], site_keys), max_size=2))),
    )
    starts = sorted(draw(st.lists(instants, unique=True, max_size=3)))
    phase_keys = draw(st.lists(keys, unique=True, min_size=len(starts), max_size=len(starts)))
    return replace(
        without_phases,
        phases=tuple(
            draw(phases(key, start, without_phases)) for key, start in zip(phase_keys, starts, strict=True)
        ),
    )
