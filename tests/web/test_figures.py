"""Pages of figures: what they show, what they hide, and how wrong dates are answered."""

import csv

import pytest
from flask import Flask

from scheduler.domain.bookings import Party
from scheduler.domain.roles import Role
from scheduler.usecases.bookings import cancel
from tests.cast import RECEPTION
from tests.factories import Office
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Reader

PERIOD = "first=2020-03-09&last=2020-03-15"


@pytest.fixture
def app(desk_office: Office, open_web: OpenWeb) -> Flask:
    return open_web(desk_office)


def cancelled(office: Office, number: int) -> None:
    for n in range(number):
        booking = office.book(starts=f"2020-03-11 {9 + n // 2:02}:{30 * (n % 2):02}")
        with office.database.transaction() as session:
            cancel(session, booking.id, by=Party.OFFICE, actor=RECEPTION, now=office.now)


def test_figures_count_and_hide(desk_office: Office, app: Flask) -> None:
    manager = signed_in(app, Role.MANAGER)
    assert "There was no visit in these days." in manager.get("/office/figures").said()
    cancelled(desk_office, 4)
    shown = manager.get(f"/office/figures?{PERIOD}").said()
    assert "few" in shown
    cancelled(desk_office, 2)
    rows = list(csv.reader(file_of(manager, "by=service").splitlines(), delimiter=";"))
    assert [row[-2:] for row in rows if row[-2] == "6"] == [["6", "6"]]


def test_dates_that_are_none_are_answered_beside_their_field(app: Flask) -> None:
    manager = signed_in(app, Role.MANAGER)
    page = manager.get("/office/figures?first=yesterday&last=2020-07-26", 422)
    assert "not a date" in page.problem("first")
    assert page.value("first") == "yesterday"
    page = manager.get("/office/figures?first=2020-07-26&last=2020-07-25", 422)
    assert "before the beginning" in page.problem("last")
    manager.get("/office/figures.csv?first=2019-01-01&last=2020-07-25", 422)


def test_a_backlog_is_reckoned_for_each_phase(app: Flask) -> None:
    manager = signed_in(app, Role.MANAGER)
    assert "Worked off by" not in manager.get("/office/backlog").said()
    found = manager.get("/office/backlog?first=2020-07-21&waiting-general=20&a_day-general=1").said()
    assert "Worked off by" in found
    assert "a day" in found
    page = manager.get("/office/backlog?first=2020-07-21&waiting-general=many", 422)
    assert "between 0 and" in page.problem("waiting-general")
    assert page.value("waiting-general") == "many"
    page = manager.get("/office/backlog?first=2020-01-01&waiting-general=1", 422)
    assert "has passed" in page.problem("first")


def file_of(reader: Reader, more: str) -> str:
    return str(reader.client.get(f"/office/figures.csv?{PERIOD}&{more}").text).removeprefix("\ufeff")
