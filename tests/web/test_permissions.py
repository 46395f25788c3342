"""Who may see and do what: every page with every role, from one table."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from scheduler.domain.roles import Role
from scheduler.usecases.staff import STAFF_ROLES
from tests.factories import Office
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Reader

DESK = {Role.RECEPTION, Role.CASEWORKER, Role.MANAGER}
DAY = DESK | {Role.HOTLINE}
ANSWERING = {Role.CASEWORKER, Role.MANAGER}
LEADING = {Role.MANAGER}
STAFF: set[Role] = set(STAFF_ROLES)

#: Who may call each page of the desk. A page that is missing here fails the test.
TABLE: dict[str, set[Role]] = {
    "today": STAFF,
    "day": DAY,
    "go_to_day": DAY,
    "why": DAY,
    "new_booking": DAY,
    "book": DAY,
    "booking": DAY,
    "find_booking": DAY,
    "ask_about_change": DESK,
    "change_booking": DESK,
    "to_be_told": DESK,
    "tick_off": DESK,
    "untick": DESK,
    "notices": DESK,
    "notice": DESK,
    "notice_file": DESK,
    "retry_notice": DESK,
    "switches": LEADING,
    "switch": LEADING,
    "ask_about_undo": LEADING,
    "undo_switch": LEADING,
}
OPEN = {
    "sign_in",
    "begin_session",
    "begin_demonstration_session",
    "sign_out",
    "choose_language",
    "choose_keys",
    "choose_theme",
    "set_office_clock",
}
VALUES: dict[str, Any] = {
    "booking_id": "00000000-0000-0000-0000-000000000000",
    "on": "2020-03-10",
    "change": "cancel",
    "row_id": 1,
    "suffix": "eml",
    "key": "regular",
}


def desk_rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("desk.")]


def addresses(app: Flask) -> list[tuple[str, str, str]]:
    """Name, method and address of every page of the desk."""
    adapter = app.url_map.bind("localhost")
    return [
        (
            rule.endpoint.removeprefix("desk."),
            method,
            adapter.build(rule.endpoint, {name: VALUES[name] for name in rule.arguments}),
        )
        for rule in desk_rules(app)
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]


def test_every_page_stands_in_the_table(desk_office: Office, open_web: OpenWeb) -> None:
    names = {name for name, _, _ in addresses(open_web(desk_office))}

    assert names == {*TABLE, *OPEN}


def test_every_page_says_which_right_it_asks_for(desk_office: Office, open_web: OpenWeb) -> None:
    app = open_web(desk_office)

    views = {rule.endpoint: app.view_functions[rule.endpoint] for rule in desk_rules(app)}
    public = {name.removeprefix("desk.") for name, view in views.items() if getattr(view, "public", False)}
    guarded = {name.removeprefix("desk.") for name, view in views.items() if hasattr(view, "permission")}

    assert public == OPEN
    assert guarded == TABLE.keys()


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_each_role_is_let_in_where_the_table_says(desk_office: Office, open_web: OpenWeb, role: Role) -> None:
    app = open_web(desk_office)
    reader = signed_in(app, role)

    let_in = {
        name
        for name, method, address in addresses(app)
        if name in TABLE
        and (reader.send(address) if method == "POST" else reader.client.get(address)).status_code != 403
    }

    assert let_in == {name for name, roles in TABLE.items() if role in roles}


def test_who_is_not_signed_in_sees_nothing(desk_office: Office, open_web: OpenWeb) -> None:
    app = open_web(desk_office)
    reader = Reader(app)
    reader.get("/sign-in")

    for name, method, address in addresses(app):
        if name in TABLE:
            answer = reader.send(address) if method == "POST" else reader.client.get(address)
            assert answer.status_code == (401 if method == "POST" else 303), name


def test_nothing_is_changed_without_the_token_of_our_own_form(desk_office: Office, open_web: OpenWeb) -> None:
    app = open_web(desk_office)
    reader = signed_in(app, Role.MANAGER)

    answers = {
        name: reader.client.post(address, data={"csrf_token": "guessed"}).status_code
        for name, method, address in addresses(app)
        if method == "POST"
    }

    assert set(answers.values()) == {400}


@pytest.mark.parametrize("role", sorted(STAFF - ANSWERING))
def test_requests_are_answered_by_those_who_may(desk_office: Office, open_web: OpenWeb, role: Role) -> None:
    reader = signed_in(open_web(desk_office), role)

    for change in ("approve", "decline"):
        assert reader.send(f"/bookings/{VALUES['booking_id']}/{change}").status_code == 403


@pytest.mark.parametrize("role", sorted(STAFF - DAY))
def test_who_has_no_day_page_learns_what_there_is_instead(
    desk_office: Office, open_web: OpenWeb, role: Role
) -> None:
    page = signed_in(open_web(desk_office), role).get("/")

    assert page.said("h1") == "Welcome"
