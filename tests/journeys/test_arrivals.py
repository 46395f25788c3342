"""Arriving, the wall, the door, paper and the alarm in real browsers, by keyboard, and under axe-core."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from models.clocks import OfficeClock
from models.database import Database
from scheduler.adapters.clock import Clock
from scheduler.domain.bookings import Party
from scheduler.domain.roles import Role
from scheduler.usecases import bookings
from scheduler.usecases.staff import add_staff
from scheduler.usecases.tokens import add_token
from tests.cast import ADA, CHEN, DORIT, EMRE, MANAGER
from tests.factories import at, opened, plan_with
from tests.journeys.test_desk import PASSWORD, complaints, sign_in
from tests.servers import serving

DAY = "2020-03-10"
SEEN_S = 4
"""Pages look every two seconds, the wall every three; what they show may be two seconds old."""


class Place:
    """Where the office is on the web, and what the tests know of it."""

    def __init__(self, address: str, references: dict[str, str], token: str) -> None:
        self.address, self.references, self.token = address, references, token

    def page(self, chromium: Browser, login: str, path: str, language: str = "en-GB") -> Page:
        page = chromium.new_context(locale=language, viewport={"width": 1280, "height": 800}).new_page()
        page.goto(f"{self.address}/sign-in")
        page.fill("#login", login)
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector(".ways")
        page.goto(self.address + path)
        return page


@pytest.fixture(scope="module")
def place(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Tuesday, 10 March 2020, nine o'clock: two expected, one cancelled, one whose end nobody entered."""
    folder = tmp_path_factory.mktemp("arrivals")
    shutil.copyfile(sqlite_template, folder / "theke.db")
    url = f"sqlite:///{folder / 'theke.db'}"
    database = Database(url)
    office = opened(database, "2020-03-09 09:00", plan_with("regular"))
    born = replace(ADA, born=date(1980, 5, 31), number="4711")
    made = {
        "ada": office.book("general", f"{DAY} 09:15", customer=born, resource="counter-1"),
        "chen": office.book("benefit_emergency", f"{DAY} 09:30", customer=CHEN, resource="counter-2"),
        "dorit": office.book("general", f"{DAY} 08:00", customer=DORIT, resource="counter-3"),
        "emre": office.book("general", f"{DAY} 11:00", customer=EMRE),
    }
    office.do(bookings.cancel, made["emre"], by=Party.OFFICE)
    with database.transaction() as session:
        for role in (Role.RECEPTION, Role.MANAGER, Role.ENTRANCE):
            add_staff(session, role.value, role.value, PASSWORD, actor=MANAGER, now=office.now)
        token = add_token(
            session, "wall", Role.ENTRANCE, actor=MANAGER, now=office.now, real_now=Clock().real()
        )
        ahead = at(f"{DAY} 09:01") + timedelta(seconds=5) - Clock().real()
        session.add(OfficeClock(id=1, ahead_seconds=ahead.total_seconds()))
    database.dispose()
    references = {name: booking.reference for name, booking in made.items()}
    with serving(url, folder, workers=2, env={"THEKE_DEMO": "1"}) as address:
        yield Place(address, references, token)


def soon(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold within the time that pages have."""
    deadline = time.monotonic() + SEEN_S
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return holds()


def test_somebody_is_scanned_checked_in_called_and_seen_on_the_wall(place: Place, chromium: Browser) -> None:
    wall = chromium.new_page(locale="de-DE")
    wall.goto(f"{place.address}/display/{place.token}")
    guard = place.page(chromium, "entrance", "/entrance", "de-DE")
    guard.click(f"button[aria-label='Einlassen: 09:15, {place.references['ada']}']")
    guard.wait_for_selector(".door--in")
    assert "drin seit 09:0" in guard.inner_text(".door--in")
    assert "Ada" not in guard.content()

    page = place.page(chromium, "reception", "/arrivals")
    assert page.evaluate("document.activeElement.id") == "q", "the scanner's box has the focus"
    page.keyboard.type(f"https://x.example.org/arrivals?q={place.references['ada']}".replace("Y", "Z"))
    page.keyboard.press("Enter")
    page.wait_for_selector(".arrival--yes")
    assert "Expected now" in page.inner_text(".arrival--yes")
    # After a check-in the scanner's box has the focus again; what takes it back stands just before it.
    for key, said in (("a", "has arrived, number 001"), ("Shift+Tab", "is as before"), ("a", "number 002")):
        page.keyboard.press(key)
        if key == "Shift+Tab":
            page.keyboard.press("Enter")
        page.wait_for_selector(f".flash:has-text('{said}')")
    page.goto(f"{place.address}/arrivals?q={place.references['ada']}")
    page.click(f".facts a:has-text('{place.references['ada']}')")
    page.click(".deeds form[action$='/call'] button")
    page.wait_for_selector(".flash")

    assert soon(lambda: "002" in wall.inner_text("#wall"))
    assert "Kundentheke 1" in wall.inner_text("#wall")
    assert wall.inner_text("#wall-said") == "Nummer 002 Kundentheke 1"
    wall.context.set_offline(True)
    wall.evaluate("Date.now = (real => () => real() + 20000)(Date.now)")
    assert soon(lambda: wall.is_visible("#wall-old"))
    wall.context.set_offline(False)
    assert soon(lambda: not wall.is_visible("#wall-old"))
    for one in (wall, guard, page):
        one.context.close()


def test_an_alarm_goes_out_by_one_key_and_shows_nothing_where_it_was_pressed(
    place: Place, chromium: Browser
) -> None:
    caller = place.page(chromium, "reception", f"/day/{DAY}")
    other = place.page(chromium, "manager", "/to-be-told")
    before = caller.url, caller.inner_text("main")

    caller.keyboard.press("F9")

    assert soon(lambda: other.is_visible(".alarm__call"))
    assert "Alarm: no place given" in other.inner_text(".alarm__call")
    assert (caller.url, caller.inner_text("main")) == before
    assert not caller.is_visible(".alarm__call")
    assert complaints(other) == []
    other.set_viewport_size({"width": 1280, "height": 800})
    other.focus(".alarm__call button")
    other.keyboard.press("Enter")
    other.wait_for_selector(".alarm__call:has-text('Coming: manager')")
    assert soon(lambda: "manager" in caller.inner_text("#alarm"))
    other.click(".alarm__call button:has-text('All clear')")
    assert soon(lambda: not other.is_visible(".alarm__call") and caller.inner_text("#alarm").strip() == "")
    for one in (caller, other):
        one.context.close()


def test_paper_is_entered_by_keyboard_alone(place: Place, chromium: Browser) -> None:
    page = place.page(chromium, "reception", f"/day/{DAY}/catch-up")
    page.focus("main select")
    page.keyboard.type("came and")
    page.keyboard.press("Tab")
    page.keyboard.type("8:02")
    page.keyboard.press("Enter")
    page.wait_for_selector(".flash:has-text('1 lines entered.')")
    page.focus("#starts")
    for typed in ("8:20", "Counter 3", "Benefit", "Paula Papier"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#problems, .flash")
    if page.is_visible("#problems"):
        page.focus("#accepted")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
    page.wait_for_selector(".flash:has-text('Entered as booking')")

    assert "Dorit" not in page.inner_text("main")
    page.context.close()


@pytest.mark.parametrize("language", ["de", "en"])
def test_axe_finds_nothing(place: Place, chromium: Browser, language: str) -> None:
    page = chromium.new_context(locale=language).new_page()
    sign_in(page, place.address, "manager")
    chen = place.references["chen"]
    page.goto(f"{place.address}/bookings?reference={chen}")
    visit = page.url
    day = f"{place.address}/day/{DAY}"
    found = []
    for path in (
        *("/arrivals", f"/arrivals?q={chen}", "/arrivals?q=nonsense", "/entrance", f"/entrance?q={chen}"),
        *("/display", "/alarms"),
    ):
        page.goto(place.address + path)
        found += complaints(page)
    for path in (
        f"{day}/list?names=1",
        f"{day}/door",
        f"{day}/catch-up",
        f"{day}/catch-up/walk-ins",
        f"{visit}/slip",
        f"{visit}/hint",
    ):
        page.goto(path)
        found += complaints(page)

    assert found == []
    page.context.close()
