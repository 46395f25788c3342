"""The office as of another instant: every page says so, shows what then holds, and lets nothing change."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from models.accesses import Access
from models.alarms import Alarm
from models.base import Base
from models.contacts import Contact
from models.database import Database
from models.staff import StaffSession
from scheduler.domain.roles import Role
from scheduler.web import as_of
from scheduler.web.words import at_local
from tests.factories import Office, at
from tests.web.access import TABLE, Door, Row
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Page, Reader
from tests.web.test_permissions import House, furnished

PHASE_2 = "2020-07-20T08:00"
SENTENCE = "You look at the office as of another date, where nothing can be changed."
#: What stays possible: leaving it, calling for help, and how pages look.
POSSIBLE = {
    *("desk.look_as_of", "desk.leave_as_of", "desk.sign_out"),
    *("desk.raise_alarm", "desk.answer_alarm", "desk.call_off_alarm"),
    *("desk.choose_language", "desk.choose_theme", "desk.choose_keys"),
}


@pytest.fixture
def manager(summer_office: Office, open_web: OpenWeb) -> Reader:
    """Signed in on Friday, 17 July 2020, before phase 2."""
    return signed_in(open_web(summer_office), Role.MANAGER)


@pytest.fixture
def house(desk_office: Office, open_web: OpenWeb, tmp_path: Path) -> House:
    return furnished(open_web(desk_office, demo=True), desk_office, tmp_path)


def look_from(reader: Reader, instant: str = PHASE_2) -> Reader:
    reader.get("/as-of")
    reader.post("/as-of", seen_at=instant)
    return reader


def bar(page: Page) -> str:
    found = page.all("section", class_="as-of__bar")
    return " ".join(" ".join(found[0].itertext()).split()) if found else ""


# ---------------------------------------------------------------------------------------- what it shows


def test_every_page_is_that_of_the_instant_and_says_so(manager: Reader) -> None:
    look_from(manager)
    page = manager.get("/")

    assert page.said("h1").startswith("Monday, 20 July 2020")
    assert bar(page).startswith(
        "As of: Monday, 20 July 2020, 08:00 As the plan and the bookings stand today. Nothing can be changed"
    )
    assert page.said("title").startswith("As of: Mon, 20 Jul 2020, 08:00")
    assert page.said("header").endswith("Phase in force: Reopening, phase II")


def test_the_past_is_shown_as_it_held_then(manager: Reader) -> None:
    page = look_from(manager, "2020-03-17T10:00").get("/")

    assert page.said("h1").startswith("Tuesday, 17 March 2020")
    assert "Phase in force: Further restrictio" in page.said("header")


def test_one_comes_back_to_where_one_was_in_the_present(manager: Reader) -> None:
    look_from(manager)
    left = manager.post("/as-of/leave", next="/slots")

    assert left.response.headers["Location"] == "/slots"
    assert bar(manager.get("/")) == ""
    assert manager.get("/").said("h1").startswith("Friday, 17 July 2020")


def test_the_beginning_of_a_phase_is_one_press_away(manager: Reader) -> None:
    page = manager.get("/as-of?next=/slots")
    stops = [button.get("value") or "" for button in page.all("button", name="stop")]

    chosen = manager.post("/as-of", stop=stops[-1], next="/slots")

    assert chosen.response.headers["Location"] == "/slots"
    assert bar(manager.get("/")).startswith("As of: Monday, 20 July 2020")


@pytest.mark.parametrize("instant", ["", "soon", "2020-03-29T02:30", "2040-01-01T00:00"])
def test_a_date_that_is_none_or_too_far_is_explained_beside_the_field(manager: Reader, instant: str) -> None:
    manager.get("/as-of")

    page = manager.post("/as-of", 422, seen_at=instant)

    assert page.all("div", id="problems")
    assert page.value("seen_at") == instant
    assert bar(manager.get("/")) == ""


def test_customers_pages_are_shown_as_they_would_be_seen(manager: Reader) -> None:
    look_from(manager, "2020-03-19T10:00")
    page = manager.get("/termin/")
    lockdown = manager.get("/termin/1")

    assert bar(page).startswith("As of: Thursday, 19 March 2020, 10:00")
    assert bar(lockdown)
    assert lockdown.said() != Reader(manager.client.application).get("/termin/1").said()


def test_nobody_else_sees_anything_of_it(manager: Reader, summer_office: Office) -> None:
    app = manager.client.application
    others = {"colleague": signed_in(app, Role.RECEPTION), "customer": Reader(app)}
    paths = {"colleague": ("/", "/slots"), "customer": ("/termin/", "/termin/1")}

    def seen() -> dict[str, list[str]]:
        return {who: [others[who].get(path).said() for path in paths[who]] for who in others}

    before = seen()
    look_from(manager)
    manager.get("/")
    manager.get("/termin/1")

    assert seen() == before


def test_it_ends_with_the_session(manager: Reader) -> None:
    look_from(manager)
    manager.post("/sign-out")
    manager.sign_in("manager")

    assert bar(manager.get("/")) == ""


def test_a_screen_on_the_wall_and_programs_only_know_the_present(house: House) -> None:
    reader = look_from(signed_in(house.app, Role.MANAGER), "2020-06-02T11:11")
    headers = {"Authorization": f"Bearer {house.tokens[Role.MANAGER]}"}

    wall = reader.get(f"/display/{house.tokens[Role.ENTRANCE]}")
    call = reader.client.get("/api/v1/phases", headers=headers)

    assert "11:11" not in wall.said()
    assert bar(wall) == ""
    assert call.json == house.app.test_client().get("/api/v1/phases", headers=headers).json


def test_every_page_wears_the_bar_and_no_file_is_handed_out(house: House) -> None:
    reader = look_from(signed_in(house.app, Role.MANAGER), "2020-03-18T10:00")
    bare, refused = set(), set()
    for row in looks(house.app):
        answer = reader.client.get(house.address(row, house.known), headers={"Accept-Language": "en"})
        if answer.status_code in (301, 303, 304):
            continue
        if "attachment" in answer.headers.get("Content-Disposition", ""):
            bare.add(f"{row.endpoint} hands out a file")
        if "<!doctype html>" in answer.text and "as-of__bar" not in answer.text:
            bare.add(row.endpoint)
        if SENTENCE in answer.text:
            refused.add(row.endpoint)

    assert bare == {"desk.wall", "desk.alarms_now"}  # the latter is part of a page, or this error
    assert refused == {
        *("desk.offline_list", "desk.notice_file", "desk.person_file", "office.figures_file"),
        *("public.calendar_file", "office.plan_file", "office.draft_file"),
    }


def looks(app: Flask) -> list[Row]:
    """Every page that a manager may look at, and every open one; what sends elsewhere included."""
    return [
        row
        for row in TABLE
        if not row.changes
        and row.door is not Door.API
        and (row.door is Door.OPEN or Role.MANAGER in row.roles)
        and not app.url_map.is_endpoint_expecting(row.endpoint, "filename")
        and app.view_functions[row.endpoint].__module__.startswith("scheduler.web.")
        and not app.view_functions[row.endpoint].__module__.startswith(
            ("scheduler.web.api", "scheduler.web.feeds")
        )
    ]


# ------------------------------------------------------------------ and what it shows is what then holds


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    minutes=st.integers(0, 300 * 24 * 4).map(lambda quarter: quarter * 15),
    ahead=st.integers(0, 30 * 24 * 4).map(lambda quarter: quarter * 15),
    service=st.sampled_from(["general", "benefit_emergency", "cash_pickup", "integration"]),
    place=st.sampled_from(["counter-1", "entrance-room-1", "office-201"]),
    number=st.integers(1, 4),
)
def test_a_decision_as_of_an_instant_is_that_of_the_office_at_it(
    manager: Reader,
    summer_office: Office,
    minutes: int,
    ahead: int,
    service: str,
    place: str,
    number: int,
) -> None:
    instant = at("2020-02-03 08:00") + timedelta(minutes=minutes)
    visit = instant + timedelta(minutes=ahead)
    with manager.client.application.test_request_context():
        when, then = at_local(visit), at_local(instant)
    asked = {
        "why": ("/why", {"at": when, "resource": place, "service": service}),
        "slots": ("/slots", {"service": service, "on": when[:10], "at": when[11:16]}),
        "day": (f"/day/{when[:10]}", {}),
        "customers": (f"/termin/{number}", {}),
    }

    def said() -> dict[str, tuple[int, str]]:
        found = {}
        for name, (path, query) in asked.items():
            answer = manager.client.get(path, query_string=query, headers={"Accept-Language": "en"})
            found[name] = (answer.status_code, words_in(answer.text))
        return found

    look_from(manager, then)
    foreseen = said()
    manager.post("/as-of/leave")
    before = summer_office.clock.office_now
    summer_office.clock.office_now = instant
    try:
        held = said()
    finally:
        summer_office.clock.office_now = before
        summer_office.clock.real_now += timedelta(minutes=1)  # what may be as old as seconds is asked anew

    assert foreseen == held


def test_the_comparison_sees_what_differs(manager: Reader) -> None:
    """A negative control: by the present's clock the same page says something else."""
    now = words_in(manager.get("/slots?service=general").text)
    look_from(manager, "2020-03-19T10:00")

    assert words_in(manager.get("/slots?service=general").text) != now


def words_in(page: str) -> str:
    """What the page says in its main part, forms' own keys and marks aside."""
    main = page[page.index("<main") : page.index("</main>")]
    main = main.replace('<input type="hidden" name="as_of" value="1">', "")
    return re.sub(
        r'(name="(csrf_token|key)" value|data-tag)="[^"]*"|[0-9a-f]{8}-[0-9a-f-]{27}|help: [0-9a-f]+',
        "",
        main,
    )


# --------------------------------------------------------------------------------- nothing can be changed


def everything(database: Database) -> Mapping[str, list[Any]]:
    """Every row of every table; the numbers of sessions' last use aside."""
    with database.reading() as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
        }


def changes(house: House) -> list[Row]:
    return [row for row in TABLE if row.changes and row.door is not Door.API and row.endpoint not in POSSIBLE]


def fill_in(house: House) -> dict[str, str]:
    """What lets most forms do something."""
    return {
        **{
            "kind": "question",
            "site": "main",
            "text": "A word",
            "reason": "A good reason",
            "medium": "phone",
        },
        **{
            "name": "Karla Kern",
            "phone": "030 123456",
            "by": "customer",
            "place": "counter-1",
            "who": "Karla",
        },
        **{"service": "general", "starts_at": "2020-03-11T11:00", "resource": "counter-1", "do": "book"},
        **{"instant": "2020-03-16T09:00", "login": "karla", "role": "reception", "booked_by": "reception"},
    }


def swept(house: House, reader: Reader) -> dict[str, int]:
    """The status with which each change is refused for the one reason, 0 where it is not."""
    found = {}
    for row in changes(house):
        answer = reader.send(house.address(row, house.known), **fill_in(house))
        found[row.endpoint] = answer.status_code if SENTENCE in answer.text else 0
    return found


@pytest.mark.parametrize("role", [Role.MANAGER, Role.RECEPTION])
def test_no_change_on_any_page_changes_any_row(house: House, role: Role) -> None:
    reader = look_from(signed_in(house.app, role), "2020-03-18T10:00")
    before = everything(house.office.database)

    answers = swept(house, reader)

    assert {endpoint for endpoint, status in answers.items() if status != 409} == set()
    assert len(answers) > 50
    assert everything(house.office.database) == before


@pytest.mark.parametrize("role", [Role.MANAGER, Role.RECEPTION])
def test_without_it_the_same_changes_do_change_rows(house: House, role: Role) -> None:
    reader = signed_in(house.app, role)
    before = everything(house.office.database)

    swept(house, reader)

    assert everything(house.office.database) != before


def test_with_the_guard_off_a_change_goes_through(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = look_from(signed_in(house.app, Role.RECEPTION), "2020-03-18T10:00")
    hooks = house.app.before_request_funcs[None]
    monkeypatch.setitem(
        house.app.before_request_funcs, None, [one for one in hooks if one is not as_of._follow]
    )
    before = contacts(house.office)

    reader.send("/contacts", kind="question", site="main")

    assert contacts(house.office) == before + 1


def contacts(office: Office) -> int:
    with office.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Contact)) or 0


def test_the_alarm_is_heard_and_bears_the_true_time(house: House) -> None:
    reader = look_from(signed_in(house.app, Role.MANAGER), "2020-07-18T10:00")

    reader.post("/alarms", next="/")

    with house.office.database.reading() as session:
        assert session.scalars(select(Alarm.raised_at)).all() == [house.office.now]


def test_what_is_read_meanwhile_is_noted_with_the_true_time(house: House) -> None:
    reader = look_from(signed_in(house.app, Role.MANAGER), "2020-07-18T10:00")

    reader.get(f"/bookings/{house.known['booking_id']}")

    with house.office.database.reading() as session:
        noted = session.execute(select(Access.at, Access.actor).order_by(Access.id.desc())).first()
    assert noted == (house.office.now, "staff:manager")


def test_use_of_the_session_counts_in_real_time(house: House) -> None:
    reader = look_from(signed_in(house.app, Role.MANAGER), "2020-07-18T10:00")
    house.office.clock.real_now += timedelta(minutes=30)
    reader.get("/")

    with house.office.database.reading() as session:
        (ends_at,) = session.scalars(select(StaffSession.expires_at).where(StaffSession.as_of.is_not(None)))
    assert ends_at == house.office.clock.real_now + timedelta(hours=2)


# ---------------------------------------------------------------------------------- two tabs of one browser


def test_a_page_of_the_present_takes_no_part_as_of_another_date(manager: Reader) -> None:
    grid, live = "/day/2020-07-21/grid", {"Theke-Live": "1", "Theke-As-Of": "present"}
    assert manager.client.get(grid, headers=live).status_code == 200

    look_from(manager)
    seen = manager.get("/").all("body")[0].get("data-as-of") or ""

    assert manager.client.get(grid, headers=live).status_code == 409
    assert manager.client.get(grid, headers=live | {"Theke-As-Of": seen}).status_code == 200


def test_a_page_as_of_another_date_takes_no_part_of_the_present(manager: Reader) -> None:
    look_from(manager)
    seen = manager.get("/").all("body")[0].get("data-as-of") or ""
    manager.post("/as-of/leave")

    answer = manager.client.get("/day/2020-07-21/grid", headers={"Theke-Live": "1", "Theke-As-Of": seen})

    assert answer.status_code == 409


def test_a_form_from_another_date_changes_nothing_after_one_has_come_back(house: House) -> None:
    reader = look_from(signed_in(house.app, Role.RECEPTION), "2020-03-18T10:00")
    marks = {field.get("value") for field in reader.get("/").all("input", name="as_of")}
    reader.post("/as-of/leave")
    before = contacts(house.office)

    page = reader.post("/contacts", 409, kind="question", site="main", as_of="1")

    assert marks == {"1"}
    assert SENTENCE in page.said()
    assert "Send" not in page.said()
    assert contacts(house.office) == before


def test_what_was_typed_at_the_present_is_sent_with_coming_back(house: House) -> None:
    reader = signed_in(house.app, Role.RECEPTION)
    reader.get("/")
    look_from(reader, "2020-03-18T10:00")
    before = contacts(house.office)

    refused = reader.post("/contacts", 409, kind="question", site="main")
    sent = {
        field.get("name") or "": field.get("value") or ""
        for field in refused.all("main")[0].iter("input")
        if field.get("name") not in ("csrf_token", "as_of")
    }
    forged = reader.client.post("/contacts", data=sent)
    reader.post("/contacts", **sent)

    assert "Back to the present, and send" in refused.said()
    assert forged.status_code in (400, 409)
    assert contacts(house.office) == before + 1
    assert bar(reader.get("/")) == ""
