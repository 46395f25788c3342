"""Second factors of staff accounts, on both engines, by a clock that is moved."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from models.database import Database
from models.staff import RecoveryCode, StaffAccount, StaffSession
from scheduler.adapters.factors import Factors, code_of, new_secret
from scheduler.domain.errors import Invalid, NotFound
from scheduler.domain.factors import CODE_WAIT, PERIOD, RECOVERY_CODES, fitting_period, period_of
from scheduler.domain.roles import Actor, Role
from scheduler.queries.audit import records_of
from scheduler.queries.staff import account_of, recovery_codes_left, session_of, sessions_of
from scheduler.usecases.factors import (
    renew_recovery_codes,
    set_up_factor,
    show_factor,
    take_off_factor,
    take_off_own_factor,
)
from scheduler.usecases.staff import add_staff, is_worth_noting, sign_in
from tests.cast import MANAGER
from tests.factories import at

NOW = at("2020-03-09 09:00")
FACTORS = Factors("of-this-test-only-0123456789-abcdefghij")
SECRET = new_secret()
LOGIN = "leitung"
CHIEF = Actor("staff:chef", Role.ADMINISTRATOR)


def code(after: timedelta = timedelta()) -> str:
    return code_of(SECRET, period_of(NOW + after))


def furnished(database: Database) -> list[str]:
    """An account with a second factor, set up a minute before NOW; its recovery codes."""
    before = NOW - timedelta(minutes=1)
    with database.transaction() as session:
        add_staff(session, LOGIN, "manager", "a long enough password", actor=MANAGER, now=before)
        when = {"now": before, "real_now": before}
        shown = code(-timedelta(minutes=1))
        return set_up_factor(session, LOGIN, SECRET, shown, factors=FACTORS, **when)[1]


def is_taken(database: Database, typed: str, after: timedelta = timedelta()) -> bool:
    try:
        with database.transaction() as session:
            show_factor(session, LOGIN, typed, factors=FACTORS, now=NOW, real_now=NOW + after)
    except Invalid:
        return False
    return True


def signed_in(database: Database, *, proved: bool) -> str:
    with database.transaction() as session:
        account = account_of(session, LOGIN)
        return sign_in(session, account, address="10.0.0.1", now=NOW, real_now=NOW, proved=proved)


def actions(database: Database) -> list[str]:
    with database.reading() as session:
        return [record.action.removeprefix("staff.") for record in records_of(session, f"staff:{LOGIN}")]


def test_a_code_is_taken_once(database: Database) -> None:
    furnished(database)

    assert [is_taken(database, code()) for _ in range(2)] == [True, False]
    assert is_taken(database, code(PERIOD), after=PERIOD)


def test_the_code_that_set_it_up_does_not_sign_in_as_well(database: Database) -> None:
    furnished(database)

    assert not is_taken(database, code(-timedelta(minutes=1)), after=-timedelta(minutes=1))


def test_an_older_code_is_not_taken_after_a_newer_one(sqlite_database: Database) -> None:
    furnished(sqlite_database)

    assert is_taken(sqlite_database, code(PERIOD))
    assert not is_taken(sqlite_database, code())


def test_each_recovery_code_is_taken_once_however_it_is_typed(database: Database) -> None:
    codes = furnished(database)

    assert len(set(codes)) == RECOVERY_CODES
    assert is_taken(database, codes[0])
    assert is_taken(database, codes[1].upper().replace("-", " "))
    assert [is_taken(database, used) for used in codes[:2]] == [False, False]
    with database.reading() as session:
        assert recovery_codes_left(session, account_of(session, LOGIN)) == RECOVERY_CODES - 2
    assert actions(database) == ["add", "set_up_factor", "use_recovery_code", "use_recovery_code"]


def test_new_recovery_codes_replace_those_before(database: Database) -> None:
    before = furnished(database)
    with database.transaction() as session:
        after = renew_recovery_codes(session, LOGIN, code(), factors=FACTORS, now=NOW, real_now=NOW)

    assert not is_taken(database, before[0])
    assert is_taken(database, after[0])
    assert "renew_recovery_codes" in actions(database)


def test_neither_the_secret_nor_a_code_stands_in_the_database(database: Database) -> None:
    codes = furnished(database)

    with database.reading() as session:
        sealed = account_of(session, LOGIN).factor_secret or ""
        digests = session.scalars(select(RecoveryCode.digest)).all()
    assert SECRET not in sealed
    assert FACTORS.unseal(sealed) == SECRET
    assert not {*codes} & {*digests}


def test_it_is_not_set_up_by_a_wrong_code_nor_twice(sqlite_database: Database) -> None:
    furnished(sqlite_database)
    with sqlite_database.transaction() as session:
        add_staff(session, "neu", "manager", "a long enough password", actor=MANAGER, now=NOW)

    for login, typed, why in (("neu", "000000", "wrong_code"), (LOGIN, code(), "factor_there")):
        with sqlite_database.transaction() as session, pytest.raises(Invalid) as caught:
            set_up_factor(session, login, SECRET, typed, factors=FACTORS, now=NOW, real_now=NOW)
        assert caught.value.fields["code"].why == why
    with sqlite_database.reading() as session:
        assert account_of(session, "neu").factor_since is None


def test_a_session_waits_for_its_code_and_opens_nothing_for_long(database: Database) -> None:
    furnished(database)
    token = signed_in(database, proved=False)

    with database.reading() as session:
        found = session_of(session, token, real_now=NOW)
        assert found is not None
        assert found.awaits_code
        assert not is_worth_noting(found, real_now=NOW + timedelta(minutes=9))
        assert session_of(session, token, real_now=NOW + CODE_WAIT, also_idle=True) is None
        assert sessions_of(session, account_of(session, LOGIN), real_now=NOW) == []
    assert "sign_in" not in actions(database)


def test_without_a_second_factor_nothing_waits(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as session:
        add_staff(session, LOGIN, "manager", "a long enough password", actor=MANAGER, now=NOW)
    token = signed_in(sqlite_database, proved=False)

    with sqlite_database.reading() as session:
        found = session_of(session, token, real_now=NOW)
        assert found is not None
        assert not found.awaits_code


@pytest.mark.parametrize("by", ["another", "oneself"])
def test_taking_it_off_ends_the_sessions_and_is_recorded(database: Database, by: str) -> None:
    codes = furnished(database)
    token = signed_in(database, proved=True)

    with database.transaction() as session:
        if by == "another":
            take_off_factor(session, LOGIN, actor=CHIEF, now=NOW)
        else:
            take_off_own_factor(session, LOGIN, codes[0], factors=FACTORS, now=NOW, real_now=NOW)

    with database.reading() as session:
        assert session_of(session, token, real_now=NOW) is None
        assert account_of(session, LOGIN).factor_secret is None
        assert session.scalars(select(RecoveryCode)).all() == []
        last = list(records_of(session, f"staff:{LOGIN}"))[-1]
    expected = CHIEF.name if by == "another" else f"staff:{LOGIN}"
    assert (last.action, last.actor) == ("staff.take_off_factor", expected)


def test_nobody_takes_off_what_is_not_there_or_the_own_without_a_code(sqlite_database: Database) -> None:
    furnished(sqlite_database)
    own = Actor(f"staff:{LOGIN}", Role.ADMINISTRATOR)

    with sqlite_database.transaction() as session, pytest.raises(Invalid) as caught:
        take_off_factor(session, LOGIN, actor=own, now=NOW)
    assert caught.value.fields["account"].why == "own_account"
    with sqlite_database.transaction() as session:
        take_off_factor(session, LOGIN, actor=CHIEF, now=NOW)
    with sqlite_database.transaction() as session, pytest.raises(Invalid) as caught:
        take_off_factor(session, LOGIN, actor=CHIEF, now=NOW)
    assert caught.value.fields["account"].why == "no_factor"
    with sqlite_database.transaction() as session, pytest.raises(NotFound):
        take_off_factor(session, "nobody", actor=CHIEF, now=NOW)


def test_under_another_secret_of_the_office_paper_alone_lets_in(sqlite_database: Database) -> None:
    codes = furnished(sqlite_database)
    other = Factors("another-secret-of-the-office-0123456789")

    with sqlite_database.transaction() as session, pytest.raises(Invalid):
        show_factor(session, LOGIN, code(), factors=other, now=NOW, real_now=NOW)
    with sqlite_database.transaction() as session:
        show_factor(session, LOGIN, codes[0], factors=other, now=NOW, real_now=NOW)


AT_ONCE = 8


def let_in(database: Database, attempt: Callable[[Database, Barrier], bool]) -> int:
    """How many of many who show the same code at once are let in."""
    barrier = Barrier(AT_ONCE)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(lambda _: attempt(database, barrier), range(AT_ONCE)))


def shown(database: Database, barrier: Barrier) -> bool:
    barrier.wait(60)
    return is_taken(database, code())


def shown_unguarded(database: Database, barrier: Barrier) -> bool:
    """Looks which code was the last, and notes this one afterwards."""
    with database.reading() as session:
        after = account_of(session, LOGIN).factor_period
    barrier.wait(60)
    period = fitting_period(code(), lambda period: code_of(SECRET, period), real_now=NOW, after=after)
    with database.transaction() as session:
        account_of(session, LOGIN).factor_period = period
    return period is not None


def test_of_many_who_show_the_same_code_at_once_one_is_let_in(database_url: str) -> None:
    database = Database(database_url, pool_size=AT_ONCE)
    furnished(database)

    assert let_in(database, shown) == 1
    database.dispose()


def test_a_code_that_is_noted_after_the_look_lets_all_in(database_url: str) -> None:
    """The negative control of the test before."""
    database = Database(database_url, pool_size=AT_ONCE)
    furnished(database)

    assert let_in(database, shown_unguarded) == AT_ONCE
    database.dispose()


def test_of_many_who_show_the_same_recovery_code_one_is_let_in(database_url: str) -> None:
    database = Database(database_url, pool_size=AT_ONCE)
    codes = furnished(database)

    def on_paper(database: Database, barrier: Barrier) -> bool:
        barrier.wait(60)
        return is_taken(database, codes[0])

    assert let_in(database, on_paper) == 1
    database.dispose()


def test_who_sets_one_up_is_signed_out_elsewhere(database: Database) -> None:
    with database.transaction() as session:
        add_staff(session, LOGIN, "manager", "a long enough password", actor=MANAGER, now=NOW)
    signed_in(database, proved=False)
    with database.transaction() as session:
        set_up_factor(session, LOGIN, SECRET, code(), factors=FACTORS, now=NOW, real_now=NOW)

    with database.reading() as session:
        assert session.scalars(select(StaffSession)).all() == []
        assert session.scalars(select(StaffAccount.factor_since)).all() == [NOW]
