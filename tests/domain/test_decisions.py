"""What the office decides in the scenario: every row of its list, and which rule says so."""

import csv
from datetime import datetime
from pathlib import Path

import pytest

from scheduler.domain.instants import parse_instant
from scheduler.domain.phases import Decision, Ruling
from scheduler.domain.planfiles import read_plan
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Kind
from scheduler.domain.roles import Role

SCENARIO = Path("scheduler/scenarios/jobcenter-2020")
ROWS = list(csv.DictReader((SCENARIO / "decisions.csv").read_text().splitlines()))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return read_plan((SCENARIO / "plan.toml").read_bytes(), known_holiday_region=lambda region: True)


def decide(plan: Plan, at: str, service: str, booked_by: str, kind: str | None = None) -> Ruling:
    return plan.decide(
        plan.service(service),
        at=local(plan, at),
        booked_by=Role(booked_by),
        kind=Kind(kind) if kind else None,
    )


def local(plan: Plan, at: str) -> datetime:
    return parse_instant(at, plan.zone, field="at")


def test_the_list_is_there() -> None:
    assert len(ROWS) == 286


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(list(row.values())[:4]))
def test_the_office_decides_as_its_list_says(plan: Plan, row: dict[str, str]) -> None:
    ruling = decide(plan, row["at"], row["service"], row["booked_by"], row["kind"])
    assert ruling.phase is not None
    assert (ruling.phase.key, ruling.decision, " ".join(ruling.channels)) == (
        row["phase"],
        row["decision"],
        row["channels"],
    )
    assert ruling.kinds == (Kind(row["kind"]),)


@pytest.mark.parametrize(
    "at, service, booked_by, kind, rule",
    [
        ("2020-03-11T09:00", "cash_pickup", "customer", "counter", 1),
        ("2020-03-11T09:00", "cash_pickup", "reception", "counter", 2),
        ("2020-03-17T09:00", "benefit_emergency", "caseworker", "counter", 1),
        ("2020-03-17T09:00", "benefit_emergency", "caseworker", "entrance_room", 2),
        ("2020-03-17T09:00", "group_information", "manager", "group_room", 3),
        ("2020-03-17T09:00", "general", "reception", "counter", 4),
        ("2020-07-21T09:00", "integration", "hotline", "office", 6),
        ("2020-07-21T09:00", "integration", "customer", "office", 4),
    ],
)
def test_the_first_rule_that_matches_decides(
    plan: Plan, at: str, service: str, booked_by: str, kind: str, rule: int
) -> None:
    assert decide(plan, at, service, booked_by, kind).rule == rule


def test_without_a_kind_the_most_permissive_answer_names_the_kinds_that_get_it(plan: Plan) -> None:
    emergency = decide(plan, "2020-03-17T09:00", "benefit_emergency", "reception")
    assert (emergency.decision, emergency.rule, emergency.kinds) == (Decision.ALLOW, 1, (Kind.COUNTER,))
    reopened = decide(plan, "2020-06-03T09:00", "benefit_emergency", "reception")
    assert reopened.kinds == (Kind.COUNTER, Kind.ENTRANCE_ROOM)
    refused = decide(plan, "2020-03-17T09:00", "general", "reception")
    assert (refused.decision, refused.kinds) == (Decision.REDIRECT, (Kind.COUNTER,))


def test_a_kind_that_the_service_does_not_have_is_refused(plan: Plan) -> None:
    ruling = decide(plan, "2020-03-11T09:00", "cash_pickup", "reception", "office")
    assert (ruling.decision, ruling.rule, ruling.channels) == (Decision.REFUSE, None, ())


def test_before_the_first_phase_everything_is_refused(plan: Plan) -> None:
    ruling = decide(plan, "2019-12-31T23:59", "general", "reception")
    assert (ruling.phase, ruling.decision, ruling.rule) == (None, Decision.REFUSE, None)


def test_a_phase_holds_from_its_start_on(plan: Plan) -> None:
    before, after = (
        decide(plan, at, "group_information", "reception")
        for at in ("2020-03-11T23:59:59", "2020-03-12T00:00")
    )
    assert (before.decision, after.decision) == (Decision.ALLOW, Decision.REFUSE)


def test_the_equipment_that_a_rule_asks_for_comes_with_the_decision(plan: Plan) -> None:
    assert decide(plan, "2020-06-03T09:00", "cash_pickup", "reception").needs == {"screen"}
    assert decide(plan, "2020-03-11T09:00", "cash_pickup", "reception").needs == frozenset()
