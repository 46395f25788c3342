"""Phases: which one is in force, which rule decides, and what its start does to bookings."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.domain.phases import (
    Decision,
    Effect,
    Phase,
    Rule,
    Ruling,
    WalkIns,
    decide,
    effect_on,
    phase_at,
    rule_for,
    span_end,
)
from scheduler.domain.resources import Kind
from scheduler.domain.roles import Role
from scheduler.domain.services import Service
from scheduler.domain.texts import Text

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
START = datetime(2020, 3, 1, tzinfo=UTC)
TEXT = Text({"de": "x"})


def phase(key: str, starts: datetime, *rules: Rule) -> Phase:
    return Phase(key, TEXT, starts, starts, None, WalkIns.ADMIT, False, None, rules)


def service(*kinds: Kind, key: str = "general") -> Service:
    return Service(key, TEXT, TEXT, MINUTE, 0 * MINUTE, MINUTE, kinds, frozenset(), False)


FIRST, SECOND = phase("first", START), phase("second", START + DAY)
BOTH = (FIRST, SECOND)


@pytest.mark.parametrize(
    "at, found",
    [
        (START - MINUTE, None),
        (START, FIRST),
        (START + DAY - MINUTE, FIRST),
        (START + DAY, SECOND),
        (START + 900 * DAY, SECOND),
    ],
)
def test_a_phase_holds_from_its_start_until_the_next(at: datetime, found: Phase | None) -> None:
    assert phase_at(BOTH, at) is found


def test_a_span_ends_where_the_next_phase_starts() -> None:
    assert span_end(BOTH, FIRST) == START + DAY
    assert span_end(BOTH, SECOND) is None


def test_before_the_first_phase_everything_is_refused() -> None:
    ruling = rule_for(None, service(Kind.COUNTER), Role.MANAGER, Kind.COUNTER, "main")
    assert (ruling.phase, ruling.decision, ruling.rule) == (None, Decision.REFUSE, None)


CHOOSY = phase(
    "choosy",
    START,
    Rule(Decision.REFUSE, services=frozenset({"documents"})),
    Rule(Decision.ALLOW, booked_by=frozenset({Role.MANAGER})),
    Rule(Decision.REDIRECT, kinds=frozenset({Kind.OFFICE}), channels=("phone",)),
    Rule(Decision.APPROVE, sites=frozenset({"annex"})),
    Rule(Decision.JUSTIFY, booked_by=frozenset({Role.RECEPTION})),
)


@pytest.mark.parametrize(
    "key, by, kind, site, decision, position",
    [
        ("documents", Role.MANAGER, Kind.COUNTER, "main", Decision.REFUSE, 1),
        ("general", Role.MANAGER, Kind.OFFICE, "main", Decision.ALLOW, 2),
        ("general", Role.CUSTOMER, Kind.OFFICE, "annex", Decision.REDIRECT, 3),
        ("general", Role.RECEPTION, Kind.COUNTER, "annex", Decision.APPROVE, 4),
        ("general", Role.RECEPTION, Kind.COUNTER, "main", Decision.JUSTIFY, 5),
        ("general", Role.CUSTOMER, Kind.COUNTER, "main", Decision.REFUSE, None),
        ("general", Role.MANAGER, Kind.GROUP_ROOM, "main", Decision.REFUSE, None),
    ],
)
def test_the_first_rule_that_matches_decides(
    key: str, by: Role, kind: Kind, site: str, decision: Decision, position: int | None
) -> None:
    ruling = rule_for(CHOOSY, service(Kind.COUNTER, Kind.OFFICE, key=key), by, kind, site)
    assert (ruling.decision, ruling.rule) == (decision, position)


def test_over_several_kinds_the_most_permissive_answers_and_names_those_that_get_it() -> None:
    asked = service(Kind.OFFICE, Kind.COUNTER, Kind.ENTRANCE_ROOM)
    ruling = decide(
        (CHOOSY,), asked, at=START, booked_by=Role.RECEPTION, kinds=asked.kinds, sites=["main", "annex"]
    )
    assert (ruling.decision, ruling.rule, ruling.kinds) == (
        Decision.JUSTIFY,
        5,
        (Kind.COUNTER, Kind.ENTRANCE_ROOM),
    )


def test_the_order_of_permissiveness_is_the_contracts() -> None:
    assert [decision.value for decision in Decision] == ["allow", "justify", "approve", "redirect", "refuse"]
    assert [decision for decision in Decision if decision.lets_book] == list(Decision)[:3]


UNTIL = START + DAY


@pytest.mark.parametrize(
    "decision, declared, before, after",
    [
        (Decision.ALLOW, None, Effect.KEEP, Effect.KEEP),
        (Decision.JUSTIFY, None, Effect.KEEP, Effect.KEEP),
        (Decision.APPROVE, None, Effect.KEEP, Effect.KEEP),
        (Decision.REDIRECT, None, Effect.FLAG, Effect.FLAG),
        (Decision.REFUSE, None, Effect.FLAG, Effect.FLAG),
        (Decision.ALLOW, Effect.FLAG, Effect.FLAG, Effect.FLAG),
        (Decision.REFUSE, Effect.KEEP, Effect.KEEP, Effect.KEEP),
        (Decision.REFUSE, Effect.CANCEL, Effect.CANCEL, Effect.FLAG),
        (Decision.REDIRECT, Effect.PHONE, Effect.PHONE, Effect.FLAG),
    ],
)
def test_what_the_start_of_a_phase_does(
    decision: Decision, declared: Effect | None, before: Effect, after: Effect
) -> None:
    ruling = Ruling(FIRST, decision, 1, (), (), frozenset(), declared)
    assert effect_on(ruling, starts_at=UNTIL, effects_until=UNTIL) is before
    assert effect_on(ruling, starts_at=UNTIL + MINUTE, effects_until=UNTIL) is after
    assert effect_on(ruling, starts_at=UNTIL + MINUTE, effects_until=None) is before
