"""Switches: what the start of a phase does to the bookings made before, and when it is due."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from scheduler.domain.backlogs import places_for
from scheduler.domain.bookings import Change, Channel, Party, Standing, Status, status_after
from scheduler.domain.hours import HolidayQuestion
from scheduler.domain.instants import local_date
from scheduler.domain.phases import Effect, Phase, Ruling, effect_on, rule_for, span_end
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Kind
from scheduler.domain.roles import BOOKERS, Role
from scheduler.domain.services import Service


@dataclass(frozen=True, slots=True)
class Visit:
    """What a switch asks of a booking; `kept` where somebody decided that it is to be kept."""

    service: str
    booked_by: Role
    kind: Kind
    site: str
    starts_at: datetime
    has_phone: bool
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """What happens to a booking; `ruling` is None where the plan no longer has its service."""

    effect: Effect
    ruling: Ruling | None

    @property
    def tells(self) -> bool:
        """Whether the customer is told; a booking in question is the office's own concern first."""
        return self.effect in (Effect.PHONE, Effect.CANCEL)

    @property
    def makes_valid(self) -> bool:
        """Keeping what the phase allows ends a doubt from before; so does a call instead of a visit."""
        return self.effect is Effect.PHONE or (
            self.effect is Effect.KEEP and self.ruling is not None and self.ruling.decision.lets_book
        )

    @property
    def channels(self) -> tuple[str, ...]:
        return self.ruling.channels if self.ruling is not None else ()


def due_at(phase: Phase, planned_at: datetime) -> datetime:
    """When the phase's effects are carried out: as announced, or at once where it was planned later."""
    return max(phase.announce_at, planned_at)


def phase_before(plan: Plan, phase: Phase) -> Phase | None:
    """Which phase of the plan holds until this one begins, None where it is the first."""
    earlier = [other for other in plan.phases if other.starts < phase.starts]
    return earlier[-1] if earlier else None


@dataclass(frozen=True, slots=True)
class Extension:
    """The time from `start` up to `end` (None: for good) that another plan gives to a phase besides."""

    phase: Phase
    start: datetime
    end: datetime | None


def extensions(old: Plan, new: Plan, applied: Collection[str]) -> list[Extension]:
    """What the new plan gives to phases whose effects were carried out: nobody has judged visits in it."""
    found = []
    for phase in new.phases:
        if phase.key not in applied or phase.key not in old.phases_by_key:
            continue
        before, after = span_end(old.phases, phase), span_end(new.phases, phase)
        if before is not None and (after is None or after > before):
            found.append(Extension(phase, before, after))
    return found


@dataclass(frozen=True, slots=True)
class Newly:
    """What a phase opens that was not open before: a service, on somebody's word, at these kinds."""

    service: Service
    booked_by: Role
    kinds: tuple[Kind, ...]


def newly_allowed(plan: Plan, phase: Phase) -> list[Newly]:
    """What the start of `phase` opens, in the plan's order of services."""
    before = phase_before(plan, phase)
    found = []
    for service in plan.services:
        for booker in BOOKERS:
            opened = set(_bookable(plan, phase, service, booker)) - set(
                _bookable(plan, before, service, booker)
            )
            if opened:
                found.append(Newly(service, booker, tuple(kind for kind in service.kinds if kind in opened)))
    return found


def _bookable(plan: Plan, phase: Phase | None, service: Service, booked_by: Role) -> list[Kind]:
    """The kinds of place at which the phase lets the service be booked at one site at least."""
    return [
        kind
        for kind in service.kinds
        if any(rule_for(phase, service, booked_by, kind, site.key).decision.lets_book for site in plan.sites)
    ]


@dataclass(frozen=True, slots=True)
class Room:
    """At how many places a service can be booked, and how long they are open in a week, before and after."""

    service: Service
    places_before: int
    places_after: int
    open_before: timedelta
    open_after: timedelta


def capacity(plan: Plan, phase: Phase, *, is_holiday: HolidayQuestion) -> list[Room]:
    """What the start of `phase` does to each service's places, reckoned by the hours of its first week."""
    before = phase_before(plan, phase)
    first = local_date(phase.starts, plan.zone)
    last = first + timedelta(days=6)
    open_for = {key: hours.open_for(first, last, is_holiday) for key, hours in plan.opening_hours.items()}
    found = []
    for service in plan.services:
        earlier = places_for(plan, before, service) if before is not None else []
        later = places_for(plan, phase, service)
        spans = [sum((open_for[place.key] for place in places), timedelta()) for places in (earlier, later)]
        found.append(Room(service, len(earlier), len(later), *spans))
    return found


class Judge:
    """Says what the start of `phase` does to visits in its span (plan file, comment on `announce_at`).

    The rules are asked once for visits that are alike but for their time and their person.
    """

    def __init__(self, plan: Plan, phase: Phase) -> None:
        self._services = plan.services_by_key
        self._phase = phase
        self._rulings: dict[tuple[str, Role, Kind, str], Ruling | None] = {}

    def judge(self, visit: Visit) -> Judgement:
        """A call needs a number: without one somebody has to look at the booking."""
        alike = (visit.service, visit.booked_by, visit.kind, visit.site)
        if alike not in self._rulings:
            self._rulings[alike] = self._ruling(*alike)
        ruling = self._rulings[alike]
        if visit.kept:
            return Judgement(Effect.KEEP, ruling)
        if ruling is None:
            return Judgement(Effect.FLAG, None)
        effect = effect_on(ruling, starts_at=visit.starts_at, effects_until=self._phase.effects_until)
        if effect is Effect.PHONE and not visit.has_phone:
            effect = Effect.FLAG
        return Judgement(effect, ruling)

    def _ruling(self, service: str, booked_by: Role, kind: Kind, site: str) -> Ruling | None:
        known = self._services.get(service)
        return None if known is None else rule_for(self._phase, known, booked_by, kind, site)


@dataclass(frozen=True, slots=True)
class State:
    """What a switch may change of a booking."""

    status: Status
    standing: Standing
    channel: Channel
    cancelled_by: Party | None

    def after(self, judgement: Judgement, *, starts_at: datetime, now: datetime, zone: tzinfo) -> "State":
        """The state that the judgement leads to. Raises WrongState for one that was not to be judged."""
        if judgement.effect is Effect.CANCEL:
            status = status_after(Change.CANCEL, self.status, starts_at=starts_at, now=now, zone=zone)
            return State(status, self.standing, self.channel, Party.OFFICE)
        standing = Standing.VALID if judgement.makes_valid else self.standing
        if judgement.effect is Effect.FLAG:
            standing = Standing.IN_QUESTION
        channel = Channel.PHONE if judgement.effect is Effect.PHONE else self.channel
        return State(self.status, standing, channel, self.cancelled_by)
