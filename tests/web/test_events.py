"""Group events on pages: planned at the desk, signed up for by anybody, and never twice."""

import re

import pytest
from flask import Flask

from models.bookings import Booking
from scheduler.domain.bookings import Status
from scheduler.domain.events import EventRequest
from scheduler.domain.roles import Role
from scheduler.queries import events as queries
from scheduler.usecases.events import plan_events
from tests.cast import MANAGER
from tests.factories import Office, at
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Page, Reader


@pytest.fixture
def app(desk_office: Office, open_web: OpenWeb) -> Flask:
    return open_web(desk_office)


def planned(office: Office, *, seats: int = 2, is_public: bool = True) -> Booking:
    wish = EventRequest(
        "group_information", at("2020-03-18 10:00"), None, "Frau Berger", seats=seats, is_public=is_public
    )
    with office.database.transaction() as session:
        (made,) = plan_events(session, wish, actor=MANAGER, now=office.now)
    return made


def signed_up(reader: Reader, event: Booking, name: str, **more: str) -> Page:
    address = f"/termin/gruppen/{event.id}"
    page = reader.get(address)
    waits = {"waits": "y"} if page.all("input", name="waits") else {}
    typed = {"name": name, "language": "en", "key": page.value("key"), **waits, **more}
    check = reader.post(address, 200, **typed, do="check")
    assert "You are not signed up yet." in check.said()
    for _ in range(2):  # sending it twice is sending it once
        done = reader.follow(reader.post(address, **typed, do="book"))
    return done


def test_the_desk_plans_a_series_and_sees_who_has_signed_up(desk_office: Office, app: Flask) -> None:
    desk = signed_in(app, Role.RECEPTION)
    assert "No group event is planned." in desk.get("/events").said()
    page = desk.get("/events/new")
    typed = {
        "service": "group_information",
        "key": page.value("key"),
        "led_by": "Frau Berger",
        "is_public": "y",
        "starts_at": "2020-03-18T10:00",
        "dates": "2",
    }
    wrong = desk.post("/events/new", 422, **typed, seats="many")
    assert "between 1 and" in wrong.problem("seats")
    assert wrong.value("led_by") == "Frau Berger"
    for _ in range(2):
        made = desk.follow(desk.post("/events/new", **typed, seats="1"))
    assert "0 of 1 taken" in made.said()
    listed = desk.get("/events")
    addresses = [link.get("href") or "" for link in listed.all("a") if "/events/" in (link.get("href") or "")]
    first, _second = [address for address in addresses if not address.endswith("/new")]

    desk.get(first)
    nameless = desk.post(first, 422, name="", phone="030 1")
    assert nameless.problem("name")
    assert nameless.value("phone") == "030 1"
    assert "Signed up: Ada Arendt." in desk.follow(desk.post(first, name="Ada Arendt")).said()
    assert "On the waiting list: Emre Er." in desk.follow(desk.post(first, name="Emre Er")).said()
    assert re.search(r"1 · Ada Arendt .* waits · Emre Er", desk.get(first).said())


def test_a_customer_signs_up_once_and_gets_a_link(desk_office: Office, app: Flask) -> None:
    event, reader = planned(desk_office), Reader(app)
    assert reader.get("/termin/").all("a", href="/termin/gruppen")
    assert "2 seats are free" in reader.get("/termin/gruppen").said()
    done = signed_up(reader, event, "Karla Kern", email="karla@example.org")
    assert "Your appointment is booked" in done.said()
    assert "1 seat is free" in reader.get("/termin/gruppen").said()
    (link,) = [
        one.get("href") or ""
        for one in done.all("a")
        if re.search(r"/termin/b/[^/]+$", one.get("href") or "")
    ]
    visit = reader.get(link)
    assert "Wednesday, 18 March 2020, 10:00" in visit.said()
    assert "Move it" not in visit.said()
    reader.get(f"{link}/absagen")
    assert "is cancelled" in reader.follow(reader.post(f"{link}/absagen")).said()
    assert "2 seats are free" in reader.get("/termin/gruppen").said()


def test_where_all_seats_are_taken_one_waits(desk_office: Office, app: Flask) -> None:
    event, reader = planned(desk_office, seats=1), Reader(app)
    signed_up(Reader(app), event, "Ada Arendt")
    assert "there is a waiting list" in reader.get("/termin/gruppen").said()
    done = signed_up(reader, event, "Karla Kern")
    assert "Your request has been sent" in done.said()
    late = Reader(app)
    late.get(f"/termin/gruppen/{event.id}")
    refused = late.post(f"/termin/gruppen/{event.id}", 409, name="Late", language="en", do="book")
    assert "All seats are taken." in refused.said()
    assert refused.value("name") == "Late"


def test_what_is_not_public_or_over_takes_nobody(desk_office: Office, app: Flask) -> None:
    event, reader = planned(desk_office, is_public=False), Reader(app)
    assert "No group event is planned at the moment." in reader.get("/termin/gruppen").said()
    reader.get(f"/termin/gruppen/{event.id}", 404)
    desk_office.wait_until("2020-03-18 10:00")
    desk = signed_in(app, Role.RECEPTION)
    assert "Sign somebody up" not in desk.get(f"/events/{event.id}").said()
    assert desk_office.see(event).status is Status.BOOKED


def test_the_grid_shows_an_event_once_and_the_door_everybody(desk_office: Office, app: Flask) -> None:
    event = planned(desk_office)
    signed_up(Reader(app), event, "Karla Kern")
    desk = signed_in(app, Role.RECEPTION)
    grid = desk.get("/day/2020-03-18").said()
    assert "Frau Berger" in grid
    assert "Karla Kern" not in grid
    door = desk.get("/day/2020-03-18/door").said()
    assert door.count("10:00") >= 2


def test_a_sign_up_sent_twice_at_the_desk_is_one(desk_office: Office, app: Flask) -> None:
    event, desk = planned(desk_office), signed_in(app, Role.RECEPTION)
    page = desk.get(f"/events/{event.id}")
    key = page.value("key")
    for _ in range(2):
        desk.post(f"/events/{event.id}", 303, name="Karla Kern", key=key)
    with desk_office.database.reading() as session:
        assert [one.booking.person.name for one in queries.signed_up(session, event.id)] == ["Karla Kern"]


def test_a_seat_goes_where_the_event_goes_and_whoever_changes_it_knows_whom_that_hits(
    desk_office: Office, app: Flask
) -> None:
    event = planned(desk_office)
    signed_up(Reader(app), event, "Karla Kern")
    with desk_office.database.reading() as session:
        (karla,) = queries.signed_up(session, event.id)
    desk = signed_in(app, Role.RECEPTION)
    own = desk.get(f"/bookings/{karla.booking.id}")
    assert f"/events/{event.id}" in [link.get("href") for link in own.all("a")]
    assert f"/bookings/{karla.booking.id}/move" not in [link.get("href") for link in own.all("a")]
    for change in ("cancel", "move"):
        assert "1 person has signed up for this event." in desk.get(f"/bookings/{event.id}/{change}").said()
    assert "has signed up" not in desk.get(f"/bookings/{karla.booking.id}/cancel").said()


def test_the_dates_of_a_series_lead_to_one_another(desk_office: Office, app: Flask) -> None:
    with desk_office.database.transaction() as session:
        wish = EventRequest("group_information", at("2020-03-18 10:00"), None, "Frau Berger", dates=2)
        first, second = plan_events(session, wish, actor=MANAGER, now=desk_office.now)
    desk = signed_in(app, Role.RECEPTION)
    links = [link.get("href") for link in desk.get(f"/events/{first.id}").all("a")]
    assert f"/events/{second.id}" in links
