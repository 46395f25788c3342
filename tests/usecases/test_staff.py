"""Staff accounts, tries and sessions, on both engines."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from models.database import Database
from models.staff import SignInTally, StaffAccount, StaffSession
from scheduler.adapters.passwords import fits
from scheduler.domain.errors import Invalid, NotFound, TooManyRequests, Unauthorized
from scheduler.domain.roles import Role
from scheduler.queries.audit import records_of
from scheduler.queries.staff import IDLE_LENGTH, SESSION_LENGTH, accounts, session_of
from scheduler.usecases.staff import (
    MOST_TRIES,
    TRIES_WITHIN,
    add_staff,
    change_password,
    change_role,
    count_try,
    is_worth_noting,
    lock,
    note_use,
    sign_in,
    sign_out,
    unlock,
)
from scheduler.usecases.tidying import clear_away
from tests.cast import MANAGER
from tests.factories import StandingClock, at

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


def test_tries_and_sessions_that_are_over_are_cleared_away_however_many(database: Database) -> None:
    add(database)
    old = begun(database)
    with database.transaction() as session:
        for number in range(501):
            session.add(SignInTally(login=f"guess-{number}", address="10.0.0.9", since=NOW, tries=1))
    assert clear_away(database, clock=StandingClock(NOW, real=NOW + IDLE_LENGTH)) == 501
    with database.transaction() as session:
        session.add(SignInTally(login="guess", address="10.0.0.9", since=NOW, tries=1))
    clock = StandingClock(NOW, real=NOW + SESSION_LENGTH)
    attempt(database, "empfang", after=SESSION_LENGTH)

    assert clear_away(database, clock=clock) == 2
    assert clear_away(database, clock=clock) == 0

    assert not is_in(database, old)
    with database.reading() as session:
        assert session.scalars(select(StaffSession)).all() == []
        assert session.scalars(select(SignInTally.login)).all() == ["empfang"]


def test_what_somebody_else_holds_is_cleared_away_later(postgresql_database: Database) -> None:
    database = postgresql_database
    attempt(database, "empfang")
    attempt(database, "empfang", "10.0.0.2")
    clock = StandingClock(NOW, real=NOW + TRIES_WITHIN)

    with database.transaction() as session:
        count_try(session, "empfang", address="10.0.0.2", real_now=NOW)
        assert clear_away(database, clock=clock) == 1
    assert clear_away(database, clock=clock) == 1


def test_a_session_belongs_to_its_account_until_it_is_signed_out(database: Database) -> None:
    add(database)
    with database.transaction() as session:
        account = count_try(session, "empfang", address="10.0.0.1", real_now=NOW)
        assert account is not None
        token = sign_in(session, account, address="10.0.0.1", now=NOW, real_now=NOW)
    with database.reading() as session:
        found = session_of(session, token, real_now=NOW)
        other = session_of(session, "guessed", real_now=NOW)
    with database.transaction() as session:
        sign_out(session, token)

    assert found is not None
    assert found.staff.login == "empfang"
    assert other is None
    with database.reading() as session:
        assert session_of(session, token, real_now=NOW) is None


def test_nobody_who_does_not_exist_can_be_locked(database: Database) -> None:
    with database.transaction() as session, pytest.raises(NotFound):
        lock(session, "nobody", actor=MANAGER, now=NOW)


def begun(database: Database) -> str:
    """The token of somebody who signed in at NOW."""
    with database.transaction() as session:
        account = session.scalars(select(StaffAccount)).one()
        return sign_in(session, account, address="10.0.0.1", now=NOW, real_now=NOW)


def is_in(database: Database, token: str, *, after: timedelta = timedelta(), uses: bool = True) -> bool:
    """Whether the token opens the door then; using it is noted as the web notes it."""
    with database.transaction() as session:
        found = session_of(session, token, real_now=NOW + after)
        if found is not None and uses and is_worth_noting(found, real_now=NOW + after):
            note_use(session, found, real_now=NOW + after)
    return found is not None


@pytest.mark.parametrize("change", [lock, change_password, change_role])
def test_what_changes_an_account_ends_all_its_sessions_for_good(
    database: Database, change: Callable[..., None]
) -> None:
    add(database)
    tokens = [begun(database) for _ in range(2)]
    how = {change_password: "another long password", change_role: "caseworker"}

    with database.transaction() as session:
        change(session, "empfang", *filter(None, [how.get(change)]), actor=MANAGER, now=NOW)
        unlock(session, "empfang", actor=MANAGER, now=NOW)

    assert [is_in(database, token) for token in tokens] == [False, False]
    with database.reading() as session:
        assert [record.action for record in records_of(session, "staff:empfang")][-2:] == [
            f"staff.{change.__name__}",
            "staff.unlock",
        ]


def test_a_session_ends_when_nobody_uses_it_and_at_the_end_of_a_day_however_much_it_is_used(
    database: Database,
) -> None:
    add(database)
    idle, busy = begun(database), begun(database)
    step = IDLE_LENGTH / 2

    hours = [step * number for number in range(1, 1 + int(SESSION_LENGTH / step))]
    lasted = [is_in(database, busy, after=at) for at in hours]

    assert not is_in(database, idle, after=IDLE_LENGTH)
    assert lasted == [True] * (len(hours) - 1) + [False]


def test_looking_again_soon_writes_nothing(database: Database) -> None:
    add(database)
    token = begun(database)

    with database.reading() as session:
        found = session_of(session, token, real_now=NOW)
        assert found is not None
        soon = is_worth_noting(found, real_now=NOW + timedelta(minutes=10))
        later = is_worth_noting(found, real_now=NOW + timedelta(minutes=11))

    assert (soon, later) == (False, True)


def test_sessions_are_kept_as_digests_alone(database: Database) -> None:
    add(database)
    token = begun(database)

    with database.reading() as session:
        (kept,) = session.scalars(select(StaffSession.digest))

    assert token not in kept
    assert len(token) >= 43  # 256 bits


@pytest.mark.parametrize("change", [lock, change_password])
def test_who_signs_in_while_the_account_changes_does_not_slip_in(
    database: Database, change: Callable[..., None]
) -> None:
    """The password was right when it was looked at; then somebody took it away."""
    add(database)
    with database.transaction() as session:
        account = count_try(session, "empfang", address="10.0.0.1", real_now=NOW)
    assert account is not None
    with database.transaction() as session:
        more = ["another long password"] if change is change_password else []
        change(session, "empfang", *more, actor=MANAGER, now=NOW)

    with database.transaction() as session, pytest.raises(Unauthorized):
        sign_in(session, account, address="10.0.0.1", now=NOW, real_now=NOW)


@pytest.mark.parametrize("change", [change_role, change_password])
def test_a_change_with_faults_changes_nothing(sqlite_database: Database, change: Callable[..., None]) -> None:
    add(sqlite_database)
    token = begun(sqlite_database)

    with sqlite_database.transaction() as session, pytest.raises(Invalid):
        change(session, "empfang", "customer", actor=MANAGER, now=NOW)

    assert is_in(sqlite_database, token)


AT_ONCE = 24


def passed(database: Database, attempt: Callable[[Database, Barrier], bool]) -> int:
    """How many of many tries at once are let through to the password."""
    barrier = Barrier(AT_ONCE)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(lambda _: attempt(database, barrier), range(AT_ONCE)))


def counted(database: Database, barrier: Barrier) -> bool:
    barrier.wait(60)
    try:
        attempt(database, "empfang")
    except TooManyRequests:
        return False
    return True


def counted_too_late(database: Database, barrier: Barrier) -> bool:
    """Looks how many tries there were, and counts its own afterwards."""
    with database.reading() as session:
        tally = session.get(SignInTally, ("empfang", "10.0.0.1"))
        passes = tally is None or tally.tries < MOST_TRIES
    barrier.wait(60)
    with database.transaction() as session:
        tally = session.get(SignInTally, ("empfang", "10.0.0.1"), with_for_update=True)
        if tally is None:
            tally = SignInTally(login="empfang", address="10.0.0.1", since=NOW, tries=0)
            session.merge(tally)
        tally.tries += 1
    return passes


def test_of_many_tries_at_once_no_more_pass_than_one_after_the_other(
    database_url: str,
) -> None:
    database = Database(database_url, pool_size=AT_ONCE)
    add(database)

    assert passed(database, counted) == MOST_TRIES
    database.dispose()


def test_tries_that_are_counted_after_the_look_all_pass(database_url: str) -> None:
    """The negative control of the test before."""
    database = Database(database_url, pool_size=AT_ONCE)
    add(database)
    attempt(database, "empfang")

    assert passed(database, counted_too_late) == AT_ONCE
    database.dispose()
