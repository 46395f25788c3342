"""The draft of the plan: nothing of it holds before it is adopted, and nobody's change is lost unseen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.database import Database
from models.plans import PlanDraft
from scheduler.domain import drafts
from scheduler.domain.errors import ChangedMeanwhile, DomainError, NotFound, WrongState
from scheduler.domain.planexports import write_plan
from scheduler.domain.planfaults import PlanFaults
from scheduler.domain.texts import Text
from scheduler.queries.audit import records_of
from scheduler.queries.drafts import THE_DRAFT, Draft, draft, the_draft
from scheduler.queries.plans import current_plan
from scheduler.queries.switches import preview, preview_of_draft
from scheduler.usecases import drafts as usecases
from scheduler.usecases.plans import import_plan
from tests.cast import MANAGER
from tests.factories import Office, at, plan_with

DAY = timedelta(days=1)
NAME = Text({"de": "Annahmestopp"})


@pytest.fixture
def planned(office: Office) -> Office:
    """An office that has begun a draft."""
    act(office, usecases.begin_draft)
    return office


def act(office: Office, change: Callable[..., Any], *given: Any, **details: Any) -> Any:
    with office.database.transaction() as session:
        return change(session, *given, actor=MANAGER, now=office.now, **details)


def found(office: Office) -> Draft:
    with office.database.reading() as session:
        return the_draft(session)


def further(office: Office, **changes: Any) -> Any:
    """A phase that begins tomorrow."""
    phase = found(office).plan.phases[-1]
    copy = drafts.copied(phase, key="further", name=NAME, starts=office.now + DAY)
    return replace(copy, **changes)


def test_there_is_one_draft_and_it_begins_like_the_plan(planned: Office) -> None:
    first = found(planned)
    assert not first.changes
    act(planned, usecases.change_phase, further(planned), version=1)
    act(planned, usecases.begin_draft)
    assert found(planned).version == 2
    with planned.database.reading() as session:
        assert "further" not in current_plan(session).phases_by_key


def test_a_change_says_which_draft_it_was_made_from(planned: Office) -> None:
    act(planned, usecases.change_phase, further(planned), version=1)
    with pytest.raises(ChangedMeanwhile):
        act(planned, usecases.change_phase, further(planned, notice=Text({"de": "x"})), version=1)
    with pytest.raises(ChangedMeanwhile):
        act(planned, usecases.drop_draft, version=1)
    assert found(planned).plan.phases_by_key["further"].notice == planned_notice(planned)
    act(planned, usecases.change_phase, further(planned), version=2)
    assert found(planned).version == 2  # nothing was different


def planned_notice(office: Office) -> Text | None:
    return found(office).base.phases[-1].notice


def test_what_has_begun_is_not_changed_and_what_is_new_does_not_begin_in_the_past(planned: Office) -> None:
    begun = found(planned).plan.phases[0]
    for phase in (replace(begun, notice=None, name=NAME), further(planned, starts=planned.now - DAY)):
        with pytest.raises(PlanFaults):
            act(planned, usecases.change_phase, replace(phase, announce_at=phase.starts), version=1)
    with pytest.raises(PlanFaults):
        act(planned, usecases.remove_phase, begun.key, version=1)
    assert found(planned).version == 1


def test_what_no_plan_can_say_is_refused_with_its_place(planned: Office) -> None:
    wrong = further(planned, announce_at=planned.now + 9 * DAY)
    with pytest.raises(PlanFaults) as refused:
        act(planned, usecases.change_phase, wrong, version=1)
    (fault,) = refused.value.faults
    assert (fault.where, fault.why) == ("phase 2 (further): announce_at", "announced_late")


def test_an_adopted_draft_is_the_plan_and_its_records_say_what_was_before(planned: Office) -> None:
    act(planned, usecases.change_phase, further(planned), version=1)
    act(planned, usecases.adopt_draft, version=2, confirmed=False)
    with planned.database.reading() as session:
        assert "further" in current_plan(session).phases_by_key
        assert draft(session) is None
        (change,) = records_of(session, "phase:further")
        *_, adoption = records_of(session, "plan:draft")
    assert change.action == "draft.change"
    assert change.details["before"] is None
    assert 'key = "further"' in change.details["after"]
    assert adoption.action == "draft.adopt"
    assert 'key = "further"' in adoption.details["phases"]["further"]["after"]
    with pytest.raises(NotFound):
        act(planned, usecases.adopt_draft, version=2, confirmed=False)


def test_effects_that_are_due_at_once_are_confirmed(planned: Office) -> None:
    act(planned, usecases.change_phase, further(planned, announce_at=planned.now), version=1)
    with pytest.raises(WrongState) as refused:
        act(planned, usecases.adopt_draft, version=2, confirmed=False)
    assert refused.value.details["why"] == "late_announcement"
    act(planned, usecases.adopt_draft, version=2, confirmed=True)


def test_a_draft_of_an_older_plan_is_carried_over_before_it_is_adopted(planned: Office) -> None:
    act(planned, usecases.change_phase, further(planned), version=1)
    with planned.database.transaction() as session:
        newer = plan_with("regular", "phase_2")
        import_plan(session, write_plan(newer).encode(), actor=MANAGER, now=planned.now)
    assert found(planned).outdated
    with pytest.raises(WrongState) as refused:
        act(planned, usecases.adopt_draft, version=2, confirmed=False)
    assert refused.value.details["why"] == "plan_moved_on"
    act(planned, usecases.renew_draft, version=2)
    assert [phase.key for phase in found(planned).plan.phases] == ["regular", "further", "phase_2"]
    act(planned, usecases.adopt_draft, version=3, confirmed=False)


def test_a_draft_that_changes_nothing_is_not_adopted_and_one_that_is_dropped_is_gone(planned: Office) -> None:
    with pytest.raises(WrongState) as refused:
        act(planned, usecases.adopt_draft, version=1, confirmed=False)
    assert refused.value.details["why"] == "draft_unchanged"
    act(planned, usecases.drop_draft, version=1)
    with planned.database.reading() as session:
        assert draft(session) is None


def test_a_file_takes_the_place_of_the_draft_or_nothing_does(planned: Office) -> None:
    act(planned, usecases.take_file, write_plan(plan_with("regular", "phase_2")).encode(), version=1)
    assert found(planned).changes.added == ["phase_2"]
    for source in (b"format = 1", write_plan(plan_with("phase_2")).encode()):
        with pytest.raises(PlanFaults):
            act(planned, usecases.take_file, source, version=2)
    assert found(planned).version == 2


def test_the_preview_of_a_draft_is_what_the_preview_of_the_plan_says_once_it_is_adopted(
    planned: Office,
) -> None:
    for hour in (9, 10, 11):
        planned.book("general", f"2020-03-10 {hour:02}:00")
    act(planned, usecases.take_file, write_plan(plan_with("regular", "closed")).encode(), version=1)
    early = replace(found(planned).plan.phases[-1], starts=at("2020-03-10 00:00"), announce_at=planned.now)
    act(planned, usecases.change_phase, early, version=2)
    with planned.database.reading() as session:
        drafted = preview_of_draft(session, the_draft(session).plan, "closed", now=planned.now)
    act(planned, usecases.adopt_draft, version=3, confirmed=True)
    with planned.database.reading() as session:
        planned_now = preview(session, "closed", now=planned.now)
    assert len(drafted.outcomes) == 3
    assert drafted.to_values() == planned_now.to_values()


def both_at_once(
    database: Database, first: Callable[[Session], Any], second: Callable[[Session], Any]
) -> list[Any]:
    """What became of two changes that begin together."""
    start = Barrier(2)
    ends: list[Any] = []

    def run(change: Callable[[Session], Any]) -> None:
        start.wait()
        try:
            with database.transaction() as session:
                change(session)
            ends.append(None)
        except DomainError as error:
            ends.append(error)

    threads = [Thread(target=run, args=(change,)) for change in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def changing(office: Office, notice: str) -> Callable[[Session], Any]:
    phase = further(office, notice=Text({"de": notice}))
    return lambda session: usecases.change_phase(session, phase, version=1, actor=MANAGER, now=office.now)


def test_of_two_managers_who_change_at_once_one_is_told(planned: Office) -> None:
    ends = both_at_once(planned.database, changing(planned, "one"), changing(planned, "two"))
    assert sorted(type(end).__name__ for end in ends) == ["ChangedMeanwhile", "NoneType"]
    assert found(planned).version == 2


def test_without_a_look_at_the_version_what_one_wrote_would_be_lost(
    planned: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test before."""

    def whichever(session: Session, version: int) -> PlanDraft:
        return session.get_one(PlanDraft, THE_DRAFT, with_for_update=True)

    monkeypatch.setattr(usecases, "_row", whichever)
    changes = (changing(planned, "one"), changing(planned, "two"))
    assert both_at_once(planned.database, *changes) == [None, None]
    assert found(planned).version == 3


def test_two_who_begin_at_once_begin_the_same(office: Office) -> None:
    def begin(session: Session) -> None:
        usecases.begin_draft(session, actor=MANAGER, now=office.now)

    assert both_at_once(office.database, begin, begin) == [None, None]
    assert found(office).version == 1
