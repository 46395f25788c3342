"""Hotlines: every call counts once, a roster comes in whole or not at all, nobody answers twice at once."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models.database import Database
from models.hotlines import HotlineCalls, Shift
from scheduler.domain.errors import Invalid, NotFound, WrongState
from scheduler.domain.hotlines import HotlineState
from scheduler.domain.intervals import Interval
from scheduler.queries.hotlines import Sight, shifts_within
from scheduler.queries.hotlines import hotlines as look
from scheduler.queries.plans import current_plan
from scheduler.usecases import hotlines
from tests.cast import MANAGER
from tests.factories import Office, at, opened, plan_with
from tests.invariants import broken

OWN, OTHERS = "additional_number", "nationwide"
ROSTER = f"{OWN};2020-04-06;08:00;12:00;Ada\n{OWN};2020-04-06;09:00;16:00;Bruno\n"


@pytest.fixture
def house(office: Office) -> Iterator[Office]:
    """On Monday, 6 April 2020, when both hotlines are open."""
    office.wait_until("2020-04-06 09:30")
    yield office
    assert broken(office.database) == []


def called(office: Office, key: str = OWN) -> None:
    with office.database.transaction() as session:
        hotlines.count_call(session, key, now=office.now)


def one_less(office: Office, key: str = OWN) -> None:
    with office.database.transaction() as session:
        hotlines.take_call_back(session, key, now=office.now)


def taken_in(office: Office, table: str = ROSTER) -> int:
    with office.database.transaction() as session:
        return hotlines.import_roster(session, table, actor=MANAGER, now=office.now)


def seen(office: Office, key: str = OWN) -> Sight:
    with office.database.reading() as session:
        found = look(session, current_plan(session), now=office.now)
    return next(one for one in found if one.hotline.key == key)


def test_calls_are_counted_by_the_hour_for_each_hotline(house: Office) -> None:
    for _ in range(3):
        called(house)
    called(house, OTHERS)
    house.wait_until("2020-04-06 11:00")
    called(house)
    assert (seen(house).today, seen(house, OTHERS).today) == (4, 1)
    with house.database.reading() as session:
        rows = session.execute(
            select(HotlineCalls.hour, HotlineCalls.calls).where(HotlineCalls.hotline == OWN)
        ).all()
    assert sorted(tuple(row) for row in rows) == [(9, 3), (11, 1)]


def test_a_call_that_was_counted_by_mistake_is_taken_back_and_none_below_nought(house: Office) -> None:
    called(house)
    house.wait_until("2020-04-06 11:00")
    called(house)
    one_less(house)
    one_less(house)
    with pytest.raises(WrongState):
        one_less(house)
    assert seen(house).today == 0


def test_nobody_calls_before_it_opens_and_after_its_end_they_are_still_counted(house: Office) -> None:
    house.wait_until("2020-03-20 10:00")
    with pytest.raises(WrongState):
        called(house, OTHERS)
    with pytest.raises(NotFound):
        called(house, "nonsense")
    house.wait_until("2020-07-01 10:00")
    called(house, OTHERS)
    assert (seen(house, OTHERS).state, seen(house, OTHERS).today) == (HotlineState.CLOSED, 1)


def test_weeks_with_few_calls_propose_to_close_it(house: Office) -> None:
    for week in range(4):
        house.wait_until(f"2020-{at('2020-04-06 10:00') + timedelta(weeks=week):%m-%d} 10:00")
        assert not seen(house).may_close
        for _ in range(5):
            called(house)
    house.wait_until("2020-05-03 10:00")
    assert not seen(house).may_close
    house.wait_until("2020-05-04 10:00")
    assert seen(house).may_close


def test_a_roster_says_who_answers_now_and_where_nobody_does(house: Office) -> None:
    assert taken_in(house) == 2
    found = seen(house)
    assert [one.name for one in found.now_on] == ["Ada", "Bruno"]
    today = found.days[0]
    assert [one.name for one in today.shifts] == ["Ada", "Bruno"]
    assert today.gaps == []
    assert found.days[1].gaps
    assert seen(house, OTHERS).days == []


def test_a_roster_with_a_fault_comes_in_not_at_all(house: Office) -> None:
    with pytest.raises(Invalid):
        taken_in(house, ROSTER + f"{OWN};2020-04-07;08:00;nonsense;Chen\n")
    with house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Shift)) == 0


def test_nobody_answers_twice_at_once(house: Office) -> None:
    taken_in(house)
    with pytest.raises(Invalid) as refused:
        taken_in(house, ROSTER)
    assert [fault.why for fault in refused.value.fields.values()] == ["shift_taken_then"] * 2
    typed = {"hotline": OWN, "day": "2020-04-06", "starts": "11:00", "ends": "13:00", "name": "ada"}
    with house.database.transaction() as session, pytest.raises(Invalid) as refused:
        hotlines.add_shift(session, typed, actor=MANAGER, now=house.now)
    assert refused.value.fields["name"].why == "shift_taken"
    with house.database.transaction() as session:
        hotlines.add_shift(session, typed | {"starts": "12:00"}, actor=MANAGER, now=house.now)
    assert len(seen(house).days[0].shifts) == 3


def test_a_shift_is_taken_off(house: Office) -> None:
    taken_in(house)
    shift = seen(house).days[0].shifts[0]
    with house.database.transaction() as session:
        hotlines.remove_shift(session, shift.id, actor=MANAGER, now=house.now)
    assert [one.name for one in seen(house).days[0].shifts] == ["Bruno"]
    with house.database.transaction() as session, pytest.raises(NotFound):
        hotlines.remove_shift(session, shift.id, actor=MANAGER, now=house.now)


def _together(times: int, work: Callable[[], object]) -> None:
    with ThreadPoolExecutor(times) as threads:
        asked = [threads.submit(work) for _ in range(times)]
        for one in asked:
            one.result()


def test_no_call_is_lost_however_many_count_at_once(house: Office) -> None:
    _together(8, lambda: called(house))
    assert seen(house).today == 8


def test_who_looks_first_and_writes_then_loses_calls(postgresql_database: Database) -> None:
    """The negative control: both see the same number before either has raised it."""
    office = opened(postgresql_database, "2020-04-06 09:30", plan_with("regular"))
    called(office)
    both = Barrier(2)

    def look_and_write() -> None:
        with office.database.transaction() as session:
            row = session.scalars(select(HotlineCalls)).one()
            both.wait(30)
            row.calls = row.calls + 1

    _together(2, look_and_write)
    assert seen(office).today == 2  # and not three


def test_two_rosters_at_once_put_nobody_on_duty_twice(house: Office) -> None:
    def try_it() -> bool:
        try:
            taken_in(house)
        except Invalid:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        came_in = [one.result() for one in [threads.submit(try_it) for _ in range(2)]]
    assert sorted(came_in) == [False, True]


def test_without_turns_two_rosters_put_the_same_person_on_duty_twice(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: both look before either writes."""
    office = opened(postgresql_database, "2020-04-06 09:30", plan_with("regular"))
    both = Barrier(2)

    def look_and_wait(session: Session, span: Interval) -> Sequence[Shift]:
        found = shifts_within(session, span)
        both.wait(30)
        return found

    monkeypatch.setattr(hotlines, "_ONE_AT_A_TIME", text("SELECT :key"))
    monkeypatch.setattr(hotlines, "shifts_within", look_and_wait)
    _together(2, lambda: taken_in(office))
    assert len(seen(office).days[0].shifts) == 4
