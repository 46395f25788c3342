"""Caps on what customers' own programs book: what they stop, whom they spare, and that no race slips by."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from models.database import Database
from scheduler.domain.bookings import BookingRequest, Party
from scheduler.domain.errors import Busy, LimitReached
from scheduler.domain.limits import NO_LIMITS, Limits
from scheduler.domain.people import Customer
from scheduler.domain.roles import Actor
from scheduler.usecases import bookings, limits
from scheduler.usecases.limits import check_limits
from tests.cast import ADA, CUSTOMER, DORIT, RECEPTION
from tests.factories import Office, at, opened, plan_with

CAPS = Limits(open_bookings=3, mails_an_hour=5)
AT_ONCE, LEFT = 8, 5
TIMES = [
    f"2020-03-{day} {hour:02}:{minute}" for day in (10, 11) for hour in (9, 10) for minute in ("00", "30")
]


@pytest.fixture
def capped(database: Database) -> Office:
    return opened(database, "2020-03-09 09:00", plan_with("regular"))


def book(
    office: Office, starts: str, who: Customer = ADA, actor: Actor = CUSTOMER, caps: Limits = CAPS
) -> Any:
    request = BookingRequest("general", at(starts), actor.role, who)
    with office.database.transaction() as session:
        return bookings.book(session, request, actor=actor, now=office.now, limits=caps)


def refused(office: Office, starts: str, who: Customer = ADA, **how: Any) -> LimitReached:
    with pytest.raises(LimitReached) as caught:
        book(office, starts, who, **how)
    return caught.value


def test_who_has_all_that_one_may_have_gets_no_more_until_one_is_over_or_cancelled(capped: Office) -> None:
    first, *_ = [book(capped, starts) for starts in TIMES[:3]]

    known_by_phone = replace(ADA, email="another@example.org", phone="+49 30 1234567")
    assert refused(capped, TIMES[3]).details == {"what": "open_bookings"}
    refused(capped, TIMES[3], replace(ADA, name="A. A.", email="ADA@EXAMPLE.ORG"))
    book(capped, TIMES[3], known_by_phone)
    capped.do(bookings.cancel, first, by=Party.CUSTOMER)
    book(capped, TIMES[4])
    refused(capped, TIMES[5])
    capped.wait_until("2020-03-10 12:00")
    book(capped, TIMES[5])


def test_staff_and_those_whom_nothing_tells_apart_are_never_capped(capped: Office) -> None:
    for starts in TIMES[:4]:
        book(capped, starts, DORIT)
    for starts in TIMES[4:]:
        book(capped, starts, actor=RECEPTION)
    for starts in ("2020-03-12 09:00", "2020-03-12 10:00"):
        book(capped, starts, caps=NO_LIMITS)


def test_an_address_gets_so_many_mails_an_hour_and_is_told_when_again(capped: Office) -> None:
    caps = Limits(mails_an_hour=2)
    book(capped, TIMES[0], caps=caps)
    capped.clock.office_now += timedelta(minutes=20)
    book(capped, TIMES[1], caps=caps)

    late = refused(capped, TIMES[2], caps=caps)
    book(capped, TIMES[2], replace(ADA, email="emil@example.org"), caps=caps)
    capped.clock.office_now += timedelta(seconds=late.details["retry_after"])

    assert late.details == {"what": "mails", "retry_after": 40 * 60}
    book(capped, TIMES[3], caps=caps)
    refused(capped, TIMES[4], caps=caps)


def plans_of_what_is_looked_for(database: Database) -> list[str]:
    """How the database goes about each look that a customer's booking takes at people."""
    plans: list[str] = []

    def explain(connection: Connection, _cursor: object, statement: str, given: Any, *_: object) -> None:
        if "email_key = " in statement and not statement.startswith("EXPLAIN"):
            how = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
            found = connection.exec_driver_sql(how + statement, given)
            plans.append("\n".join(str(row[-1]) for row in found))

    event.listen(database.engine, "before_cursor_execute", explain)
    with database.reading() as session:
        if not database.is_sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))  # it is the sooner way with few people
        known_by_all = replace(ADA, phone="030 1234567", number="BG-7")
        check_limits(session, known_by_all, CAPS, actor=CUSTOMER, now=at("2020-03-09 09:00"))
    event.remove(database.engine, "before_cursor_execute", explain)
    return plans


def test_nobody_elses_bookings_are_looked_through(capped: Office) -> None:
    of_visits, of_mails = plans_of_what_is_looked_for(capped.database)

    for key in ("email_key", "phone_key", "number_key"):
        assert f"ix_people_{key}" in of_visits
    assert "ix_people_email_key" in of_mails
    assert "SCAN " not in of_visits + of_mails
    assert "Seq Scan" not in of_visits + of_mails


def booked_at_once(office: Office, url: str) -> int:
    """How many of many who book for one person at once are let through; nobody wants another's place."""
    database = Database(url, pool_size=AT_ONCE)
    crowd = replace(office, database=database)

    def attempt(starts: str) -> bool:
        while True:
            try:
                book(crowd, starts, caps=Limits(open_bookings=LEFT))
            except LimitReached:
                return False
            except Busy:
                continue
            return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        passed = sum(pool.map(attempt, TIMES[:AT_ONCE]))
    database.dispose()
    return passed


def test_of_many_at_once_no_more_pass_than_one_after_the_other(capped: Office, database_url: str) -> None:
    assert booked_at_once(capped, database_url) == LEFT


@contextmanager
def without_turns(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody waits for those who ask for the same person; all look before anybody writes."""
    barrier, asked = Barrier(AT_ONCE), limits.check_limits

    def check_and_wait(*given: Any, **how: Any) -> None:
        asked(*given, **how)
        barrier.wait(60)

    with monkeypatch.context() as patch:
        patch.setattr(limits, "_take_turns", lambda *_: None)
        patch.setattr(bookings, "check_limits", check_and_wait)
        yield


def test_without_turns_too_many_pass(
    postgresql_database: Database, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test before; SQLite lets one write at a time and needs no turns."""
    office = opened(postgresql_database, "2020-03-09 09:00", plan_with("regular"))

    with without_turns(monkeypatch):
        assert booked_at_once(office, postgresql_url) == AT_ONCE
