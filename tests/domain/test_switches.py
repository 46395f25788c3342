"""Switches: when they are due, and what they do to one visit."""

from datetime import timedelta

import pytest

from scheduler.domain.phases import Effect
from scheduler.domain.resources import Kind
from scheduler.domain.roles import Role
from scheduler.domain.switches import Judge, Visit, due_at
from tests.factories import at, whole_plan

PLAN = whole_plan()
CLOSED, PHASE_1, PHASE_2 = (PLAN.phases_by_key[key] for key in ("closed", "phase_1", "phase_2"))


def visit(service: str, by: Role, kind: Kind, starts: str, *, has_phone: bool = True) -> Visit:
    return Visit(service, by, kind, "main", at(starts), has_phone)


def test_effects_are_due_as_announced_or_at_once_when_planned_later() -> None:
    announced = PHASE_1.announce_at
    assert due_at(PHASE_1, announced - timedelta(days=6)) == announced
    assert due_at(PHASE_1, announced + timedelta(hours=1)) == announced + timedelta(hours=1)


@pytest.mark.parametrize(
    "asked, effect, tells, makes_valid",
    [
        (
            visit("benefit_emergency", Role.RECEPTION, Kind.COUNTER, "2020-06-03 08:00"),
            Effect.KEEP,
            False,
            True,
        ),
        (
            visit("benefit_emergency", Role.CUSTOMER, Kind.COUNTER, "2020-06-03 08:00"),
            Effect.FLAG,
            False,
            False,
        ),
        (visit("general", Role.RECEPTION, Kind.COUNTER, "2020-06-03 08:00"), Effect.PHONE, True, True),
        (
            visit("general", Role.RECEPTION, Kind.COUNTER, "2020-06-03 08:00", has_phone=False),
            Effect.FLAG,
            False,
            False,
        ),
        (visit("vanished", Role.RECEPTION, Kind.COUNTER, "2020-06-03 08:00"), Effect.FLAG, False, False),
    ],
)
def test_what_the_reopening_does(asked: Visit, effect: Effect, tells: bool, makes_valid: bool) -> None:
    judgement = Judge(PLAN, PHASE_1).judge(asked)
    assert (judgement.effect, judgement.tells, judgement.makes_valid) == (effect, tells, makes_valid)


def test_who_is_called_or_cancelled_learns_the_channels_of_the_rule() -> None:
    general = visit("general", Role.RECEPTION, Kind.COUNTER, "2020-04-01 08:00")
    judgement = Judge(PLAN, CLOSED).judge(general)
    assert (judgement.effect, judgement.channels) == (Effect.CANCEL, ("phone", "email", "online"))


def test_after_the_end_of_the_effects_visits_are_put_in_question() -> None:
    general = visit("general", Role.RECEPTION, Kind.COUNTER, "2020-04-20 08:00")
    assert Judge(PLAN, CLOSED).judge(general).effect is Effect.FLAG


def test_a_visit_that_needs_a_reason_in_the_single_case_is_kept() -> None:
    integration = visit("integration", Role.CASEWORKER, Kind.OFFICE, "2020-07-22 09:00")
    assert Judge(PLAN, PHASE_2).judge(integration).effect is Effect.KEEP
