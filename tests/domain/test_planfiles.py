"""What a plan file says, and that the past of an office stays as it was."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scheduler.domain.instants import parse_instant
from scheduler.domain.phases import Effect, WalkIns
from scheduler.domain.planfiles import changed_past, read_plan
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Kind, Site
from scheduler.domain.roles import Role
from scheduler.domain.texts import Text

SCENARIO = Path("scheduler/scenarios/jobcenter-2020/plan.toml").read_text()

#: The least that is a plan.
OFFICE = """
format = 1
[office]
key = "amt"
name = "Amt"
timezone = "Europe/Berlin"
mail = { address = "termine@example.org", name = { de = "Termine" } }
refusal_note = { de = "Anträge sind jederzeit möglich." }
"""
PLACE = '[[resource]]\nkey = "t1"\nkind = "counter"\nname = { de = "Theke 1" }\n'
SERVICE = '[[service]]\nkey = "auskunft"\nname = { de = "Auskunft" }\nminutes = 15\nkinds = ["counter"]\n'
PHASE = '[[phase]]\nkey = "regular"\nname = { de = "Regelbetrieb" }\nstarts = 2020-01-01T00:00:00\n'


def known(region: str) -> bool:
    return region == "DE-RP"


def read(text: str) -> Plan:
    return read_plan(text.encode(), known_holiday_region=known)


def varied(old: str, new: str) -> str:
    """The scenario with one change, where `old` first stands."""
    assert old in SCENARIO
    return SCENARIO.replace(old, new, 1)


def test_the_scenario_is_read_whole() -> None:
    plan = read(SCENARIO)
    counts = [
        len(part)
        for part in (plan.sites, plan.closures, plan.exceptions, plan.hours, plan.channels, plan.routes)
    ]
    assert counts == [2, 2, 2, 1, 3, 3]
    assert [len(plan.resources), len(plan.services), len(plan.phases), len(plan.hotlines)] == [9, 8, 6, 2]
    assert [len(plan.measure_modes), len(plan.measures)] == [3, 3]
    assert [len(phase.rules) for phase in plan.phases] == [2, 3, 4, 4, 4, 6]


def test_the_office_of_the_scenario_is_as_written() -> None:
    office = read(SCENARIO).office
    assert (office.key, office.timezone, office.holidays) == ("jobcenter", "Europe/Berlin", "DE-RP")
    assert (office.name.in_("de"), office.name.in_("en")) == ("Jobcenter", "Jobcenter")
    assert (office.mail_address, office.mail_name.in_("en")) == ("termine@example.org", "Appointment service")
    assert office.week[3] == ((480, 720), (810, 1080))
    assert sorted(office.week) == [0, 1, 2, 3, 4]
    assert (office.grid, office.post, office.furthest_days) == (timedelta(minutes=5), timedelta(days=3), 365)


def test_places_and_services_of_the_scenario_are_as_written() -> None:
    plan = read(SCENARIO)
    theke = plan.resources_by_key["annex-counter"]
    assert (theke.site, theke.route, theke.equipment) == (
        "annex",
        "annex",
        frozenset({"screen", "step-free"}),
    )
    assert plan.resources_by_key["group-room"].seats == 24
    integration = plan.services_by_key["integration"]
    assert (integration.length, integration.buffer) == (timedelta(minutes=45), timedelta(minutes=15))
    assert integration.kinds == (Kind.ENTRANCE_ROOM, Kind.OFFICE)
    assert integration.step == timedelta(minutes=15)
    cash = plan.services_by_key["cash_pickup"]
    assert (cash.plain, cash.needs) == (cash.name, frozenset({"cash-desk"}))


def test_local_times_of_a_phase_become_instants() -> None:
    phase = read(SCENARIO).phases_by_key["closed"]
    assert phase.starts == datetime(2020, 3, 17, 23, tzinfo=UTC)
    assert phase.announce_at == datetime(2020, 3, 17, 13, tzinfo=UTC)
    assert phase.effects_until == datetime(2020, 4, 19, 21, 59, 59, tzinfo=UTC)
    assert (phase.walk_ins, phase.prescribed_routes) == (WalkIns.REFUSE, False)
    rule = phase.rules[0]
    assert rule.booked_by == frozenset({Role.RECEPTION, Role.CASEWORKER, Role.MANAGER})
    assert phase.rules[3].channels == ("phone", "email", "online")
    assert phase.rules[3].on_start is Effect.CANCEL


def test_an_instant_with_an_offset_is_taken_as_it_is() -> None:
    plan = read(varied("starts = 2020-07-20T00:00:00", "starts = 2020-10-25T02:30:00+01:00"))
    assert plan.phases[-1].starts == datetime(2020, 10, 25, 1, 30, tzinfo=UTC)


def test_the_least_plan_has_one_site_and_the_defaults() -> None:
    plan = read(OFFICE + PLACE + SERVICE + PHASE)
    assert plan.sites == (Site("amt", Text({"de": "Amt"}), None),)
    assert plan.resources[0].site == "amt"
    assert (plan.office.week, plan.office.holidays) == ({}, None)
    assert (plan.office.soonest, plan.office.furthest_days) == (timedelta(), 365)
    service, phase = plan.services[0], plan.phases[0]
    assert (service.plain, service.bring, service.group) == (service.name, {}, False)
    assert (phase.announce_at, phase.walk_ins, phase.rules) == (phase.starts, WalkIns.ADMIT, ())


def test_an_office_may_have_neither_places_nor_phases() -> None:
    plan = read(OFFICE)
    assert (plan.resources, plan.services, plan.phases) == ((), (), ())


def test_phases_are_in_order_of_their_starts() -> None:
    later = PHASE.replace("regular", "later").replace("2020-01-01", "2021-01-01")
    assert [phase.key for phase in read(OFFICE + later + PHASE).phases] == ["regular", "later"]


def test_a_service_says_what_to_bring() -> None:
    plan = read(OFFICE + PLACE + SERVICE + 'bring = { de = ["Ausweis"], en = ["ID card"] }\n')
    assert plan.services[0].bring == {"de": ("Ausweis",), "en": ("ID card",)}


def test_a_place_may_say_its_site_without_a_route() -> None:
    text = SCENARIO.replace('route = "upstairs"\nseats = 24', 'site = "annex"\nseats = 24')
    assert read(text).resources_by_key["group-room"].site == "annex"


def test_a_place_that_is_gone_is_where_it_was_or_at_the_first_site() -> None:
    plan = read(SCENARIO)
    first, other, *_ = plan.sites
    place = next(place for place in plan.resources if place.site == other.key)

    assert plan.site_of(place.key, first.key) == other
    assert plan.site_of("gone", other.key) == other
    assert plan.site_of("gone", "gone too") == first


def test_hours_are_put_in_order_and_a_day_may_end_at_midnight() -> None:
    plan = read(
        varied(
            'sites = ["annex"]\nopening = { mon = ["08:00-12:00"]',
            'opening = { mon = ["13:00-24:00", "08:00-12:00"]',
        )
    )
    assert plan.hours[0].week[0] == ((480, 720), (780, 1440))


def test_a_notice_may_have_several_lines() -> None:
    plan = read(OFFICE + PHASE + 'notice = { de = "Eins\\nZwei" }\n')
    assert plan.phases[0].notice == Text({"de": "Eins\nZwei"})


def test_files_from_windows_are_read() -> None:
    source = b"\xef\xbb\xbf" + SCENARIO.replace("\n", "\r\n").encode()
    assert read_plan(source, known_holiday_region=known) == read(SCENARIO)


# ------------------------------------------------------------------------ the past

PLAN = read(SCENARIO)
MARCH_17 = datetime(2020, 3, 17, 9, tzinfo=UTC)


def with_phase(key: str, **changes: object) -> Plan:
    """The scenario with one phase changed."""
    phases = [replace(phase, **changes) if phase.key == key else phase for phase in PLAN.phases]  # type: ignore[arg-type]  # any field
    return replace(PLAN, phases=tuple(sorted(phases, key=lambda phase: phase.starts)))


def without_phases(*keys: str) -> Plan:
    return replace(PLAN, phases=tuple(phase for phase in PLAN.phases if phase.key not in keys))


def rewritten(
    old: Plan | None, new: Plan, *, now: datetime = MARCH_17, applied: tuple[str, ...] = ()
) -> list[tuple[str, str]]:
    return [(fault.where, fault.why) for fault in changed_past(old, new, now=now, applied=applied)]


def test_a_first_plan_may_begin_in_the_past() -> None:
    assert rewritten(None, PLAN) == []


def test_the_same_plan_rewrites_nothing() -> None:
    assert rewritten(PLAN, PLAN, applied=tuple(phase.key for phase in PLAN.phases)) == []


def test_a_phase_in_force_or_past_can_neither_change_nor_vanish() -> None:
    changed = with_phase("appointments_cancelled", walk_ins=WalkIns.ADMIT)
    assert rewritten(PLAN, changed) == [("phase 3 (appointments_cancelled)", "changed_past")]
    assert rewritten(PLAN, without_phases("regular")) == [("phase (regular)", "removed_past")]


def test_a_phase_to_come_may_change_and_vanish() -> None:
    moved = with_phase("closed", starts=PLAN.phases_by_key["closed"].starts + timedelta(days=2))
    assert rewritten(PLAN, moved) == []
    assert rewritten(PLAN, without_phases("closed", "phase_1")) == []


def test_a_phase_whose_effects_were_carried_out_stays_even_before_it_starts() -> None:
    changed = with_phase("closed", rules=())
    assert rewritten(PLAN, changed, applied=("closed",)) == [("phase 4 (closed)", "changed_past")]
    assert rewritten(PLAN, without_phases("closed"), applied=("closed",)) == [
        ("phase (closed)", "removed_past")
    ]


def test_a_phase_that_comes_later_cannot_start_in_the_past() -> None:
    known_until_then = without_phases("appointments_cancelled", "closed", "phase_1", "phase_2")
    assert rewritten(known_until_then, PLAN) == [("phase 3 (appointments_cancelled)", "inserted_past")]
    assert rewritten(known_until_then, PLAN, now=PLAN.phases_by_key["appointments_cancelled"].starts) == []


def test_a_phase_to_come_cannot_be_moved_into_the_past() -> None:
    moved = with_phase("closed", starts=MARCH_17 - timedelta(hours=1))
    assert rewritten(PLAN, moved) == [("phase 4 (closed)", "inserted_past")]


def test_the_stages_of_the_scenario_rewrite_nothing() -> None:
    rows = [
        line.split(",")
        for line in Path("scheduler/scenarios/jobcenter-2020/stages.csv").read_text().split()[1:]
    ]
    old: Plan | None = None
    for position, (known_at, _) in enumerate(rows, start=1):
        new = replace(PLAN, phases=PLAN.phases[:position])
        assert (
            rewritten(
                old,
                new,
                now=parse_instant(known_at, PLAN.zone, field="known_at"),
                applied=tuple(p.key for p in (old.phases if old else ())),
            )
            == []
        )
        old = new
