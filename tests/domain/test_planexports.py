"""A plan that is written and read again is the same plan."""

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from scheduler.domain.planexports import write_plan
from scheduler.domain.planfiles import read_plan
from scheduler.domain.plans import Plan
from tests.domain.strategies import plans

SCENARIO = Path("scheduler/scenarios/jobcenter-2020/plan.toml").read_bytes()


def read(text: str) -> Plan:
    return read_plan(text.encode(), known_holiday_region=lambda region: True)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans())
def test_a_written_plan_is_read_as_the_same_plan_and_written_alike(plan: Plan) -> None:
    written = write_plan(plan)
    assert read(written) == plan
    assert write_plan(read(written)) == written


def test_the_scenario_survives_being_written() -> None:
    plan = read(SCENARIO.decode())
    assert read(write_plan(plan)) == plan


def test_what_goes_without_saying_is_left_out() -> None:
    written = write_plan(read(SCENARIO.decode()))
    for silent in (
        "grid_minutes",
        "post_days",
        "interpreter_minutes",
        "window",
        "step_minutes = 15",
        'walk_ins = "admit"',
        "= false",
    ):
        assert silent not in written
    assert "step_minutes = 5" in written


def test_the_one_site_of_an_office_without_sites_is_not_written() -> None:
    plan = read(
        """
        format = 1
        [office]
        key = "amt"
        name = "Amt"
        timezone = "Europe/Berlin"
        mail = { address = "termine@example.org", name = { de = "Termine" } }
        refusal_note = { de = "Anträge sind jederzeit möglich." }
        [[resource]]
        key = "t1"
        kind = "counter"
        name = { de = "Theke 1" }
        """
    )
    written = write_plan(plan)
    assert [site.key for site in plan.sites] == ["amt"]
    assert "site" not in written
    assert read(written) == plan


def test_a_local_time_that_exists_twice_is_written_with_its_offset() -> None:
    twice = SCENARIO.decode().replace("starts = 2020-07-20T00:00:00", "starts = 2020-10-25T02:30:00+01:00")
    plan = read(twice)
    assert plan.phases[-1].starts == datetime(2020, 10, 25, 1, 30, tzinfo=UTC)
    assert "starts = 2020-10-25T02:30:00+01:00\n" in write_plan(plan)
    assert "starts = 2020-06-02T00:00:00\n" in write_plan(plan)
    assert read(write_plan(plan)) == plan
