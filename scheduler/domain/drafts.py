"""A draft of the plan: what managers change in it before the office goes by it.

What is in force, past or applied is never changed, only followed by something new (`planfiles.changed_past`).
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum

from scheduler.domain.errors import NotFound
from scheduler.domain.people import folded
from scheduler.domain.phases import Decision, Effect, Phase, Rule, Ruling, phase_at, rule_for
from scheduler.domain.planfiles import is_fixed
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Kind
from scheduler.domain.roles import BOOKERS, Role
from scheduler.domain.services import Service
from scheduler.domain.texts import Text

#: So many letters of a name go into a key, which leaves room for a number.
_KEY_LENGTH = 40
_NOT_IN_KEYS = re.compile(r"[^a-z0-9]+")


class Stage(StrEnum):
    """How far a phase has come: a draft is nobody's plan yet, a planned one becomes known when announced."""

    DRAFT = "draft"
    PLANNED = "planned"
    ANNOUNCED = "announced"
    IN_FORCE = "in_force"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Changes:
    """The keys of phases that a draft adds, changes and removes; `elsewhere` where anything else differs."""

    added: Sequence[str]
    changed: Sequence[str]
    removed: Sequence[str]
    elsewhere: bool

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed or self.elsewhere)


@dataclass(frozen=True, slots=True)
class Cell:
    """What one rule, or none, says to a concern on somebody's word at these kinds of place and sites."""

    ruling: Ruling
    kinds: Sequence[Kind]
    sites: Sequence[str]
    everywhere: bool


def stage_of(phase: Phase, plan: Plan, *, now: datetime) -> Stage:
    """How far a phase of a draft, or of the plan itself, has come by the plan that holds."""
    if plan.phases_by_key.get(phase.key) != phase:
        return Stage.DRAFT
    if phase.starts <= now:
        return Stage.IN_FORCE if phase_at(plan.phases, now) == phase else Stage.PAST
    return Stage.ANNOUNCED if phase.announce_at <= now else Stage.PLANNED


def can_change(phase: Phase, plan: Plan, *, now: datetime, applied: Collection[str]) -> bool:
    """Whether a draft may still change this phase; one that the plan does not have may be anything."""
    planned = plan.phases_by_key.get(phase.key)
    return planned is None or not is_fixed(planned, now=now, applied=applied)


def changes(plan: Plan, draft: Plan) -> Changes:
    before, after = plan.phases_by_key, draft.phases_by_key
    return Changes(
        added=[key for key in after if key not in before],
        changed=[key for key, phase in after.items() if key in before and before[key] != phase],
        removed=[key for key in before if key not in after],
        elsewhere=replace(plan, phases=()) != replace(draft, phases=()),
    )


def takes_effect_at_once(plan: Plan, draft: Plan, *, now: datetime) -> Sequence[Phase]:
    """The phases whose effects on bookings are due as soon as the draft becomes the plan."""
    found = changes(plan, draft)
    phases = (draft.phases_by_key[key] for key in (*found.added, *found.changed))
    return [phase for phase in phases if phase.announce_at <= now]


def carried_over(base: Plan, plan: Plan, draft: Plan) -> Plan:
    """The plan with all that a draft changed in `base`, the older plan that it was made from.

    Where both changed the same, the draft's stands: whoever adopts it sees the difference before.
    """
    old, new, drafted = base.phases_by_key, plan.phases_by_key, draft.phases_by_key
    untouched = {key: phase for key, phase in new.items() if drafted.get(key) == old.get(key)}
    own = {key: phase for key, phase in drafted.items() if phase != old.get(key)}
    merged = replace(
        plan,
        **{
            one.name: getattr(draft, one.name)
            for one in fields(Plan)
            if getattr(draft, one.name) != getattr(base, one.name)
        },
    )
    return replace(merged, phases=tuple(sorted({**untouched, **own}.values(), key=lambda one: one.starts)))


def phase_of(plan: Plan, key: str) -> Phase:
    """Raises NotFound."""
    try:
        return plan.phases_by_key[key]
    except KeyError:
        raise NotFound(what="phase", key=key[:60]) from None


def with_phase(plan: Plan, phase: Phase) -> Plan:
    """The plan with this phase, in the place of the one that had its key."""
    others = [other for other in plan.phases if other.key != phase.key]
    return replace(plan, phases=tuple(sorted([*others, phase], key=lambda one: one.starts)))


def without_phase(plan: Plan, key: str) -> Plan:
    """Raises NotFound."""
    gone = phase_of(plan, key)
    return replace(plan, phases=tuple(phase for phase in plan.phases if phase != gone))


def key_for(name: Text, taken: Collection[str]) -> str:
    """A key that is still free, made of the English name, else of the German one."""
    words = _NOT_IN_KEYS.sub("_", folded(name.in_("en")))[:_KEY_LENGTH].strip("_") or "phase"
    return next(
        key for n in range(1, len(taken) + 2) if (key := words if n == 1 else f"{words}_{n}") not in taken
    )


def copied(phase: Phase, *, key: str, name: Text, starts: datetime) -> Phase:
    """The same rules from another instant on, announced when they begin."""
    return replace(phase, key=key, name=name, starts=starts, announce_at=starts, effects_until=None)


def stopped(phase: Phase, plan: Plan, *, key: str, name: Text, starts: datetime) -> Phase:
    """From `starts` on nobody books what the phase lets people book; what is booked stays as it is.

    Refused are led to every channel of the office.
    """
    channels = tuple(channel.key for channel in plan.channels)
    no = Decision.REDIRECT if channels else Decision.REFUSE
    rules = [
        replace(rule, decision=no, channels=channels, needs=frozenset(), on_start=Effect.KEEP)
        if rule.decision.lets_book
        else replace(rule, on_start=Effect.KEEP)
        for rule in phase.rules
    ]
    otherwise = (
        []
        if phase.rules and phase.rules[-1].fits_all
        else [Rule(no, channels=channels, on_start=Effect.KEEP)]
    )
    return replace(copied(phase, key=key, name=name, starts=starts), rules=(*rules, *otherwise), notice=None)


# ------------------------------------------------------------------------------------------------- rules


def rule_at(phase: Phase, number: int) -> Rule:
    """Rules are counted from 1. Raises NotFound."""
    if not 1 <= number <= len(phase.rules):
        raise NotFound(what="rule", key=str(number))
    return phase.rules[number - 1]


def with_rule(phase: Phase, rule: Rule, *, number: int | None = None) -> Phase:
    """With the rule in the place of that number; as the last where none is given. Raises NotFound."""
    if number is None:
        return replace(phase, rules=(*phase.rules, rule))
    rule_at(phase, number)
    return replace(phase, rules=(*phase.rules[: number - 1], rule, *phase.rules[number:]))


def without_rule(phase: Phase, number: int) -> Phase:
    """Raises NotFound."""
    rule_at(phase, number)
    return replace(phase, rules=(*phase.rules[: number - 1], *phase.rules[number:]))


def with_rule_moved(phase: Phase, number: int, to: int) -> Phase:
    """With the rule as number `to`, as near as that can be. Raises NotFound."""
    rule = rule_at(phase, number)
    rules = [*without_rule(phase, number).rules]
    rules.insert(max(0, to - 1), rule)
    return replace(phase, rules=tuple(rules))


def matrix(plan: Plan, phase: Phase) -> Mapping[str, Mapping[Role, Sequence[Cell]]]:
    """What the phase says to each concern on each word: which rule decides, at which places.

    The rules are asked one by one as bookings ask them, so that what an earlier rule takes is not shown as
    another's.
    """
    return {
        service.key: {booker: _cells(plan, phase, service, booker) for booker in BOOKERS}
        for service in plan.services
    }


def _cells(plan: Plan, phase: Phase, service: Service, booker: Role) -> Sequence[Cell]:
    found: dict[int | None, list[tuple[Ruling, Kind, str]]] = {}
    for kind in service.kinds:
        for site in plan.sites_by_key:
            ruling = rule_for(phase, service, booker, kind, site)
            found.setdefault(ruling.rule, []).append((ruling, kind, site))
    return [
        Cell(
            answers[0][0],
            list(dict.fromkeys(kind for _, kind, _ in answers)),
            list(dict.fromkeys(site for _, _, site in answers)),
            everywhere=len(found) == 1,
        )
        for answers in found.values()
    ]


def idle_rules(plan: Plan, phase: Phase) -> Sequence[int]:
    """The numbers of rules that decide nothing: whatever they match an earlier one has taken."""
    deciding = {
        cell.ruling.rule
        for by_booker in matrix(plan, phase).values()
        for cells in by_booker.values()
        for cell in cells
    }
    return [number for number in range(1, len(phase.rules) + 1) if number not in deciding]
