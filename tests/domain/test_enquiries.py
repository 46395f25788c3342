"""Enquiries: what can be done in which state, what is taken down, and what can be promised."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from scheduler.domain.enquiries import (
    ENQUIRY_LENGTH,
    LONGEST_PROMISE,
    TRANSITIONS,
    EnquiryChange,
    EnquiryRequest,
    EnquiryStatus,
    Medium,
    When,
    checked_enquiry,
    possible_changes,
    promises,
    status_after,
)
from scheduler.domain.errors import Invalid, WrongState
from scheduler.domain.hours import Week
from scheduler.domain.intervals import Interval
from scheduler.domain.people import Customer
from tests.domain.availability_strategies import a_place, a_plan, berlin

PLAN = a_plan(resources=[a_place("one")])
NOW = berlin("2020-06-03T10:00")  # a Wednesday
ASKED = EnquiryRequest(Medium.PHONE, "When is my letter coming?")
#: Open on weekdays, on Fridays until noon.
WEEK: Week = {**dict.fromkeys(range(4), ((8 * 60, 16 * 60),)), 4: ((8 * 60, 12 * 60),)}


def never(day: date) -> bool:
    return False


@pytest.mark.parametrize("status", EnquiryStatus)
def test_what_is_offered_is_what_is_accepted(status: EnquiryStatus) -> None:
    for change in EnquiryChange:
        if change in possible_changes(status):
            assert status_after(change, status) in EnquiryStatus
        else:
            with pytest.raises(WrongState):
                status_after(change, status)


def test_every_change_stands_in_the_table_and_each_state_leads_on() -> None:
    assert TRANSITIONS.keys() == set(EnquiryChange)
    assert all(possible_changes(status) for status in EnquiryStatus)


def test_what_is_over_is_opened_again_and_nothing_else() -> None:
    for status in (EnquiryStatus.ANSWERED, EnquiryStatus.BOOKED, EnquiryStatus.DROPPED):
        assert possible_changes(status) == [EnquiryChange.REOPEN]


def test_nobody_has_to_say_who_they_are() -> None:
    checked = checked_enquiry(PLAN, replace(ASKED, text="  When? "), now=NOW)
    assert (checked.text, checked.customer, checked.call_at) == ("When?", None, None)


@pytest.mark.parametrize(
    "asked, fields",
    [
        (replace(ASKED, text=" "), {"text"}),
        (replace(ASKED, text="x" * (ENQUIRY_LENGTH + 1)), {"text"}),
        (replace(ASKED, service="nonsense"), {"service"}),
        (replace(ASKED, phone="call me"), {"customer.phone"}),
        (replace(ASKED, customer=Customer("Ada", email="nobody")), {"customer.email"}),
        (replace(ASKED, promise=Interval(NOW, NOW + timedelta(hours=1))), {"customer.phone"}),
        (replace(ASKED, phone="030 1234", promise=Interval(NOW, NOW)), {"call_by"}),
        (
            replace(
                ASKED, phone="030 1234", promise=Interval(NOW, NOW + LONGEST_PROMISE + timedelta(minutes=1))
            ),
            {"call_by"},
        ),
        (replace(ASKED, text="", service="nonsense"), {"text", "service"}),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(asked: EnquiryRequest, fields: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        checked_enquiry(PLAN, asked, now=NOW)
    assert refused.value.fields.keys() == fields


def test_a_call_is_promised_in_the_hours_of_the_office() -> None:
    found = promises(WEEK, PLAN.zone, never, NOW)
    assert found == {
        When.HOUR: Interval(NOW, berlin("2020-06-03T11:00")),
        When.TODAY: Interval(NOW, berlin("2020-06-03T16:00")),
        When.MORNING: Interval(berlin("2020-06-04T08:00"), berlin("2020-06-04T12:00")),
        When.NEXT_DAY: Interval(berlin("2020-06-04T08:00"), berlin("2020-06-04T16:00")),
    }


def test_on_a_friday_evening_the_next_open_day_is_monday_or_later() -> None:
    friday = berlin("2020-06-05T18:00")
    found = promises(WEEK, PLAN.zone, never, friday)
    assert When.TODAY not in found
    assert found[When.NEXT_DAY].start == berlin("2020-06-08T08:00")
    whit_monday = promises(WEEK, PLAN.zone, lambda day: day == date(2020, 6, 8), friday)
    assert whit_monday[When.NEXT_DAY].start == berlin("2020-06-09T08:00")


def test_an_office_without_hours_promises_the_next_hour_alone() -> None:
    assert promises({}, PLAN.zone, never, NOW).keys() == {When.HOUR}
