"""The operating plan: everything an office decides about its work, by date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from scheduler.domain.errors import invalid
from scheduler.domain.hours import Closure, DayException, HolidayQuestion, HoursPeriod, OpeningHours, Week
from scheduler.domain.intervals import Interval, merged
from scheduler.domain.people import Needs
from scheduler.domain.phases import Phase, Ruling, decide
from scheduler.domain.reserves import Reserve
from scheduler.domain.resources import Kind, Resource, Site
from scheduler.domain.roles import Role
from scheduler.domain.services import Service, needing
from scheduler.domain.texts import Text
from scheduler.domain.wayfinding import Route


@dataclass(frozen=True, slots=True)
class Office:
    """`holidays` is country and subdivision ("DE-RP"), None for an office that knows none.

    Visits can be booked from `soonest` ahead to `furthest_days` local dates ahead. A letter counts as
    reaching somebody when the visit is at least `post` away. A visit with an interpreter is longer by
    `interpreting`.
    """

    key: str
    name: Text
    timezone: str
    mail_address: str
    mail_name: Text
    holidays: str | None
    week: Week
    soonest: timedelta
    furthest_days: int
    grid: timedelta
    post: timedelta
    refusal_note: Text
    interpreting: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Channel:
    """Where a concern is settled without a visit: `name` on pages, `neutral` in mails and letters.

    `week` are the hours at which somebody answers there, None where it is open at all times.
    """

    key: str
    name: Text
    neutral: Text
    week: Week | None = None


@dataclass(frozen=True, slots=True)
class Hotline:
    """A number that people call; `closes` is its last day.

    Its hours are the office's where `week` is None. `planned_staff` should answer at any time, `peak_staff`
    when most call. It could close once fewer than `close_below` call in each of `close_after_weeks` weeks.
    """

    key: str
    name: Text
    opens: date
    closes: date | None
    operated_by: str
    peak_staff: int | None
    planned_staff: int | None = None
    week: Week | None = None
    close_below: int = 20
    close_after_weeks: int = 4


@dataclass(frozen=True, slots=True)
class ModeChange:
    """From `starts` on a measure is delivered in `mode`."""

    starts: date
    mode: str


@dataclass(frozen=True, slots=True)
class Measure:
    key: str
    name: Text
    provider: str
    modes: tuple[ModeChange, ...]


@dataclass(frozen=True)
class Plan:
    """A whole plan, checked: every key it refers to exists. `phases` are in order of their starts."""

    office: Office
    sites: tuple[Site, ...]
    closures: tuple[Closure, ...]
    exceptions: tuple[DayException, ...]
    hours: tuple[HoursPeriod, ...]
    channels: tuple[Channel, ...]
    routes: tuple[Route, ...]
    resources: tuple[Resource, ...]
    services: tuple[Service, ...]
    phases: tuple[Phase, ...]
    hotlines: tuple[Hotline, ...]
    measure_modes: tuple[ModeChange, ...]
    measures: tuple[Measure, ...]
    reserves: tuple[Reserve, ...] = ()

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.office.timezone)

    @cached_property
    def resources_by_key(self) -> Mapping[str, Resource]:
        return {resource.key: resource for resource in self.resources}

    @cached_property
    def services_by_key(self) -> Mapping[str, Service]:
        return {service.key: service for service in self.services}

    @cached_property
    def channels_by_key(self) -> Mapping[str, Channel]:
        return {channel.key: channel for channel in self.channels}

    @cached_property
    def routes_by_key(self) -> Mapping[str, Route]:
        return {route.key: route for route in self.routes}

    @cached_property
    def sites_by_key(self) -> Mapping[str, Site]:
        return {site.key: site for site in self.sites}

    @cached_property
    def phases_by_key(self) -> Mapping[str, Phase]:
        return {phase.key: phase for phase in self.phases}

    @cached_property
    def opening_hours(self) -> Mapping[str, OpeningHours]:
        """The hours of each place by its key."""
        return {
            resource.key: OpeningHours(
                resource,
                zone=self.zone,
                week=self.office.week,
                exceptions=self.exceptions,
                periods=self.hours,
                closures=self.closures,
            )
            for resource in self.resources
        }

    def service(self, key: str) -> Service:
        """Raises Invalid for a service that the plan does not have."""
        try:
            return self.services_by_key[key]
        except KeyError:
            raise invalid("service", "unknown", value=key, known=sorted(self.services_by_key)) from None

    def visit(self, key: str, needs: Needs) -> Service:
        """The service as it is for somebody with these needs. Raises Invalid as `service` does."""
        return needing(self.service(key), needs, interpreting=self.office.interpreting)

    def resource(self, key: str) -> Resource:
        """Raises Invalid for a place that the plan does not have."""
        try:
            return self.resources_by_key[key]
        except KeyError:
            raise invalid("resource", "unknown", value=key, known=sorted(self.resources_by_key)) from None

    def site_of(self, place: str, site: str) -> Site:
        """Where a place is, by the key that it has or had and that of its site when it was last planned.

        One whose site the plan has no longer is shown at the first.
        """
        known = self.resources_by_key.get(place)
        return self.sites_by_key.get(known.site if known is not None else site, self.sites[0])

    def decide(
        self,
        service: Service,
        *,
        at: datetime,
        booked_by: Role,
        kind: Kind | None = None,
        site: str | None = None,
    ) -> Ruling:
        """What the phase at `at` says: without `kind` over those of the service, without `site` over all."""
        kinds: Sequence[Kind] = service.kinds if kind is None else (kind,)
        sites = [other.key for other in self.sites] if site is None else [site]
        return decide(self.phases, service, at=at, booked_by=booked_by, kinds=kinds, sites=sites)

    def held(
        self,
        service: Service,
        resource: Resource,
        day: date,
        *,
        booked_by: Role,
        now: datetime,
        is_holiday: HolidayQuestion,
    ) -> Sequence[Interval]:
        """The times of a local day that reserves keep at this place from visits of this kind, in order."""
        binding = [
            reserve
            for reserve in self.reserves
            if reserve.binds(service, booked_by) and reserve.concerns(resource) and reserve.holds_on(day)
        ]
        if not binding:
            return ()
        openings = self.opening_hours[resource.key].on(day, is_holiday).spans
        return merged(
            part
            for reserve in binding
            for part in reserve.held_parts(
                day, openings, rank=self._rank(reserve, resource), now=now, zone=self.zone
            )
        )

    def _rank(self, reserve: Reserve, resource: Resource) -> int:
        concerned = (place.key for place in self.resources if reserve.concerns(place))
        return next(rank for rank, key in enumerate(concerned) if key == resource.key)
