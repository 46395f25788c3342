"""Switches: what the start of a phase does to the bookings made before, and when it is due."""

from dataclasses import dataclass
from datetime import datetime

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


def judge_visit(plan: Plan, phase: Phase, visit: Visit) -> Judgement:
    """What the start of `phase` does to a visit in its span (plan file, comment on `announce_at`).

    A call needs a number: without one somebody has to look at the booking.
    """
    service = plan.services_by_key.get(visit.service)
    if service is None:
        return Judgement(Effect.FLAG, None)
    ruling = rule_for(phase, service, visit.booked_by, visit.kind, visit.site)
    effect = effect_on(ruling, starts_at=visit.starts_at, effects_until=phase.effects_until)
    if effect is Effect.PHONE and not visit.has_phone:
        effect = Effect.FLAG
    return Judgement(effect, ruling)
