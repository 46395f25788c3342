"""Who is the same person, however they write their address, phone or number."""

import pytest

from scheduler.domain.limits import NO_LIMITS, Limits, identities, phone_number


@pytest.mark.parametrize(
    "written", ["03023125100", "030 23125-100", "+49 30 23125100", "+49 (0)30/23125.100", "0049 30 23125100"]
)
def test_one_phone_is_written_in_many_ways(written: str) -> None:
    assert phone_number(written) == "03023125100"


def test_phones_of_other_countries_stay_apart() -> None:
    assert phone_number("+43 30 23125100") == phone_number("0043 3023125100") != phone_number("030 23125100")
    assert phone_number("110") == "110"


def test_the_same_address_phone_or_number_is_the_same_person() -> None:
    ada = identities("ada@example.org", "030 1234567", "BG-Ä7")

    assert list(ada) == ["email:ada@example.org", "phone:0301234567", "number:bg-ä7"]
    assert ada == identities(" ADA@Example.org", "+49 30 1234567", " bg-ä7 ")
    assert not set(ada) & set(identities("ada2@example.org", "030 1234568", "0301234567"))


def test_whom_nothing_tells_apart_is_nobody_else() -> None:
    """Two people of one name are two people; without contact nobody can be counted."""
    assert list(identities(" ", "", None)) == []


def test_no_limits_are_none() -> None:
    assert not NO_LIMITS
    assert Limits(open_bookings=1)
    assert Limits(mails_an_hour=1)
