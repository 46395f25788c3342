"""Measures on pages: the track, people to be told, and on site in words until the hygiene plan is noted."""

from io import BytesIO

import pytest
from flask import Flask

from scheduler.domain.roles import Role
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
