"""The life of a booking: the contract's table of status changes, whole."""

from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from scheduler.domain.bookings import (
    MOST_PERSONS,
    REFERENCE_LENGTH,
    Change,
    Company,
    Status,
    checked_company,
    new_reference,
    possible_changes,
    status_after,
)
from scheduler.domain.errors import Invalid, WrongState
from scheduler.domain.roles import PERMISSION_FOR, Permission

BERLIN = ZoneInfo("Europe/Berlin")
STARTS = datetime(2020, 3, 11, 8, tzinfo=UTC)
AFTER = STARTS + timedelta(minutes=10)

# The table of the contract as it stands there: call, from, to.
TABLE = """
approve   requested                        booked
decline   requested                        cancelled
move      requested,booked                 same
cancel    requested,booked,checked_in      cancelled
check-in  booked,no_show                   checked_in
call      checked_in,called                called
serve     checked_in,called                in_service
finish    in_service                       done
no-show   booked                           no_show
"""
ALLOWED = {
    (Change(call), Status(source)): Status(source if to == "same" else to)
    for call, sources, to in (line.split() for line in TABLE.strip().splitlines())
    for source in sources.split(",")
}


@pytest.mark.parametrize("change, status", list(product(Change, Status)))
def test_a_change_leads_where_the_contract_says_or_nowhere(change: Change, status: Status) -> None:
    # Nobody is missed before the visit begins, and no request is moved once it should have begun.
    now = AFTER if change is Change.NO_SHOW else STARTS - timedelta(minutes=5)
    if (change, status) in ALLOWED:
        assert status_after(change, status, starts_at=STARTS, now=now, zone=BERLIN) is ALLOWED[change, status]
        return
    with pytest.raises(WrongState) as caught:
        status_after(change, status, starts_at=STARTS, now=now, zone=BERLIN)
    assert dict(caught.value.details) == {"status": status, "change": change, "why": "status"}


def test_a_request_ends_when_its_visit_would_begin() -> None:
    with pytest.raises(WrongState) as caught:
        status_after(Change.MOVE, Status.REQUESTED, starts_at=STARTS, now=STARTS, zone=BERLIN)
    assert caught.value.details["why"] == "request_over"


MOMENTS = [STARTS + timedelta(hours=hours) for hours in (-48, -1, 0, 1, 48)]


@pytest.mark.parametrize("status, now", list(product(Status, MOMENTS)))
def test_what_is_offered_is_what_is_accepted(status: Status, now: datetime) -> None:
    offered = possible_changes(status, starts_at=STARTS, now=now, zone=BERLIN)
    for change in Change:
        try:
            status_after(change, status, starts_at=STARTS, now=now, zone=BERLIN)
        except WrongState:
            assert change not in offered
        else:
            assert change in offered


@pytest.mark.parametrize(
    "now, possible",
    [
        (datetime(2020, 3, 10, 22, 59, tzinfo=UTC), False),
        (datetime(2020, 3, 10, 23, 0, tzinfo=UTC), True),  # midnight in Berlin
        (datetime(2020, 3, 11, 22, 59, tzinfo=UTC), True),
        (datetime(2020, 3, 11, 23, 0, tzinfo=UTC), False),
    ],
)
def test_the_day_of_a_visit_is_the_offices(now: datetime, possible: bool) -> None:
    offered = possible_changes(Status.BOOKED, starts_at=STARTS, now=now, zone=BERLIN)
    assert (Change.CHECK_IN in offered) is possible


def test_a_place_is_occupied_from_the_request_to_the_end_of_the_visit() -> None:
    assert {status for status in Status if status.occupies} == {
        Status.REQUESTED,
        Status.BOOKED,
        Status.CHECKED_IN,
        Status.CALLED,
        Status.IN_SERVICE,
    }


def test_references_are_without_look_alikes_and_not_to_be_guessed() -> None:
    references = {new_reference() for _ in range(500)}
    assert len(references) == 500
    assert {len(reference) for reference in references} == {REFERENCE_LENGTH}
    letters = set("".join(references))
    for alike in ("0O", "1IL", "2Z", "5S", "8B", "UV"):
        assert len(letters & set(alike)) <= 1


def test_every_change_asks_for_one_right() -> None:
    assert set(PERMISSION_FOR) == set(Change)
    assert {change for change, right in PERMISSION_FOR.items() if right is Permission.ANSWER_REQUESTS} == {
        Change.APPROVE,
        Change.DECLINE,
    }


@pytest.mark.parametrize(
    "company, wrong",
    [
        (Company(), {}),
        (Company(3, "Bea\nCem"), {}),
        (Company(3, "Bea\nCem\nDora"), {"persons": "more_named"}),
        (Company(0), {"persons": "out_of_range"}),
        (Company(MOST_PERSONS + 1), {"persons": "out_of_range"}),
        (Company(2, "\x00"), {"others": "control_characters"}),
        (Company(2, "x" * 601), {"others": "too_long"}),
    ],
)
def test_no_more_are_named_than_come(company: Company, wrong: dict[str, str]) -> None:
    found: dict[str, str] = {}
    try:
        assert checked_company(company) == company
    except Invalid as error:
        found = {field: fault.why for field, fault in error.fields.items()}
    assert found == wrong
