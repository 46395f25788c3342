"""`flask staff` and `flask tokens`: who may come in, and who no longer."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.staff import StaffAccount, StaffSession
from scheduler.adapters.factors import Factors, code_of, new_secret
from scheduler.adapters.passwords import fits
from scheduler.domain.errors import Unauthorized
from scheduler.domain.factors import period_of
from scheduler.domain.roles import Role
from scheduler.queries.audit import records_of
from scheduler.queries.staff import session_of
from scheduler.queries.tokens import caller
from scheduler.usecases.factors import set_up_factor
from scheduler.usecases.staff import sign_in
from tests.cli.conftest import Desk
from tests.factories import Office

PASSWORD, ANOTHER = "battery horse correct\n", "another long password\n"


@pytest.fixture
def anna(desk: Desk) -> str:
    desk.out("staff", "add", "anna", "--role", "reception", "--password-file", "-", input=PASSWORD)
    return "anna"


def signed_in(office: Office) -> str:
    """The token of a session of Anna's."""
    with office.database.transaction() as session:
        account = session.scalars(select(StaffAccount).where(StaffAccount.login == "anna")).one()
        return sign_in(session, account, address="10.0.0.1", now=office.now, real_now=office.now)


@pytest.mark.parametrize(
    "command, typed, shown",
    [
        (("lock", "anna"), None, "anna: reception, locked\n"),
        (("role", "anna", "--role", "manager"), None, "anna: manager\n"),
        (("password", "anna", "--password-file", "-"), ANOTHER, "anna: reception\n"),
    ],
)
def test_what_the_operator_changes_about_an_account_ends_its_sessions(
    office: Office, desk: Desk, anna: str, command: tuple[str, ...], typed: str | None, shown: str
) -> None:
    token = signed_in(office)

    assert desk.out("staff", *command, **({"input": typed} if typed else {})) == ""

    assert desk.out("staff", "list") == shown
    with office.database.reading() as session:
        assert session_of(session, token, real_now=office.now + timedelta(seconds=1)) is None
        assert session.scalars(select(StaffSession)).all() == []


def test_the_operator_takes_the_second_factor_off_a_locked_out_administrator(
    office: Office, desk: Desk, anna: str
) -> None:
    factors, secret = Factors("of-this-test-only-0123456789-abcdefghij"), new_secret()
    shown, when = code_of(secret, period_of(office.now)), {"now": office.now, "real_now": office.now}
    with office.database.transaction() as session:
        set_up_factor(session, anna, secret, shown, factors=factors, **when)
    before = desk.out("staff", "list")

    assert desk.out("staff", "factor-off", anna) == ""

    assert before == "anna: reception, second factor\n"
    assert desk.out("staff", "list") == "anna: reception\n"
    with office.database.reading() as session:
        last = records_of(session, f"staff:{anna}")[-1]
    assert (last.action, last.actor) == ("staff.take_off_factor", "operator")


def test_a_locked_account_is_unlocked_and_a_new_password_fits(office: Office, desk: Desk, anna: str) -> None:
    desk.out("staff", "lock", anna)
    desk.out("staff", "unlock", anna)
    desk.out("staff", "password", anna, "--password-file", "-", input=ANOTHER)

    assert desk.out("staff", "list") == "anna: reception\n"
    with office.database.reading() as session:
        (account,) = session.scalars(select(StaffAccount))
    assert fits(ANOTHER.strip(), account.password)
    assert not fits(PASSWORD.strip(), account.password)


def test_a_revoked_token_is_none_and_its_name_stays_taken(office: Office, desk: Desk) -> None:
    token = desk.out("tokens", "add", "portal", "--role", "customer").strip()
    with office.database.reading() as session:
        assert caller(session, token)[0].role is Role.CUSTOMER

    assert desk.out("tokens", "revoke", "portal") == ""

    assert desk.out("tokens", "list") == "portal: customer, revoked\n"
    with office.database.reading() as session, pytest.raises(Unauthorized):
        caller(session, token)
    assert desk.faults("tokens", "revoke", "portal") == ["token portal: does not exist"]
    (line,) = desk.faults("tokens", "add", "portal", "--role", "customer")
    assert line.startswith("name: ")


def test_who_does_not_exist_is_named(desk: Desk) -> None:
    for command in ("lock", "unlock"):
        assert desk.faults("staff", command, "nobody") == ["staff nobody: does not exist"]
    assert desk.faults("staff", "role", "nobody", "--role", "manager") == ["staff nobody: does not exist"]
    (line,) = desk.faults("staff", "password", "nobody", "--password-file", "-", input="short\n")
    assert line.startswith("password: ")
