"""How long readers wait where others keep the database, or all the ways to it: six seconds at most."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from models.bookings import Booking
from models.database import LOCK_TIMEOUT_MS, Database
from scheduler.domain.roles import Role
from scheduler.web.frame import EXTENSION
from tests.factories import Office
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Reader
from tests.web.test_accesses import readings

_LONGEST_MS = 6000


@contextmanager
def waited(app: Flask) -> Iterator[list[int]]:
    """The milliseconds that SQLite was told to wait for others each time it did so in vain."""
    engine = app.extensions[EXTENSION].database.engine
    patience: list[int] = []

    def note(context: Any) -> None:
        driver = context.connection.connection.driver_connection
        patience.extend(driver.execute("PRAGMA busy_timeout").fetchone())

    event.listen(engine, "handle_error", note)
    yield patience
    event.remove(engine, "handle_error", note)


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Somebody else writes all the while."""
    with database.transaction() as session:
        session.execute(text("SELECT 1"))
        yield


@pytest.fixture
def booking(desk_office: Office) -> Booking:
    return desk_office.book()


@pytest.fixture
def app(desk_office: Office, open_web: OpenWeb) -> Flask:
    return open_web(desk_office)


@pytest.fixture
def back(desk_office: Office, booking: Booking, app: Flask) -> Reader:
    """Somebody whose session has to be noted again with whatever they do next."""
    reader = signed_in(app, Role.RECEPTION)
    reader.get(f"/bookings/{booking.id}/cancel")
    desk_office.clock.real_now += timedelta(minutes=20)
    return reader


def test_a_page_is_shown_without_the_notes_that_cannot_be_written(
    desk_office: Office, booking: Booking, app: Flask, back: Reader
) -> None:
    before = readings(desk_office.database, f"booking:{booking.id}")
    with waited(app) as patience, locked(desk_office.database):
        back.get(f"/bookings/{booking.id}")

    assert len(patience) == 2
    assert sum(patience) < _LONGEST_MS - LOCK_TIMEOUT_MS
    assert readings(desk_office.database, f"booking:{booking.id}") == before


def test_who_changes_something_hears_soon_that_it_cannot_be_done(
    desk_office: Office, booking: Booking, app: Flask, back: Reader
) -> None:
    with waited(app) as patience, locked(desk_office.database):
        back.post(f"/bookings/{booking.id}/cancel", 503, by="customer")

    assert patience[-1] == LOCK_TIMEOUT_MS
    assert len(patience) == 2
    assert sum(patience) < _LONGEST_MS - 1000


def test_who_finds_no_connection_waits_for_one_once(
    booking: Booking, app: Flask, back: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page that says so asks for none again, neither for who is signed in nor for the plan."""
    asked: list[str] = []
    pool = app.extensions[EXTENSION].database.engine.pool
    connect = pool.connect

    def count() -> Any:
        asked.append("a connection")
        return connect()

    monkeypatch.setattr(pool, "_timeout", 0.05)
    with ExitStack() as taken:
        with suppress(PoolTimeoutError):
            while True:
                taken.callback(pool.connect().close)
        monkeypatch.setattr(pool, "connect", count)
        back.get(f"/bookings/{booking.id}", 503)
        assert asked == ["a connection"]
        back.post(f"/bookings/{booking.id}/cancel", 503, by="customer")
        assert asked == ["a connection"] * 2


def test_what_may_be_left_out_is_written_where_nobody_is_in_the_way(database: Database) -> None:
    with database.brief_transaction(5) as session:
        session.execute(text("CREATE TABLE told (word text)"))
    with database.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM told")) == 0
        if database.is_sqlite:
            assert session.scalar(text("PRAGMA busy_timeout")) == LOCK_TIMEOUT_MS
