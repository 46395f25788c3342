"""Switches: what the start of a phase does to the bookings made before, and when it is due."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from scheduler.domain.bookings import Change, Channel, Party, Standing, Status, status_after
from scheduler.domain.phases import Effect, Phase, Ruling, effect_on, rule_for
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Kind
from scheduler.domain.roles import Role


@dataclass(frozen=True, slots=True)
class Visit:
    """What a switch asks of a booking."""

    service: str
    booked_by: Role
    kind: Kind
    site: str
    starts_at: datetime
    has_phone: bool


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
