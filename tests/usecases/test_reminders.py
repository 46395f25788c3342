"""Reminders: once, two days before, and never of what is no more."""

from threading import Barrier, Thread, local
from typing import Any

import pytest
from sqlalchemy import Select

from models.bookings import Booking
from models.database import Database
from scheduler.domain.bookings import Party
from scheduler.domain.notices import REMINDED_BEFORE, NoticeKind, Template
from scheduler.usecases import bookings, reminders
from scheduler.usecases.notices import tell
from scheduler.usecases.reminders import remind_due
from tests.cast import ADA, BRUNO, CHEN, EMRE
from tests.factories import Office, at, opened, plan_with


def reminded(office: Office, visit: Booking) -> int:
    return sum(row.template is Template.REMINDER for row in office.notices(visit))


def remind(office: Office) -> int:
    return remind_due(office.database, clock=office.clock)


def test_people_are_reminded_once_two_days_before(office: Office) -> None:
    visit = office.book("general", "2020-03-13 09:00", customer=ADA)
    office.wait_until("2020-03-11 08:59")
    assert remind(office) == 0
    office.wait_until("2020-03-11 09:00")
    assert (remind(office), remind(office), reminded(office, visit)) == (1, 0, 1)
    row = office.notices(visit)[-1]
    assert (row.kind, row.values["method"], row.values["sequence"]) == (NoticeKind.EMAIL, None, 0)
    assert office.see(visit).version == visit.version


def test_whoever_booked_or_moved_later_is_not_reminded_and_a_new_time_counts_anew(office: Office) -> None:
    short, moved = office.book("general", "2020-03-11 08:30"), office.book("general", "2020-03-12 10:00")
    office.wait_until("2020-03-10 12:00")
    assert (remind(office), reminded(office, short), reminded(office, moved)) == (1, 0, 1)
    office.move(moved, "2020-03-16 10:00")
    office.wait_until("2020-03-14 12:00")
    assert (remind(office), reminded(office, moved)) == (1, 2)


def test_nobody_is_reminded_of_what_is_no_more_or_without_an_address(office: Office) -> None:
    for customer in (BRUNO, CHEN):
        office.book("general", "2020-03-13 09:00", customer=customer)
    cancelled = office.book("general", "2020-03-13 10:00", customer=EMRE)
    office.do(bookings.cancel, cancelled, by=Party.CUSTOMER)
    office.wait_until("2020-03-12 09:00")
    assert remind(office) == 0


def test_after_days_without_the_jobs_only_who_can_still_use_it_is_reminded(office: Office) -> None:
    soon, later = office.book("general", "2020-03-13 09:00"), office.book("general", "2020-03-13 11:30")
    office.wait_until("2020-03-13 08:00")
    assert (remind(office), reminded(office, soon), reminded(office, later)) == (1, 0, 1)


@pytest.mark.parametrize(
    "visit, due",
    [("2020-03-30 09:00", "2020-03-28 08:00"), ("2020-10-26 09:00", "2020-10-24 10:00")],
)
def test_over_a_change_of_the_clocks_it_is_forty_eight_hours_and_once(
    office: Office, visit: str, due: str
) -> None:
    booked = office.book("general", visit)
    office.wait_until(due)
    office.clock.office_now = office.clock.office_now.replace(microsecond=0)
    assert (remind(office), remind(office), reminded(office, booked)) == (1, 0, 1)
    assert at(visit) - office.now == REMINDED_BEFORE


def many(database: Database) -> tuple[Office, list[Booking]]:
    office = opened(database, "2020-03-09 09:00", plan_with("regular"))
    visits = [office.book("general", f"2020-03-13 {hour:02}:30") for hour in (8, 9, 10, 11)]
    office.wait_until("2020-03-12 09:00")
    return office, visits


def remind_at_once(office: Office) -> None:
    both = [Thread(target=remind, args=(office,)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(30)


def test_two_who_remind_at_once_remind_nobody_twice(database: Database) -> None:
    office, visits = many(database)
    remind_at_once(office)
    assert [reminded(office, visit) for visit in visits] == [1] * len(visits)


def test_without_the_rows_locked_people_are_reminded_twice(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control. SQLite lets one transaction write at a time, which cannot be taken off."""
    office, visits = many(postgresql_database)
    together, due, first = Barrier(2), reminders._due, local()

    def look_without_a_lock(clock: Any) -> Select[Booking]:
        wanted = due(clock)
        wanted._for_update_arg = None
        return wanted

    def tell_when_both_have_looked(*what: Any, **more: Any) -> None:
        if not hasattr(first, "passed"):
            first.passed = together.wait(30)
        tell(*what, **more)

    monkeypatch.setattr(reminders, "_due", look_without_a_lock)
    monkeypatch.setattr(reminders, "tell", tell_when_both_have_looked)
    remind_at_once(office)

    assert [reminded(office, visit) for visit in visits] == [2] * len(visits)
