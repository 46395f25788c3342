"""Interruptions: when a place is closed, and that nothing is booked into that."""

from datetime import date, datetime
from typing import Any

import pytest

from scheduler.domain.availability import candidates, first_free, search
from scheduler.domain.errors import Closed, DomainError, Invalid, SlotTaken
from scheduler.domain.interruptions import InterruptionKind, InterruptionRequest
from scheduler.domain.intervals import Interval
from scheduler.domain.occupancy import Occupancy
from scheduler.domain.roles import Role
from tests.domain.availability_strategies import a_place, a_plan, a_service, berlin

CLOSED, PAUSE = InterruptionKind
NOW = berlin("2020-06-02T09:07").replace(second=40)
PLAN = a_plan(resources=[a_place("one"), a_place("two")], services=[a_service(minutes=30, buffer=30)])
SERVICE = PLAN.services[0]
ANYBODY: Any = {"booked_by": Role.RECEPTION, "now": berlin("2020-06-01T10:00"), "is_holiday": lambda _: False}


def span(kind: InterruptionKind, **asked: Any) -> Interval:
    return InterruptionRequest("one", kind, **asked).span(now=NOW, zone=PLAN.zone)


def local(start: str, end: str) -> Interval:
    return Interval(berlin(start), berlin(end))


def test_a_place_is_closed_from_this_minute_to_the_end_of_the_day() -> None:
    assert span(CLOSED) == local("2020-06-02T09:07", "2020-06-03T00:00")
    assert span(CLOSED, ends_at=berlin("2020-06-02T10:00")) == local("2020-06-02T09:07", "2020-06-02T10:00")


def test_a_pause_has_its_length_and_ends_with_the_day() -> None:
    assert span(PAUSE, minutes=15) == local("2020-06-02T09:07", "2020-06-02T09:22")
    late = berlin("2020-06-02T23:50")
    assert span(PAUSE, starts_at=late, minutes=60) == Interval(late, berlin("2020-06-03T00:00"))


@pytest.mark.parametrize(
    "kind, asked, field",
    [
        (PAUSE, {}, "minutes"),
        (PAUSE, {"minutes": 0}, "minutes"),
        (PAUSE, {"minutes": 241}, "minutes"),
        (CLOSED, {"ends_at": NOW}, "ends_at"),
        (CLOSED, {"ends_at": berlin("2020-06-03T00:01")}, "ends_at"),
    ],
)
def test_what_is_no_interruption_is_named_by_its_field(
    kind: InterruptionKind, asked: dict[str, Any], field: str
) -> None:
    early = {"ends_at": berlin("2020-06-02T09:00")} if asked.get("ends_at") == NOW else asked
    with pytest.raises(Invalid) as refusal:
        span(kind, **early)
    assert list(refusal.value.fields) == [field]


def test_nothing_is_interrupted_afterwards() -> None:
    with pytest.raises(DomainError) as refusal:
        span(CLOSED, starts_at=berlin("2020-06-02T09:06"))
    assert refusal.value.code == "in_the_past"


def interrupted(*keys: str) -> Occupancy:
    start, end = berlin("2020-06-02T10:00"), berlin("2020-06-02T11:00")
    return Occupancy(PLAN, [], [(key, start, end) for key in keys])


def free_at(at: datetime, occupancy: Occupancy) -> str:
    found = candidates(PLAN, SERVICE, at, **ANYBODY, justified=False)
    return first_free(PLAN, SERVICE, found, at, occupancy, **ANYBODY)[0].key


@pytest.mark.parametrize(
    "start, place",
    [("09:30", "one"), ("09:35", "two"), ("10:55", "two"), ("11:00", "one")],
)
def test_a_visit_but_not_its_buffer_must_lie_outside(start: str, place: str) -> None:
    assert free_at(berlin(f"2020-06-02T{start}"), interrupted("one")) == place


def test_where_all_places_are_interrupted_the_office_is_closed() -> None:
    with pytest.raises(Closed) as refusal:
        free_at(berlin("2020-06-02T10:00"), interrupted("one", "two"))
    assert refusal.value.details["resource"] == "one"


def test_where_another_place_is_taken_the_slot_is_taken() -> None:
    ten = berlin("2020-06-02T10:00")
    occupancy = Occupancy(
        PLAN, [("two", ten, berlin("2020-06-02T11:00"))], [("one", ten, berlin("2020-06-02T11:00"))]
    )
    with pytest.raises(SlotTaken):
        free_at(ten, occupancy)


def test_a_search_offers_nothing_in_it() -> None:
    slots = search(
        PLAN,
        SERVICE,
        first=date(2020, 6, 2),
        last=date(2020, 6, 2),
        **ANYBODY,
        occupancy=interrupted("one"),
        resource=PLAN.resources[0],
    )
    assert [slot.starts_at for slot in slots] == [
        berlin(f"2020-06-02T{start}") for start in ("08:00", "08:30", "09:00", "09:30", "11:00", "11:30")
    ]
