"""What reception hears of somebody who comes, and how people are found."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from scheduler.domain.arrivals import (
    Punctuality,
    Verdict,
    birth_date_in,
    is_called,
    minutes_off,
    reference_in,
    verdict,
)
from scheduler.domain.bookings import Change, Channel, Party, Status, possible_changes, status_after
from scheduler.domain.errors import Invalid, WrongState

TEN = datetime(2020, 3, 10, 10, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def heard(minutes: float = 0, status: Status = Status.BOOKED, **changed: Any) -> Verdict:
    """At so many minutes after the beginning of a visit of half an hour."""
    given: dict[str, Any] = {
        "cancelled_by": None,
        "channel": Channel.IN_PERSON,
        "starts_at": TEN,
        "ends_at": TEN + 30 * MINUTE,
        "elsewhere": False,
        "now": TEN + minutes * MINUTE,
        "zone": UTC,
        "punctuality": Punctuality(),
    }
    return verdict(status, **(given | changed))


@pytest.mark.parametrize(
    "minutes, expected",
    [
        (-31, Verdict.EARLY),
        (-30, Verdict.WELCOME),
        (0, Verdict.WELCOME),
        (15, Verdict.WELCOME),
        (16, Verdict.LATE),
        (29, Verdict.LATE),
        (30, Verdict.OVER),
    ],
)
def test_whoever_comes_is_early_welcome_late_or_too_late(minutes: float, expected: Verdict) -> None:
    assert heard(minutes) is expected
    assert expected.lets_in


def test_how_soon_is_early_is_the_offices_to_say() -> None:
    strict = Punctuality(early=5 * MINUTE, late=timedelta(0))

    assert [heard(minutes, punctuality=strict) for minutes in (-6, -5, 0, 1)] == [
        *(Verdict.EARLY, Verdict.WELCOME, Verdict.WELCOME, Verdict.LATE)
    ]


@pytest.mark.parametrize(
    "status, changed, expected",
    [
        (Status.CANCELLED, {"cancelled_by": Party.OFFICE}, Verdict.CANCELLED_BY_OFFICE),
        (Status.CANCELLED, {"cancelled_by": Party.CUSTOMER}, Verdict.CANCELLED_BY_CUSTOMER),
        (
            Status.CANCELLED,
            {"elsewhere": True, "now": TEN + timedelta(days=3)},
            Verdict.CANCELLED_BY_CUSTOMER,
        ),
        (Status.BOOKED, {"elsewhere": True}, Verdict.OTHER_SITE),
        (Status.BOOKED, {"channel": Channel.PHONE}, Verdict.BY_PHONE),
        (Status.BOOKED, {"now": TEN - DAY}, Verdict.LATER_DAY),
        (Status.BOOKED, {"now": TEN + DAY, "elsewhere": True}, Verdict.EARLIER_DAY),
        (Status.REQUESTED, {}, Verdict.REQUESTED),
        (Status.IN_SERVICE, {}, Verdict.HERE),
        (Status.DONE, {"elsewhere": True}, Verdict.DONE),
    ],
)
def test_what_reception_cannot_change_is_said_first(
    status: Status, changed: dict[str, Any], expected: Verdict
) -> None:
    assert heard(0, status, **changed) is expected
    assert not expected.lets_in


def test_who_was_missed_may_still_come_in() -> None:
    assert heard(20, Status.NO_SHOW) is Verdict.MISSED
    assert Verdict.MISSED.lets_in


def test_nobody_can_miss_what_the_office_moved() -> None:
    when: dict[str, Any] = {"starts_at": TEN, "now": TEN + MINUTE, "zone": UTC}

    with pytest.raises(WrongState) as caught:
        status_after(Change.NO_SHOW, Status.BOOKED, moved_by=Party.OFFICE, **when)
    assert caught.value.details["why"] == "moved_by_office"
    assert Change.NO_SHOW not in possible_changes(Status.BOOKED, moved_by=Party.OFFICE, **when)
    assert Change.NO_SHOW in possible_changes(Status.BOOKED, moved_by=Party.CUSTOMER, **when)


def test_minutes_are_whole_and_without_a_sign() -> None:
    assert [minutes_off(TEN, TEN + minutes * MINUTE) for minutes in (-12.5, 0, 7.9)] == [12, 0, 7]


@pytest.mark.parametrize(
    "typed",
    [
        "ACDEFGHY",
        " acde-fghy ",
        "ACDE FGHZ",  # a scanner set to another keyboard
        "https://termine.example.org/arrivals?q=ACDEFGHY",
        "httpsÖ--termine.example.org-arrivals_q´ACDEFGHZ",  # the same on a German keyboard
    ],
)
def test_a_reference_is_found_in_what_people_and_scanners_type(typed: str) -> None:
    assert reference_in(typed) == "ACDEFGHY"


@pytest.mark.parametrize("typed", ["", "ACDEFGH", "ACDEFGHYY", "ACDEFGH0", "http", "Müller", "12345678"])
def test_what_is_no_reference_is_none(typed: str) -> None:
    assert reference_in(typed) is None


def test_birth_dates_are_read_as_people_write_them() -> None:
    assert birth_date_in(" 31.5.1980 ") == birth_date_in("1980-05-31") == date(1980, 5, 31)
    for wrong in ("31.2.1980", "5/31/1980", "1980", ""):
        with pytest.raises(Invalid):
            birth_date_in(wrong)


def test_names_are_compared_without_accents_and_in_any_order() -> None:
    assert is_called("Jörg Süßmilch", "suessmilch jo")
    assert is_called("Zoë D’Arc-Müller", "muller") is False  # ü is ue
    assert is_called("Zoë D’Arc-Müller", "Mueller zoe")
    assert not is_called("Ada Arendt", "Bruno")
    assert is_called("Zoë D’Arc-Måås", "darc maaaas")
