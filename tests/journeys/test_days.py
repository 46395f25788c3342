"""The day in two browsers at once: what one changes the other sees, and loses nothing by it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from models.database import Database
from tests.journeys.test_desk import complaints, fill, sign_in
from tests.servers import serving


@pytest.fixture(scope="module")
def address(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The office of the other journeys, for those who change the day under each other's eyes."""
    folder = tmp_path_factory.mktemp("days")
    shutil.copyfile(sqlite_template, folder / "theke.db")
    url = f"sqlite:///{folder / 'theke.db'}"
    database = Database(url)
    fill(database)
    database.dispose()
    with serving(url, folder, workers=2, env={"THEKE_DEMO": "1"}) as base_url:
        yield base_url


def opened(chromium: Browser, address: str, login: str, path: str) -> Page:
    page = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 700}).new_page()
    sign_in(page, address, login)
    page.goto(address + path)
    return page


def test_a_colleagues_booking_appears_and_disturbs_nobody(address: str, chromium: Browser) -> None:
    path = "/day/2020-03-18"
    mine = opened(chromium, address, "reception", path)
    cell = "a[aria-label='Wednesday, 18 March 2020, 10:00, Counter 3, free']"
    mine.fill("#search", "half a refer")
    mine.evaluate("window.scrollTo({top: 300, behavior: 'instant'})")
    mine.evaluate("selector => document.querySelector(selector).focus({preventScroll: true})", cell)
    scrolled = mine.evaluate("window.scrollY")

    theirs = opened(chromium, address, "manager", "/bookings/new?at=2020-03-18T09:00&resource=counter-1")
    theirs.click("label[for=service-benefit_emergency]")
    theirs.fill("#who", "Lena Live")
    theirs.keyboard.press("Enter")
    theirs.wait_for_selector(".booking__status")
    mine.wait_for_selector(".visit:has-text('Lena Live')", timeout=10_000)

    assert mine.evaluate("selector => document.activeElement.matches(selector)", cell)
    assert mine.evaluate("document.activeElement.tabIndex") == 0
    assert mine.evaluate("window.scrollY") == scrolled == 300
    assert mine.input_value("#search") == "half a refer"
    assert mine.locator("a[aria-label*='09:00, Counter 1, free']").count() == 0

    # Whoever stands on the very cell that is taken stays near it.
    mine.focus("a[aria-label='Wednesday, 18 March 2020, 10:00, Counter 1, free']")
    theirs.goto(f"{address}/bookings/new?at=2020-03-18T10:00&resource=counter-1")
    theirs.click("label[for=service-benefit_emergency]")
    theirs.fill("#who", "Nora Nah")
    theirs.keyboard.press("Enter")
    mine.wait_for_selector(".visit:has-text('Nora Nah')", timeout=10_000)
    assert "Nora Nah" in mine.evaluate("document.activeElement.textContent")

    # Where nobody answers, the page says so, and goes on by itself.
    mine.context.set_offline(True)
    mine.wait_for_selector("#lost:visible", timeout=5000)
    mine.context.set_offline(False)
    mine.wait_for_selector("#lost", state="hidden", timeout=5000)
    mine.context.close()
    theirs.context.close()


def test_the_legend_and_the_turned_table_need_no_new_page(address: str, chromium: Browser) -> None:
    page = opened(chromium, address, "reception", "/day/2020-03-17")
    page.evaluate("window.stays = true")
    page.click(".legend a.status--booked")
    page.wait_for_selector(".legend a[aria-current]")
    page.click("text=Places as rows")
    page.wait_for_selector(".grid--across")

    assert page.evaluate("window.stays") is True
    assert page.url.endswith("/day/2020-03-17?only=booked&places=rows")
    page.keyboard.press("Tab")
    page.reload()
    assert page.locator(".grid--across[data-only=booked]").count() > 0
    page.context.close()


def test_a_visit_is_moved_by_keyboard_and_by_mouse(address: str, chromium: Browser) -> None:
    page = opened(chromium, address, "reception", "/bookings/new?at=2020-03-19T09:00&resource=counter-1")
    page.click("label[for=service-benefit_emergency]")
    page.fill("#who", "Vera Verlegt")
    page.keyboard.press("Enter")
    page.wait_for_selector(".booking__status")
    page.goto(f"{address}/day/2020-03-19")

    # Cut, walk to another cell, put it there; what it takes stands in the form.
    page.focus(".visit")
    page.keyboard.press("x")
    page.wait_for_selector(".grid--moving")
    page.wait_for_selector("#parked li")
    assert page.evaluate("document.activeElement.matches('.visit.moved')")
    page.keyboard.press("ArrowRight")
    assert "Counter 2, free, move here" in page.evaluate("document.activeElement.ariaLabel")
    page.keyboard.press("Control+v")
    page.wait_for_selector("#starts_at")
    assert page.input_value("#resource") == "counter-2"
    page.focus("#starts_at")
    page.keyboard.press("Enter")
    page.wait_for_selector(".flash")
    assert page.url.startswith(f"{address}/day/2020-03-19")
    assert page.locator("#parked li").count() == 0

    # By the mouse: grey cells say why not, green ones take it.
    page.evaluate("document.querySelector('.visit').scrollIntoView({block: 'center', behavior: 'instant'})")
    box = page.locator(".visit").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 30, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 40, steps=3)
    page.wait_for_selector(".grid--moving")
    page.hover(".grid--moving td.no", force=True)
    page.wait_for_selector(".ghost:has-text(':')")
    page.hover(".grid--moving a[aria-label*='10:00, Counter 1,']", force=True)
    page.mouse.up()
    page.wait_for_selector("#starts_at")
    assert (page.input_value("#starts_at"), page.input_value("#resource")) == (
        "2020-03-19T10:00",
        "counter-1",
    )

    # Parked, it stays at the page's edge, where it was and after a reload.
    page.goto(f"{address}/day/2020-03-19")
    page.focus(".visit")
    page.keyboard.press("Control+x")
    page.wait_for_selector("#parked li")
    page.keyboard.press("Escape")
    page.wait_for_selector(".grid--moving", state="detached")
    page.reload()
    assert "Vera Verlegt" in page.inner_text("#parked")
    assert complaints(page) == []
    page.goto(f"{address}/day/2020-03-20")
    page.click("#parked a[data-moving]")
    page.wait_for_selector(".grid--moving")
    assert complaints(page) == []
    page.click("#parked button")
    page.wait_for_selector("#parked li", state="detached")
    page.context.close()


def test_an_open_form_holds_its_place_in_front_of_everybody(address: str, chromium: Browser) -> None:
    mine = opened(chromium, address, "reception", "/day/2020-03-19")
    theirs = opened(chromium, address, "manager", "/bookings/new?at=2020-03-19T09:00&resource=counter-1")
    free = "a[aria-label*='09:00, Counter 1, free']"
    theirs.wait_for_selector("#held:has-text('Held for you for 10 minutes.')")
    mine.wait_for_selector(".no--held:has-text('being given away (manager)')", timeout=10_000)
    assert mine.locator(".legend:has-text('being given away')").count() == 1
    assert mine.locator(free).count() == 0
    assert complaints(mine) == []

    late = opened(chromium, address, "reception", "/bookings/new?at=2020-03-19T09:00&resource=counter-1")
    late.wait_for_selector("#held:has-text('somebody else was first')")

    theirs.goto(f"{address}/day/2020-03-19")
    mine.wait_for_selector(free, timeout=10_000)


def test_today_stands_beside_who_is_looked_after_now_and_keeps_its_head_in_sight(
    address: str, chromium: Browser
) -> None:
    page = opened(chromium, address, "reception", "/")
    queue, grid = page.locator(".day__now"), page.locator(".grid-frame").first

    def top(selector: str) -> float:
        return float(page.locator(selector).first.evaluate("found => found.getBoundingClientRect().top"))

    beside, work = queue.bounding_box(), grid.bounding_box()
    assert beside is not None
    assert work is not None
    assert beside["x"] + beside["width"] <= work["x"]
    grid.evaluate("frame => frame.scrollTo({top: 400, behavior: 'instant'})")
    assert grid.evaluate("frame => frame.scrollTop") == 400
    assert abs(top(".grid thead th") - top(".grid-frame")) < 3
    # A cell that takes the focus is not hidden under the head.
    page.locator(".grid-frame").first.locator("tbody a").first.focus()
    focused = float(page.evaluate("document.activeElement.getBoundingClientRect().top"))
    head = page.locator(".grid thead th").first.bounding_box()
    assert head is not None
    assert focused >= head["y"] + head["height"] - 1
    page.set_viewport_size({"width": 320, "height": 700})
    assert top(".day__now") < top("#day")
    page.context.close()
