"""The same key, the same answer."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from models.bookings import Booking
from models.database import Database
from models.idempotency import IdempotencyRecord
from scheduler.adapters.clock import Clock
from scheduler.domain.bookings import BookingRequest
from scheduler.domain.errors import Busy, DomainError, IdempotencyMismatch, InProgress, SlotTaken
from scheduler.domain.roles import Actor, Role
from scheduler.usecases import bookings
from scheduler.usecases.idempotency import KEPT, answered_once
from scheduler.usecases.tidying import clear_away
from tests.cast import ADA, CASEWORKER, RECEPTION
from tests.factories import Office, StandingClock, at

ASKED = BookingRequest("general", at("2020-03-11 09:00"), Role.RECEPTION, ADA, "counter-1")


def book_once(
    office: Office,
    key: str | None,
    *,
    actor: Actor = RECEPTION,
    request: str = "a",
    asked: BookingRequest = ASKED,
) -> tuple[int, dict[str, Any]]:
    with office.database.transaction() as session:

        def work() -> tuple[int, dict[str, Any]]:
            booked = bookings.book(session, ASKED, actor=actor, now=office.now)
            return 201, {"id": str(booked.id), "name": "Grüße"}

        return answered_once(session, actor=actor, key=key, request=request, work=work)


def count(database: Database, rows: type[Booking] | type[IdempotencyRecord]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(rows)) or 0


def test_the_same_key_gets_the_same_answer_and_does_nothing_again(office: Office) -> None:
    first = book_once(office, "k1")
    assert book_once(office, "k1") == first
    assert count(office.database, Booking) == 1


def test_another_request_under_the_same_key_is_an_error(office: Office) -> None:
    book_once(office, "k1")
    with pytest.raises(IdempotencyMismatch):
        book_once(office, "k1", request="b")


def test_the_key_of_somebody_else_is_another_key(office: Office) -> None:
    answer = book_once(office, "k1")
    with pytest.raises(SlotTaken):
        book_once(office, "k1", actor=CASEWORKER, request="b")
    assert book_once(office, "k1") == answer


def test_without_a_key_every_request_is_a_new_one(office: Office) -> None:
    book_once(office, None)
    with pytest.raises(SlotTaken):
        book_once(office, None)
    assert count(office.database, IdempotencyRecord) == 0


def test_after_an_error_the_key_is_as_good_as_new(office: Office) -> None:
    in_the_way = office.book(resource="counter-1")
    with pytest.raises(SlotTaken):
        book_once(office, "k1")
    assert count(office.database, IdempotencyRecord) == 0
    office.do(bookings.cancel, in_the_way, by="customer")
    assert book_once(office, "k1", request="b")[0] == 201


def test_twenty_at_once_under_one_key_make_one_booking(office: Office) -> None:
    barrier = Barrier(20)

    def ask(_: int) -> object:
        barrier.wait()
        return _patiently(lambda: book_once(office, "k1"))

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(ask, range(20)))
    assert answers == [answers[0]] * 20
    assert count(office.database, Booking) == 1


def test_twenty_keys_at_once_for_one_place_make_one_booking(office: Office) -> None:
    barrier = Barrier(20)

    def ask(number: int) -> object:
        barrier.wait()
        return _patiently(lambda: book_once(office, f"k{number}"))

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(ask, range(20)))
    assert sum(isinstance(answer, SlotTaken) for answer in answers) == 19
    assert count(office.database, Booking) == 1


def _patiently(ask: Callable[[], object]) -> object:
    """The answer, or the error that is final."""
    for _ in range(30):
        try:
            return ask()
        except (Busy, InProgress):
            continue
        except DomainError as error:
            return error
    raise AssertionError("never got an answer")


def test_answers_are_kept_for_a_week_and_then_nowhere(office: Office) -> None:
    book_once(office, "k1")
    real_now = Clock().real()

    early = clear_away(office.database, clock=StandingClock(office.now, real=real_now + KEPT / 2))
    assert (early, count(office.database, IdempotencyRecord)) == (0, 1)

    late = clear_away(office.database, clock=StandingClock(office.now, real=real_now + KEPT + KEPT / 7))
    assert (late, count(office.database, IdempotencyRecord)) == (1, 0)
    assert count(office.database, Booking) == 1
