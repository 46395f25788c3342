"""The next two hours in a real browser: by keyboard, by mouse, without scripts, and looked at by axe-core."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from models.clocks import OfficeClock
from models.database import Database
from scheduler.adapters.clock import Clock
from scheduler.domain.roles import Role
from scheduler.usecases.staff import add_staff
from tests.cast import ADA, BRUNO, CHEN, MANAGER
from tests.factories import at, opened, plan_with
from tests.journeys.test_desk import PASSWORD, complaints, press_until, sign_in
from tests.servers import serving

DAY = "2020-03-09"


@pytest.fixture(scope="module")
def address(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The office on Monday, 9 March 2020, at nine, with three visits of the morning."""
    folder = tmp_path_factory.mktemp("walk-ins")
    shutil.copyfile(sqlite_template, folder / "theke.db")
    url = f"sqlite:///{folder / 'theke.db'}"
    database = Database(url)
    office = opened(database, "2020-03-06 09:00", plan_with("regular", "preventive"))
    office.book("general", f"{DAY} 09:15", customer=ADA)
    office.book("general", f"{DAY} 09:30", customer=BRUNO)
    office.book("general", f"{DAY} 08:30", customer=CHEN)
    with database.transaction() as session:
        for role in (Role.RECEPTION, Role.MANAGER):
            add_staff(session, role.value, role.value, PASSWORD, actor=MANAGER, now=office.now)
        ahead = at(f"{DAY} 09:00") - Clock().real()
        session.add(OfficeClock(id=1, ahead_seconds=ahead.total_seconds()))
    database.dispose()
    with serving(url, folder, workers=1, env={"THEKE_DEMO": "1"}) as base_url:
        yield base_url


def row_with(page: Page, text: str) -> str:
    """What the row with this text says, blanks made single."""
    return " ".join(page.locator("[data-queue-row]", has_text=text).first.inner_text().split())


def focused_row(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('[data-queue-row]')?.innerText ?? ''"))


def press(page: Page, key: str, text: str, *, within: str = ".flash, [data-queue-row]") -> None:
    """Presses a key and waits for the page that says so."""
    page.keyboard.press(key)
    page.locator(within, has_text=text).first.wait_for()
    page.wait_for_load_state()


def test_a_morning_at_the_desk_by_keyboard_alone(address: str, chromium: Browser) -> None:
    page = chromium.new_page(locale="en-GB")
    sign_in(page, address, "reception")
    page.goto(address)
    page.keyboard.press("q")
    assert "Chen Li" in focused_row(page)
    assert "late" in focused_row(page)
    page.keyboard.press("ArrowDown")
    assert "Ada Arendt" in focused_row(page)

    for key, said in {"a": "checked in", "c": "called", "s": "being served", "f": "done"}.items():
        press(page, key, f": {said}.", within=".flash")
        assert "Ada Arendt" in focused_row(page), key
    press(page, "u", "Taken back.", within=".flash")
    assert "being served" in row_with(page, "Ada Arendt")

    press(page, "d", "Documents handed in 1", within=".queue__door")
    press(page, "i", "Short question 1", within=".queue__door")
    press(page, "e", "The emergency stands first", within=".flash")
    page.keyboard.press("w")
    page.wait_for_selector("input[name=service]:focus")
    page.keyboard.press("Space")
    press_until(page, "#name")
    page.keyboard.type("Karla Kern")
    page.keyboard.press("Enter")
    page.wait_for_selector(".number-slip")
    assert page.inner_text("h1").split()[-1] == "003"
    press_until(page, ".paper__tools a")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-queue-row]")

    assert "turn 1" in row_with(page, "Emergency")
    assert "turn 2" in row_with(page, "Karla Kern")
    page.keyboard.press("q")
    for _ in range(10):
        if "Karla Kern" in focused_row(page):
            break
        page.keyboard.press("ArrowDown")
    press(page, "c", "Number 003: called.", within=".flash")
    assert "Counter 2" in row_with(page, "Karla Kern")
    press(page, "u", "Taken back.", within=".flash")
    press(page, "x", "left without being served", within=".flash")
    page.close()


def test_by_mouse_in_german_without_scripts_and_seen_by_a_colleague(address: str, chromium: Browser) -> None:
    """The colleague sees it within seconds, and keeps the row that has the focus."""
    colleague = chromium.new_page(locale="en-GB")
    sign_in(colleague, address, "reception")
    colleague.goto(address)
    colleague.keyboard.press("q")
    looked_at = colleague.evaluate("document.activeElement.id")
    context = chromium.new_context(java_script_enabled=False, locale="de-DE")
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("#login", "manager")
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    page.goto(f"{address}/queue")
    page.locator("[data-queue-row]", has_text="Bruno Beck").get_by_text("Ist da").click()
    assert "wartet" in row_with(page, "Bruno Beck")
    bruno = colleague.locator("[data-queue-row]", has_text="Bruno Beck")
    bruno.get_by_text("waiting").wait_for(timeout=5000)
    assert colleague.evaluate("document.activeElement.id") == looked_at != ""
    colleague.focus("#door-documents")
    page.get_by_text("Zurücknehmen: Ist da").click()
    bruno.get_by_text("expected").wait_for(timeout=5000)
    assert colleague.evaluate("document.activeElement.id") == "door-documents"
    assert "erwartet" in row_with(page, "Bruno Beck")
    page.get_by_text("Notfall: heute zurückrufen").click()
    page.fill("#phone", "030 123456")
    page.get_by_text("Rückruf zusagen").click()
    call = page.locator("[data-queue-row]", has_text="030 123456")
    assert "zurückrufen unter 030 123456" in row_with(page, "030 123456")
    call.get_by_role("button", name="Erledigt").click()
    assert "erledigt" in row_with(page, "030 123456")
    context.close()
    colleague.close()


def test_axe_finds_nothing(address: str, chromium: Browser) -> None:
    """Every page in one language, the list in both; the forms with all that can be wrong."""
    context = chromium.new_context(locale="de")
    page = context.new_page()
    sign_in(page, address, "reception")
    page.goto(f"{address}/queue")
    page.click("form[action='/emergencies'] button")
    found = complaints(page)
    slip = page.locator("[data-queue-row] th a[href^='/walk-ins/']").first.get_attribute("href") or ""
    page.goto(address + slip)
    found += complaints(page)
    for path in ("/walk-ins/new", "/emergencies/call-back"):
        page.goto(address + path)
        page.click("main form.stack .deeds button")
        page.wait_for_selector("#problems")
        found += complaints(page)
    page.goto(f"{address}/queue")
    page.click("button[name=language][value=en]")
    page.wait_for_selector("html[lang=en]")
    found += complaints(page)
    assert found == []
    context.close()
