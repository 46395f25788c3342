"""The access log: who read whose data, noted with the answer and never in its way."""

from datetime import timedelta

from sqlalchemy import select, text

from models.accesses import Access
from models.database import Database
from scheduler.domain.roles import Role
from scheduler.queries.accesses import accesses_to
from scheduler.usecases.accesses import note_accesses
from tests.cast import RECEPTION
from tests.factories import Office
from tests.queries.statements import counted
from tests.web.conftest import OpenWeb, signed_in


def readings(database: Database, subject: str) -> list[tuple[str, str]]:
    with database.reading() as session:
        return [(access.actor, access.page) for access in accesses_to(session, subject)]


def test_pages_that_show_a_person_are_noted(desk_office: Office, open_web: OpenWeb) -> None:
    booking, other = desk_office.book(), desk_office.book(starts="2020-03-11 09:15")
    reader = signed_in(open_web(desk_office), Role.RECEPTION)

    pages = (f"/bookings/{booking.id}", f"/bookings/{booking.id}/cancel", "/notices", "/notices/1")
    for page in pages:
        reader.get(page)
    reader.get("/day/2020-03-11")
    reader.get("/bookings/new")

    by_reception = [
        ("staff:reception", page)
        for page in ("desk.booking", "desk.ask_about_change", "desk.notices", "desk.notice")
    ]
    by_day = [("staff:reception", "desk.day")]
    assert readings(desk_office.database, f"booking:{booking.id}") == by_reception + by_day
    assert readings(desk_office.database, f"booking:{other.id}") == [by_reception[2], *by_day]
    assert readings(desk_office.database, "day:2020-03-11") == [("staff:reception", "desk.day")]


def test_who_looked_at_a_day_read_about_all_that_stood_there(desk_office: Office, open_web: OpenWeb) -> None:
    reader = signed_in(open_web(desk_office), Role.RECEPTION)
    reader.get("/day/2020-03-11")
    desk_office.clock.office_now += timedelta(seconds=1)
    booking = desk_office.book(starts="2020-03-11 09:15")
    reader.get("/day/2020-03-11")
    desk_office.move(booking, "2020-03-12 09:15")
    reader.get("/day/2020-03-12")
    reader.get("/day/2020-03-13")

    looked = readings(desk_office.database, f"booking:{booking.id}")

    assert looked == [("staff:reception", "desk.day")] * 2


def test_who_is_refused_has_read_nothing(desk_office: Office, open_web: OpenWeb) -> None:
    booking = desk_office.book()
    reader = signed_in(open_web(desk_office), Role.AUDITOR)

    reader.client.get(f"/bookings/{booking.id}")

    assert readings(desk_office.database, f"booking:{booking.id}") == []


def test_a_form_shown_once_more_with_what_is_wrong_is_noted_too(
    desk_office: Office, open_web: OpenWeb
) -> None:
    booking = desk_office.book()
    reader = signed_in(open_web(desk_office), Role.RECEPTION)
    reader.get("/")

    reader.post(f"/bookings/{booking.id}/move", 422, starts_at="never", resource="counter-1", version="1")
    reader.get("/bookings/00000000-0000-0000-0000-000000000000", 404)

    assert readings(desk_office.database, f"booking:{booking.id}") == [
        ("staff:reception", "desk.change_booking")
    ]
    assert readings(desk_office.database, "booking:00000000-0000-0000-0000-000000000000") == []


def test_parts_that_pages_ask_for_again_are_noted_as_often_as_they_differ(
    desk_office: Office, open_web: OpenWeb
) -> None:
    booking = desk_office.book("general", "2020-03-09 10:00")
    reader = signed_in(open_web(desk_office), Role.RECEPTION)
    reader.post(f"/bookings/{booking.id}/park", next="/queue")

    for address in ("/queue/part", "/parked/2020-03-10"):
        live = {"Theke-Live": "1"}
        tag = reader.client.get(address, headers=live).headers["ETag"]
        again = reader.client.get(address, headers=live | {"If-None-Match": tag})
        assert again.status_code == 304

    assert readings(desk_office.database, f"booking:{booking.id}") == [
        ("staff:reception", "desk.today"),
        ("staff:reception", "desk.queue_part"),
        ("staff:reception", "desk.parked"),
    ]


def test_a_list_is_noted_with_all_whom_it_shows_in_one_statement(office: Office) -> None:
    subjects = [f"booking:{number}" for number in range(50)]
    with counted(office.database) as statements, office.database.transaction() as session:
        note_accesses(session, RECEPTION, "bookings.bookings", subjects, now=office.now)

    assert len(statements) == 1
    with office.database.reading() as session:
        assert len(session.scalars(select(Access)).all()) == 50


def test_where_nothing_can_be_written_people_are_still_served(desk_office: Office, open_web: OpenWeb) -> None:
    booking = desk_office.book()
    reader = signed_in(open_web(desk_office), Role.RECEPTION)
    with desk_office.database.transaction() as session:
        session.execute(text("ALTER TABLE accesses RENAME TO accesses_away"))

    page = reader.get(f"/bookings/{booking.id}")

    assert page.response.status_code == 200
