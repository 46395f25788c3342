"""Codes of the second factor: close to now, each once, and never an older one."""

from datetime import timedelta

import pytest

from scheduler.adapters.factors import Factors, address_of, code_of, new_secret
from scheduler.domain.factors import PERIOD, SecondFactor, fitting_period, is_due, period_of, plain
from scheduler.domain.roles import Role
from tests.factories import at

NOW = at("2020-03-09 09:00")
THIS = period_of(NOW)
#: The secret of RFC 6238's appendix B, "12345678901234567890".
RFC_SECRET = "GEZDGNBVGY3TQOJQ" * 2


def code(period: int) -> str:
    return f"{period % 1_000_000:06}"


@pytest.mark.parametrize(
    "seconds, expected", [(59, "287082"), (1111111109, "081804"), (20000000000, "353130")]
)
def test_devices_reckon_as_the_standard_says(seconds: int, expected: str) -> None:
    assert code_of(RFC_SECRET, seconds // 30) == expected


@pytest.mark.parametrize("off, fits", [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_device_may_be_one_period_off(off: int, fits: bool) -> None:
    found = fitting_period(code(THIS + off), code, real_now=NOW, after=None)

    assert found == (THIS + off if fits else None)


@pytest.mark.parametrize("after, fits", [(THIS - 1, True), (THIS, False), (THIS + 1, False)])
def test_neither_the_last_code_nor_an_older_one_is_taken_again(after: int, fits: bool) -> None:
    found = fitting_period(code(THIS), code, real_now=NOW, after=after)

    assert (found is not None) is fits


@pytest.mark.parametrize("typed", ["", "12345", "１２３４５６", "ünïcode"])
def test_what_is_no_code_fits_none(typed: str) -> None:
    assert fitting_period(typed, code, real_now=NOW, after=None) is None


def test_a_period_lasts_half_a_minute() -> None:
    assert period_of(NOW + PERIOD - timedelta(seconds=1)) == THIS
    assert period_of(NOW + PERIOD) == THIS + 1


def test_codes_are_compared_without_what_people_put_between() -> None:
    assert plain(" 123 456 ") == "123456"
    assert plain("ABCD-efgh jkmn-pqrs") == "abcdefghjkmnpqrs"


@pytest.mark.parametrize("role", Role)
def test_managers_and_administrators_have_to_have_one_where_the_office_says_so(role: Role) -> None:
    guarded = role in (Role.MANAGER, Role.ADMINISTRATOR)

    assert is_due(SecondFactor.REQUIRED, role, since=None) is guarded
    assert not is_due(SecondFactor.REQUIRED, role, since=NOW)
    assert not is_due(SecondFactor.OPTIONAL, role, since=None)


def test_a_sealed_secret_is_opened_under_the_same_office_secret_alone() -> None:
    secret = new_secret()
    sealed = Factors("a" * 40).seal(secret)

    assert secret not in sealed
    assert Factors("a" * 40).unseal(sealed) == secret
    assert Factors("b" * 40).unseal(sealed) is None
    assert Factors("a" * 40).unseal("nonsense ü") is None
    assert secret in address_of(secret, "leitung")
