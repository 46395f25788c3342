"""Customers in a real browser: without scripts, by keyboard alone, and every page looked at by axe-core."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from models.database import Database
from models.waiting_list import Offer
from scheduler.adapters.clock import Clock
from scheduler.adapters.languages import CUSTOMER_LANGUAGES
from scheduler.domain.bookings import Status
from scheduler.domain.events import EventRequest
from scheduler.domain.instants import local_date
from scheduler.domain.roles import Role
from scheduler.domain.waiting_list import OFFER_LENGTH
from scheduler.queries.bookings import by_reference
from scheduler.queries.slots import slots
from scheduler.usecases.bookings import decline
from scheduler.usecases.events import plan_events
from tests.cast import MANAGER
from tests.factories import opened, plan_with
from tests.journeys.test_desk import complaints, press_until
from tests.servers import serving

DAY = "2030-01-02"


@pytest.fixture(scope="module")
def database(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The office in regular operation."""
    file = tmp_path_factory.mktemp("public") / "theke.db"
    shutil.copyfile(sqlite_template, file)
    found = Database(f"sqlite:///{file}")
    opened(found, "2020-03-09 09:00", plan_with("regular"))
    plan_an_event(found)
    yield found
    found.dispose()


@pytest.fixture(scope="module")
def address(database: Database) -> Iterator[str]:
    """The same, served by the clock on the wall."""
    url, folder = str(database.url), Path(str(database.url.database)).parent
    with serving(url, folder, workers=1, env={"THEKE_TRUSTED_PROXIES": "1"}) as base_url:
        yield base_url


def offer_something(database: Database, reference: str) -> None:
    """An earlier time for this visit, whatever the hour."""
    now = Clock().office()
    with database.transaction() as session:
        visit = by_reference(session, reference)
        session.add(
            Offer(
                booking_id=visit.id,
                resource_id=visit.resource_id,
                starts_at=visit.starts_at,
                made_at=now,
                until=now + OFFER_LENGTH,
                form="nobody's",
            )
        )


def decline_it(database: Database, reference: str) -> None:
    with database.transaction() as session:
        asked = by_reference(session, reference)
        assert asked.status is Status.REQUESTED
        decline(session, asked.id, reason="Kein Platz.", actor=MANAGER, now=Clock().office())


def plan_an_event(database: Database) -> None:
    """On the first day from tomorrow on which the room is free, with a seat for everybody who looks here."""
    now, plan = Clock().office(), plan_with("regular")
    today = local_date(now, plan.zone)
    with database.transaction() as session:
        service = plan.service("group_information")
        (free,) = slots(
            session,
            plan,
            service,
            first=today + timedelta(days=1),  # today's may begin while the tests run
            last=today + timedelta(days=60),
            booked_by=Role.MANAGER,
            now=now,
            limit=1,
        )
        wish = EventRequest(service.key, free.starts_at, None, "Frau Berger", seats=20)
        plan_events(session, wish, actor=MANAGER, now=now)


def test_without_scripts_somebody_signs_up_for_an_event(address: str, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="de-DE")
    page = context.new_page()
    page.goto(f"{address}/termin/")
    page.click("text=Gruppenveranstaltungen, zu denen")
    page.locator(".public__choice").first.click()
    page.fill("#name", "Karla Kern")
    page.get_by_role("button", name="Weiter").click()
    assert "Sie sind noch nicht angemeldet." in page.inner_text("main")
    page.get_by_role("button", name="Etwas ändern").click()
    assert page.input_value("#name") == "Karla Kern"
    page.get_by_role("button", name="Weiter").click()
    page.get_by_role("button", name="Anmelden").click()
    assert "Ihr Termin ist gebucht" in page.inner_text("h1")
    context.close()


def test_without_scripts_a_visit_is_booked_step_by_step(address: str, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="de-DE")
    page = context.new_page()
    page.goto(f"{address}/termin/")
    page.click("text=Allgemeines Anliegen")
    page.click("text=Zeit aussuchen")
    page.locator(".public__times button").first.click()
    page.fill("#name", "Karla Kern")
    page.get_by_role("button", name="Weiter").last.click()
    assert "Gebucht ist noch nichts." in page.inner_text("main")
    page.get_by_role("button", name="Etwas ändern").click()
    assert page.input_value("#name") == "Karla Kern"
    page.get_by_role("button", name="Weiter").last.click()
    page.get_by_role("button", name="Jetzt buchen").click()
    assert "Ihr Termin ist gebucht" in page.inner_text("h1")
    page.click("text=Zettel drucken")
    assert "Ihr Termin am" in page.inner_text("main")
    page.go_back()
    assert page.locator(".public__reference").count() == 1
    context.close()


def test_without_scripts_a_question_is_asked(address: str, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="de-DE")
    page = context.new_page()
    page.goto(f"{address}/termin/")
    page.click("text=Eine Frage stellen")
    page.fill("#text", "Wann kommt mein Bescheid?")
    page.get_by_role("button", name="English").click()  # nothing typed is lost
    page.wait_for_selector("text=Your question")
    assert page.input_value("#text") == "Wann kommt mein Bescheid?"
    page.get_by_role("button", name="Deutsch", exact=True).click()
    page.wait_for_selector("text=Ihre Frage")
    page.fill("#name", "Karla Kern")
    page.click("text=Telefonisch: Sie rufen mich an")
    page.fill("#phone", "030 123456")
    page.get_by_role("button", name="Frage absenden").click()
    assert "Ihre Frage ist angekommen" in page.inner_text("h1")
    assert "Wir rufen Sie an" in page.inner_text("main")
    context.close()


def test_by_keyboard_alone_a_visit_is_booked(address: str, chromium: Browser) -> None:
    page = chromium.new_context(locale="en-GB").new_page()
    page.goto(f"{address}/termin/6")
    press_until(page, "main .kern-btn--primary")
    page.keyboard.press("Enter")
    page.wait_for_selector(".public__times")
    press_until(page, ".public__times button")
    page.keyboard.press("Enter")
    page.wait_for_selector("#name")
    press_until(page, "#name")
    page.keyboard.press("Enter")  # nothing typed yet
    page.wait_for_selector("#problems")
    assert page.evaluate("document.activeElement.id") == "problems"
    press_until(page, "#name")
    page.keyboard.type("Karla Kern")
    page.keyboard.press("Enter")
    page.wait_for_selector("button[value=book]")
    press_until(page, "button[value=book]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".public__reference")
    page.context.close()


def someone(chromium: Browser, language: str) -> Page:
    """A page of somebody who comes from an address of their own, since one address books only so often."""
    own = f"192.0.2.{CUSTOMER_LANGUAGES.index(language) + 1}"
    return chromium.new_context(locale=language, extra_http_headers={"X-Forwarded-For": own}).new_page()


@pytest.mark.parametrize("language", CUSTOMER_LANGUAGES)
def test_axe_finds_nothing(address: str, chromium: Browser, language: str) -> None:
    page = someone(chromium, language)
    found: list[str] = []

    def look(page: Page) -> None:
        found.extend(complaints(page))

    for path in (
        *("/termin/", "/termin/6", "/termin/2", f"/termin/6/zeiten?on={DAY}&step_free=y", "/termin/nonsense"),
        *("/termin/link", "/termin/link/gesendet", "/termin/zettel", "/termin/frage"),
        *("/termin/barrierefreiheit", "/termin/datenschutz", "/termin/impressum"),
    ):
        page.goto(address + path)
        look(page)
    page.goto(f"{address}/termin/frage")
    page.locator(".deeds button[value=send]").click()
    page.wait_for_selector("#problems")
    look(page)
    page.fill("#text", "?")
    page.fill("#name", "Karla Kern")
    page.check("#answer_by-asking")
    page.locator(".deeds button[value=send]").click()
    page.wait_for_selector(".public__reference")
    look(page)
    page.goto(f"{address}/termin/gruppen")
    look(page)
    page.locator(".public__choice").first.click()
    page.wait_for_selector("#name")
    look(page)
    page.locator(".deeds button[value=check]").click()
    page.wait_for_selector("#problems")
    look(page)
    page.fill("#name", "Karla Kern")
    page.locator(".deeds button[value=check]").click()
    page.wait_for_selector("button[value=book]")
    look(page)
    page.goto(f"{address}/termin/6/zeiten")
    look(page)
    page.locator(".public__times button").first.click()
    page.wait_for_selector("#name")
    look(page)
    page.locator(".deeds button[value=check]").click()
    page.wait_for_selector("#problems")
    look(page)
    page.fill("#name", "Karla Kern")
    page.locator(".deeds button[value=check]").click()
    page.wait_for_selector("button[value=book]")
    look(page)
    page.locator("button[value=book]").click()
    page.wait_for_selector(".public__reference")
    look(page)
    assert found == []
    page.context.close()


@contextmanager
def office_in(phase: str, template: Path, folder: Path) -> Iterator[tuple[Database, str]]:
    """The office as it is today in this phase of the year 2020, and its address."""
    shutil.copyfile(template, folder / "theke.db")
    database = Database(f"sqlite:///{folder / 'theke.db'}")
    opened(database, "2020-03-09 09:00", plan_with(phase))
    with serving(str(database.url), folder, workers=1, env={"THEKE_TRUSTED_PROXIES": "1"}) as base_url:
        yield database, base_url
    database.dispose()


def test_axe_finds_nothing_where_the_phase_refuses(
    sqlite_template: Path, tmp_path: Path, chromium: Browser
) -> None:
    found = []
    with office_in("closed", sqlite_template, tmp_path) as (_, address):
        for language in CUSTOMER_LANGUAGES:
            page = someone(chromium, language)
            for path in ("/termin/", "/termin/6", "/termin/2", "/termin/6/zeiten"):
                page.goto(address + path)
                found += complaints(page)
            page.context.close()
    assert found == []


def test_axe_finds_nothing_where_the_office_is_asked_first_and_declines(
    sqlite_template: Path, tmp_path: Path, chromium: Browser
) -> None:
    found = []
    with office_in("phase_2", sqlite_template, tmp_path) as (database, address):
        for language in CUSTOMER_LANGUAGES:
            page = someone(chromium, language)
            page.goto(f"{address}/termin/3")
            found += complaints(page)
            page.goto(f"{address}/termin/3/zeiten")
            page.locator(".public__times button").first.click()
            page.fill("#name", "Karla Kern")
            page.check("#on_file")
            page.locator(".deeds button[value=check]").click()
            page.wait_for_selector("button[value=book]")
            found += complaints(page)
            page.locator("button[value=book]").click()
            page.locator("main .kern-link[href^='/termin/b/']").click()
            page.wait_for_url("**/termin/b/*")
            found += complaints(page)
            decline_it(database, page.inner_text(".public__reference strong"))
            page.reload()
            found += complaints(page)
            page.context.close()
    assert found == []


def test_a_visit_is_moved_and_cancelled_by_its_link_without_scripts(address: str, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="de-DE")
    page = context.new_page()
    page.goto(f"{address}/termin/6/zeiten")
    page.locator(".public__times button").last.click()
    page.fill("#name", "Karla Kern")
    page.locator(".deeds button[value=check]").click()
    page.locator("button[value=book]").click()
    page.click("text=Termin verlegen oder absagen")
    page.click("text=Termin verlegen")
    page.locator(".public__times button").first.click()
    assert "Der Termin ist verlegt." in page.inner_text("main")
    page.click("text=Termin absagen")
    page.click("text=Ja, absagen")
    assert "auf Ihren Wunsch abgesagt" in page.inner_text("main")
    context.close()


@pytest.mark.parametrize("language", CUSTOMER_LANGUAGES)
def test_axe_finds_nothing_on_the_pages_of_a_link(
    database: Database, address: str, chromium: Browser, language: str
) -> None:
    page = someone(chromium, language)
    page.goto(f"{address}/termin/6/zeiten")
    page.locator(".public__times button").first.click()
    page.fill("#name", "Karla Kern")
    page.fill("#email", f"karla-{language}@example.org")
    page.locator(".deeds button[value=check]").click()
    page.locator("button[value=book]").click()
    page.locator("main .kern-link[href^='/termin/b/']").click()
    page.wait_for_url("**/termin/b/*")
    here, found = page.url, complaints(page)
    page.locator("button[value=ask]").click()
    page.wait_for_selector("button[value=stop]")
    offer_something(database, page.inner_text(".public__reference strong"))
    page.reload()
    page.wait_for_selector("#offer")
    found += complaints(page)
    for path in ("/verlegen", "/absagen"):
        page.goto(here + path)
        found += complaints(page)
    page.locator("main form button").click()
    page.wait_for_url(here)
    found += complaints(page)
    assert found == []
    page.context.close()
