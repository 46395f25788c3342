"""The office as of another date in a real browser: seen at once, by keyboard, never mixed with now."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.test_desk import complaints, press_until, served, sign_in


@pytest.fixture(scope="module")
def address(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The office of the other journeys."""
    yield from served(sqlite_template, tmp_path_factory.mktemp("as_of"))


@pytest.fixture
def context(address: str, chromium: Browser) -> Iterator[BrowserContext]:
    """A browser in which the manager is signed in, at the day."""
    context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    sign_in(context.new_page(), address, "manager")
    yield context
    context.close()


def look_at(page: Page, address: str, instant: str) -> None:
    page.goto(f"{address}/as-of")
    page.fill("#seen_at", instant)
    page.click("main .kern-btn--primary")
    page.wait_for_selector(".as-of__bar")


def test_another_date_is_chosen_and_left_by_keyboard_alone(context: BrowserContext, address: str) -> None:
    (page,) = context.pages
    page.goto(f"{address}/day/2020-03-18")
    press_until(page, "footer a[href^='/as-of']")
    page.keyboard.press("Enter")
    page.wait_for_selector("#seen_at")
    press_until(page, "#seen_at")
    page.evaluate("document.querySelector('#seen_at').value = '2020-03-17T10:00'")  # the browser's own field
    page.keyboard.press("Enter")
    page.wait_for_selector(".as-of__bar")

    assert page.url == f"{address}/day/2020-03-18"
    assert page.inner_text(".as-of__when") == "As of: Tuesday, 17 March 2020, 10:00"
    assert page.title().startswith("As of: Tue, 17 Mar 2020, 10:00")
    press_until(page, ".as-of__back")
    page.keyboard.press("Enter")
    page.wait_for_selector(".as-of__bar", state="detached")
    assert page.url == f"{address}/day/2020-03-18"


def test_the_bar_and_its_frame_are_seen_however_far_one_scrolls(
    context: BrowserContext, address: str
) -> None:
    (page,) = context.pages
    look_at(page, address, "2020-03-18T10:00")
    page.evaluate("window.scrollTo({top: 100000, behavior: 'instant'})")

    frame = page.evaluate(
        "(({position, borderTopWidth: width, pointerEvents}) =>"
        " [position, parseFloat(width) > 4, pointerEvents])(getComputedStyle(document.body, '::after'))"
    )

    assert frame == ["fixed", True, "none"]
    page.emulate_media(media="print")
    assert page.is_visible(".as-of__when")
    assert page.evaluate("getComputedStyle(document.querySelector('.as-of__when')).color") == "rgb(0, 0, 0)"


def test_what_is_refused_is_said_in_one_sentence(context: BrowserContext, address: str) -> None:
    (page,) = context.pages
    look_at(page, address, "2020-03-18T10:00")
    page.goto(f"{address}/day/2020-03-18")
    page.click("main form[method=post] button >> nth=0")
    page.wait_for_selector("h1:has-text('This cannot be done')")

    assert "Go back to the present first." in page.inner_text("main")
    assert page.is_visible(".as-of__bar")


def test_a_tab_of_the_present_is_never_filled_with_another_date(
    context: BrowserContext, address: str
) -> None:
    (other,) = context.pages
    page = context.new_page()
    page.goto(f"{address}/day/2020-03-18")
    page.wait_for_timeout(2500)
    assert page.is_hidden("#lost")
    before = page.inner_text(".grid")

    look_at(other, address, "2020-03-19T10:00")
    page.bring_to_front()
    page.wait_for_selector("#lost:not([hidden])")

    assert page.inner_text(".grid") == before
    other.click(".as-of__back")
    page.bring_to_front()
    page.wait_for_selector("#lost[hidden]", state="attached")


@pytest.mark.parametrize("language", ["de", "en"])
def test_axe_finds_nothing_as_of_another_date(address: str, chromium: Browser, language: str) -> None:
    context = chromium.new_context(locale=language)
    page = context.new_page()
    sign_in(page, address, "manager")
    look_at(page, address, "2020-03-17T10:00")
    found: list[str] = []
    for path in paths(page, address):
        page.goto(address + path)
        assert page.locator(".as-of__bar").count() == 1, path
        found += complaints(page)
    page.goto(f"{address}/termin/")
    page.click("button[value=ar]")
    found += complaints(page)

    assert found == []
    assert page.get_attribute("html", "dir") == "rtl"
    context.close()


def paths(page: Page, address: str) -> Sequence[str]:
    page.goto(f"{address}/day/2020-03-17")
    visit = page.get_attribute(".visit", "href") or ""
    return [
        "/",
        "/as-of",
        visit,
        f"{visit}/slip",
        "/switches",
        "/display",
        "/nonsense",
        "/termin/",
        "/termin/1",
    ]
