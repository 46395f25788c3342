"""Booking in three inputs: somebody is found while one types, by keyboard or mouse, in German and English."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from models.clocks import OfficeClock
from models.database import Database
from scheduler.adapters.clock import Clock
from scheduler.domain.people import Customer, Needs
from scheduler.domain.roles import Role
from scheduler.usecases.staff import add_staff
from tests.cast import ADA, CHEN, MANAGER
from tests.factories import at, opened, whole_plan
from tests.journeys.test_desk import PASSWORD, complaints, press_until, sign_in
from tests.servers import serving

JUERGEN = Customer("Jürgen Groß", number="123K45", phone="030 12345", needs=Needs(companion=True))


@pytest.fixture(scope="module")
def address(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The office in July 2020, when some visits need a reason."""
    folder = tmp_path_factory.mktemp("people")
    shutil.copyfile(sqlite_template, folder / "theke.db")
    url = f"sqlite:///{folder / 'theke.db'}"
    database = Database(url)
    office = opened(database, "2020-07-17 08:00", whole_plan())
    for hour, customer in enumerate((JUERGEN, ADA, CHEN), start=8):
        office.book("benefit_emergency", f"2020-07-20 {hour:02}:00", customer=customer)
    with database.transaction() as session:
        add_staff(session, "reception", Role.RECEPTION, PASSWORD, actor=MANAGER, now=office.now)
        ahead = at("2020-07-17 08:00") + timedelta(minutes=1) - Clock().real()
        session.add(OfficeClock(id=1, ahead_seconds=ahead.total_seconds()))
    database.dispose()
    with serving(url, folder, workers=1, env={"THEKE_DEMO": "1"}) as base_url:
        yield base_url


def reading(chromium: Browser, address: str, language: str) -> Page:
    page = chromium.new_context(locale=language, viewport={"width": 1280, "height": 900}).new_page()
    sign_in(page, address, "reception")
    return page


def test_by_keyboard_alone_a_known_person_is_booked_with_a_reason_by_one_key(
    address: str, chromium: Browser
) -> None:
    page = reading(chromium, address, "en-GB")
    page.goto(f"{address}/bookings/new?at=2020-07-21T09:00&resource=office-201")
    assert page.evaluate("document.activeElement.id") == "who"
    assert not page.is_visible("#category")
    page.keyboard.type("gros jurgen")
    page.wait_for_selector("#who-1")
    assert complaints(page) == []
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = false)")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#who-1")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#who", "aria-activedescendant") == "who-1"
    page.keyboard.press("Enter")
    assert page.input_value("#who") == "Jürgen Groß"
    assert "123K45" in page.inner_text("#who-taken")
    press_until(page, "input[name=service]")
    page.focus("#service-integration")
    page.keyboard.press("Space")
    assert page.is_visible("#category")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.wait_for_selector(".booking__status")

    said = page.inner_text("main")
    assert all(known in said for known in ("Jürgen Groß", "123K45", "030 12345", "Comes with a companion"))
    assert "Integration into work" in said
    page.context.close()


def test_by_mouse_in_german_somebody_else_than_first_chosen_is_new(address: str, chromium: Browser) -> None:
    page = reading(chromium, address, "de")
    page.goto(f"{address}/bookings/new?at=2020-07-21T09:00&resource=counter-1")
    page.type("#who", "chen")
    page.click("#who-1")
    assert page.input_value("#phone") == "030 123456"
    page.fill("#who", "Chen Neu 5.3.1980")
    assert page.input_value("#phone") == page.input_value("#name") == ""
    page.keyboard.press("Escape")
    page.click("label[for=service-benefit_emergency]")
    page.click("main .deeds button")
    page.wait_for_selector(".booking__status")
    said = page.inner_text("main")

    assert "Chen Neu" in said
    assert "05.03.1980" in said
    assert "030 123456" not in said
    page.context.close()


@pytest.mark.parametrize("language", ["de", "en-GB"])
def test_axe_finds_nothing_where_people_and_slots_are_found(
    address: str, chromium: Browser, language: str
) -> None:
    page = reading(chromium, address, language)
    found = []
    for path in ("/slots?service=benefit_emergency&on=2020-07-20&at=09:00", "/bookings?reference=chen"):
        page.goto(address + path)
        found += complaints(page)
    page.goto(f"{address}/bookings/new?at=2020-07-22T09:00&resource=office-201")
    page.check("#service-integration", force=True)
    found += complaints(page)

    assert found == []
    page.context.close()
