"""Calendar feeds: whoever knows the secret sees times and nobody's name, with any program."""

import re
from datetime import timedelta

import ics
import pytest
import vobject
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from werkzeug.test import TestResponse

from scheduler.domain.bookings import Party
from scheduler.domain.caseworkers import CaseworkerRequest
from scheduler.domain.events import EventRequest
from scheduler.domain.roles import Role
from scheduler.usecases import bookings
from scheduler.usecases.caseworkers import hand_over, keep_caseworker
from scheduler.usecases.events import SignUp, plan_events, sign_up
from scheduler.usecases.worklist import call_instead
from tests.cast import ADA, CHEN, MANAGER, RECEPTION
from tests.factories import Office, at
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import words_of


@pytest.fixture
def app(desk_office: Office, open_web: OpenWeb) -> Flask:
    return open_web(desk_office)


def address_of(app: Flask, place: str = "counter-1") -> str:
    leading = signed_in(app, Role.MANAGER)
    leading.get("/office/feeds")
    page = leading.post("/office/feeds", 200, place=place)
    (code,) = page.all("code")
    return re.sub(r"^https?://[^/]+", "", words_of(code))


def fetched(client: FlaskClient, address: str, **headers: str) -> TestResponse:
    return client.get(address, headers=headers)


def entries(answer: TestResponse) -> list[dict[str, str]]:
    calendar = Calendar.from_ical(answer.data)
    return [{key: str(one[key]) for key in ("UID", "SUMMARY", "LOCATION")} for one in calendar.walk("VEVENT")]


def test_a_feed_names_times_and_nobody_and_any_program_reads_it(desk_office: Office, app: Flask) -> None:
    visit = desk_office.book("general", "2020-03-11 09:00", resource="counter-1", customer=ADA)
    desk_office.book("general", "2020-03-11 09:00", resource="counter-2", customer=CHEN)
    gone = desk_office.book("general", "2020-03-12 09:00", resource="counter-1", customer=CHEN)
    desk_office.do(bookings.cancel, gone, by=Party.CUSTOMER)
    answer = fetched(app.test_client(), address_of(app))

    assert answer.content_type == "text/calendar; charset=utf-8"
    assert "private" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    (entry,) = entries(answer)
    assert (entry["SUMMARY"], entry["LOCATION"]) == ("Termin", "Kundentheke 1")
    assert entry["UID"] not in (visit.ical_uid, str(visit.id))
    text = answer.get_data(as_text=True)
    for word in (ADA.name, str(ADA.email), "ATTENDEE", "VALARM", "Jobcenter", "Anliegen"):
        assert word not in text
    for line in ("METHOD:PUBLISH", "REFRESH-INTERVAL;VALUE=DURATION:PT30M", "X-PUBLISHED-TTL:PT30M"):
        assert line in text
    assert vobject.readOne(text).vevent.dtstart.value == visit.starts_at
    (event,) = ics.Calendar(text).events
    assert event.begin.datetime == visit.starts_at


def test_a_program_that_has_it_already_hears_so_until_something_changes(
    desk_office: Office, app: Flask
) -> None:
    visit = desk_office.book("general", "2020-03-11 09:00", resource="counter-1", customer=ADA)
    client, address = app.test_client(), address_of(app)
    tag = fetched(client, address).headers["ETag"]
    desk_office.clock.office_now += timedelta(minutes=40)
    unchanged = fetched(client, address, **{"If-None-Match": tag})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    desk_office.move(visit, "2020-03-11 10:00", resource="counter-1")
    assert fetched(client, address, **{"If-None-Match": tag}).status_code == 200


def test_an_empty_feed_is_a_calendar_too(app: Flask) -> None:
    answer = fetched(app.test_client(), address_of(app))
    assert entries(answer) == []
    assert vobject.readOne(answer.get_data(as_text=True)).vtimezone


def test_group_events_stand_in_their_own_feed_and_those_who_sign_up_in_none(
    desk_office: Office, app: Flask
) -> None:
    wish = EventRequest("group_information", at("2020-03-18 10:00"), None, "Frau Berger", seats=2)
    with desk_office.database.transaction() as session:
        (event,) = plan_events(session, wish, actor=MANAGER, now=desk_office.now)
    with desk_office.database.transaction() as session:
        asked = SignUp(ADA, Role.RECEPTION)
        sign_up(session, event.id, asked, actor=RECEPTION, now=desk_office.now)
    client = app.test_client()
    assert len(entries(fetched(client, address_of(app, "")))) == 1
    assert len(entries(fetched(client, address_of(app, event.resource.key)))) == 1


def test_what_was_taken_back_is_found_by_nobody(app: Flask) -> None:
    client, address = app.test_client(), address_of(app)
    assert fetched(client, address).status_code == 200
    leading = signed_in(app, Role.MANAGER)
    page = leading.get("/office/feeds")
    form = next(one for one in page.all("form") if "/revoke" in (one.get("action") or ""))
    page = leading.follow(leading.post(form.get("action") or ""))
    assert "None yet." in page.said()
    assert fetched(client, address).status_code == 404
    assert fetched(client, "/feeds/made-up.ics").status_code == 404
    leading.post(form.get("action") or "", 404)
    leading.post("/office/feeds", 422, place="nowhere")


def test_a_caseworkers_calendar_has_visits_and_calls_and_names_no_customer(
    desk_office: Office, app: Flask
) -> None:
    with desk_office.database.transaction() as session:
        asked = CaseworkerRequest("Karla Kern", "Team 1", {})
        worker = keep_caseworker(session, None, asked, actor=MANAGER, now=desk_office.now)
    visit = desk_office.book("general", "2020-03-11 09:00", resource="counter-1", customer=CHEN)
    call = desk_office.book("general", "2020-03-11 10:00", resource="counter-2", customer=CHEN)
    desk_office.book("general", "2020-03-11 11:00", resource="counter-1", customer=ADA)
    for one in (visit, call):
        desk_office.do(hand_over, one, caseworker_id=worker.id)
    desk_office.do(call_instead, call)
    answer = fetched(app.test_client(), address_of(app, f"caseworker:{worker.id}"))

    assert [(one["SUMMARY"], one["LOCATION"]) for one in entries(answer)] == [
        ("Termin", "Kundentheke 1"),
        ("Termin", "telefonisch"),
    ]
    text = answer.get_data(as_text=True)
    assert "Karla Kern" in text
    assert CHEN.name not in text
    page = signed_in(app, Role.MANAGER).get("/office/feeds").said()
    assert "Karla Kern · " in page
    signed_in(app, Role.MANAGER).post("/office/feeds", 404, place="caseworker:99")
