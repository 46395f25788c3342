"""Moving a visit from the day and over the parking strip, without any script."""

from models.bookings import Booking
from scheduler.domain.roles import Role
from tests.factories import REASON, Office, at
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Page, Reader, words_of
from tests.web.test_days import leading_to


def integration(office: Office) -> Booking:
    return office.book(
        "integration", "2020-03-11 09:00", resource="office-201", justification=REASON, by=Role.CASEWORKER
    )


def strip(page: Page) -> str:
    return words_of(page.all("aside", id="parked")[0])


def test_a_visit_being_moved_is_offered_what_the_move_allows_and_told_why_not_elsewhere(
    reception: Reader, desk_office: Office
) -> None:
    visit = integration(desk_office)
    desk_office.book("general", "2020-03-11 10:00", resource="counter-1")

    page = reception.get(f"/day/2020-03-11?moving={visit.id}&places=rows")

    cells = leading_to(page, f"/bookings/{visit.id}/move")
    assert leading_to(page, "/bookings/new") == []
    assert {"office-201", "office-202"} <= {(cell.get("href") or "").rpartition("=")[2] for cell in cells}
    assert not any((cell.get("href") or "").endswith("resource=counter-1") for cell in cells)
    (refused, *_others) = leading_to(page, "/why?at=")
    why = reception.get(refused.get("href") or "")
    assert "Counter 1 does not suit" in why.said()
    assert len(list(why.all("dl", class_="why")[0].iter("dt"))) == 1
    there = next(cell for cell in cells if "09:15" in (cell.get("aria-label") or ""))
    form = reception.get(there.get("href") or "")
    assert form.value("starts_at") == "2020-03-11T09:15"  # over its own old time
    reception.post(
        f"/bookings/{visit.id}/move",
        starts_at=form.value("starts_at"),
        resource=form.value("resource"),
        version=form.value("version"),
        next=form.value("next"),
    )
    assert desk_office.see(visit).starts_at == at("2020-03-11 09:15")
    assert form.value("next") == "/day/2020-03-11?places=rows"


def test_what_cannot_be_moved_is_said_to_be_so(desk_office: Office, open_web: OpenWeb) -> None:
    visit = desk_office.book("general", "2020-03-09 10:00")
    app = open_web(desk_office)
    reader = signed_in(app, Role.RECEPTION)
    reader.post(f"/bookings/{visit.id}/check-in")
    assert "cannot be moved any more" in reader.get(f"/day/2020-03-09?moving={visit.id}").said()
    assert "Moving" not in reader.get("/day/2020-03-09?moving=nonsense").said()
    hotline = signed_in(app, Role.HOTLINE).get(f"/day/2020-03-09?moving={visit.id}")
    assert leading_to(hotline, f"/bookings/{visit.id}/move") == []
    assert hotline.all("aside", id="parked") == []


def test_the_strip_holds_several_visits_until_they_are_moved_or_put_back(
    reception: Reader, desk_office: Office
) -> None:
    one = desk_office.book("general", "2020-03-11 09:00", resource="counter-1")
    other = desk_office.book("general", "2020-03-11 10:00", resource="counter-2")
    reception.get("/day/2020-03-11")
    for visit in (one, other, one):
        back = reception.post(f"/bookings/{visit.id}/park", next="/day/2020-03-12")
        assert back.response.headers["Location"] == "/day/2020-03-12"

    page = reception.get("/day/2020-03-12")
    assert len(page.all("li", class_="parked__one")) == 2
    assert page.all("a", data_moving=str(one.id))[0].get("href") == f"/day/2020-03-12?moving={one.id}"
    assert desk_office.see(one).status.occupies

    reception.post(f"/bookings/{one.id}/move", starts_at="2020-03-12T09:00", resource="counter-1")
    reception.post(f"/bookings/{other.id}/unpark", next="/day/2020-03-12")
    assert "Parked" not in strip(reception.get("/day/2020-03-12"))
    reception.post("/bookings/00000000-0000-0000-0000-000000000000/park", 404)
