"""Settings: a wrong or weak one refuses to start, and says which."""

import secrets
from pathlib import Path

import pytest

import config as settings
from config import Config, ConfigError

GOOD = {"THEKE_SECRET_KEY": secrets.token_urlsafe(48)}


def faults(**given: str) -> list[str]:
    try:
        Config.from_environ(GOOD | given)
    except ConfigError as error:
        return [fault.partition(":")[0] for fault in error.faults]
    return []


@pytest.mark.parametrize(
    "secret",
    [
        "short",
        "x" * 64,
        "0123456789" * 5,
        "0123456789abcdefghijklmnopqrstuvwxyz",
        "zyxwvutsrqponmlkjihgfedcba9876543210",
        "abcabcdabcdeabcdefgabcdefghij" * 2,
        "change-me-please-31415926535897932384",
        "changeme31415926535897932384626433832",
        "my-very-secret-key-31415926535897932384",
        "Passwort-31415926535897932384626433832795",
        "django-insecure-8f#d9s!k2l@q0w9e8r7t6y5u4i",
    ],
)
def test_a_secret_that_somebody_made_up_refuses_to_start(secret: str) -> None:
    assert faults(THEKE_SECRET_KEY=secret) == ["THEKE_SECRET_KEY"]


def test_random_secrets_of_every_kind_start() -> None:
    for _ in range(200):
        for secret in (secrets.token_hex(32), secrets.token_urlsafe(32)):
            assert faults(THEKE_SECRET_KEY=secret) == [], secret


@pytest.mark.parametrize("mode, starts", [(0o600, True), (0o400, True), (0o640, False), (0o604, False)])
def test_the_secret_in_its_file_is_for_one_reader_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, starts: bool
) -> None:
    file = tmp_path / "secret_key"
    file.write_text(GOOD["THEKE_SECRET_KEY"])
    file.chmod(mode)
    monkeypatch.setattr(settings, "SECRET_FILE", file)

    assert (faults(THEKE_SECRET_KEY="") == []) is starts
    assert faults(THEKE_SECRET_KEY="", THEKE_DEMO="1") == []
    assert faults() == []


@pytest.mark.parametrize("mode, starts", [(0o600, True), (0o400, True), (0o440, False), (0o604, False)])
def test_nor_is_a_secret_in_a_file_of_ones_own_for_others(tmp_path: Path, mode: int, starts: bool) -> None:
    file = tmp_path / "credential"
    file.write_text(GOOD["THEKE_SECRET_KEY"])
    file.chmod(mode)

    assert (faults(THEKE_SECRET_KEY_FILE=str(file)) == []) is starts
    assert faults(THEKE_SECRET_KEY_FILE=str(file), THEKE_DEMO="1") == []
    assert faults(THEKE_SECRET_KEY_FILE=str(file), CREDENTIALS_DIRECTORY=str(tmp_path)) == []


@pytest.mark.parametrize(
    "name",
    [
        *("THEKE_TRUSTED_PROXIES", "THEKE_OPEN_BOOKINGS_PER_PERSON", "THEKE_MAILS_PER_ADDRESS_AND_HOUR"),
        *("THEKE_EARLY_MINUTES", "THEKE_LATE_MINUTES", "THEKE_HOLD_MINUTES"),
    ],
)
@pytest.mark.parametrize("value", ["-1", "many", "1.5", "²", "1000000"])
def test_what_is_no_number_refuses_to_start(name: str, value: str) -> None:
    assert faults(**{name: value}) == [name]


def test_the_limits_are_settings() -> None:
    given = {"THEKE_OPEN_BOOKINGS_PER_PERSON": "3", "THEKE_MAILS_PER_ADDRESS_AND_HOUR": "0"}

    default, chosen = Config.from_environ(GOOD), Config.from_environ(GOOD | given)

    assert (default.limits.open_bookings, default.limits.mails_an_hour, default.trusted_proxies) == (
        10,
        20,
        0,
    )
    assert (chosen.limits.open_bookings, chosen.limits.mails_an_hour) == (3, 0)


def test_how_soon_is_too_early_and_how_late_too_late_are_settings() -> None:
    default = Config.from_environ(GOOD).punctuality
    chosen = Config.from_environ(GOOD | {"THEKE_EARLY_MINUTES": "10", "THEKE_LATE_MINUTES": "0"}).punctuality

    assert [limit.total_seconds() / 60 for limit in (default.early, default.late)] == [30, 15]
    assert [limit.total_seconds() / 60 for limit in (chosen.early, chosen.late)] == [10, 0]


def test_how_long_a_form_holds_its_place_is_a_setting() -> None:
    lengths = [Config.from_environ(GOOD | given).hold_for for given in ({}, {"THEKE_HOLD_MINUTES": "0"})]
    assert [length.total_seconds() / 60 for length in lengths] == [10, 0]
    assert faults(THEKE_HOLD_MINUTES="61") == ["THEKE_HOLD_MINUTES"]


def test_a_second_factor_is_required_outside_the_demonstration_unless_the_operator_says_otherwise() -> None:
    given: list[dict[str, str]] = [{}, {"THEKE_DEMO": "1"}, {"THEKE_SECOND_FACTOR": "optional"}]
    rules = [Config.from_environ(GOOD | settings).second_factor for settings in given]

    assert rules == ["required", "optional", "optional"]
    assert faults(THEKE_SECOND_FACTOR="off") == ["THEKE_SECOND_FACTOR"]
