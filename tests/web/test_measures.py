"""Measures on pages: the track, people to be told, and on site in words until the hygiene plan is noted."""

from io import BytesIO

import pytest
from flask import Flask

from scheduler.domain.roles import Role
from scheduler.usecases.mode_changes import tell_due
from tests.factories import Office
from tests.web.conftest import OpenWeb, signed_in

ADDRESS = "/office/measures/language_course"
ADA = {"side": "participant", "name": "Ada", "language": "de", "way": "phone", "phone": "030 1234"}


@pytest.fixture
def app(desk_office: Office, open_web: OpenWeb) -> Flask:
    desk_office.wait_until("2020-05-18 09:30")
    return open_web(desk_office)


def test_people_are_put_on_file_one_by_one_or_as_a_table_and_taken_off(app: Flask) -> None:
    lead = signed_in(app, Role.MANAGER)
    assert "Nobody is on file." in lead.get(ADDRESS).said()
    wrong = lead.post(f"{ADDRESS}/participants", 422, **{**ADA, "way": "email"})
    assert "has to give it" in wrong.problem("email")
    page = lead.follow(lead.post(f"{ADDRESS}/participants", 303, **ADA))
    assert "Ada" in page.said("table")
    refused = lead.post(f"{ADDRESS}/participants/import", 422, text="participant;Bruno;de;phone;;;\n")
    assert "Line 1: Whoever wishes to be told in this way has to give it." in refused.said()
    table = BytesIO("contact;Chen;en;email;chen@example.org;;\n".encode("utf-8-sig"))
    data = {"file": (table, "people.csv"), "csrf_token": lead._token}
    sent = lead.client.post(f"{ADDRESS}/participants/import", data=data, content_type="multipart/form-data")
    assert sent.status_code == 303
    page = lead.get(ADDRESS)
    assert "Chen" in page.said("table")
    (remove, _) = [form.get("action", "") for form in page.all("form") if "/remove" in form.get("action", "")]
    assert "Ada" not in lead.follow(lead.post(remove, 303)).said("table")
    lead.post("/office/measures/nonsense/participants", 404, **ADA)


def test_on_site_is_refused_in_words_until_the_hygiene_plan_is_noted(app: Flask) -> None:
    lead = signed_in(app, Role.MANAGER)
    assert "It does not hold" in lead.get("/office/measures").said()
    page = lead.get(ADDRESS)
    assert "On site is not possible yet" in page.said()
    page = lead.follow(lead.post(f"{ADDRESS}/hygiene-plan", 303))
    assert "On site is not possible yet" not in page.said()
    assert "The hygiene plan is noted." in page.said()
    lead.post(f"{ADDRESS}/hygiene-plan", 409)
    lead.post(f"{ADDRESS}/hygiene-plan", 303, do="strike")
    assert "It does not hold" in lead.get("/office/measures").said()


def test_the_next_change_is_previewed_released_told_and_taken_back(
    desk_office: Office, open_web: OpenWeb
) -> None:
    desk_office.wait_until("2020-05-08 09:00")
    app = open_web(desk_office)
    lead = signed_in(app, Role.MANAGER)
    assert "once the provider’s hygiene plan is noted" in lead.get(ADDRESS).said()
    lead.post(f"{ADDRESS}/hygiene-plan", 303)
    table = "participant;Ada;de;letter;;;Weg 1, 12345 Musterstadt\nparticipant;Bruno;uk;phone;;030 1234;\n"
    lead.post(f"{ADDRESS}/participants/import", 303, text=table)
    page = lead.get(ADDRESS)
    assert "Next change: on site under hygiene rules" in page.said()
    lead.post(f"{ADDRESS}/release", 409, starts="2020-05-19")
    lead.post(f"{ADDRESS}/release", 422, starts="soon")
    lead.post(f"{ADDRESS}/release", 303, starts="2020-05-18")
    tell_due(desk_office.database, clock=desk_office.clock)
    page = lead.get(ADDRESS)
    assert "2 people told" in page.said()
    desk = signed_in(app, Role.RECEPTION)
    told = desk.get("/to-be-told")
    assert "About measures (2)" in told.said()
    letters = desk.get("/letters")
    assert "Ada\nWeg 1\n12345 Musterstadt" in "".join(letters.all("article")[0].itertext())
    ticks = [form.get("action", "") for form in told.all("form") if "/tick-off" in form.get("action", "")]
    assert "About measures (1)" in desk.follow(desk.post(ticks[0], 303)).said()
    (undo,) = [form.get("action", "") for form in page.all("form") if "/undo" in form.get("action", "")]
    assert "taken back" in lead.follow(lead.post(undo, 303)).said()
    tell_due(desk_office.database, clock=desk_office.clock)
    assert "Change of a measure, taken back" in desk.get("/to-be-told").said()
    lead.post(undo, 409)
