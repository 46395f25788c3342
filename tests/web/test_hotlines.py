"""Hotlines on pages: one key for a call, who answers, the roster, and where callers are led."""

from io import BytesIO

import pytest
from flask import Flask

from scheduler.domain.roles import Role
from tests.factories import Office
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Page

OWN, OTHERS = "additional_number", "nationwide"


@pytest.fixture
def app(desk_office: Office, open_web: OpenWeb) -> Flask:
    desk_office.wait_until("2020-04-06 09:30")
    return open_web(desk_office)


def section(page: Page, key: str) -> str:
    (found,) = [one for one in page.all("section") if one.get("aria-labelledby") == f"hotline-{key}"]
    return " ".join(" ".join(found.itertext()).split())


def test_a_call_is_one_press_and_one_less_another(app: Flask) -> None:
    desk = signed_in(app, Role.HOTLINE)
    assert "Calls today 0" in section(desk.get("/hotlines"), OWN)
    for _ in range(2):
        page = desk.get(desk.post(f"/hotlines/{OWN}/calls").response.headers["Location"].partition("#")[0])
    assert "Calls today 2" in section(page, OWN)
    assert "Calls today 0" in section(page, OTHERS)
    desk.post(f"/hotlines/{OWN}/calls", do="less")
    page = desk.get("/hotlines")
    assert "Calls today 1" in section(page, OWN)
    assert page.all("button", data_key="1")
    desk.post("/hotlines/nonsense/calls", 404)
    desk.post(f"/hotlines/{OTHERS}/calls", 409, do="less")


def test_the_roster_is_typed_and_taken_in_whole_or_not_at_all(app: Flask) -> None:
    lead = signed_in(app, Role.MANAGER)
    page = lead.get("/hotlines/roster")
    typed = {"hotline": OWN, "day": "2020-04-06", "starts": "08:00", "ends": "12:00", "name": "Ada"}
    wrong = lead.post("/hotlines/roster", 422, **{**typed, "ends": "07:00"}, key=page.value("key"))
    assert "before the beginning" in wrong.problem("ends")
    assert wrong.value("name") == "Ada"
    added = lead.follow(lead.post("/hotlines/roster", 303, **typed, key="one"))
    assert "08:00–12:00 Ada" in added.said()
    table = f"hotline;day;from;to;name\n{OWN};2020-04-06;12:00;16:00;Bruno\n{OWN};2020-04-06;11:00;16:00;\n"
    refused = lead.post("/hotlines/roster/import", 422, text=table, key="two")
    assert "Line 3: The name is missing." in refused.said()
    assert refused.value("text").startswith("hotline;day")
    assert "Bruno" not in lead.get("/hotlines/roster").said("table")
    data = {"file": (BytesIO(table.replace(";\n", ";Chen\n").encode()), "roster.csv"), "key": "three"}
    data["csrf_token"] = lead._token
    address, headers = "/hotlines/roster/import", {"Accept-Language": "en"}
    sent = lead.client.post(address, data=data, content_type="multipart/form-data", headers=headers)
    assert sent.status_code == 303
    done = lead.get("/hotlines/roster")
    assert "2 shifts are on the roster." in done.said()
    taken = lead.post("/hotlines/roster/import", 422, text=f"{OWN};2020-04-06;08:00;09:00;ada", key="four")
    assert "ada is on duty already on 06.04.2020, 08:00." in taken.said()
    off = next(form for form in done.all("form") if (form.get("action") or "").endswith("/remove"))
    lead.get("/hotlines/roster")
    assert "taken off" in lead.follow(lead.post(off.get("action") or "")).said()


def test_who_answers_now_stands_with_the_hotline(app: Flask) -> None:
    lead = signed_in(app, Role.MANAGER)
    assert "nobody on the roster" in section(lead.get("/hotlines"), OWN)
    lead.post("/hotlines/roster/import", 303, text=f"{OWN};2020-04-06;09:00;10:00;Ada", key="one")
    shown = section(lead.get("/hotlines"), OWN)
    assert "Who answers now Ada" in shown
    assert "08:00–09:00: nobody" in shown
    assert "Who answers now" not in section(lead.get("/hotlines"), OTHERS)


def test_callers_of_a_closed_hotline_are_led_to_what_remains(desk_office: Office, app: Flask) -> None:
    desk_office.wait_until("2020-07-02 10:00")
    desk = signed_in(app, Role.HOTLINE)
    shown = section(desk.get("/hotlines"), OTHERS)
    assert "Callers are led to what remains Additional number of the Jobcenter" in shown
    assert "030 23125-100" in shown
    assert "led to what remains" not in section(desk.get("/hotlines"), OWN)
