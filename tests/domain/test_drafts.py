"""Drafts of the plan: stages, what is changed, rules in their order, and the table of what they come to."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain import drafts
from scheduler.domain.drafts import Stage
from scheduler.domain.errors import NotFound
from scheduler.domain.phases import Decision, Effect, Rule, rule_for
from scheduler.domain.planexports import write_plan
from scheduler.domain.planfiles import read_plan
from scheduler.domain.roles import BOOKERS
from scheduler.domain.texts import Text
from tests.factories import at, plan_with, whole_plan

DAY = timedelta(days=1)
PLAN = whole_plan()
PHASE = PLAN.phases_by_key["phase_1"]
MAY = at("2020-05-25 12:00")
NAME = Text({"de": "Annahmestopp Übergang"})


def test_each_phase_has_come_so_far() -> None:
    stages = {phase.key: drafts.stage_of(phase, PLAN, now=MAY) for phase in PLAN.phases}
    assert stages["regular"] is Stage.PAST
    assert stages["closed"] is Stage.IN_FORCE
    assert stages["phase_2"] is Stage.PLANNED
    announced = drafts.with_phase(PLAN, replace(PHASE, announce_at=MAY))
    assert drafts.stage_of(announced.phases_by_key["phase_1"], announced, now=MAY) is Stage.ANNOUNCED
    assert drafts.stage_of(announced.phases_by_key["phase_1"], PLAN, now=MAY) is Stage.DRAFT


def test_what_a_draft_changes_is_named() -> None:
    draft = drafts.without_phase(drafts.with_phase(PLAN, replace(PHASE, notice=None)), "phase_2")
    draft = drafts.with_phase(draft, drafts.copied(PHASE, key="again", name=NAME, starts=MAY + 300 * DAY))
    found = drafts.changes(PLAN, draft)
    assert (found.added, found.changed, found.removed, found.elsewhere) == (
        ["again"],
        ["phase_1"],
        ["phase_2"],
        False,
    )
    assert drafts.changes(PLAN, replace(PLAN, hotlines=())).elsewhere
    assert not drafts.changes(PLAN, PLAN)


def test_only_what_has_begun_or_was_applied_stays_as_it_is() -> None:
    later = PLAN.phases_by_key["phase_2"]
    assert not drafts.can_change(PLAN.phases_by_key["closed"], PLAN, now=MAY, applied=())
    assert drafts.can_change(later, PLAN, now=MAY, applied=())
    assert not drafts.can_change(later, PLAN, now=MAY, applied=["phase_2"])


def test_effects_are_due_at_once_where_the_announcement_has_come() -> None:
    early = drafts.with_phase(PLAN, replace(PHASE, announce_at=MAY, notice=None))
    assert [phase.key for phase in drafts.takes_effect_at_once(PLAN, early, now=MAY)] == ["phase_1"]
    assert drafts.takes_effect_at_once(PLAN, early, now=MAY - DAY) == []


@pytest.mark.parametrize(
    "name, taken, key",
    [
        ({"de": "Annahmestopp Übergang"}, (), "annahmestopp_uebergang"),
        ({"de": "x", "en": "No new bookings!"}, (), "no_new_bookings"),
        ({"de": "Stopp"}, ("stopp", "stopp_2"), "stopp_3"),
        ({"de": "…"}, (), "phase"),
        ({"de": "Ä" * 200}, (), "ae" * 20),
    ],
)
def test_a_key_is_made_of_the_name_and_free(name: dict[str, str], taken: tuple[str, ...], key: str) -> None:
    assert drafts.key_for(Text(name), taken) == key


def test_a_stop_takes_no_bookings_and_leaves_what_is_booked() -> None:
    before = PLAN.phases_by_key["regular"]
    stop = drafts.stopped(before, PLAN, key="stop", name=NAME, starts=MAY + DAY)
    draft = drafts.with_phase(PLAN, stop)
    for service in draft.services:
        for booker in BOOKERS:
            for kind in service.kinds:
                for site in draft.sites_by_key:
                    ruling = rule_for(stop, service, booker, kind, site)
                    assert not ruling.decision.lets_book
                    assert ruling.on_start is Effect.KEEP
                    assert ruling.channels or ruling.decision is Decision.REFUSE
    assert read_plan(write_plan(draft).encode(), known_holiday_region=lambda region: True) == draft


def test_rules_are_put_moved_and_taken_out_by_their_number() -> None:
    one, two, three = (Rule(Decision.ALLOW, needs=frozenset({word})) for word in ("a", "b", "c"))
    phase = replace(PHASE, rules=(one, two))
    assert drafts.with_rule(phase, three).rules == (one, two, three)
    assert drafts.with_rule(phase, three, number=1).rules == (three, two)
    assert drafts.without_rule(phase, 1).rules == (two,)
    assert drafts.with_rule_moved(phase, 2, 1).rules == (two, one)
    assert (
        drafts.with_rule_moved(phase, 1, 0).rules == drafts.with_rule_moved(phase, 2, 9).rules == (one, two)
    )
    for number in (0, 3):
        with pytest.raises(NotFound):
            drafts.rule_at(phase, number)


def test_a_rule_behind_one_that_fits_all_decides_nothing() -> None:
    phase = replace(
        PHASE, rules=(Rule(Decision.ALLOW), Rule(Decision.REFUSE, services=frozenset({"general"})))
    )
    assert drafts.idle_rules(PLAN, phase) == [2]


@given(st.sampled_from(PLAN.phases), st.sampled_from(PLAN.services), st.sampled_from(BOOKERS))
def test_the_table_says_what_bookings_are_told(phase, service, booker) -> None:  # type: ignore[no-untyped-def]  # hypothesis
    cells = drafts.matrix(PLAN, phase)[service.key][booker]
    said = {
        (kind, site): (cell.ruling.rule, cell.ruling.decision)
        for cell in cells
        for kind in cell.kinds
        for site in cell.sites
        if rule_for(phase, service, booker, kind, site).rule == cell.ruling.rule
    }
    asked = {
        (kind, site): (ruling.rule, ruling.decision)
        for kind in service.kinds
        for site in PLAN.sites_by_key
        for ruling in [rule_for(phase, service, booker, kind, site)]
    }
    assert said == asked
    assert all(cell.everywhere == (len(cells) == 1) for cell in cells)


def test_a_draft_of_an_older_plan_carries_over_what_it_changed_alone() -> None:
    base = plan_with("regular", "closed", "phase_1")
    draft = drafts.with_phase(base, replace(base.phases_by_key["phase_1"], notice=None))
    plan = replace(plan_with("regular", "closed", "phase_1", "phase_2"), hotlines=())
    merged = drafts.carried_over(base, plan, draft)
    assert [phase.key for phase in merged.phases] == ["regular", "closed", "phase_1", "phase_2"]
    assert merged.phases_by_key["phase_1"].notice is None
    assert merged.hotlines == ()
    gone = drafts.carried_over(base, plan, drafts.without_phase(base, "phase_1"))
    assert [phase.key for phase in gone.phases] == ["regular", "closed", "phase_2"]
