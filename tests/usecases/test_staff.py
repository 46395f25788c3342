"""Staff accounts, tries and sessions, on both engines."""

from datetime import timedelta

import pytest

from models.database import Database
from scheduler.adapters.passwords import fits
from scheduler.domain.errors import Invalid, NotFound, TooManyRequests
from scheduler.domain.roles import Role
from scheduler.queries.audit import records_of
from scheduler.queries.staff import account_of, accounts
from scheduler.usecases.staff import MOST_TRIES, TRIES_WITHIN, add_staff, count_try, lock, sign_in, sign_out
from tests.cast import MANAGER
from tests.factories import at

NOW = at("2020-03-09 09:00")
PASSWORD = "a long enough password"


def add(
    database: Database, login: str = "empfang", role: str = "reception", password: str = PASSWORD
) -> None:
    with database.transaction() as session:
        add_staff(session, login, role, password, actor=MANAGER, now=NOW)


def attempt(
    database: Database, login: str, address: str = "10.0.0.1", *, after: timedelta = timedelta()
) -> bool:
    with database.transaction() as session:
        return count_try(session, login, address=address, real_now=NOW + after) is not None


def test_an_account_is_added_in_small_letters_with_a_hash_and_a_record(database: Database) -> None:
    add(database, " Empfang.1 ")

    with database.reading() as session:
        (account,) = accounts(session)
        (record,) = records_of(session, "staff:empfang.1")
    assert (account.login, account.role) == ("empfang.1", Role.RECEPTION)
    assert PASSWORD not in account.password
    assert fits(PASSWORD, account.password)
    assert not fits("something else", account.password)
    assert (record.action, record.actor) == ("staff.add", MANAGER.name)


@pytest.mark.parametrize(
    "login, role, password, wrong",
    [
        ("", "reception", PASSWORD, {"login": "not_a_login"}),
        ("a b", "reception", PASSWORD, {"login": "not_a_login"}),
        ("x" * 61, "reception", PASSWORD, {"login": "not_a_login"}),
        ("there", "reception", PASSWORD, {"login": "exists"}),
        ("new", "customer", PASSWORD, {"role": "unknown"}),
        ("new", "king", PASSWORD, {"role": "unknown"}),
        ("new", "reception", "elevenchars", {"password": "too_short"}),
        ("new", "reception", "x" * 201, {"password": "too_long"}),
        ("ö", "king", "x", {"login": "not_a_login", "role": "unknown", "password": "too_short"}),
    ],
)
def test_an_account_with_faults_is_refused_with_all_of_them(
    sqlite_database: Database, login: str, role: str, password: str, wrong: dict[str, str]
) -> None:
    add(sqlite_database, "there")

    with pytest.raises(Invalid) as caught:
        add(sqlite_database, login, role, password)

    assert {field: fault.why for field, fault in caught.value.fields.items()} == wrong
    with sqlite_database.reading() as session:
        assert len(accounts(session)) == 1


def test_tries_are_counted_by_login_and_address_and_forgotten_in_time(database: Database) -> None:
    add(database)
    for _ in range(MOST_TRIES):
        attempt(database, "empfang")

    with pytest.raises(TooManyRequests) as caught:
        attempt(database, "EMPFANG")

    assert 0 < caught.value.details["retry_after"] <= TRIES_WITHIN.total_seconds()
    assert attempt(database, "empfang", "10.0.0.2")
    assert not attempt(database, "nobody")
    assert attempt(database, "empfang", after=TRIES_WITHIN)


def test_a_session_belongs_to_its_account_until_it_is_signed_out(database: Database) -> None:
    add(database)
    with database.transaction() as session:
        account = count_try(session, "empfang", address="10.0.0.1", real_now=NOW)
        assert account is not None
        token = sign_in(session, account, address="10.0.0.1", now=NOW, real_now=NOW)
    with database.reading() as session:
        found = account_of(session, token, real_now=NOW)
        other = account_of(session, "guessed", real_now=NOW)
    with database.transaction() as session:
        sign_out(session, token)

    assert found is not None
    assert found.login == "empfang"
    assert other is None
    with database.reading() as session:
        assert account_of(session, token, real_now=NOW) is None


def test_nobody_who_does_not_exist_can_be_locked(database: Database) -> None:
    with database.transaction() as session, pytest.raises(NotFound):
        lock(session, "nobody", actor=MANAGER, now=NOW)
