"""Arriving, call numbers, and taking back what was noted by mistake, on both engines."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.database import Database
from models.queueing import CallDay
from scheduler.domain.bookings import Change, Status
from scheduler.domain.errors import Busy, SlotTaken, WrongState
from scheduler.queries.queueing import queue
from scheduler.usecases import bookings, corrections, entrances
from scheduler.usecases.queueing import give_number
from tests.cast import BRUNO, CASEWORKER, RECEPTION
from tests.factories import Office, at, opened, plan_with

DAY = "2020-03-09"


def take_back(office: Office, booking: Booking, change: Change) -> Booking:
    return office.do(corrections.take_back, booking, mistake=change)


def stamps(booking: Booking) -> tuple[object, ...]:
    return booking.arrived_at, booking.called_at, booking.served_at, booking.finished_at


def test_a_visit_notes_when_it_came_how_far(office: Office) -> None:
    visit = office.book(starts=f"{DAY} 09:30")
    for change in (bookings.check_in, bookings.call, bookings.call, bookings.serve, bookings.finish):
        office.do(change, visit)
        office.wait_until(f"{DAY} 09:{office.now.minute + 5:02}")

    seen = office.see(visit)
    assert stamps(seen) == tuple(at(f"{DAY} 09:{minute:02}") for minute in (0, 10, 15, 20))
    assert (seen.call_day, seen.call_number) == (date(2020, 3, 9), 1)


def test_numbers_begin_anew_each_day_and_are_never_given_twice(office: Office) -> None:
    first, second = office.book(starts=f"{DAY} 09:30"), office.book(starts=f"{DAY} 09:45", customer=BRUNO)
    later = office.book(starts="2020-03-10 09:30")
    office.do(bookings.check_in, first)
    take_back(office, first, Change.CHECK_IN)
    office.do(bookings.check_in, second)
    office.do(bookings.check_in, first)
    office.wait_until("2020-03-10 09:00")
    office.do(bookings.check_in, later)

    assert [office.see(visit).call_number for visit in (first, second, later)] == [3, 2, 1]


def test_each_mistake_is_taken_back_as_if_it_had_not_been(office: Office) -> None:
    visit = office.book(starts=f"{DAY} 09:30")
    steps: list[tuple[Change, Callable[..., Booking], Status]] = [
        (Change.CHECK_IN, bookings.check_in, Status.BOOKED),
        (Change.SERVE, bookings.serve, Status.CHECKED_IN),
        (Change.CALL, bookings.call, Status.CHECKED_IN),
        (Change.SERVE, bookings.serve, Status.CALLED),
        (Change.FINISH, bookings.finish, Status.IN_SERVICE),
    ]
    for change, step, before in steps:
        was = office.see(visit)
        office.do(step, visit)
        take_back(office, visit, change)
        seen = office.see(visit)
        assert (seen.status, stamps(seen)) == (before, stamps(was))
        with pytest.raises(WrongState) as caught:
            take_back(office, visit, change)
        assert caught.value.details["why"] == "nothing_to_take_back"
        if before is not Status.CHECKED_IN or change is Change.CALL:
            office.do(step, visit)


def test_a_tick_at_the_entrance_stands_in_nobodys_way(office: Office) -> None:
    visit = office.book(starts=f"{DAY} 09:30")
    office.do(bookings.check_in, visit)
    version = office.see(visit).version
    for tick in (entrances.let_in, entrances.take_back, entrances.let_in):
        with office.database.transaction() as session:
            tick(session, visit.id, actor=RECEPTION, now=office.now)
    with office.database.reading() as session:
        at_once = timedelta(minutes=10)
        shown = queue(session, plan_with("regular"), "main", actor=RECEPTION, now=office.now, grace=at_once)

    assert (office.see(visit).let_in_at, office.see(visit).version) == (office.now, version)
    assert [entry.mistake for entry in shown.entries] == [Change.CHECK_IN]
    take_back(office, visit, Change.CHECK_IN)
    assert office.see(visit).status is Status.BOOKED


def test_who_is_noted_as_missing_by_mistake_has_the_place_again(office: Office) -> None:
    visit = office.book(starts=f"{DAY} 09:30", resource="counter-1")
    office.wait_until(f"{DAY} 09:35")
    office.do(bookings.no_show, visit, reason="aufgerufen")
    take_back(office, visit, Change.NO_SHOW)

    seen = office.see(visit)
    assert (seen.status, seen.reason) == (Status.BOOKED, None)
    office.do(bookings.no_show, visit, reason="aufgerufen")
    office.book("documents", f"{DAY} 09:40", resource="counter-1")
    with pytest.raises(SlotTaken):
        take_back(office, visit, Change.NO_SHOW)


def test_only_who_made_the_mistake_takes_it_back_and_only_for_some_minutes(office: Office) -> None:
    visit = office.book(starts=f"{DAY} 09:30")
    office.do(bookings.check_in, visit)
    with pytest.raises(WrongState) as caught:
        office.do(corrections.take_back, visit, actor=CASEWORKER, mistake=Change.CHECK_IN)
    assert caught.value.details["why"] == "not_yours_to_take_back"
    office.wait_until(f"{DAY} 09:11")
    with pytest.raises(WrongState) as caught:
        take_back(office, visit, Change.CHECK_IN)
    assert caught.value.details["why"] == "too_late_to_take_back"
    assert office.see(visit).status is Status.CHECKED_IN


def numbers_of_ten(office: Office, give: Callable[[Session, date], int]) -> list[int]:
    together = Barrier(10)

    def arrive(_who: int) -> int:
        together.wait()
        for _ in range(20):
            try:
                with office.database.transaction() as session:
                    return give(session, date(2020, 3, 9))
            except Busy:
                continue
        raise AssertionError("never got a number")

    with ThreadPoolExecutor(10) as threads:
        return sorted(threads.map(arrive, range(10)))


def test_ten_who_arrive_at_once_have_ten_numbers(office: Office) -> None:
    assert numbers_of_ten(office, give_number) == list(range(1, 11))


def test_without_turns_two_would_have_one_number(postgresql_database: Database) -> None:
    """The negative control of the test before; SQLite lets one transaction write at a time anyway."""
    looked = Barrier(10)

    def look_and_add(session: Session, on: date) -> int:
        number = (session.scalar(select(func.max(CallDay.last_number))) or 0) + 1
        looked.wait()
        return number

    office = opened(postgresql_database, "2020-03-09 09:00", plan_with("regular"))
    assert len(set(numbers_of_ten(office, look_and_add))) < 10
