"""Reserves: which times are kept, from whom, and when they are released."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from scheduler.domain.availability import candidates, first_free, search, stands_until
from scheduler.domain.errors import SlotTaken
from scheduler.domain.occupancy import Occupancy
from scheduler.domain.plans import Plan
from scheduler.domain.reserves import KeptFor
from scheduler.domain.resources import Kind
from scheduler.domain.roles import Role
from tests.domain.availability_strategies import a_place, a_plan, a_reserve, a_service, berlin

DAY = date(2020, 6, 2)
BEFORE, ON_THE_DAY = berlin("2020-06-01T10:00"), berlin("2020-06-02T07:00")
PLACES = [a_place("one"), a_place("two"), a_place("office", Kind.OFFICE)]
SERVICE = a_service([Kind.COUNTER, Kind.OFFICE])


def never(day: date) -> bool:
    return False


def offered(plan: Plan, place: str = "one", *, by: Role = Role.CUSTOMER, now: datetime = BEFORE) -> list[str]:
    """The local starts that a search offers on the day, of the eight from 08:00 to 11:30."""
    slots = search(
        plan,
        plan.services[0],
        first=DAY,
        last=DAY,
        booked_by=by,
        now=now,
        is_holiday=never,
        occupancy=Occupancy(plan, []),
        resource=plan.resources_by_key[place],
    )
    return [slot.starts_at.astimezone(plan.zone).strftime("%H:%M") for slot in slots]


def with_reserve(*args: Any, **reserve: Any) -> Plan:
    return a_plan(resources=PLACES, services=[SERVICE], reserves=[a_reserve(*args, **reserve)])


ALL = ["08:00", "08:30", "09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]


def without(*held: str) -> list[str]:
    return [start for start in ALL if start not in held]


@pytest.mark.parametrize(
    "share, held",
    [({"number": 2}, ["08:00", "10:00"]), ({"percent": 20}, ["08:00", "10:00"]), ({"number": 9}, ALL)],
)
def test_a_share_of_the_day_is_kept_from_customers(share: dict[str, int], held: Sequence[str]) -> None:
    plan = with_reserve(**share)
    assert offered(plan) == without(*held)
    assert offered(plan, by=Role.RECEPTION) == ALL


def test_each_place_keeps_other_times() -> None:
    plan = with_reserve(number=2)
    assert offered(plan, "two") == without("09:30", "11:30")


def test_what_is_for_the_day_is_nobodys_before_it() -> None:
    plan = with_reserve(KeptFor.DAY, number=2)
    assert offered(plan, by=Role.MANAGER) == without("08:00", "10:00")
    assert offered(plan, now=ON_THE_DAY) == ALL


def test_other_concerns_kinds_and_days_are_not_bound() -> None:
    assert offered(with_reserve(number=2, services=["another"])) == ALL
    assert offered(with_reserve(number=2, kinds=[Kind.OFFICE])) == ALL
    assert offered(with_reserve(number=2, month_days=[1, 31])) == ALL
    assert offered(with_reserve(number=2, month_days=[2])) == without("08:00", "10:00")


def test_slots_are_released_so_long_before() -> None:
    plan = with_reserve(number=2, release=60)
    assert offered(plan, now=berlin("2020-06-02T07:00")) == without("10:00")
    assert offered(plan, now=berlin("2020-06-02T09:00"))[-4:] == ["10:00", "10:30", "11:00", "11:30"]


def test_slots_are_released_at_a_time_of_the_day() -> None:
    plan = with_reserve(number=2, release_at=8 * 60)
    assert "10:00" not in offered(plan, now=berlin("2020-06-02T07:59"))
    assert "10:00" in offered(plan, now=berlin("2020-06-02T08:00"))
    assert "10:00" not in offered(plan, now=berlin("2020-06-01T08:00"))


def test_a_visit_that_touches_a_held_slot_is_refused_as_taken() -> None:
    plan = with_reserve(number=2)
    asked: Any = {"booked_by": Role.CUSTOMER, "now": BEFORE, "is_holiday": never}
    place = plan.resources[0]
    for start, is_held in [("09:30", False), ("09:35", True), ("10:25", True), ("10:30", False)]:
        at = berlin(f"2020-06-02T{start}")
        found = candidates(plan, SERVICE, at, **asked, justified=False, resource=place)
        if not is_held:
            first_free(plan, SERVICE, found, at, Occupancy(plan, []), **asked)
            continue
        with pytest.raises(SlotTaken) as refusal:
            first_free(plan, SERVICE, found, at, Occupancy(plan, []), **asked)
        assert refusal.value.details == {"held": True}


def test_an_answer_stands_no_longer_than_until_something_is_released() -> None:
    now = berlin("2020-06-02T07:30") + timedelta(seconds=20)
    assert stands_until(with_reserve(number=2), [], now=now) == berlin("2020-06-03T00:00")
    by_time = with_reserve(number=2, release_at=8 * 60)
    assert stands_until(by_time, [], now=now) == berlin("2020-06-02T08:00")
    before = with_reserve(number=2, release=45)
    assert stands_until(before, [], now=now) == berlin("2020-06-02T07:31")
