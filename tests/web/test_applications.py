"""Applications on pages: one key, a proof to print, and no way to alter the day."""

import pytest
from flask import Flask

from scheduler.domain.roles import Role
from tests.cast import CHEN
from tests.factories import Office
from tests.web.conftest import OpenWeb, signed_in


@pytest.fixture
def app(desk_office: Office, open_web: OpenWeb) -> Flask:
    return open_web(desk_office)


def test_somebody_new_files_and_gets_a_proof(app: Flask) -> None:
    desk = signed_in(app, Role.HOTLINE)
    form = desk.get("/applications/new")
    assert form.value("received_on") == "2020-03-09"
    wrong = desk.post(
        "/applications/new", 422, name="", number="BG 7", received_on="2020-03-10", key=form.value("key")
    )
    assert wrong.problem("name")
    assert wrong.problem("received_on")
    assert wrong.value("number") == "BG 7"
    typed = {"name": "Karla Kern", "received_by": "phone", "about": "Rent", "language": "uk"}
    for _ in range(2):
        proof = desk.follow(desk.post("/applications/new", 303, **typed, key="one-key"))
    assert "Montag, 9. März 2020" in proof.said()
    assert [one.get("lang") for one in proof.all("section")] == ["uk", "de"]
    person = desk.follow(desk.get("/bookings?reference=Karla+Kern", 303))
    assert person.said().count("by phone · Rent") == 1


def test_one_press_on_the_page_of_a_person_or_an_enquiry_is_enough(desk_office: Office, app: Flask) -> None:
    visit = desk_office.book(customer=CHEN)
    desk = signed_in(app, Role.RECEPTION)
    page = desk.get(f"/people/{visit.person_id}")
    proof = desk.follow(
        desk.post("/applications/new", 303, person=str(visit.person_id), key=page.value("key"))
    )
    assert "Chen Li" in proof.said()
    desk.get(f"/people/{visit.person_id}")
    strangers = desk.post(
        "/applications/new", 404, person="00000000-0000-4000-8000-000000000000", key="another"
    )
    assert "does not exist" in strangers.said()
    desk.post("/applications/new", 422, person="nonsense", key="third")


def test_a_mistake_is_struck_out_and_stays_to_be_seen(desk_office: Office, app: Flask) -> None:
    visit = desk_office.book(customer=CHEN)
    desk = signed_in(app, Role.RECEPTION)
    desk.get(f"/people/{visit.person_id}")
    own = desk.post("/applications/new", 303, person=str(visit.person_id), key="k").response.headers[
        "Location"
    ]
    assert desk.get(f"{own}/strike").all("textarea")
    assert desk.post(f"{own}/strike", 422, reason="").problem("reason")
    struck = desk.follow(desk.post(f"{own}/strike", reason="Noted twice."))
    assert "Struck out" in struck.said()
    assert "Noted twice." in struck.said()
    assert not struck.all("section")
    assert "struck out" in desk.get(f"/people/{visit.person_id}").said()
    assert "struck out before" in desk.post(f"{own}/strike", 409, reason="Again.").said()


def test_it_is_found_by_its_reference(desk_office: Office, app: Flask) -> None:
    visit = desk_office.book(customer=CHEN)
    desk = signed_in(app, Role.RECEPTION)
    desk.get(f"/people/{visit.person_id}")
    own = desk.post("/applications/new", 303, person=str(visit.person_id), key="k").response.headers[
        "Location"
    ]
    reference = desk.get(own).said("h1")
    assert desk.get(f"/bookings?reference={reference}", 303).response.headers["Location"] == own
