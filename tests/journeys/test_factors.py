"""The first sign-in where a second factor is required, by keyboard alone; looked at by axe-core."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from scheduler.adapters.clock import Clock
from scheduler.adapters.factors import code_of
from scheduler.domain.factors import RECOVERY_CODES, period_of
from tests.journeys.test_desk import PASSWORD, complaints, press_until, served


@pytest.fixture(scope="module")
def address(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The office of the other journeys, where managers and administrators need a second factor."""
    yield from served(sqlite_template, tmp_path_factory.mktemp("factors"), THEKE_SECOND_FACTOR="required")


def code(secret: str, *, later: int = 0) -> str:
    """What the device shows, or will show in so many periods; the office takes the next one already."""
    return code_of(secret, period_of(Clock().real()) + later)


def show_password(page: Page, address: str, login: str) -> None:
    page.goto(f"{address}/switches")
    press_until(page, "#login")
    page.keyboard.type(login)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#code")


def type_code(page: Page, typed: str) -> None:
    press_until(page, "#code")
    page.keyboard.press("Control+a")
    page.keyboard.type(typed)
    page.keyboard.press("Enter")


def secret_on(page: Page) -> str:
    return page.inner_text("main code").replace(" ", "")


def test_a_manager_sets_it_up_at_the_first_sign_in_and_shows_a_code_at_the_next(
    address: str, chromium: Browser
) -> None:
    page = chromium.new_context(locale="de").new_page()
    show_password(page, address, "manager")
    found = complaints(page)
    secret = secret_on(page)
    type_code(page, "000000")
    page.wait_for_selector("#problems")
    found += complaints(page)
    assert secret_on(page) == secret
    type_code(page, shown := code(secret))
    page.wait_for_selector("main ol code")
    found += complaints(page)
    codes = page.locator("main ol code").all_inner_texts()
    press_until(page, "main .kern-btn--primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/switches")
    page.goto(f"{address}/account/factor")
    found += complaints(page)

    other = chromium.new_context(locale="de").new_page()
    show_password(other, address, "manager")
    found += complaints(other)
    type_code(other, shown)  # seen over the shoulder
    other.wait_for_selector("#problems")
    found += complaints(other)
    type_code(other, codes[0])
    other.wait_for_url("**/switches")

    assert found == []
    assert len(codes) == RECOVERY_CODES
    for one in (page, other):
        one.context.close()


def test_it_is_set_up_and_asked_for_without_scripts(address: str, chromium: Browser) -> None:
    page = chromium.new_context(java_script_enabled=False, locale="en-GB").new_page()
    secret = ""
    for later in (0, 1):
        page.goto(f"{address}/sign-in")
        page.fill("#login", "administrator")
        page.fill("#password", PASSWORD)
        page.click("main .stack button")
        page.wait_for_selector("#code")
        secret = secret or secret_on(page)
        page.fill("#code", code(secret, later=later))
        page.click("main .stack button")
        page.wait_for_selector(".ways")
        page.goto(f"{address}/admin/staff/administrator")
        assert "second factor since" in page.inner_text("main")
        page.click("form[action='/sign-out'] button")
        page.wait_for_selector("#login")
    page.context.close()
