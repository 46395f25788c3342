"""Statements sent together mean what they mean one by one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import Integer, String, bindparam, event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.database import Database
from models.volleys import Ready, ask, ask_later
from scheduler.domain.errors import Busy

ADD = Ready(
    text("INSERT INTO tallies (name, count) VALUES (:name, :count)").bindparams(
        bindparam("name", type_=String), bindparam("count", type_=Integer)
    )
)
COUNT = Ready(text("SELECT count(*) FROM tallies"))
WAITING = text(
    "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
    " WHERE NOT granted AND datname = current_database()"
)
TURN = Ready(text("SELECT pg_advisory_xact_lock(:turn)").bindparams(bindparam("turn", type_=Integer)))


def add(session: Session, name: str) -> None:
    ask_later(session, ADD, {"name": name, "count": 1})


def tallies(database: Database) -> int:
    with database.reading() as session:
        found: int = ask(session, COUNT, {})[0][0]
        return found


@contextmanager
def sent(database: Database) -> Iterator[list[str]]:
    """The statements that left, in order, as others follow them."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement.split()[0])

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def test_what_waits_goes_before_whatever_is_asked_next(database: Database) -> None:
    with database.transaction() as session, sent(database) as statements:
        add(session, "one")
        assert ask(session, COUNT, {}) == [(1,)]
        add(session, "two")
        assert session.scalar(text("SELECT count(*) FROM tallies")) == 2
    assert statements == ["INSERT", "SELECT", "INSERT", "SELECT"]


def test_what_still_waits_is_sent_and_committed_at_the_end(database: Database) -> None:
    with database.transaction() as session:
        add(session, "one")
        add(session, "two")
    assert tallies(database) == 2


def test_what_waits_when_the_transaction_is_given_up_is_never_sent(database: Database) -> None:
    def give_up() -> None:
        with database.transaction() as session:
            add(session, "one")
            raise LookupError

    with pytest.raises(LookupError):
        give_up()
    with database.transaction() as session:
        add(session, "two")
    assert tallies(database) == 1


def test_one_that_is_refused_at_the_end_takes_all_with_it(database: Database) -> None:
    def refused() -> None:
        with database.transaction() as session:
            add(session, "one")
            add(session, "same")
            add(session, "same")

    with pytest.raises(IntegrityError):
        refused()
    assert tallies(database) == 0
    with database.transaction() as session:  # the connection is well
        add(session, "two")
    assert tallies(database) == 1


def test_the_error_names_the_statement_that_failed(postgresql_database: Database) -> None:
    with postgresql_database.transaction() as session:
        add(session, "same")
        add(session, "same")
        with pytest.raises(IntegrityError, match="INSERT INTO tallies"):
            ask(session, COUNT, {})
        session.rollback()


def test_each_sees_what_was_committed_while_the_one_before_it_waited(postgresql_database: Database) -> None:
    """Where looking stands in the statement that waits, it has been done before."""
    together = Ready(text("SELECT (SELECT count(*) FROM tallies) FROM pg_advisory_xact_lock(1)"))

    def look_after_a_turn(asked: Ready | None) -> int:
        with postgresql_database.transaction() as session:
            if asked is None:
                ask_later(session, TURN, {"turn": 1})
            found: int = ask(session, asked or COUNT, {})[0][0]
            return found

    seen = []
    for number, asked in enumerate((None, together)):
        with ThreadPoolExecutor(1) as threads, postgresql_database.transaction() as session:
            ask(session, TURN, {"turn": 1})
            looking = threads.submit(look_after_a_turn, asked)
            while not session.scalar(WAITING):
                pass
            add(session, f"number {number}")
            session.commit()
            seen.append(looking.result())
    assert seen == [1, 1]


def test_a_lock_that_is_not_had_in_time_is_said_as_ever(postgresql_database: Database) -> None:
    def wait_in_vain() -> None:
        with postgresql_database.transaction() as second:
            second.execute(text("SET LOCAL lock_timeout = 100"))
            ask_later(second, TURN, {"turn": 1})
            add(second, "never")

    with postgresql_database.transaction() as first:
        ask(first, TURN, {"turn": 1})
        with pytest.raises(Busy):
            wait_in_vain()
    assert tallies(postgresql_database) == 0
