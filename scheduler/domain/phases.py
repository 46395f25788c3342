"""Phases: what the office allows, by date, service, booker and kind of place.

Rules follow from the plan and an instant alone; no job has to have run for them to hold.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduler.domain.resources import Kind
from scheduler.domain.roles import Role
from scheduler.domain.services import Service
from scheduler.domain.texts import Text


class Decision(StrEnum):
    """What a phase says to a visit, the most permissive first."""

    ALLOW = "allow"
    JUSTIFY = "justify"
    APPROVE = "approve"
    REDIRECT = "redirect"
    REFUSE = "refuse"

    @property
    def lets_book(self) -> bool:
        return self in (Decision.ALLOW, Decision.JUSTIFY, Decision.APPROVE)


_PERMISSIVENESS = {decision: rank for rank, decision in enumerate(Decision)}


class Effect(StrEnum):
    """What the start of a phase does to a booking made before."""

    KEEP = "keep"
    FLAG = "flag"
    PHONE = "phone"
    CANCEL = "cancel"


class WalkIns(StrEnum):
    """Who may come without an appointment; under `none` nobody, not even for what the rules allow."""

    ADMIT = "admit"
    EXCEPTION = "exception"
    REFUSE = "refuse"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a phase; a condition that is None matches everything."""

    decision: Decision
    services: frozenset[str] | None = None
    booked_by: frozenset[Role] | None = None
    kinds: frozenset[Kind] | None = None
    sites: frozenset[str] | None = None
    needs: frozenset[str] = frozenset()
    channels: tuple[str, ...] = ()
    on_start: Effect | None = None

    @property
    def fits_all(self) -> bool:
        return all(part is None for part in (self.services, self.booked_by, self.kinds, self.sites))

    def matches(self, service: str, booked_by: Role, kind: Kind, site: str) -> bool:
        return (
            (self.services is None or service in self.services)
            and (self.booked_by is None or booked_by in self.booked_by)
            and (self.kinds is None or kind in self.kinds)
            and (self.sites is None or site in self.sites)
        )


@dataclass(frozen=True, slots=True)
class Phase:
    """Holds from `starts` until the next phase starts; all instants are UTC.

    Of the seats of a group event so many percent are given while it holds, all where `seats_percent` is None.
    """

    key: str
    name: Text
    starts: datetime
    announce_at: datetime
    effects_until: datetime | None
    walk_ins: WalkIns
    prescribed_routes: bool
    notice: Text | None
    rules: tuple[Rule, ...]
    seats_percent: int | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision and where it comes from: the 1-based position of its rule, or None where none matched.

    `kinds` are those that get the decision, `needs` the equipment that the rule asks of the place.
    """

    phase: Phase | None
    decision: Decision
    rule: int | None
    channels: tuple[str, ...]
    kinds: tuple[Kind, ...]
    needs: frozenset[str]
    on_start: Effect | None


def phase_at(phases: Sequence[Phase], at: datetime) -> Phase | None:
    """The phase in force at an instant, or None before the first; `phases` are in order of their starts."""
    position = bisect_right(phases, at, key=lambda phase: phase.starts)
    return phases[position - 1] if position else None


def rule_for(phase: Phase | None, service: Service, booked_by: Role, kind: Kind, site: str) -> Ruling:
    """The first rule of the phase that matches; refuse where none does, or the service has not this kind."""
    if phase is not None and kind in service.kinds:
        for position, rule in enumerate(phase.rules, start=1):
            if rule.matches(service.key, booked_by, kind, site):
                return Ruling(
                    phase, rule.decision, position, rule.channels, (kind,), rule.needs, rule.on_start
                )
    return Ruling(phase, Decision.REFUSE, None, (), (kind,), frozenset(), None)


def decide(
    phases: Sequence[Phase],
    service: Service,
    *,
    at: datetime,
    booked_by: Role,
    kinds: Sequence[Kind],
    sites: Sequence[str],
) -> Ruling:
    """The most permissive answer of the phase in force over `kinds` and `sites`.

    Hours and free places are not asked.
    """
    phase = phase_at(phases, at)
    rulings = [rule_for(phase, service, booked_by, kind, site) for kind in kinds for site in sites]
    best = min(rulings, key=lambda ruling: _PERMISSIVENESS[ruling.decision])
    agreeing = dict.fromkeys(
        kind for ruling in rulings if ruling.decision is best.decision for kind in ruling.kinds
    )
    return Ruling(phase, best.decision, best.rule, best.channels, tuple(agreeing), best.needs, best.on_start)


def span_end(phases: Sequence[Phase], phase: Phase) -> datetime | None:
    """When the next phase takes over, or None while none is planned."""
    later = [other.starts for other in phases if other.starts > phase.starts]
    return min(later, default=None)


def effect_on(ruling: Ruling, *, starts_at: datetime, effects_until: datetime | None) -> Effect:
    """What the start of the phase does to a booking that its rule `ruling` judges.

    Without `on_start` a decision that lets people book keeps and any other flags; after `effects_until`
    nothing is cancelled or turned into a call, only flagged (plan file, comment on `announce_at`).
    """
    declared = ruling.on_start
    if declared is None:
        return Effect.KEEP if ruling.decision.lets_book else Effect.FLAG
    if effects_until is not None and starts_at > effects_until and declared in (Effect.PHONE, Effect.CANCEL):
        return Effect.FLAG
    return declared
