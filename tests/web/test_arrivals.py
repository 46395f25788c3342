"""Reception finds whoever stands before it, hears what holds, and checks the person in; slips on paper."""

import re
from dataclasses import replace
from datetime import date

import pytest

from scheduler.domain.bookings import Change, MoveRequest, Party, Status
from scheduler.domain.roles import Role
from scheduler.queries import arrivals as queries
from scheduler.queries.accesses import accesses_to
from scheduler.usecases import bookings, corrections
from tests.cast import ADA, EMRE, RECEPTION
from tests.factories import Office, at
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Reader

BORN = replace(ADA, born=date(1980, 5, 31))


def test_whoever_is_expected_is_found_and_checked_in(reception: Reader, desk_office: Office) -> None:
    booking = desk_office.book("general", "2020-03-09 09:20", customer=BORN)

    page = reception.get(f"/arrivals?q=https://x.example.org/arrivals?q={booking.reference.lower()}")
    assert "Expected now" in page.said()
    page = reception.follow(reception.post(f"/arrivals/{booking.id}/check-in", site="main"))
    assert f"Booking {booking.reference} has arrived, number 001." in page.said()
    page = reception.follow(reception.post(f"/arrivals/{booking.id}/take-back", site="main"))
    assert "is as before" in page.said()
    reception.post(f"/arrivals/{booking.id}/check-in", site="main")
    assert desk_office.see(booking).status is Status.CHECKED_IN
    assert "Is here already" in reception.get("/arrivals?name=arendt ada&born=31.5.1980").said()
    with desk_office.database.reading() as session:
        assert len(accesses_to(session, f"booking:{booking.id}")) >= 2
    assert reception.post(f"/arrivals/{booking.id}/check-in", 409).all("div", id="problems")


def test_early_late_elsewhere_cancelled_and_moved_are_said(reception: Reader, desk_office: Office) -> None:
    early = desk_office.book("general", "2020-03-09 10:30")
    moved = desk_office.book("general", "2020-03-09 10:00", resource="counter-2")
    desk_office.move(moved, "2020-03-11 10:00")
    off = desk_office.book("general", "2020-03-09 09:30", resource="counter-3", customer=EMRE)
    desk_office.do(bookings.cancel, off, by=Party.OFFICE)

    assert "90 minutes too soon" in reception.get(f"/arrivals?q={early.reference}").said()
    assert "expected at Main building" in reception.get(f"/arrivals?site=annex&q={early.reference}").said()
    said = reception.get(f"/arrivals?q={moved.reference}").said()
    assert "expected on Wednesday, 11 March 2020, 10:00" in said
    assert "moved from Monday, 9 March 2020, 10:00" in said
    assert "no disadvantage follows" in reception.get(f"/arrivals?q={off.reference}").said()
    desk_office.wait_until("2020-03-09 10:46")
    assert "would have been over" in reception.get(f"/arrivals?q={early.reference}").said()


def test_a_move_that_was_taken_back_is_not_said(reception: Reader, desk_office: Office) -> None:
    booking = desk_office.book("general", "2020-03-12 10:00")
    desk_office.move(booking, "2020-03-11 10:00")
    desk_office.move(booking, "2020-03-13 10:00")
    desk_office.do(corrections.take_back, booking, mistake=Change.MOVE)

    said = reception.get(f"/arrivals?q={booking.reference}").said()

    assert "moved from Thursday, 12 March 2020, 10:00 to Wednesday, 11 March 2020, 10:00" in said


def test_many_of_one_birth_date_hide_nobody(
    reception: Reader, desk_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk_office.book("general", "2020-03-09 09:30", customer=replace(EMRE, born=BORN.born))
    desk_office.book("general", "2020-03-09 10:00", customer=BORN)
    monkeypatch.setattr(queries, "_MOST", 1)

    assert "Ada Arendt" in reception.get("/arrivals?name=arendt&born=31.5.1980").said()


def test_nobody_found_is_said_with_what_to_do(reception: Reader) -> None:
    assert "No booking has this reference" in reception.get("/arrivals?q=nonsense", 404).said()
    assert "Nobody of this name" in reception.get("/arrivals?name=Ada&born=1980-05-31", 404).said()
    assert reception.get("/arrivals?name=Ada&born=31.2.1980", 422).problem("born")
    assert reception.get("/arrivals?name=Ada", 422).problem("born")


def test_a_no_show_takes_one_key_and_checking_in_takes_it_back(
    reception: Reader, desk_office: Office
) -> None:
    booking = desk_office.book("general", "2020-03-09 09:30")
    assert "Did not appear" not in reception.get(f"/arrivals?q={booking.reference}").said()
    desk_office.wait_until("2020-03-09 09:46")

    reception.get(f"/arrivals?q={booking.reference}")
    reception.post(f"/arrivals/{booking.id}/no-show")
    assert desk_office.see(booking).status is Status.NO_SHOW
    assert "Noted as not appeared" in reception.get(f"/arrivals?q={booking.reference}").said()
    reception.post(f"/arrivals/{booking.id}/take-back")
    assert desk_office.see(booking).status is Status.BOOKED
    reception.post(f"/arrivals/{booking.id}/no-show")
    reception.post(f"/arrivals/{booking.id}/check-in")
    assert desk_office.see(booking).status is Status.CHECKED_IN


def test_what_the_office_moved_nobody_can_miss(reception: Reader, desk_office: Office) -> None:
    booking = desk_office.book("general", "2020-03-09 09:30")
    form = {"starts_at": "2020-03-09T09:40", "resource": "counter-1", "do": "move", "by": "office"}
    reception.get(f"/bookings/{booking.id}/move")
    reception.post(f"/bookings/{booking.id}/move", 303, **form)
    desk_office.wait_until("2020-03-09 10:00")

    page = reception.get(f"/arrivals?q={booking.reference}")
    assert "Did not appear" not in page.said().partition("Keys")[0]
    page = reception.post(f"/arrivals/{booking.id}/no-show", 409)
    assert "The office itself moved this visit" in page.said()
    asked = MoveRequest(at("2020-03-09 10:20"))
    with desk_office.database.transaction() as session:
        bookings.move(session, booking.id, asked, actor=RECEPTION, now=desk_office.now)
    desk_office.wait_until("2020-03-09 10:30")
    reception.post(f"/arrivals/{booking.id}/no-show")


def test_a_slip_says_it_in_both_languages_with_a_code(desk_office: Office, open_web: OpenWeb) -> None:
    booking = desk_office.book(customer=EMRE)
    reader = signed_in(open_web(desk_office), Role.HOTLINE, "de")

    page = reader.get(f"/bookings/{booking.id}/slip")

    assert [section.get("lang") for section in page.all("section")] == ["en", "de"]
    assert page.said("h1") == booking.reference
    assert page.text.count('class="qr"') == 2  # of the reference, and of the page to change it
    assert "Haupteingang" in page.said()
    assert "Main entrance" in page.said()
    assert not re.search("jobcenter|leistung|benefit", page.text.partition("<main")[2], re.IGNORECASE)
