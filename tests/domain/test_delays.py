"""Delays: what follows where a visit takes longer than planned."""

from datetime import datetime

import pytest

from scheduler.domain.bookings import Channel, Status
from scheduler.domain.delays import Stay, expected, longer_until
from scheduler.domain.errors import Invalid, WrongState
from scheduler.domain.intervals import Interval
from scheduler.domain.occupancy import Occupancy
from tests.domain.availability_strategies import a_place, a_plan, a_route, berlin

PLAN = a_plan(resources=[a_place("one", route="way")], routes=[a_route("way", 1, 10)])


def at(clock: str) -> datetime:
    return berlin(f"2020-06-02T{clock}")


def stay(start: str, until: str, lasts: str | None = None, place: str = "one") -> Stay:
    return Stay(place, at(start), at(until), None if lasts is None else at(lasts))


def told(*stays: Stay) -> list[tuple[str, str]]:
    found = expected(stays)
    shown = [found[one.place, one.starts_at] for one in stays]
    return [tuple(f"{when.astimezone(PLAN.zone):%H:%M}" for when in (one.start, one.end)) for one in shown]  # type: ignore[misc]  # pairs, of which mypy sees tuples of any length


def test_where_nothing_takes_longer_all_is_as_planned() -> None:
    assert told(stay("09:00", "09:20"), stay("09:20", "09:40")) == [("09:00", "09:20"), ("09:20", "09:40")]


def test_a_delay_is_handed_on_until_a_gap_takes_it_up() -> None:
    stays = (
        stay("09:00", "09:20", "09:30"),
        stay("09:20", "09:40"),
        stay("09:45", "10:00"),
        stay("10:10", "10:30"),
        stay("09:20", "09:40", place="two"),
    )
    assert told(*stays) == [
        ("09:00", "09:30"),
        ("09:30", "09:50"),
        ("09:50", "10:05"),
        ("10:10", "10:30"),
        ("09:20", "09:40"),
    ]


def test_a_second_delay_adds_to_the_first() -> None:
    stays = (stay("09:00", "09:20", "09:30"), stay("09:20", "09:40", "10:00"), stay("09:40", "10:00"))
    assert told(*stays) == [("09:00", "09:30"), ("09:30", "10:00"), ("10:00", "10:20")]


def test_a_place_is_taken_as_long_as_expected_and_people_arrive_when_they_were_told() -> None:
    late = {("one", at("09:00")): Interval(at("09:00"), at("09:45"))}
    occupancy = Occupancy(PLAN, [("one", at("09:00"), at("09:30"))], delays=late)
    assert occupancy.taken_until("one", at("09:30"), at("09:40")) == at("09:45")
    assert occupancy.is_full(PLAN.routes[0], at("09:05"))
    assert not occupancy.is_full(PLAN.routes[0], at("09:30"))


def until(minutes: int, now: str = "09:10", status: Status = Status.IN_SERVICE) -> datetime | None:
    channel, ends_at = Channel.IN_PERSON, at("09:20")
    return longer_until(status, channel, ends_at, minutes, now=at(now), zone=PLAN.zone)


def test_minutes_count_from_the_planned_end_or_from_now() -> None:
    assert until(10) == at("09:30")
    assert until(10, now="09:27") == at("09:37")
    assert until(0) is None
    assert until(120, now="23:30") == berlin("2020-06-03T00:00")


def test_only_a_visit_under_way_takes_longer_and_not_for_hours() -> None:
    assert until(5, status=Status.CALLED) == at("09:25")
    for status in (Status.BOOKED, Status.CHECKED_IN, Status.DONE):
        with pytest.raises(WrongState):
            until(5, status=status)
    with pytest.raises(Invalid):
        until(121)
