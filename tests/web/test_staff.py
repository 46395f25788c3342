"""Signing in and out, and what the browser is told about safety."""

from datetime import UTC, datetime, timedelta

import pytest

from models.clocks import Demonstration
from scheduler.domain.roles import Role
from scheduler.usecases.staff import add_staff, change_password, change_role, lock
from tests.cast import MANAGER
from tests.factories import Office
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import PASSWORD, Reader


@pytest.fixture
def stranger(desk_office: Office, open_web: OpenWeb) -> Reader:
    return Reader(open_web(desk_office))


def test_whoever_is_not_signed_in_is_led_to_the_sign_in_page_and_back(stranger: Reader) -> None:
    led = stranger.get("/day/2020-03-16?x=1", 303)
    page = stranger.get(led.response.headers["Location"])
    back = stranger.post("/sign-in", login="Reception ", password=PASSWORD, next=page.value("next"))

    assert back.response.headers["Location"] == "/day/2020-03-16?x=1"


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "/a\n/b"])
def test_signing_in_never_leads_to_another_host(stranger: Reader, elsewhere: str) -> None:
    stranger.get("/sign-in")

    page = stranger.post("/sign-in", login="reception", password=PASSWORD, next=elsewhere)

    assert page.response.headers["Location"] == "/"


@pytest.mark.parametrize("login", ["reception", "nobody", "", "x" * 5000])
def test_a_wrong_login_and_a_wrong_password_look_the_same(stranger: Reader, login: str) -> None:
    stranger.get("/sign-in")

    page = stranger.post("/sign-in", 422, login=login, password="wrong")

    assert "Login or password is wrong" in page.said()
    assert page.value("login") == login


def test_the_eleventh_try_within_five_minutes_is_refused_even_with_the_right_password(
    stranger: Reader, desk_office: Office
) -> None:
    stranger.get("/sign-in")
    for _ in range(10):
        stranger.post("/sign-in", 422, login="reception", password="wrong")

    refused = stranger.post("/sign-in", 429, login="reception", password=PASSWORD)
    stranger.post("/sign-in", 303, login="manager", password=PASSWORD)
    desk_office.clock.real_now += timedelta(minutes=5)

    assert 0 < int(refused.response.headers["Retry-After"]) <= 300
    stranger.get("/")
    stranger.post("/sign-out")
    stranger.get("/sign-in")
    stranger.post("/sign-in", 303, login="reception", password=PASSWORD)


def test_signing_out_ends_the_session_everywhere(desk_office: Office, open_web: OpenWeb) -> None:
    reader = signed_in(open_web(desk_office), Role.RECEPTION)
    cookie = reader.client.get_cookie("theke")
    assert cookie is not None

    reader.post("/sign-out")
    reader.client.set_cookie("theke", cookie.value)

    reader.get("/", 303)


def test_a_locked_account_is_out_at_once_and_cannot_come_back(desk_office: Office, open_web: OpenWeb) -> None:
    reader = signed_in(open_web(desk_office), Role.RECEPTION)

    with desk_office.database.transaction() as session:
        lock(session, "reception", actor=MANAGER, now=desk_office.now)

    reader.get("/", 303)
    reader.get("/sign-in")
    reader.post("/sign-in", 422, login="reception", password=PASSWORD)


def test_another_role_ends_the_session_at_once(desk_office: Office, open_web: OpenWeb) -> None:
    reader = signed_in(open_web(desk_office), Role.MANAGER)

    with desk_office.database.transaction() as session:
        change_role(session, "manager", Role.ENTRANCE, actor=MANAGER, now=desk_office.now)

    reader.get("/switches", 303)


def test_a_session_ends_after_a_working_day(desk_office: Office, open_web: OpenWeb) -> None:
    reader = signed_in(open_web(desk_office), Role.RECEPTION)

    desk_office.clock.real_now += timedelta(hours=12)

    reader.get("/", 303)


def test_the_browser_gets_another_session_when_somebody_signs_in(
    desk_office: Office, open_web: OpenWeb
) -> None:
    """What a stranger planted before, or another knew, is worth nothing afterwards (session fixation)."""
    app = open_web(desk_office)
    reader = Reader(app)
    before = reader.get("/sign-in")
    first = reader.sign_in("reception")
    again = Reader(app)
    again.sign_in("reception")

    tokens = {page.client.get_cookie("theke").value for page in (reader, again)}  # type: ignore[union-attr]
    assert len(tokens) == 2
    assert before.response.headers["Set-Cookie"] != first.response.headers["Set-Cookie"]
    stale = reader.client.post("/theme", data={"theme": "dark", "csrf_token": before.value("csrf_token")})
    assert stale.status_code == 400


def test_two_browsers_of_one_account_are_both_out_when_its_password_changes(
    desk_office: Office, open_web: OpenWeb
) -> None:
    app = open_web(desk_office)
    readers = [signed_in(app, Role.RECEPTION) for _ in range(2)]

    with desk_office.database.transaction() as session:
        change_password(session, "reception", "another long one", actor=MANAGER, now=desk_office.now)

    for reader in readers:
        reader.get("/", 303)
        reader.get("/sign-in")
        reader.post("/sign-in", 422, login="reception", password=PASSWORD)


def test_who_is_working_stays_signed_in_and_who_left_is_signed_out(
    desk_office: Office, open_web: OpenWeb
) -> None:
    app = open_web(desk_office)
    working, away = signed_in(app, Role.RECEPTION), signed_in(app, Role.RECEPTION)

    for _ in range(3):
        desk_office.clock.real_now += timedelta(minutes=50)
        working.get("/")

    away.get("/", 303)


def test_the_demonstration_signs_in_with_one_click(desk_office: Office, open_web: OpenWeb) -> None:
    with desk_office.database.transaction() as session:
        session.add(Demonstration(id=1, told_until=datetime(2020, 3, 10, 8, tzinfo=UTC)))
        invented = ("leitung", "manager", "long enough 1")
        add_staff(session, *invented, actor=MANAGER, now=desk_office.now)
    reader = Reader(open_web(desk_office, demo=True))

    page = reader.get("/sign-in")
    reader.post("/sign-in/demonstration", login="leitung")

    assert "Manager (leitung)" in page.said()
    assert "Manager (manager)" not in page.said()
    reader.get("/switches")


def test_over_an_office_of_its_own_the_demonstration_signs_nobody_in(
    desk_office: Office, open_web: OpenWeb
) -> None:
    reader = Reader(open_web(desk_office, demo=True))

    reader.get("/sign-in")

    reader.post("/sign-in/demonstration", 404, login="manager")


def test_outside_the_demonstration_nobody_signs_in_without_a_password(stranger: Reader) -> None:
    stranger.get("/sign-in")

    stranger.post("/sign-in/demonstration", 404, login="manager")
    stranger.post("/clock", 404, instant="2020-05-01T09:00")

    stranger.get("/", 303)


def test_under_https_cookies_and_headers_are_strict(desk_office: Office, open_web: OpenWeb) -> None:
    app = open_web(desk_office, base_url="https://termine.example.org")

    response = app.test_client().get("/sign-in", base_url="https://localhost")

    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-theke=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert "max-age" in response.headers["Strict-Transport-Security"]
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_the_password_is_never_sent_back(stranger: Reader) -> None:
    stranger.get("/sign-in")

    page = stranger.post("/sign-in", 422, login="reception", password="my wrong secret")

    assert "my wrong secret" not in page.text


def test_readers_choose_language_and_theme(stranger: Reader) -> None:
    page = stranger.get("/sign-in")
    stranger.post("/language", language="de", next="/sign-in")
    stranger.post("/theme", theme="dark", next="/sign-in")

    chosen = stranger.get("/sign-in").all("html")[0]

    assert page.all("html")[0].get("lang") == "en"
    assert (chosen.get("lang"), chosen.get("data-kern-theme")) == ("de", "dark")
    stranger.post("/language", 422, language="xx")
    stranger.post("/theme", 422, theme="pink")


def test_single_keys_are_switched_off_and_on(desk_office: Office, open_web: OpenWeb) -> None:
    reader = signed_in(open_web(desk_office), Role.RECEPTION)

    before = reader.get("/")
    off = reader.follow(reader.post("/keys", keys="off", next="/"))
    reader.post("/sign-out")
    reader.sign_in("reception")
    still = reader.get("/")
    on = reader.follow(reader.post("/keys", keys="on", next="/"))

    assert [page.all("body")[0].get("data-keys") for page in (before, off, still, on)] == [
        None,
        "off",
        "off",
        None,
    ]
    assert "Switch single keys on" in off.said("dialog")
    reader.post("/keys", 422, keys="loud")
