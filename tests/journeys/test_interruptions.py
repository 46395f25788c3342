"""The unforeseen in a real browser: a counter closes, a visit takes longer; by keyboard and by mouse."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from models.clocks import OfficeClock
from models.database import Database
from scheduler.adapters.clock import Clock
from scheduler.domain.roles import Role
from scheduler.usecases import bookings
from scheduler.usecases.staff import add_staff
from tests.cast import ADA, BRUNO, CHEN, EMRE, MANAGER
from tests.factories import at, opened, plan_with
from tests.journeys.test_desk import PASSWORD, complaints, press_until, sign_in
from tests.servers import serving


@pytest.fixture(scope="module")
def address(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The office on 9 March 2020 at five past nine: Ada is served at counter 1, others come there next."""
    folder = tmp_path_factory.mktemp("unforeseen")
    shutil.copyfile(sqlite_template, folder / "theke.db")
    url = f"sqlite:///{folder / 'theke.db'}"
    database = Database(url)
    fill(database)
    database.dispose()
    with serving(url, folder, workers=1, env={"THEKE_DEMO": "1"}) as base_url:
        yield base_url


def fill(database: Database) -> None:
    office = opened(database, "2020-03-09 09:00", plan_with("regular"))
    served = office.book("general", "2020-03-09 09:00", customer=ADA, resource="counter-1")
    for change in (bookings.check_in, bookings.serve):
        office.do(change, served)
    office.book("general", "2020-03-09 09:15", customer=CHEN, resource="counter-1")
    office.book("general", "2020-03-09 09:30", customer=BRUNO, resource="counter-1")
    office.book("general", "2020-03-09 10:30", customer=EMRE, resource="counter-2")
    office.book("cash_pickup", "2020-03-09 11:00", customer=CHEN)
    with database.transaction() as session:
        add_staff(session, "reception", Role.RECEPTION, PASSWORD, actor=MANAGER, now=office.now)
        ahead = at("2020-03-09 09:05") - Clock().real()
        session.add(OfficeClock(id=1, ahead_seconds=(ahead + timedelta(seconds=1)).total_seconds()))


def test_a_counter_is_closed_by_keyboard_and_a_long_visit_makes_way(address: str, chromium: Browser) -> None:
    page = chromium.new_page(locale="en-GB")
    sign_in(page, address, "reception")

    # Counter 2 closes, by keyboard alone; Emre gets another place at the same time.
    page.keyboard.press("u")
    page.wait_for_selector("#until-group")
    press_until(page, "#resource")
    page.keyboard.type("Counter 2")
    press_until(page, "main form.interrupt button")
    page.keyboard.press("Enter")
    page.wait_for_selector("#hit")
    assert "Nobody was cancelled." in page.inner_text("main")
    assert "Emre Er" in page.inner_text("main .cards")
    found = complaints(page)
    press_until(page, "button[name=resource][value=counter-1]")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=is now at Counter 1")
    assert "Nobody is concerned, or all is decided." in page.inner_text("main")
    page.goto(f"{address}/")
    assert "Counter 2: closed for a while" in page.inner_text("main")
    page.keyboard.press("u")
    page.wait_for_selector("#until-group")
    press_until(page, "form[action$='/lift'] button")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=can be booked again")

    # Ada takes longer, by mouse; Chen is told, Bruno need not wait once Chen has gone elsewhere.
    page.goto(f"{address}/")
    page.click(".visit.in_service")
    page.click("text=Takes longer")
    page.click("button[name=minutes][value='10']")
    page.wait_for_selector("#hit")
    assert "Who has to wait at this place (2)" in page.inner_text("main")
    found += complaints(page)
    page.click("text=Let wait and tell >> nth=0")
    page.wait_for_selector("text=is written")
    page.click("text=Give all another place where one is free")
    page.wait_for_selector("text=1 visit has another place now.")
    assert "Nobody has to wait." in page.inner_text("main")

    page.click("nav >> text=More")
    page.click("nav >> text=Cash desk")
    assert "Chen Li" in page.inner_text("main table")
    found += complaints(page)
    page.click("nav >> text=To be told")
    assert "Chen Li" in page.inner_text("main")
    assert found == []
    page.close()
