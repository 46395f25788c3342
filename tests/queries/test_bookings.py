"""Looking at bookings: one by one, and page by page."""

import base64
from datetime import date
from uuid import UUID, uuid4

import pytest

from scheduler.domain.bookings import Party, Status
from scheduler.domain.errors import Invalid, NotFound
from scheduler.queries.bookings import BookingPage, booking, by_reference, page
from scheduler.usecases import bookings
from tests.cast import EMRE
from tests.factories import Office, whole_plan
from tests.queries.statements import counted


def see_page(
    office: Office,
    first: date,
    last: date,
    *,
    status: Status | None = None,
    after: str | None = None,
    limit: int = 100,
) -> BookingPage:
    with office.database.reading() as session:
        return page(session, first, last, zone=whole_plan().zone, status=status, after=after, limit=limit)


def test_a_booking_comes_with_its_place_service_and_person_at_once(office: Office) -> None:
    booked = office.book(customer=EMRE)
    with counted(office.database) as statements, office.database.reading() as session:
        seen = booking(session, booked.id)
        assert (seen.resource.key, seen.service.key, seen.person.name) == ("counter-1", "general", EMRE.name)
    assert len(statements) == 1
    with pytest.raises(NotFound), office.database.reading() as session:
        booking(session, uuid4())


def test_a_reference_is_found_as_people_say_it(office: Office) -> None:
    booked = office.book()
    said = booked.reference.lower()
    with office.database.reading() as session:
        for text in (said, f" {said[:4]} {said[4:]} ", f"{said[:4]}-{said[4:]}"):
            assert by_reference(session, text).id == booked.id
        for text in ("", "ACDEFGHJ" * 20, "Ä'; --"):
            with pytest.raises(NotFound):
                by_reference(session, text)


def test_pages_follow_one_another_without_hole_or_double(office: Office) -> None:
    made = [
        office.book("documents", f"2020-03-{day} 09:{minute:02}")
        for day in (11, 12)
        for minute in (0, 0, 0, 5)
    ]
    expected = sorted(made, key=lambda one: (one.starts_at, one.id))
    found: list[UUID] = []
    after: str | None = None
    for _ in range(3):
        part = see_page(office, date(2020, 3, 11), date(2020, 3, 12), after=after, limit=3)
        found += [one.id for one in part.bookings]
        after = part.next_cursor
    assert after is None
    assert found == [one.id for one in expected]


def test_a_page_that_is_just_full_has_no_next(office: Office) -> None:
    office.book()
    assert see_page(office, date(2020, 3, 11), date(2020, 3, 11), limit=1).next_cursor is None


def test_days_are_the_offices_and_both_are_included(office: Office) -> None:
    made = [office.book(starts=f"2020-03-{day} 09:00") for day in (10, 11, 12)]
    found = see_page(office, date(2020, 3, 10), date(2020, 3, 11)).bookings
    assert [one.id for one in found] == [one.id for one in made[:2]]


def test_a_page_can_show_one_status_alone(office: Office) -> None:
    office.book()
    gone = office.book()
    office.do(bookings.cancel, gone, by=Party.CUSTOMER)
    found = see_page(office, date(2020, 3, 11), date(2020, 3, 11), status=Status.CANCELLED).bookings
    assert [one.id for one in found] == [gone.id]


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        *(
            "",
            "x",
            "ä",
            "\ud800",
            encoded("x"),
            encoded("2020-03-11 x"),
            encoded(f"2020-03-11T08:00 {UUID(int=1)}"),
        ),
        encoded(f"0001-01-01T00:00:00+14:00 {UUID(int=1)}"),
        encoded("2020-03-11T08:00:00+00:00 1"),
    ],
)
def test_a_cursor_that_nobody_gave_is_refused(office: Office, cursor: str) -> None:
    with pytest.raises(Invalid):
        see_page(office, date(2020, 3, 11), date(2020, 3, 11), after=cursor)


def test_a_cursor_means_an_instant_whatever_its_offset(office: Office) -> None:
    booked = office.book(starts="2020-03-11 09:00")
    before = encoded(f"2020-03-11T09:00:00+02:00 {UUID(int=1)}")  # seven in UTC, the visit is at eight
    found = see_page(office, date(2020, 3, 11), date(2020, 3, 11), after=before).bookings
    assert [one.id for one in found] == [booked.id]
