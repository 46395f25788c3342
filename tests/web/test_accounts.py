"""Administrators' pages of accounts, and the own account."""

from datetime import timedelta

import pytest

from scheduler.domain.roles import Role
from scheduler.queries.audit import records_of
from scheduler.usecases.staff import ONE_TIME_LENGTH
from tests.factories import Office
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import PASSWORD, Page, Reader, words_of

NEW = "another long enough password"


@pytest.fixture
def administrator(desk_office: Office, open_web: OpenWeb) -> Reader:
    return signed_in(open_web(desk_office), Role.ADMINISTRATOR)


def told(page: Page) -> str:
    """The one-time password on the page."""
    return words_of(page.all("code")[0])


def test_an_account_is_added_with_a_password_for_one_time_and_recorded(
    administrator: Reader, desk_office: Office
) -> None:
    administrator.get("/admin/staff")
    password = told(administrator.post("/admin/staff", 200, login=" Anna ", role="reception"))
    newcomer = Reader(administrator.client.application)
    newcomer.sign_in("anna", password)

    newcomer.get("/", 303)
    newcomer.get("/account/password")
    newcomer.post("/account/password", current=password, password=NEW, again=NEW)

    newcomer.get("/day/2020-03-10")
    newcomer.post("/sign-out")
    newcomer.get("/sign-in")
    newcomer.post("/sign-in", 422, login="anna", password=password)
    with desk_office.database.reading() as session:
        actions = [record.action for record in records_of(session, "staff:anna")]
    assert actions == ["staff.add", "staff.sign_in", "staff.change_password", "staff.sign_in"]


def test_a_password_for_one_time_runs_out(administrator: Reader, desk_office: Office) -> None:
    administrator.get("/admin/staff/reception")
    password = told(administrator.post("/admin/staff/reception/password", 200))
    desk_office.clock.real_now += ONE_TIME_LENGTH
    late = Reader(administrator.client.application)
    late.get("/sign-in")

    page = late.post("/sign-in", 422, login="reception", password=password)

    assert "has run out" in page.said()


@pytest.mark.parametrize("deed", ["lock", "role", "password", "sessions"])
def test_what_an_administrator_does_ends_the_sessions_at_once(administrator: Reader, deed: str) -> None:
    reader = signed_in(administrator.client.application, Role.RECEPTION)
    administrator.get("/admin/staff/reception")

    administrator.send(f"/admin/staff/reception/{deed}", role="hotline")

    reader.get("/", 303)


@pytest.mark.parametrize("deed", ["lock", "role", "password"])
def test_nobody_shuts_the_own_account_out(administrator: Reader, deed: str) -> None:
    administrator.get("/admin/staff/administrator")

    page = administrator.post(f"/admin/staff/administrator/{deed}", 422, role="hotline")

    assert "ask another administrator" in page.said()
    administrator.get("/admin/staff")


def test_an_account_with_faults_is_not_added_and_keeps_what_was_typed(administrator: Reader) -> None:
    administrator.get("/admin/staff")

    page = administrator.post("/admin/staff", 422, login="reception", role="")

    assert "exists already" in page.problem("login")
    assert page.value("login") == "reception"


def test_one_session_is_ended_and_all_others(administrator: Reader) -> None:
    app = administrator.client.application
    here, first, second = (signed_in(app, Role.RECEPTION) for _ in range(3))
    page = here.get("/account")
    (one, _other) = (field.get("value") or "" for field in page.all("input", name="session"))

    here.post("/account/sessions", session=one)
    after_one = [reader.client.get("/account").status_code for reader in (first, second)]
    here.post("/account/sessions")

    assert sorted(after_one) == [200, 303]
    assert [reader.client.get("/account").status_code for reader in (here, first, second)] == [200, 303, 303]


def test_nobody_ends_a_session_of_another(administrator: Reader) -> None:
    other = signed_in(administrator.client.application, Role.RECEPTION)
    page = administrator.get("/admin/staff/reception")
    (theirs,) = (field.get("value") or "" for field in page.all("input", name="session"))
    manager = signed_in(administrator.client.application, Role.MANAGER)

    manager.post("/account/sessions", session=theirs)

    other.get("/account")


@pytest.mark.parametrize(
    "current, password, again, field",
    [
        ("wrong", NEW, NEW, "current"),
        (PASSWORD, NEW, "something else", "again"),
        (PASSWORD, PASSWORD, PASSWORD, "password"),
        (PASSWORD, "short", "short", "password"),
    ],
)
def test_a_password_with_faults_is_not_taken_and_never_sent_back(
    reception: Reader, current: str, password: str, again: str, field: str
) -> None:
    reception.get("/account/password")

    page = reception.post("/account/password", 422, current=current, password=password, again=again)

    assert page.problem(field)
    assert f'value="{password}"' not in page.text
    reception.get("/account")


def test_the_own_password_is_guessed_no_more_often_than_at_the_door(
    reception: Reader, desk_office: Office
) -> None:
    reception.get("/account/password")
    for _ in range(10):
        reception.post("/account/password", 422, current="wrong", password=NEW, again=NEW)

    reception.post("/account/password", 429, current=PASSWORD, password=NEW, again=NEW)
    desk_office.clock.real_now += timedelta(minutes=5)
    reception.post("/account/password", current=PASSWORD, password=NEW, again=NEW)

    reception.get("/account")


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_page_of_roles_names_every_right(desk_office: Office, open_web: OpenWeb, language: str) -> None:
    page = signed_in(open_web(desk_office), Role.ADMINISTRATOR, language).get("/admin/roles")

    assert "staff.manage" in page.said()
