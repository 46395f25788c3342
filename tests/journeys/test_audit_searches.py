"""A search by employee in two browsers: filed, granted, seen; looked at by axe-core on the way."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.test_desk import complaints, served, sign_in


@pytest.fixture(scope="module")
def address(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The office of the other journeys."""
    yield from served(sqlite_template, tmp_path_factory.mktemp("searches"))


def opened(chromium: Browser, address: str, login: str) -> Page:
    page = chromium.new_context(locale="de", viewport={"width": 1280, "height": 900}).new_page()
    sign_in(page, address, login)
    page.goto(f"{address}/office/audit/searches")
    return page


def test_two_people_see_to_a_search_and_one_sees_what_it_finds(address: str, chromium: Browser) -> None:
    auditor = opened(chromium, address, "auditor")
    found = complaints(auditor)
    auditor.select_option("#login", "manager")
    auditor.fill("#purpose", "Beschwerde")
    auditor.click("section[aria-labelledby=file] button")  # without the days
    auditor.wait_for_selector("#problems")
    found += complaints(auditor)
    auditor.fill("#first", "2020-03-09")
    auditor.fill("#last", "2020-03-16")
    auditor.click("section[aria-labelledby=file] button")
    auditor.wait_for_selector("#waiting")
    found += complaints(auditor)

    administrator = opened(chromium, address, "administrator")
    found += complaints(administrator)
    administrator.click("button[value=granted]")
    administrator.wait_for_selector(".flash")
    auditor.reload()
    found += complaints(auditor)
    auditor.click("section[aria-labelledby=granted] button")
    auditor.wait_for_selector("h1:has-text('Ergebnisse der Suche')")
    found += complaints(auditor)

    assert found == []
    assert auditor.locator("main").inner_text().count("Beschwerde") == 1
    for page in (auditor, administrator):
        page.context.close()
