"""The office's plan written as a file, in the format that the import reads; to read it changes nothing."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from scheduler.domain.errors import DoubledLocalTime
from scheduler.domain.hours import Closure, DayException, HoursPeriod, written_opening, written_week
from scheduler.domain.instants import from_local
from scheduler.domain.phases import Phase, Rule, WalkIns
from scheduler.domain.plans import Channel, Hotline, Measure, ModeChange, Office, Plan
from scheduler.domain.plansections import (
    BUFFER_MINUTES,
    CLOSE_AFTER_WEEKS,
    CLOSE_BELOW,
    FORMAT,
    FURTHEST_DAYS,
    GRID_MINUTES,
    INTERPRETER_MINUTES,
    POST_DAYS,
    SLOT_MINUTES,
    SOONEST_MINUTES,
    STEP_MINUTES,
)
from scheduler.domain.reserves import Reserve
from scheduler.domain.resources import Kind, Resource, Site
from scheduler.domain.roles import BOOKERS
from scheduler.domain.services import Service
from scheduler.domain.texts import SOURCE_LANGUAGE, Text
from scheduler.domain.wayfinding import Route

#: Keys and values of one table; a key whose value is None is left out.
Values = Mapping[str, object]

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n"}


def write_plan(plan: Plan) -> str:
    """The plan as TOML, the same text for equal plans, without what goes without saying."""
    zone = plan.zone
    blocks = [f"format = {FORMAT}\n", _block("[office]", _office(plan.office))]
    if plan.sites != (Site(plan.office.key, plan.office.name, None),):
        blocks += _blocks("site", map(_site, plan.sites))
    blocks += _blocks("closure", (_closure(closure, zone) for closure in plan.closures))
    blocks += _blocks("exception", map(_exception, plan.exceptions))
    blocks += _blocks("hours", map(_period, plan.hours))
    blocks += _blocks("channel", map(_channel, plan.channels))
    blocks += _blocks("route", (_route(route, plan) for route in plan.routes))
    blocks += _blocks("resource", (_resource(resource, plan) for resource in plan.resources))
    blocks += _blocks("service", map(_service, plan.services))
    blocks += _blocks("reserve", map(_reserve, plan.reserves))
    for phase in plan.phases:
        blocks.append(write_phase(phase, zone))
    blocks += _blocks("hotline", map(_hotline, plan.hotlines))
    blocks += _blocks("measure_mode", map(_mode, plan.measure_modes))
    blocks += _blocks("measure", map(_measure, plan.measures))
    return "\n".join(blocks)


def write_phase(phase: Phase, zone: tzinfo) -> str:
    """One phase with its rules, as it stands in the file."""
    return "\n".join(
        [_block("[[phase]]", _phase(phase, zone)), *_blocks("phase.rule", map(_rule, phase.rules))]
    )


# ---------------------------------------------------------------------------------------------- the things


def _office(office: Office) -> Values:
    name: object = office.name
    if len(office.name) == 1:
        name = office.name[SOURCE_LANGUAGE]
    window = {
        "from_minutes": _unless(SOONEST_MINUTES, _minutes(office.soonest)),
        "to_days": _unless(FURTHEST_DAYS, office.furthest_days),
    }
    return {
        "key": office.key,
        "name": name,
        "timezone": office.timezone,
        "mail": {"address": office.mail_address, "name": office.mail_name},
        "holidays": office.holidays,
        "opening": written_week(office.week) or None,
        "window": window if any(value is not None for value in window.values()) else None,
        "grid_minutes": _unless(GRID_MINUTES, _minutes(office.grid)),
        "post_days": _unless(POST_DAYS, office.post.days),
        "interpreter_minutes": _unless(INTERPRETER_MINUTES, _minutes(office.interpreting)),
        "refusal_note": office.refusal_note,
    }


def _site(site: Site) -> Values:
    return {"key": site.key, "name": site.name, "address": site.address}


def _closure(closure: Closure, zone: tzinfo) -> Values:
    return {
        "from": _local(closure.span.start, zone),
        "to": _local(closure.span.end, zone),
        "resources": _some(closure.resources),
        "sites": _some(closure.sites),
        "reason": closure.reason,
    }


def _exception(exception: DayException) -> Values:
    return {"date": exception.day, "opening": written_opening(exception.opening)}


def _period(period: HoursPeriod) -> Values:
    return {
        "from": period.first,
        "to": period.last,
        "resources": _some(period.resources),
        "sites": _some(period.sites),
        "opening": written_week(period.week),
    }


def _channel(channel: Channel) -> Values:
    opening = None if channel.week is None else written_week(channel.week)
    return {"key": channel.key, "name": channel.name, "neutral": channel.neutral, "opening": opening}


def _route(route: Route, plan: Plan) -> Values:
    arrivals = route.arrivals and {
        "at_most": route.arrivals.at_most,
        "within_minutes": _minutes(route.arrivals.within),
    }
    return {
        "key": route.key,
        "site": route.site if len(plan.sites) > 1 else None,
        "name": route.name,
        "steps": dict(sorted(route.steps.items())) or None,
        "one_way": route.one_way or None,
        "step_free": route.step_free or None,
        "arrivals": arrivals,
    }


def _resource(resource: Resource, plan: Plan) -> Values:
    implied = plan.sites[0].key if resource.route is None else plan.routes_by_key[resource.route].site
    return {
        "key": resource.key,
        "kind": resource.kind,
        "name": resource.name,
        "site": _unless(implied, resource.site),
        "route": resource.route,
        "equipment": sorted(resource.equipment) or None,
        "seats": resource.seats,
    }


def _service(service: Service) -> Values:
    return {
        "key": service.key,
        "name": service.name,
        "plain": _unless(service.name, service.plain),
        "minutes": _minutes(service.length),
        "buffer_minutes": _unless(BUFFER_MINUTES, _minutes(service.buffer)),
        "step_minutes": _unless(STEP_MINUTES, _minutes(service.step)),
        "kinds": service.kinds,
        "needs": sorted(service.needs) or None,
        "group": service.group or None,
        "bring": dict(sorted(service.bring.items())) or None,
    }


def _reserve(reserve: Reserve) -> Values:
    return {
        "for": reserve.kept_for,
        "services": _some(reserve.services),
        "kinds": _in_order(reserve.kinds, Kind),
        "sites": _some(reserve.sites),
        "from": reserve.first,
        "to": reserve.last,
        "month_days": None if reserve.month_days is None else sorted(reserve.month_days),
        "slot_minutes": _unless(SLOT_MINUTES, _minutes(reserve.part)),
        "number": reserve.number,
        "percent": reserve.percent,
        "release_minutes": None if reserve.release is None else _minutes(reserve.release),
        "release_at": None
        if reserve.release_at is None
        else f"{reserve.release_at // 60:02}:{reserve.release_at % 60:02}",
    }


def _phase(phase: Phase, zone: tzinfo) -> Values:
    return {
        "key": phase.key,
        "name": phase.name,
        "starts": _local(phase.starts, zone),
        "announce_at": _local(phase.announce_at, zone) if phase.announce_at != phase.starts else None,
        "effects_until": _local(phase.effects_until, zone) if phase.effects_until else None,
        "walk_ins": _unless(WalkIns.ADMIT, phase.walk_ins),
        "prescribed_routes": phase.prescribed_routes or None,
        "seats_percent": phase.seats_percent,
        "notice": phase.notice,
    }


def _rule(rule: Rule) -> Values:
    return {
        "services": _some(rule.services),
        "booked_by": _in_order(rule.booked_by, BOOKERS),
        "kinds": _in_order(rule.kinds, Kind),
        "sites": _some(rule.sites),
        "needs": sorted(rule.needs) or None,
        "decision": rule.decision,
        "channels": rule.channels or None,
        "on_start": rule.on_start,
    }


def _hotline(hotline: Hotline) -> Values:
    return {
        "key": hotline.key,
        "name": hotline.name,
        "opens": hotline.opens,
        "closes": hotline.closes,
        "operated_by": hotline.operated_by,
        "peak_staff": hotline.peak_staff,
        "planned_staff": hotline.planned_staff,
        "opening": None if hotline.week is None else written_week(hotline.week),
        "close_below": _unless(CLOSE_BELOW, hotline.close_below),
        "close_after_weeks": _unless(CLOSE_AFTER_WEEKS, hotline.close_after_weeks),
    }


def _mode(change: ModeChange) -> Values:
    return {"starts": change.starts, "mode": change.mode}


def _measure(measure: Measure) -> Values:
    return {
        "key": measure.key,
        "name": measure.name,
        "provider": measure.provider,
        "modes": [_mode(change) for change in measure.modes] or None,
    }


# ---------------------------------------------------------------------------------------------- their parts


def _unless(default: object, value: object) -> object:
    return None if value == default else value


def _minutes(length: timedelta) -> int:
    return length // timedelta(minutes=1)


def _local(instant: datetime, zone: tzinfo) -> datetime:
    """Local time, with its offset only where the clock shows it twice."""
    local = instant.astimezone(zone)
    naive = local.replace(tzinfo=None)
    try:
        from_local(naive, zone, field="")
    except DoubledLocalTime:
        return local
    return naive


def _some(keys: frozenset[str] | None) -> list[str] | None:
    return None if keys is None else sorted(keys)


def _in_order(words: Collection[StrEnum] | None, order: Iterable[StrEnum]) -> list[StrEnum] | None:
    return None if words is None else [word for word in order if word in words]


# ---------------------------------------------------------------------------------------------- TOML


def _blocks(section: str, tables: Iterable[Values]) -> list[str]:
    return [_block(f"[[{section}]]", values) for values in tables]


def _block(heading: str, values: Values) -> str:
    lines = [f"{key} = {_written(value)}" for key, value in values.items() if value is not None]
    return "\n".join([heading, *lines, ""])


def _written(value: object) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):  # and datetime
        return value.isoformat()
    if isinstance(value, Text | dict):
        parts = [f"{key} = {_written(part)}" for key, part in value.items() if part is not None]
        return "{ " + ", ".join(parts) + " }" if parts else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_written, value)) + "]"
    return str(value)


def _quoted(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(character, character) for character in text) + '"'
