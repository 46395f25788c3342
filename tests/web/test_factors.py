"""The second factor on the pages: set up, asked for at the door, lost, and taken off."""

from datetime import timedelta

import pytest

from scheduler.adapters.factors import code_of
from scheduler.domain.factors import CODE_WAIT, PERIOD, RECOVERY_CODES, SecondFactor, period_of
from scheduler.domain.roles import Role
from scheduler.queries.audit import records_of
from scheduler.usecases.staff import MOST_TRIES, TRIES_WITHIN, reset_password
from tests.cast import MANAGER
from tests.factories import Office
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import PASSWORD, Page, Reader, words_of


class Device:
    """An app with the secret that a page showed, by the clock of the office's own machine."""

    def __init__(self, office: Office, page: Page) -> None:
        self.office = office
        self.secret = words_of(page.all("code")[0]).replace(" ", "")

    def code(self) -> str:
        return code_of(self.secret, period_of(self.office.clock.real_now))

    def next_code(self) -> str:
        self.office.clock.real_now += PERIOD
        return self.code()


def set_up(reader: Reader, office: Office) -> tuple[Device, list[str]]:
    """The device and the recovery codes of whoever is signed in."""
    page = reader.get("/account/factor")
    device = Device(office, page)
    shown = reader.post("/account/factor", 200, code=device.code(), secret=page.value("secret"))
    reader.get("/account")
    return device, [words_of(code) for code in shown.all("code")]


def at_the_door(reader: Reader, login: str = "manager", then: str = "/switches") -> Page:
    """Somebody who has shown the password."""
    page = reader.get("/sign-in")
    page = reader.post("/sign-in", login=login, password=PASSWORD, next=then)
    return reader.follow(page)


@pytest.fixture
def manager(desk_office: Office, open_web: OpenWeb) -> Reader:
    return signed_in(open_web(desk_office), Role.MANAGER)


@pytest.fixture
def strict(desk_office: Office, open_web: OpenWeb) -> Reader:
    """A stranger before an office that requires a second factor."""
    return Reader(open_web(desk_office, second_factor=SecondFactor.REQUIRED))


def test_with_a_second_factor_the_password_alone_opens_nothing(manager: Reader, desk_office: Office) -> None:
    device, codes = set_up(manager, desk_office)
    reader = Reader(manager.client.application)
    door = at_the_door(reader)

    assert len(codes) == RECOVERY_CODES
    assert "Code of the second factor" in door.said("h1")
    for address in ("/", "/switches", "/account", "/account/password", "/account/factor"):
        assert "/sign-in" in reader.get(address, 303).response.headers["Location"]
    assert reader.send("/account/sessions").status_code == 401
    assert reader.send("/account/password", current=PASSWORD, password="x" * 12).status_code == 303

    led = reader.post("/sign-in/code", code=device.next_code(), next="/switches")
    assert led.response.headers["Location"] == "/switches"
    reader.get("/switches")
    with desk_office.database.reading() as session:
        actions = [record.action for record in records_of(session, "staff:manager")]
    assert actions == ["staff.sign_in", "staff.set_up_factor", "staff.sign_in", "staff.sign_in"]


def test_a_code_that_was_seen_over_the_shoulder_is_worth_nothing(
    manager: Reader, desk_office: Office
) -> None:
    device, _codes = set_up(manager, desk_office)
    first, second = (Reader(manager.client.application) for _ in range(2))
    at_the_door(first)
    at_the_door(second)
    code = device.next_code()

    first.post("/sign-in/code", code=code)
    page = second.post("/sign-in/code", 422, code=code)

    assert "has been used" in page.problem("code")
    second.get("/", 303)
    first.get("/")


def test_a_recovery_code_lets_in_once(manager: Reader, desk_office: Office) -> None:
    _device, codes = set_up(manager, desk_office)

    for status in (303, 422):
        reader = Reader(manager.client.application)
        at_the_door(reader)
        reader.post("/sign-in/code", status, code=codes[0])
    assert "9 recovery codes are left" in manager.get("/account/factor").said()


def test_the_browser_gets_another_session_with_the_code(manager: Reader, desk_office: Office) -> None:
    device, _codes = set_up(manager, desk_office)
    reader = Reader(manager.client.application)
    at_the_door(reader)
    before = reader.client.get_cookie("theke")
    reader.post("/sign-in/code", code=device.next_code())
    stale = Reader(manager.client.application)
    assert before is not None
    stale.client.set_cookie("theke", before.value)

    stale.get("/", 303)
    stale.get("/sign-in/code", 303)


def test_whoever_waits_too_long_begins_again(manager: Reader, desk_office: Office) -> None:
    device, _codes = set_up(manager, desk_office)
    reader = Reader(manager.client.application)
    at_the_door(reader)

    desk_office.clock.real_now += CODE_WAIT

    led = reader.post("/sign-in/code", code=device.code())
    assert led.response.headers["Location"].startswith("/sign-in")
    reader.get("/", 303)


def test_codes_are_guessed_no_more_often_than_passwords_and_the_page_says_until_when(
    manager: Reader, desk_office: Office
) -> None:
    device, _codes = set_up(manager, desk_office)
    reader = Reader(manager.client.application)
    at_the_door(reader)
    desk_office.clock.real_now += TRIES_WITHIN
    for _ in range(MOST_TRIES):
        reader.post("/sign-in/code", 422, code="000000")

    refused = reader.post("/sign-in/code", 429, code=device.code())
    desk_office.clock.real_now += TRIES_WITHIN - timedelta(seconds=1)
    late = reader.post("/sign-in/code", 429, code=device.code())
    desk_office.clock.real_now += timedelta(seconds=1)
    at_the_door(reader)

    assert "try again in 5 minutes" in refused.said()
    assert "try again in one minute" in late.said()
    assert 0 < int(refused.response.headers["Retry-After"]) <= 300
    reader.post("/sign-in/code", code=device.code())
    reader.get("/")


def test_the_eleventh_password_hears_when_it_counts_again(desk_office: Office, open_web: OpenWeb) -> None:
    reader = Reader(open_web(desk_office))
    reader.get("/sign-in")
    for _ in range(MOST_TRIES):
        reader.post("/sign-in", 422, login="manager", password="wrong")

    page = reader.post("/sign-in", 429, login="manager", password=PASSWORD)

    assert "try again in 5 minutes" in page.said()


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMINISTRATOR])
def test_where_it_is_required_it_comes_before_everything_else(
    strict: Reader, desk_office: Office, role: Role
) -> None:
    page = at_the_door(strict, role.value, then="/account")
    strict.get("/", 303)
    strict.get("/account", 303)
    device = Device(desk_office, page)

    shown = strict.post(
        "/account/factor",
        200,
        code=device.code(),
        secret=page.value("secret"),
        next=page.value("next"),
    )

    assert "Your role needs a second factor" in page.said()
    assert len(shown.all("code")) == RECOVERY_CODES
    assert [link for link in shown.all("a", href="/account") if "kern-btn" in (link.get("class") or "")]
    strict.get("/account")


def test_where_it_is_required_it_is_not_of_the_others(strict: Reader) -> None:
    strict.sign_in("reception")

    strict.get("/")


def test_a_one_time_password_is_changed_after_the_code_and_before_the_rest(
    manager: Reader, desk_office: Office
) -> None:
    device, _codes = set_up(manager, desk_office)
    when = {"now": desk_office.now, "real_now": desk_office.clock.real_now}
    with desk_office.database.transaction() as session:
        password = reset_password(session, "manager", actor=MANAGER.__class__("chef", MANAGER.role), **when)
    reader = Reader(manager.client.application)
    reader.get("/sign-in")
    reader.follow(reader.post("/sign-in", login="manager", password=password))
    reader.get("/account/password", 303)

    led = reader.post("/sign-in/code", code=device.next_code())
    reader.follow(led)
    reader.post(
        "/account/password", current=password, password="quite another one", again="quite another one"
    )

    assert "/account/password" in led.response.headers["Location"]
    reader.get("/switches")


@pytest.mark.parametrize("typed", ["", "000000", "12345", "not a code", "x" * 5000])
def test_a_wrong_code_sets_nothing_up_and_keeps_the_secret(
    manager: Reader, desk_office: Office, typed: str
) -> None:
    page = manager.get("/account/factor")
    device = Device(desk_office, page)

    again = manager.post("/account/factor", 422, code=typed, secret=page.value("secret"))

    assert again.problem("code")
    assert Device(desk_office, again).secret == device.secret
    manager.post("/account/factor", 200, code=device.code(), secret=again.value("secret"))


def test_a_secret_that_the_office_did_not_seal_is_not_taken(manager: Reader, desk_office: Office) -> None:
    page = manager.get("/account/factor")

    manager.post("/account/factor", 422, code=Device(desk_office, page).code(), secret="made up")


def test_the_secret_is_shown_no_more_once_it_is_set_up(manager: Reader, desk_office: Office) -> None:
    device, codes = set_up(manager, desk_office)

    for address in ("/account", "/account/factor"):
        text = manager.get(address).text
        assert device.secret not in text.replace(" ", "")
        assert not [code for code in codes if code in text]


def test_recovery_codes_are_renewed_and_the_factor_is_taken_off_with_a_code(
    manager: Reader, desk_office: Office
) -> None:
    device, before = set_up(manager, desk_office)
    other = Reader(manager.client.application)
    manager.get("/account/factor")

    manager.post("/account/factor/codes", 422, code="000000")
    shown = manager.post("/account/factor/codes", 200, code=device.next_code())
    after = [words_of(code) for code in shown.all("code")]
    manager.get("/account/factor")
    manager.post("/account/factor/off", 422, code=before[0])
    manager.post("/account/factor/off", code=after[0])

    assert len(after) == RECOVERY_CODES
    assert not {*before} & {*after}
    assert "Set up a second factor" in manager.get("/account/factor").said("h1")
    other.sign_in("manager")
    other.get("/")


def test_setting_it_up_signs_out_everywhere_else(manager: Reader, desk_office: Office) -> None:
    other = signed_in(manager.client.application, Role.MANAGER)

    set_up(manager, desk_office)

    manager.get("/")
    other.get("/", 303)


def test_an_administrator_takes_it_off_somebody_else(manager: Reader, desk_office: Office) -> None:
    set_up(manager, desk_office)
    administrator = signed_in(manager.client.application, Role.ADMINISTRATOR)
    page = administrator.get("/admin/staff/manager")

    administrator.post("/admin/staff/manager/factor")
    again = administrator.post("/admin/staff/manager/factor", 422)

    assert "second factor since" in page.said()
    assert "has no second factor" in again.said()
    manager.get("/", 303)
    manager.sign_in("manager")
    manager.get("/")
    with desk_office.database.reading() as session:
        records = records_of(session, "staff:manager")
    assert [(one.actor) for one in records if one.action == "staff.take_off_factor"] == [
        "staff:administrator"
    ]


def test_the_list_of_sessions_says_since_when_and_when_last(manager: Reader, desk_office: Office) -> None:
    desk_office.clock.real_now += timedelta(minutes=30)
    manager.get("/")

    said = manager.get("/account").said()

    assert "since" in said
    assert "last used about" in said
