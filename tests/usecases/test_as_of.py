"""As of: kept with one session alone, and gone with it."""

from datetime import UTC

import pytest

from models.staff import StaffAccount, StaffSession
from scheduler.adapters.tokens import digest
from scheduler.domain.errors import Forbidden, Invalid, Unauthorized
from scheduler.domain.roles import Role
from scheduler.usecases.as_of import look_as_of, look_at_present
from scheduler.usecases.staff import actor_of, add_staff, end_all_sessions, sign_in
from tests.cast import MANAGER
from tests.factories import Office, at

THEN = at("2020-07-20 08:00")


def signed_in(office: Office, role: Role = Role.MANAGER) -> tuple[StaffAccount, str, str]:
    """An account, and the digests of two sessions that it has."""
    with office.database.transaction() as session:
        account = add_staff(session, role, role, "a long enough password", actor=MANAGER, now=office.now)
        first, second = (
            digest(sign_in(session, account, address=one, now=office.now, real_now=office.now))
            for one in ("first", "second")
        )
    return account, first, second


def look(office: Office, account: StaffAccount, where: str, when: str = "2020-07-20 08:00") -> None:
    with office.database.transaction() as session:
        actor, now = actor_of(account), office.now
        look_as_of(session, where, at(when), zone=UTC, demo=False, actor=actor, now=now)


def kept(office: Office, where: str) -> object:
    with office.database.reading() as session:
        return session.get_one(StaffSession, where).as_of


def test_an_instant_is_kept_with_the_session_that_asked_and_with_no_other(office: Office) -> None:
    account, here, elsewhere = signed_in(office)

    look(office, account, here)

    assert kept(office, here) == THEN
    assert kept(office, elsewhere) is None


def test_coming_back_forgets_it(office: Office) -> None:
    account, here, _ = signed_in(office)
    look(office, account, here)

    with office.database.transaction() as session:
        look_at_present(session, here)

    assert kept(office, here) is None


def test_who_may_not_is_refused(office: Office) -> None:
    account, here, _ = signed_in(office, Role.RECEPTION)

    with pytest.raises(Forbidden):
        look(office, account, here)

    assert kept(office, here) is None


def test_a_date_out_of_reach_leaves_the_session_as_it_was(office: Office) -> None:
    account, here, _ = signed_in(office)

    with pytest.raises(Invalid):
        look(office, account, here, "2040-01-01 00:00")

    assert kept(office, here) is None


def test_a_session_that_has_ended_looks_at_nothing(office: Office) -> None:
    account, here, _ = signed_in(office)
    with office.database.transaction() as session:
        end_all_sessions(session, account.login, actor=MANAGER, now=office.now)

    with pytest.raises(Unauthorized):
        look(office, account, here)
