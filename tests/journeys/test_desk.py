"""The desk in a real browser: by keyboard alone, and looked at by axe-core on every page."""

import shutil
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from models.clocks import OfficeClock
from models.database import Database
from scheduler.adapters.clock import Clock
from scheduler.domain.roles import Role
from scheduler.usecases.staff import add_staff
from tests.cast import ADA, CHEN, DORIT, MANAGER
from tests.factories import at, opened, plan_with
from tests.servers import serving

PASSWORD = "a long enough password"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def address(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The office on 16 March 2020: visits cancelled, people to be told, one visit in question.

    Served once for all that only look, or change what nobody else looks at.
    """
    yield from served(sqlite_template, tmp_path_factory.mktemp("desk"))


def served(template: Path, folder: Path, **settings: str) -> Iterator[str]:
    shutil.copyfile(template, folder / "theke.db")
    url = f"sqlite:///{folder / 'theke.db'}"
    database = Database(url)
    fill(database)
    database.dispose()
    with serving(url, folder, workers=1, env={"THEKE_DEMO": "1"} | settings) as base_url:
        yield base_url


def fill(database: Database) -> None:
    office = opened(database, "2020-03-09 09:00", plan_with("regular"))
    office.book("general", "2020-03-17 09:00", customer=ADA)
    office.book("general", "2020-03-17 10:00", customer=CHEN)
    office.book("benefit_emergency", "2020-03-17 11:00", customer=DORIT, resource="counter-2")
    office.switch_into("preventive", "appointments_cancelled")
    with database.transaction() as session:
        for role in (Role.RECEPTION, Role.MANAGER, Role.AUDITOR, Role.ADMINISTRATOR):
            add_staff(session, role.value, role.value, PASSWORD, actor=MANAGER, now=office.now)
        # The minute is spared that a test takes.
        ahead = at("2020-03-16 08:00") + timedelta(minutes=1) - Clock().real()
        session.add(OfficeClock(id=1, ahead_seconds=ahead.total_seconds()))


def sign_in(page: Page, address: str, login: str) -> None:
    page.goto(f"{address}/sign-in")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".ways")


def test_a_visit_is_booked_by_keyboard_alone(address: str, chromium: Browser) -> None:
    page = chromium.new_page(locale="en-GB")
    page.goto(f"{address}/day/2020-03-17")
    press_until(page, "#login")
    page.keyboard.type("reception")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".grid")
    press_until(page, ".grid tbody a")
    first = spoken(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    chosen = spoken(page)
    page.keyboard.press("Enter")
    page.wait_for_selector("#service-group")
    press_until(page, "input[name=service]")
    page.keyboard.press("Space")
    press_until(page, "#who")
    page.keyboard.type("Karla Kern")
    page.keyboard.press("Enter")
    page.wait_for_selector(".booking__status")

    assert first == "Tuesday, 17 March 2020, 08:00, Counter 1, free"
    assert chosen == "Tuesday, 17 March 2020, 08:15, Counter 2, free"
    assert "Karla Kern" in page.inner_text("main")
    assert "17 March 2020, 08:15" in page.inner_text("main")
    press_until(page, "main a[href='/day/2020-03-17']")
    page.keyboard.press("Enter")
    page.wait_for_selector(".visit b")
    assert "Karla Kern" in page.inner_text(".grid")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.close()


def test_the_grid_is_one_stop_of_the_tab_key(address: str, chromium: Browser) -> None:
    page = chromium.new_page()
    sign_in(page, address, "reception")
    page.goto(f"{address}/day/2020-03-17")

    stops = page.evaluate(
        "[...document.querySelectorAll('[data-grid] a')].filter(a => a.tabIndex === 0).length"
    )

    assert stops == 1
    page.close()


def test_what_went_wrong_takes_the_focus_and_leads_to_the_field(address: str, chromium: Browser) -> None:
    page = chromium.new_page(locale="en-GB")
    sign_in(page, address, "reception")
    page.goto(f"{address}/bookings/new?at=2020-03-17T09:00&resource=counter-1")
    page.click("main .deeds button")
    page.wait_for_selector("#problems")

    assert page.evaluate("document.activeElement.id") == "problems"
    press_until(page, "#problems a[href='#who']")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "who"
    page.close()


def test_without_scripts_a_visit_can_be_booked_too(address: str, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    sign_in(page, address, "reception")
    page.goto(f"{address}/day/2020-03-17")
    page.click("a[aria-label='Tuesday, 17 March 2020, 08:30, Counter 1, free']")
    page.click("label[for=service-benefit_emergency]")
    page.fill("#who", "Otto Ohne")
    page.click("main .deeds button")

    assert "Otto Ohne" in page.inner_text("main")
    context.close()


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_of_the_head_is_cut_off(address: str, chromium: Browser, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale="de")
    page = context.new_page()
    sign_in(page, address, "reception")
    page.goto(f"{address}/day/2020-03-17")

    over_the_edge = page.evaluate(
        """[...document.querySelectorAll(".top *, .day__head *")]
        .filter(one => !one.matches(".kern-sr-only") && one.getBoundingClientRect().right > window.innerWidth)
        .map(one => one.outerHTML.slice(0, 80))"""
    )
    left_for_the_placeholder = page.evaluate(
        """(() => {
            const field = document.querySelector("#search"), style = getComputedStyle(field);
            const pen = document.createElement("canvas").getContext("2d");
            pen.font = style.font;
            const text = pen.measureText(field.placeholder).width;
            return field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - text;
        })()"""
    )

    assert over_the_edge == []
    assert left_for_the_placeholder >= 0
    context.close()


def test_a_double_click_sends_a_form_once(address: str, chromium: Browser) -> None:
    page = chromium.new_page()
    sign_in(page, address, "reception")
    page.goto(f"{address}/to-be-told")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)

    page.dblclick(".card button")
    page.wait_for_selector(".flash")

    assert len(sent) == 1
    page.close()


def test_single_keys_are_listed_and_do_nothing_once_they_are_switched_off(
    address: str, chromium: Browser
) -> None:
    page = chromium.new_page(locale="en-GB")
    sign_in(page, address, "reception")
    page.goto(f"{address}/day/2020-03-17")
    page.keyboard.press("?")
    page.wait_for_selector("#keys[open]")
    listed = page.inner_text("#keys")
    page.click("button[name=keys]")
    page.wait_for_selector("button[name=keys][value=on]", state="attached")
    page.keyboard.press("/")

    assert page.evaluate("document.activeElement.id") != "search"
    for said in ("Day after", "Find a booking", "move in the table"):
        assert said in listed
    page.click("button[data-opens=keys]")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.opens") == "keys"
    page.close()


@pytest.mark.parametrize("language", ["de", "en"])
def test_axe_finds_nothing_on_any_page(
    address: str, chromium: Browser, language: str, request: pytest.FixtureRequest
) -> None:
    """In passing the second language, whose words alone are others, is looked at wide and in light only."""
    everything = language == "de" or request.config.getoption("full_scale")

    def complaints_here() -> list[str]:
        return complaints(page, by_axe=(320, 1280) if everything else (1280,), dark=everything)

    context = chromium.new_context(locale=language)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/sign-in")
    found = complaints_here()
    sign_in(page, address, "manager")
    for path in pages(page, address):
        page.goto(address + path)
        found += complaints_here()
    page.goto(f"{address}/bookings/new?at=2020-03-17T09:00")
    page.click("main .deeds button")
    page.wait_for_selector("#problems")
    found += complaints_here()
    problems = [problem for problem in problems if "422" not in problem and "404" not in problem]

    assert found == []
    assert problems == []
    assert page.get_attribute("html", "lang") == language
    context.close()


@pytest.mark.parametrize(
    "login, paths",
    [
        ("auditor", ("/", "/office/audit", "/office/audit?day=nonsense", "/office/audit/searches")),
        ("administrator", ("/", "/admin/staff", "/admin/staff/manager", "/admin/roles", "/office/retention")),
    ],
)
def test_axe_finds_nothing_on_the_pages_of_others(
    address: str, chromium: Browser, login: str, paths: Sequence[str]
) -> None:
    context = chromium.new_context(locale="de")
    page = context.new_page()
    sign_in(page, address, login)
    found = []
    for path in paths:
        page.goto(address + path)
        found += complaints(page)
    assert found == []
    context.close()


def test_axe_finds_what_is_wrong(address: str, chromium: Browser) -> None:
    page = chromium.new_page()
    page.goto(f"{address}/sign-in")
    page.evaluate(
        """() => {
            document.querySelector("label").remove();
            document.querySelector("h1").style.width = "400px";
            document.querySelector("h1").style.color = "Canvas";
        }"""
    )
    found = " ".join(complaints(page))

    for fault in ("label", "color-contrast", "wider than 320"):
        assert fault in found
    page.close()


def _an_enquiry(page: Page, address: str) -> str:
    """One that was taken down at the desk, and what can be done with it."""
    page.goto(f"{address}/enquiries/new")
    page.fill("#text", "When is my letter coming?")
    page.fill("#phone", "030 123456")
    page.select_option("#when", "hour")
    page.click("button[value=later]:not([tabindex])")
    return page.get_attribute("tbody a[href^='/enquiries/']", "href") or ""


def _a_caseworker(page: Page, address: str) -> str:
    """One who is entered by the management; the name is taken once a run."""
    page.goto(f"{address}/caseworkers")
    known = page.query_selector("tbody a[href^='/caseworkers/']")
    if known is not None:
        return known.get_attribute("href") or ""
    page.goto(f"{address}/caseworkers/new")
    page.fill("#name", "Karla Kern")
    page.fill("#hours_mon", "9:00-12:00")
    page.click("main .deeds button")
    return page.url.removeprefix(address)


def _an_application(page: Page, address: str) -> str:
    """The proof of one that was noted at the desk."""
    page.goto(f"{address}/applications/new")
    page.fill("#name", "Karla Kern")
    page.click("main .deeds button")
    page.wait_for_selector(".slip__texts")
    return page.url.removeprefix(address)


def pages(page: Page, address: str) -> list[str]:
    """Every kind of page, with what it shows in March 2020."""
    page.goto(f"{address}/day/2020-03-17")
    visit = page.get_attribute(".visit", "href") or ""
    page.goto(f"{address}/notices")
    mail = page.get_attribute("tbody a[href^='/notices/']", "href") or ""
    caseworker = _a_caseworker(page, address)
    caseworker_pages = (
        "/caseworkers",
        "/caseworkers/new",
        caseworker,
        f"{caseworker}/absence",
        f"{caseworker}/change",
    )
    return [
        "/",
        "/day/2020-03-17",
        *caseworker_pages,
        "/why?at=2020-03-17T09:00&resource=office-201",
        "/bookings/new?at=2020-03-17T09:00&resource=counter-1",
        "/bookings/new?at=2020-03-17T09:00&resource=office-201",
        visit,
        f"{visit}/move",
        f"{visit}/cancel",
        f"{visit}/summons",
        *("/enquiries", "/enquiries/new", _an_enquiry(page, address)),
        *("/hotlines", "/hotlines/roster"),
        *("/applications/new", _an_application(page, address)),
        *("/events", "/events/new", "/account", "/account/password", "/account/factor", "/as-of"),
        "/office/figures?first=2020-03-02&last=2020-03-29",
        "/office/backlog?first=2021-01-01&waiting-general=30",
        *("/office/statements", "/office/statements/privacy/ar"),
        "/office/posters/appointments_cancelled",
        "/office/retention",
        "/office/feeds",
        *("/day/2020-03-17/routes", "/office/signs/entrance"),
        "/bookings?reference=unknown",
        "/to-be-told",
        "/letters",
        *("/worklist", "/worklist/calls", "/worklist/without-time"),
        "/notices",
        mail,
        "/switches",
        "/switches/appointments_cancelled",
        "/switches/appointments_cancelled/undo",
        *(
            "/office/closures",
            "/office/measures",
            "/office/measures/language_course",
            "/office/closures/new?scope=office:&starts=2030-01-07T08:00&to=2030-01-08T08:00",
        ),
        *("/office/timeline", "/office/timeline/regular", *_a_draft(page, address)),
        "/nonsense",
    ]


def _a_draft(page: Page, address: str) -> list[str]:
    """The pages of a draft with a phase that takes no bookings."""
    page.goto(f"{address}/office/timeline")
    page.locator("main .deeds .kern-btn--primary").click()
    page.wait_for_url("**/office/draft")
    if not page.locator("a[href='/office/draft/phases/annahmestopp']").count():
        page.fill("#name", "Annahmestopp")
        page.fill("#starts", "2030-01-07T00:00")
        page.locator("button[value=stop]").click()
        page.wait_for_selector("a[href='/office/draft/phases/annahmestopp']")
    phase = "/office/draft/phases/annahmestopp"
    rules = f"{phase}/rules"
    return [
        "/office/draft",
        "/office/draft/adopt",
        phase,
        rules,
        f"{rules}/0",
        f"{rules}/1",
        f"{phase}/preview",
    ]


@pytest.mark.parametrize("width", [320, 1280])
def test_folded_ways_open_and_close_by_keyboard(address: str, chromium: Browser, width: int) -> None:
    page = chromium.new_context(locale="en", viewport={"width": width, "height": 900}).new_page()
    page.goto(f"{address}/sign-in")
    sign_in(page, address, "manager")
    page.goto(f"{address}/switches")
    fold = page.locator(".ways__fold").last
    assert "ways__here" in (fold.locator("summary").get_attribute("class") or "")
    press_until(page, ".ways__here")
    page.keyboard.press("Enter")
    assert fold.get_attribute("open") is not None
    page.evaluate(AXE_SCRIPT)
    # What lies below is not to be pressed meanwhile.
    page.evaluate("document.querySelector('main').hidden = true")
    assert _faults(page, RULES) == []
    page.evaluate("document.querySelector('main').hidden = false")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert fold.get_attribute("open") is None
    assert page.evaluate("document.activeElement.className") == "ways__here"
    page.keyboard.press("Enter")
    press_until(page, ".ways__fold a[href='/office/timeline']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/office/timeline")
    page.context.close()


def complaints(page: Page, *, by_axe: Sequence[int] = (320, 1280), dark: bool = True) -> list[str]:
    """What axe-core finds wrong on the page as it stands, unfolded, narrow and wide, in light and in dark."""
    page.evaluate("document.querySelectorAll('details:not(.ways__fold)').forEach(one => one.open = true)")
    page.evaluate(AXE_SCRIPT)
    found = []
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        if width in by_axe:
            found += _faults(page, RULES)
        if not page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
            found.append(f"{page.url}: wider than {width} pixels")
    if dark:
        page.emulate_media(color_scheme="dark")  # where nothing but colours is another
        found += _faults(page, ["color-contrast"])
        page.emulate_media(color_scheme="light")
    return found


def _faults(page: Page, rules: list[str]) -> list[str]:
    run = "rules => axe.run({runOnly: rules, resultTypes: ['violations']}).then(found => found.violations)"
    faults = page.evaluate(run, rules)
    return [f"{page.url}: {fault['id']}: {node['html'][:200]}" for fault in faults for node in fault["nodes"]]


def press_until(page: Page, selector: str) -> None:
    """Presses Tab until the focus is there."""
    for _ in range(80):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key never comes to {selector}")


def spoken(page: Page) -> str:
    """The name of what has the focus."""
    return str(page.evaluate("document.activeElement.getAttribute('aria-label')"))
