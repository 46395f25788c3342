"""Caseworkers: their hours as typed, whether a talk fits, and how long an absence may be."""

from datetime import timedelta

import pytest

from scheduler.domain.bookings import Status
from scheduler.domain.caseworkers import (
    TALKING,
    AbsenceRequest,
    Calendar,
    CaseworkerRequest,
    check_may_hand_over,
    read_opening,
    read_week,
)
from scheduler.domain.errors import CaseworkerAway, CaseworkerBusy, Invalid, WrongState
from scheduler.domain.hours import written_week
from scheduler.domain.intervals import Interval
from tests.factories import at, whole_plan

ZONE = whole_plan().zone


def talk(start: str, minutes: int = 30) -> Interval:
    return Interval(at(start), at(start) + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    "text, spans",
    [
        ("", ()),
        ("9:00-12:00", ((540, 720),)),
        ("13.00 – 15.30, 09:00-12:00", ((540, 720), (780, 930))),  # as people type it
        ("08:00-12:00,12:00-13:00", ((480, 720), (720, 780))),
    ],
)
def test_hours_are_read_as_people_type_them(text: str, spans: object) -> None:
    assert read_opening(text, field="hours_mon") == spans


@pytest.mark.parametrize(
    "text, why",
    [
        ("nine to five", "not_hours"),
        ("9-12", "not_hours"),
        ("24:00-25:00", "not_hours"),
        ("12:00-9:00", "reversed"),
        ("9:00-12:00, 11:00-13:00", "spans_overlap"),
    ],
)
def test_hours_that_are_none_are_refused(text: str, why: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_opening(text, field="hours_mon")
    assert refusal.value.fields["hours_mon"].why == why


def test_a_week_is_read_back_as_it_was_stored() -> None:
    week = {0: ((540, 720), (780, 930)), 4: ((480, 720),)}
    assert written_week(week) == {"mon": ["09:00-12:00", "13:00-15:30"], "fri": ["08:00-12:00"]}
    assert read_week(written_week(week)) == {0: ((540, 720), (780, 930)), 4: ((480, 720),)}


def test_a_talk_needs_hours_presence_and_no_other_talk() -> None:
    monday = Calendar(
        "Ada",
        {0: ((540, 720),)},
        ZONE,
        away=[talk("2020-03-16 00:00", 24 * 60)],
        talks=[talk("2020-03-09 10:00")],
    )
    assert monday.is_free(talk("2020-03-09 09:30"))
    assert monday.is_free(talk("2020-03-09 10:30"))
    for start, error, why in (
        ("2020-03-09 10:15", CaseworkerBusy, None),
        ("2020-03-09 11:45", CaseworkerAway, "hours"),
        ("2020-03-10 10:00", CaseworkerAway, "hours"),
        ("2020-03-16 10:00", CaseworkerAway, "absent"),
    ):
        assert not monday.is_free(talk(start))
        with pytest.raises(error) as refusal:
            monday.check(talk(start))
        assert refusal.value.details.get("why") == why


def test_whoever_has_no_hours_works_whenever_the_office_does() -> None:
    assert Calendar("Ada", {}, ZONE, [], []).is_free(talk("2020-03-14 03:00"))


def test_an_absence_lasts_until_the_day_ends_where_nothing_is_said() -> None:
    now = at("2020-03-09 08:10") + timedelta(seconds=30)
    assert AbsenceRequest().span(now=now, zone=ZONE) == Interval(
        at("2020-03-09 08:10"), at("2020-03-10 00:00")
    )
    later = AbsenceRequest(starts_at=at("2020-03-12 10:00"))
    assert later.span(now=now, zone=ZONE).end == at("2020-03-13 00:00")


@pytest.mark.parametrize(
    "start, end, why",
    [
        ("2020-03-12 10:00", "2020-03-12 09:00", "reversed"),
        ("2020-03-01 10:00", "2020-03-02 09:00", "past_day"),
        ("2020-03-12 10:00", "2023-03-12 09:00", "span_too_long"),
    ],
)
def test_an_absence_that_makes_no_sense_is_refused(start: str, end: str, why: str) -> None:
    with pytest.raises(Invalid) as refusal:
        AbsenceRequest(at(start), at(end)).span(now=at("2020-03-09 08:00"), zone=ZONE)
    assert refusal.value.fields["to"].why == why


def test_a_name_is_needed_and_what_is_typed_is_trimmed() -> None:
    assert CaseworkerRequest(" Ada ", " Team 1 ", {}).checked() == CaseworkerRequest("Ada", "Team 1", {})
    with pytest.raises(Invalid) as refusal:
        CaseworkerRequest(" ", "x" * 81, {}).checked()
    assert set(refusal.value.fields) == {"name", "team"}


@pytest.mark.parametrize("status", Status)
def test_only_what_has_not_begun_is_given_to_somebody_else(status: Status) -> None:
    def ask(*, is_group: bool = False, ends: str = "2020-03-09 12:00") -> None:
        check_may_hand_over(status, ends_at=at(ends), now=at("2020-03-09 10:00"), is_group=is_group)

    if status in (Status.REQUESTED, Status.BOOKED, Status.CHECKED_IN):
        ask()
        for wrong in ({"is_group": True}, {"ends": "2020-03-09 09:00"}):
            with pytest.raises(WrongState):
                ask(**wrong)
    else:
        with pytest.raises(WrongState):
            ask()


def test_who_talks_is_whoever_occupies_a_place() -> None:
    assert TALKING == (Status.REQUESTED, Status.BOOKED, Status.CHECKED_IN, Status.CALLED, Status.IN_SERVICE)
