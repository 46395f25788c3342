"""Closures of the plan: a place, a kind of place, a site or the whole office is closed, whatever else holds.

They cancel nobody: whose visit lies in one keeps it until somebody decides. What they free is not offered.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.domain.errors import NotFound, WrongState, invalid
from scheduler.domain.hours import Closure, HolidayQuestion
from scheduler.domain.instants import local_date
from scheduler.domain.intervals import Interval
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Kind, Resource
from scheduler.domain.texts import Text

LONGEST_CLOSURE = timedelta(days=3660)
_MINUTE = timedelta(minutes=1)


class Scope(StrEnum):
    """What is closed together."""

    OFFICE = "office"
    SITE = "site"
    KIND = "kind"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class ClosureRequest:
    """What is asked for; `key` is that of the site, the kind or the place, empty for the whole office."""

    scope: Scope
    key: str
    span: Interval
    reason: Text | None

    def closure(self, plan: Plan, *, now: datetime) -> Closure:
        """Raises Invalid for what the plan does not have, and for a span that is over or much too long."""
        if self.span.end <= self.span.start:
            raise invalid("to", "reversed")
        if self.span.end <= now:
            raise invalid("to", "past_day")
        if self.span.end - self.span.start > LONGEST_CLOSURE:
            raise invalid("to", "span_too_long", most=LONGEST_CLOSURE.days)
        resources: frozenset[str] | None = None
        if self.scope is Scope.PLACE:
            resources = frozenset({plan.resource(self.key).key})
        if self.scope is Scope.KIND:
            resources = frozenset(one.key for one in plan.resources if one.kind == self.key)
            if not resources:
                raise invalid("scope", "unknown", value=self.key[:40])
        sites = frozenset({self.key}) if self.scope is Scope.SITE else None
        if sites is not None and self.key not in plan.sites_by_key:
            raise invalid("scope", "unknown", value=self.key[:40])
        # What is closed from now on begins with this minute, not before: what happened then stays.
        begin = max(self.span.start, now.replace(second=0, microsecond=0))
        return Closure(Interval(begin, self.span.end), self.reason, resources, sites)


def id_of(closure: Closure) -> str:
    """By what a closure is meant on a page: where and from when it holds, whatever its end."""
    where = "|".join(sorted(closure.resources or ())), "|".join(sorted(closure.sites or ()))
    said = f"{closure.span.start.isoformat()} {where[0]} {where[1]}"
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def closure_of(plan: Plan, closure_id: str) -> Closure:
    """Raises NotFound."""
    for closure in plan.closures:
        if id_of(closure) == closure_id:
            return closure
    raise NotFound(what="closure", key=closure_id[:40])


def places_of(plan: Plan, closure: Closure) -> Sequence[Resource]:
    return [place for place in plan.resources if closure.concerns(place)]


def with_closure(plan: Plan, closure: Closure) -> Plan:
    """Raises WrongState where the same is closed from then on already."""
    if any(id_of(other) == id_of(closure) for other in plan.closures):
        raise WrongState(change="close", why="closed_before")
    return replace(plan, closures=(*plan.closures, closure))


def ended(plan: Plan, closure: Closure, end: datetime, *, now: datetime) -> Plan:
    """The plan with another end of this closure; one that would end as it begins is taken back.

    Raises WrongState once it is over, and Invalid for an end that has passed.
    """
    if closure.span.end <= now:
        raise WrongState(change="close", why="closure_over")
    this_minute = now.replace(second=0, microsecond=0)
    if end < max(this_minute, closure.span.start):
        raise invalid("to", "past_day")
    others = [other for other in plan.closures if other != closure]
    if end <= closure.span.start:
        return replace(plan, closures=tuple(others))
    if end - closure.span.start > LONGEST_CLOSURE:
        raise invalid("to", "span_too_long", most=LONGEST_CLOSURE.days)
    changed = replace(closure, span=Interval(closure.span.start, end))
    return replace(plan, closures=tuple(changed if one == closure else one for one in plan.closures))


def taken_back(plan: Plan, closure: Closure, *, now: datetime) -> Plan:
    """The plan without a closure that has not begun; one that has ends now. Raises WrongState."""
    return ended(plan, closure, max(closure.span.start, now.replace(second=0, microsecond=0)), now=now)


def lost_hours(plan: Plan, closure: Closure, *, is_holiday: HolidayQuestion) -> dict[Kind, timedelta]:
    """The opening hours that a closure takes, by the kind of its places; what is closed anyway is none."""
    found: dict[Kind, timedelta] = {}
    first, last = (
        local_date(instant, plan.zone) for instant in (closure.span.start, closure.span.end - _MINUTE)
    )
    without = replace(plan, closures=tuple(one for one in plan.closures if one != closure))
    for place in places_of(plan, closure):
        hours = without.opening_hours[place.key]
        for number in range((last - first).days + 1):
            for span in hours.on(first + timedelta(days=number), is_holiday).spans:
                begin, end = max(span.start, closure.span.start), min(span.end, closure.span.end)
                if begin < end:
                    found[place.kind] = found.get(place.kind, timedelta()) + (end - begin)
    return found
