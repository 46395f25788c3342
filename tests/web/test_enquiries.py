"""Enquiries on pages: taken down in seconds, answered, called back, or turned into a visit."""

import re

import pytest
from flask import Flask

from scheduler.domain.bookings import Status
from scheduler.domain.roles import Role
from scheduler.queries.bookings import page
from tests.factories import Office, at, whole_plan
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Page, Reader


@pytest.fixture
def app(desk_office: Office, open_web: OpenWeb) -> Flask:
    return open_web(desk_office)


def taken(reader: Reader, status: int = 303, /, *, do: str = "later", **typed: str) -> Page:
    form = reader.get("/enquiries/new")
    fields = {"medium": "phone", "text": "When is my letter coming?", "key": form.value("key")} | typed
    return reader.post("/enquiries/new", status, **fields, do=do)


def address_of(reader: Reader) -> str:
    """The page of the enquiry that stands first on the list."""
    links = [link.get("href") or "" for link in reader.get("/enquiries").all("a")]
    return next(link for link in links if re.fullmatch(r"/enquiries/[0-9a-f-]{36}", link))


def test_an_enquiry_is_on_the_list_until_it_is_answered(app: Flask) -> None:
    desk = signed_in(app, Role.HOTLINE)
    assert "Nothing is open." in desk.get("/enquiries").said()
    listed = desk.follow(taken(desk, name="Chen Li", phone="030 123456", when="hour")).said()
    assert "is on the list" in listed
    assert re.search(r"Chen Li .* When is my letter coming\? 030 123456 by .* hotline", listed)
    own = address_of(desk)
    desk.get(own)
    done = desk.follow(desk.post(f"{own}/answer", text="It was posted\r\nyesterday.", version="1")).said()
    assert "Noted: answered." in done
    assert "It was posted yesterday." in done
    assert "Nothing is open." in desk.get("/enquiries").said()
    again = desk.follow(desk.post(f"{own}/take-back")).said()
    assert "Taken back." in again
    assert "answered (taken back)" in again


def test_what_is_settled_at_once_is_one_press(app: Flask) -> None:
    desk = signed_in(app, Role.RECEPTION)
    done = desk.follow(taken(desk, do="settle")).said()
    assert "is noted as settled" in done
    assert "Nothing is open." in done


def test_sending_it_twice_is_sending_it_once(app: Flask) -> None:
    desk = signed_in(app, Role.RECEPTION)
    key = desk.get("/enquiries/new").value("key")
    for _ in range(2):
        desk.post("/enquiries/new", 303, medium="email", text="When?", key=key, do="later")
    assert "Open (1)" in desk.get("/enquiries").said()


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(app: Flask) -> None:
    desk = signed_in(app, Role.RECEPTION)
    wrong = taken(desk, 422, text="", email="nobody", number="BG 1", when="own")
    for field in ("text", "name", "email", "call_by"):
        assert wrong.problem(field)
    assert (wrong.value("number"), wrong.value("email")) == ("BG 1", "nobody")
    assert taken(desk, 422, when="today").problem("phone")
    assert taken(desk, 422, medium="pigeon").problem("medium")


def test_a_visit_is_booked_with_nothing_typed_twice(desk_office: Office, app: Flask) -> None:
    desk = signed_in(app, Role.RECEPTION)
    known = {"name": "Chen Li", "phone": "030 123456", "number": "BG 7", "service": "general"}
    form = desk.follow(taken(desk, do="book", **known))
    assert "When is my letter coming?" in form.said()
    assert {name: form.value(name) for name in known} == known
    wish = {name: form.value(name) for name in (*known, "who", "key", "enquiry", "booked_by", "language")}
    desk.post(
        "/bookings/new", 422, **wish, starts_at="2020-03-07T09:00", resource="counter-1", do="book"
    )  # a Saturday that is over
    visit = desk.post(
        "/bookings/new", 303, **wish, starts_at="2020-03-11T09:00", resource="counter-1", do="book"
    )
    assert "Nothing is open." in desk.get("/enquiries").said()
    own = desk.get(address_of(desk))
    assert "led to a visit" in own.said()
    assert visit.response.headers["Location"] in [link.get("href") for link in own.all("a")]
    late = wish | {"key": "another"}
    refused = desk.post("/bookings/new", 409, **late, starts_at="2020-03-11T10:00", do="book")
    assert "has been dealt with" in refused.said()
    with desk_office.database.reading() as session:
        day = at("2020-03-11 12:00").date()
        found = page(session, day, day, zone=whole_plan().zone, status=Status.BOOKED)
    assert len(found.bookings) == 1


def test_an_overdue_call_is_seen_from_the_day(desk_office: Office, app: Flask) -> None:
    desk = signed_in(app, Role.RECEPTION)
    assert taken(desk, 422, phone="call me", when="hour").problem("phone")
    taken(desk, phone="030 123456", when="hour")
    assert "Enquiries: 1 open" in desk.get("/").said()
    desk_office.wait_until("2020-03-09 11:00")
    desk = signed_in(app, Role.RECEPTION)
    assert "1 call overdue" in desk.get("/").said()
    assert "overdue since" in desk.get("/enquiries").said()
    own = address_of(desk)
    desk.get(own)
    assert "tried 1 time" in desk.follow(desk.post(f"{own}/miss")).said()
    wrong = desk.post(f"{own}/promise", 422, when="own", phone="nonsense", call_by="")
    assert wrong.problem("call_by")
    assert wrong.value("phone") == "nonsense"
    desk.post(f"{own}/promise", 303, when="own", call_by="2020-03-10T10:00", phone="")
    assert "overdue" not in desk.get(own).said("dl")


def test_it_goes_on_to_a_colleague_who_takes_it_on(app: Flask) -> None:
    desk, colleague = signed_in(app, Role.RECEPTION), signed_in(app, Role.CASEWORKER)
    taken(desk)
    own = address_of(desk)
    page_seen = desk.get(own)
    assert desk.post(f"{own}/forward", 422, to="").problem("to")
    desk.post(f"{own}/forward", to="Team 3", version=page_seen.value("version"))
    assert "forwarded to Team 3" in desk.get("/enquiries").said()
    assert "forwarded" not in colleague.get("/enquiries?of=me").said("section")
    colleague.get(own)
    colleague.post(f"{own}/take")
    stale = desk.post(f"{own}/answer", 412, text="Done.", version="1")
    assert "meanwhile" in stale.said()
    assert stale.value("text") == "Done."
    assert desk.post(f"{own}/drop", 422, text="").problem("text")
    assert "Mine and nobody’s (1)" in colleague.get("/enquiries?of=me").said()


def test_it_is_found_by_its_reference_and_with_its_person(app: Flask) -> None:
    desk = signed_in(app, Role.RECEPTION)
    said = desk.follow(taken(desk, name="Chen Li")).said()
    (reference,) = set(re.findall(r"Enquiry (\w{8})", said))
    own = address_of(desk)
    assert desk.get(f"/bookings?reference={reference.lower()}", 303).response.headers["Location"] == own
    person = desk.follow(desk.get("/bookings?reference=Chen", 303))
    assert reference in person.said()
    (way,) = [link for link in person.all("a") if "/enquiries/new" in (link.get("href") or "")]
    assert desk.get(way.get("href") or "").value("name") == "Chen Li"
