"""The sections of a plan file, each read into the things of the office that it describes."""

from collections.abc import Callable, Mapping
from datetime import UTC, timedelta, tzinfo
from zoneinfo import ZoneInfo

from scheduler.domain.hours import Closure, DayException, HoursPeriod
from scheduler.domain.intervals import Interval
from scheduler.domain.phases import Decision, Effect, Phase, Rule, WalkIns
from scheduler.domain.planchecks import Supply, check_days, check_periods, check_starts
from scheduler.domain.planfaults import shown
from scheduler.domain.planfields import LONG_TEXT, Table
from scheduler.domain.plans import Channel, Hotline, Measure, ModeChange, Office, Plan
from scheduler.domain.reserves import KeptFor, Reserve
from scheduler.domain.resources import Kind, Resource, Site
from scheduler.domain.roles import BOOKERS
from scheduler.domain.services import LONGEST_INTERPRETING, Service
from scheduler.domain.wayfinding import ArrivalLimit, Route

FORMAT = 1

#: What it means that the file leaves a key out.
SOONEST_MINUTES, FURTHEST_DAYS, GRID_MINUTES, STEP_MINUTES, BUFFER_MINUTES, POST_DAYS = 0, 365, 5, 15, 0, 3
INTERPRETER_MINUTES = 15
SLOT_MINUTES = 30
CLOSE_BELOW, CLOSE_AFTER_WEEKS = 20, 4

#: So many whole weeks of calls are looked back at.
CLOSE_AFTER_MOST = 11

OPERATORS = ("own", "external")
MODES = ("on_site", "on_site_hygiene", "alternative", "suspended")

_MINUTE = timedelta(minutes=1)
_DAY_MINUTES = 24 * 60
_YEAR_MINUTES = 366 * _DAY_MINUTES
_TEN_YEARS = 3650
_MANY = 10_000


class Sections:
    """One run through a file.

    `known_holiday_region` tells whether public holidays are known for a region like `DE-RP`. What `plan`
    answers means nothing once a fault is noted.
    """

    def __init__(self, file: Table, known_holiday_region: Callable[[str], bool]) -> None:
        self._file = file
        self._known_holiday_region = known_holiday_region
        self._zone: tzinfo = UTC
        self._site_keys: list[str] = []
        self._service_keys = set(file.keys("service"))
        self._resource_keys = set(file.keys("resource"))
        self._channel_keys = set(file.keys("channel"))
        self._route_keys = set(file.keys("route"))
        self._supply = Supply()

    def plan(self) -> Plan:
        """Everything of the file. Others refer to sites, places and services, so these come first."""
        file = self._file
        file.exactly("format", FORMAT, "unknown_format")
        office = self._office(file.table("office"))
        sites = self._sites(office)
        routes = tuple(self._route(table) for table in file.tables("route"))
        site_of_route = {route.key: route.site for route in routes}
        resources = tuple(self._resource(table, site_of_route) for table in file.tables("resource"))
        services = tuple(self._service(table) for table in file.tables("service"))
        plan = Plan(
            office=office,
            sites=sites,
            closures=tuple(self._closure(table) for table in file.tables("closure")),
            exceptions=self._exceptions(),
            hours=self._hours(),
            channels=tuple(_channel(table) for table in file.tables("channel")),
            routes=routes,
            resources=resources,
            services=services,
            phases=self._phases(),
            hotlines=tuple(_hotline(table) for table in file.tables("hotline")),
            measure_modes=_modes(file, "measure_mode"),
            measures=tuple(_measure(table) for table in file.tables("measure")),
            reserves=tuple(self._reserve(table) for table in file.tables("reserve")),
        )
        file.close()
        return plan

    # ------------------------------------------------------------------------------------ the office

    def _office(self, table: Table) -> Office:
        timezone = self._timezone(table)
        holidays = table.string("holidays") if table.has("holidays") else None
        if holidays is not None and table.sound("holidays") and not self._known_holiday_region(holidays):
            table.fault("holidays", "unknown_region", given=shown(holidays))
        mail = table.table("mail")
        window = table.table("window") if table.has("window") else None
        office = Office(
            key=table.key(),
            name=table.text("name", plain=True),
            timezone=timezone,
            mail_address=mail.address("address"),
            mail_name=mail.text("name"),
            holidays=holidays,
            week=table.week("opening") if table.has("opening") else {},
            soonest=timedelta(
                minutes=window.number("from_minutes", 0, _YEAR_MINUTES, SOONEST_MINUTES)
                if window
                else SOONEST_MINUTES
            ),
            furthest_days=window.number("to_days", 1, _TEN_YEARS, FURTHEST_DAYS) if window else FURTHEST_DAYS,
            grid=timedelta(minutes=table.number("grid_minutes", 1, _DAY_MINUTES, GRID_MINUTES)),
            post=timedelta(days=table.number("post_days", 0, 60, POST_DAYS)),
            refusal_note=table.text("refusal_note", LONG_TEXT),
            interpreting=timedelta(
                minutes=table.number(
                    "interpreter_minutes", 0, LONGEST_INTERPRETING // _MINUTE, INTERPRETER_MINUTES
                )
            ),
        )
        for inner in (mail, window, table):
            if inner is not None:
                inner.close()
        return office

    def _timezone(self, table: Table) -> str:
        """The zone's name; from here on it is the zone of the file's local times."""
        name = table.string("timezone")
        if not table.sound("timezone"):
            return "UTC"
        try:
            # Names in small letters are the machine's own setting and zones that count leap seconds.
            if not name[:1].isupper():
                raise ValueError(name)
            self._zone = ZoneInfo(name)
        except (LookupError, ValueError, OSError):
            table.fault("timezone", "unknown_zone", given=shown(name))
            return "UTC"
        return name

    def _sites(self, office: Office) -> tuple[Site, ...]:
        """The sites; an office that names none has one, which is the office itself."""
        sites = tuple(_site(table) for table in self._file.tables("site"))
        sites = sites or (Site(key=office.key, name=office.name, address=None),)
        self._site_keys = [site.key for site in sites]
        return sites

    def _scope(self, table: Table) -> tuple[frozenset[str] | None, frozenset[str] | None]:
        """The places and sites that something is limited to."""
        resources = (
            frozenset(table.references("resources", "resource", self._resource_keys))
            if table.has("resources")
            else None
        )
        return resources, self._some_sites(table)

    def _some_sites(self, table: Table) -> frozenset[str] | None:
        return frozenset(table.references("sites", "site", self._site_keys)) if table.has("sites") else None

    # ------------------------------------------------------------------------------------ hours

    def _closure(self, table: Table) -> Closure:
        start, end = table.instant("from", self._zone), table.instant("to", self._zone)
        if table.sound("from", "to") and end <= start:
            table.fault("to", "reversed_span")
        reason = table.text("reason") if table.has("reason") else None
        resources, sites = self._scope(table)
        table.close()
        return Closure(span=Interval(start, end), reason=reason, resources=resources, sites=sites)

    def _exceptions(self) -> tuple[DayException, ...]:
        tables = self._file.tables("exception")
        exceptions = []
        for table in tables:
            exceptions.append(DayException(day=table.day("date"), opening=table.opening("opening")))
            table.close()
        check_days(tables, [exception.day for exception in exceptions])
        return tuple(exceptions)

    def _hours(self) -> tuple[HoursPeriod, ...]:
        tables = self._file.tables("hours")
        periods = [self._period(table) for table in tables]
        check_periods(tables, periods)
        return tuple(periods)

    def _period(self, table: Table) -> HoursPeriod:
        first, last = table.day("from"), table.day("to")
        if table.sound("from", "to") and last < first:
            table.fault("to", "reversed_period")
        week = table.week("opening")
        resources, sites = self._scope(table)
        table.close()
        return HoursPeriod(first=first, last=last, week=week, resources=resources, sites=sites)

    # ------------------------------------------------------------------------------------ places and services

    def _route(self, table: Table) -> Route:
        """A route; its site goes without saying where there is only one."""
        named = table.has("site") or len(self._site_keys) > 1
        route = Route(
            key=table.key(),
            site=table.reference("site", "site", self._site_keys) if named else self._site_keys[0],
            name=table.text("name"),
            steps=table.texts("steps") if table.has("steps") else {},
            one_way=table.flag("one_way"),
            step_free=table.flag("step_free"),
            arrivals=_arrivals(table.table("arrivals")) if table.has("arrivals") else None,
        )
        table.close()
        return route

    def _resource(self, table: Table, site_of_route: Mapping[str, str]) -> Resource:
        """A place; without a site it is where its route is, without a route at the office's first site."""
        route = table.reference("route", "route", self._route_keys) if table.has("route") else None
        route_site = site_of_route.get(route) if route is not None else None
        site = route_site if route_site is not None else self._site_keys[0]
        if table.has("site"):
            site = table.reference("site", "site", self._site_keys)
            if table.sound("site") and route_site and route_site != site:
                table.fault("site", "route_elsewhere", given=shown(site), site=shown(route_site))
        resource = Resource(
            key=table.key(),
            kind=table.word("kind", Kind),
            name=table.text("name"),
            site=site,
            route=route,
            equipment=_needs(table, "equipment"),
            seats=table.number("seats", 1, _MANY) if table.has("seats") else None,
        )
        table.close()
        self._supply.add_place(table, resource)
        return resource

    def _service(self, table: Table) -> Service:
        name = table.text("name")
        service = Service(
            key=table.key(),
            name=name,
            plain=table.text("plain") if table.has("plain") else name,
            length=timedelta(minutes=table.number("minutes", 1, _DAY_MINUTES)),
            buffer=timedelta(minutes=table.number("buffer_minutes", 0, _DAY_MINUTES, BUFFER_MINUTES)),
            step=timedelta(minutes=table.number("step_minutes", 1, _DAY_MINUTES, STEP_MINUTES)),
            kinds=table.words("kinds", Kind),
            needs=_needs(table, "needs"),
            group=table.flag("group"),
            bring=table.texts("bring") if table.has("bring") else {},
        )
        table.close()
        self._supply.add_service(table, service)
        return service

    def _reserve(self, table: Table) -> Reserve:
        kept_for = table.word("for", KeptFor)
        first = table.day("from") if table.has("from") else None
        last = table.day("to") if table.has("to") else None
        if first and last and table.sound("from", "to") and last < first:
            table.fault("to", "reversed_period")
        reserve = Reserve(
            kept_for=kept_for,
            services=frozenset(table.references("services", "service", self._service_keys))
            if table.has("services")
            else None,
            kinds=frozenset(table.words("kinds", Kind)) if table.has("kinds") else None,
            sites=self._some_sites(table),
            first=first,
            last=last,
            month_days=frozenset(table.month_days("month_days")) if table.has("month_days") else None,
            part=timedelta(minutes=table.number("slot_minutes", 1, _DAY_MINUTES, SLOT_MINUTES)),
            number=table.number("number", 1, _DAY_MINUTES) if table.has("number") else None,
            percent=table.number("percent", 1, 100) if table.has("percent") else None,
            release=timedelta(minutes=table.number("release_minutes", 1, _YEAR_MINUTES))
            if table.has("release_minutes")
            else None,
            release_at=table.wall_time("release_at") if table.has("release_at") else None,
        )
        if reserve.number is None and reserve.percent is None:
            table.fault("percent", "no_share")
        if reserve.number is not None and reserve.percent is not None:
            table.fault("percent", "two_shares")
        if kept_for is KeptFor.DAY and reserve.release_at is not None and table.sound("for", "release_at"):
            table.fault("release_at", "released_before")
        table.close()
        return reserve

    # ------------------------------------------------------------------------------------ phases

    def _phases(self) -> tuple[Phase, ...]:
        tables = self._file.tables("phase")
        phases = [self._phase(table) for table in tables]
        check_starts(tables, [phase.starts for phase in phases])
        return tuple(sorted(phases, key=lambda phase: phase.starts))

    def _phase(self, table: Table) -> Phase:
        starts = table.instant("starts", self._zone)
        announce_at = table.instant("announce_at", self._zone) if table.has("announce_at") else starts
        effects_until = table.instant("effects_until", self._zone) if table.has("effects_until") else None
        if table.sound("starts", "announce_at") and announce_at > starts:
            table.fault("announce_at", "announced_late")
        if effects_until and table.sound("starts", "effects_until") and effects_until < starts:
            table.fault("effects_until", "ends_before_start")
        phase = Phase(
            key=table.key(),
            name=table.text("name"),
            starts=starts,
            announce_at=announce_at,
            effects_until=effects_until,
            walk_ins=table.word("walk_ins", WalkIns, WalkIns.ADMIT),
            prescribed_routes=table.flag("prescribed_routes"),
            notice=table.text("notice", LONG_TEXT, lines=True) if table.has("notice") else None,
            rules=tuple(self._rule(rule) for rule in table.tables("rule")),
            seats_percent=table.number("seats_percent", 1, 100) if table.has("seats_percent") else None,
        )
        table.close()
        return phase

    def _rule(self, table: Table) -> Rule:
        rule = Rule(
            decision=table.word("decision", Decision),
            services=frozenset(table.references("services", "service", self._service_keys))
            if table.has("services")
            else None,
            booked_by=frozenset(table.words("booked_by", BOOKERS)) if table.has("booked_by") else None,
            kinds=frozenset(table.words("kinds", Kind)) if table.has("kinds") else None,
            sites=self._some_sites(table),
            needs=_needs(table, "needs"),
            channels=table.references("channels", "channel", self._channel_keys, empty=True)
            if table.has("channels")
            else (),
            on_start=table.word("on_start", Effect) if table.has("on_start") else None,
        )
        if rule.decision is Decision.REDIRECT and not rule.channels and table.sound("decision", "channels"):
            table.fault("channels", "no_channel")
        table.close()
        self._supply.check_rule(table, rule)
        return rule


def _site(table: Table) -> Site:
    address = table.string("address") if table.has("address") else None
    site = Site(key=table.key(), name=table.text("name"), address=address)
    table.close()
    return site


def _channel(table: Table) -> Channel:
    channel = Channel(
        key=table.key(),
        name=table.text("name"),
        neutral=table.text("neutral"),
        week=table.week("opening") if table.has("opening") else None,
    )
    table.close()
    return channel


def _arrivals(table: Table) -> ArrivalLimit:
    limit = ArrivalLimit(
        at_most=table.number("at_most", 1, _MANY),
        within=timedelta(minutes=table.number("within_minutes", 1, _DAY_MINUTES)),
    )
    table.close()
    return limit


def _needs(table: Table, key: str) -> frozenset[str]:
    """Equipment, in free words."""
    return frozenset(table.strings(key, empty=True)) if table.has(key) else frozenset()


def _hotline(table: Table) -> Hotline:
    opens = table.day("opens")
    closes = table.day("closes") if table.has("closes") else None
    if closes and table.sound("opens", "closes") and closes < opens:
        table.fault("closes", "reversed_period")
    hotline = Hotline(
        key=table.key(),
        name=table.text("name"),
        opens=opens,
        closes=closes,
        operated_by=table.word("operated_by", OPERATORS),
        peak_staff=table.number("peak_staff", 1, _MANY) if table.has("peak_staff") else None,
        planned_staff=table.number("planned_staff", 1, _MANY) if table.has("planned_staff") else None,
        week=table.week("opening") if table.has("opening") else None,
        close_below=table.number("close_below", 1, _MANY, CLOSE_BELOW),
        close_after_weeks=table.number("close_after_weeks", 1, CLOSE_AFTER_MOST, CLOSE_AFTER_WEEKS),
    )
    table.close()
    return hotline


def _modes(parent: Table, section: str, *, noun: str | None = None) -> tuple[ModeChange, ...]:
    tables = parent.tables(section, noun=noun)
    changes = []
    for table in tables:
        changes.append(ModeChange(starts=table.day("starts"), mode=table.word("mode", MODES)))
        table.close()
    check_starts(tables, [change.starts for change in changes])
    return tuple(sorted(changes, key=lambda change: change.starts))


def _measure(table: Table) -> Measure:
    measure = Measure(
        key=table.key(),
        name=table.text("name"),
        provider=table.string("provider"),
        modes=_modes(table, "modes", noun="mode"),
    )
    table.close()
    return measure
