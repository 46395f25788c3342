"""The day page: what stands where, and that its size does not make it slow."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4
from xml.etree.ElementTree import Element

import pytest
from sqlalchemy import event, insert

from models.bookings import Booking, Claim
from models.database import Database
from models.people import Person
from models.plans import ResourceRow
from scheduler.domain.bookings import Channel, Origin, Party, Standing, Status
from scheduler.domain.roles import Role
from scheduler.domain.texts import Text
from scheduler.usecases import bookings as usecases
from tests.cast import CHEN
from tests.factories import Office, at, plan_with
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Page, Reader, words_of

ADDED, BOOKINGS = 31, 600
QUARTERS = [f"{hour:02}:{minute:02}" for hour in (8, 9, 10, 11, 14, 15) for minute in (0, 15, 30, 45)]


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What the database was asked meanwhile."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        said.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def leading_to(page: Page, beginning: str) -> list[Element]:
    """The cells of the day's tables that lead there."""
    return [
        link
        for table in page.all("table")
        for link in table.iter("a")
        if (link.get("href") or "").startswith(beginning)
    ]


def test_the_day_shows_places_times_bookings_and_free_cells(reception: Reader, desk_office: Office) -> None:
    visit = desk_office.book("general", "2020-03-11 09:00", resource="counter-3")

    page = reception.get("/day/2020-03-11")

    table = page.all("table")[0]
    columns = [words_of(head) for head in table.iter("th") if head.get("scope") == "col"]
    shown = page.all("a", href=f"/bookings/{visit.id}")[0]
    assert page.said("h1") == "Wednesday, 11 March 2020"
    assert "Counter 3" in columns
    assert {"Ada", "Arendt", visit.reference} <= set(words_of(shown).split())
    free = [
        link.get("aria-label") for link in page.all("a") if "/bookings/new?at=" in (link.get("href") or "")
    ]
    assert "Wednesday, 11 March 2020, 09:15, Counter 3, free" in free
    assert "Wednesday, 11 March 2020, 09:00, Counter 3, free" not in free


def test_every_free_cell_leads_to_a_form_that_offers_something(reception: Reader) -> None:
    day = reception.get("/day/2020-03-11")
    cells = [
        link.get("href") or "" for link in day.all("a") if "/bookings/new?at=" in (link.get("href") or "")
    ]

    for address in cells[::40]:
        assert reception.get(address).all("input", name="service"), address


def test_every_refused_cell_leads_to_the_reasons(desk_office: Office, open_web: OpenWeb) -> None:
    desk_office.switch_into("preventive", "appointments_cancelled")
    reader = signed_in(open_web(desk_office), Role.RECEPTION)
    day = reader.get("/day/2020-03-17")
    cells = [link.get("href") or "" for link in leading_to(day, "/why?at=")]

    said = [reader.get(address).said() for address in cells[:4]]

    assert cells
    assert any("030 23125-100" in words and "application at any time" in words for words in said)


def test_what_became_a_call_stands_below_and_frees_its_place(desk_office: Office, open_web: OpenWeb) -> None:
    desk_office.book("general", "2020-06-04 09:00", resource="counter-1", customer=CHEN)
    desk_office.switch_into("preventive", "appointments_cancelled", "closed", "phase_1")
    reader = signed_in(open_web(desk_office), Role.RECEPTION)

    page = reader.get("/day/2020-06-04")

    assert "By phone" in page.said()
    assert CHEN.phone is not None
    assert CHEN.phone in page.said()
    labels = [link.get("aria-label") for link in page.all("a")]
    assert "Thursday, 4 June 2020, 09:00, Counter 1, free" in labels


def test_what_was_cancelled_stands_in_a_fold(reception: Reader, desk_office: Office) -> None:
    visit = desk_office.book("general", "2020-03-11 09:00")
    desk_office.do(usecases.cancel, visit, by=Party.CUSTOMER, reason=None)

    page = reception.get("/day/2020-03-11")

    fold = words_of(page.all("details", class_="fold")[0])
    assert "Cancelled (1)" in fold
    assert visit.reference in fold


@pytest.mark.parametrize(
    "day", ["2020-03-29", "2020-10-25", "2020-03-14", "2020-12-24", "2020-04-13", "2099-12-31"]
)
def test_no_day_is_too_strange_to_be_shown(reception: Reader, day: str) -> None:
    reception.get(f"/day/{day}")


@pytest.mark.parametrize("day", ["2020-13-01", "yesterday", "0001-01-01", "9999-12-31", "2020-3-1"])
def test_what_is_no_day_is_said_to_be_none(reception: Reader, day: str) -> None:
    assert "date" in reception.get(f"/day/{day}", 422).said()


def test_the_date_picker_leads_to_its_day(reception: Reader) -> None:
    led = reception.get("/day?date=2020-05-04", 303)

    assert led.response.headers["Location"] == "/day/2020-05-04"
    reception.get("/day?date=", 422)


def test_who_only_answers_the_phone_sees_the_same_day(desk_office: Office, open_web: OpenWeb) -> None:
    desk_office.switch_into("preventive", "appointments_cancelled")

    page = signed_in(open_web(desk_office), Role.HOTLINE).get("/day/2020-03-17")

    assert "Further restriction of visits" in page.said()


def fill(office: Office) -> None:
    """Six hundred visits on one day side by side; with those of the scenario there are forty places."""
    plan = plan_with("regular")
    counter = plan.resource("counter-2")
    places = tuple(
        replace(counter, key=f"place-{n}", name=Text({"de": f"Platz {n}", "en": f"Place {n}"}))
        for n in range(ADDED)
    )
    office.plan(replace(plan, resources=(*plan.resources, *places)))
    with office.database.transaction() as session:
        rows = {row.key: row.id for row in session.query(ResourceRow)}
        for n in range(BOOKINGS):
            person = Person(id=uuid4(), name=f"Person {n}", language="de", created_at=office.now)
            start = at(f"2020-03-12 {QUARTERS[n // ADDED]}")
            until = start + timedelta(minutes=15)
            resource = rows[f"place-{n % ADDED}"]
            visit = Booking(
                id=uuid4(),
                reference=f"R{n:07}",
                service_key="general",
                resource_id=resource,
                person_id=person.id,
                starts_at=start,
                ends_at=until,
                occupied_until=until,
                status=Status.BOOKED,
                standing=Standing.VALID,
                origin=Origin.APPOINTMENT,
                channel=Channel.IN_PERSON,
                booked_by=Role.RECEPTION,
                made_by="test",
                made_at=office.now,
                judged_at=office.now,
                ical_uid=f"{n}@example.org",
                ical_sequence=0,
                invited=True,
            )
            session.add(person)
            session.flush()
            session.add(visit)
            session.flush()
            session.execute(
                insert(Claim).values(
                    booking_id=visit.id,
                    resource_id=resource,
                    starts_at=start,
                    occupied_until=until,
                    occupies=True,
                )
            )


def test_a_full_day_of_forty_places_asks_no_more_than_an_empty_one(
    desk_office: Office, open_web: OpenWeb
) -> None:
    reader = signed_in(open_web(desk_office), Role.RECEPTION)
    with statements(desk_office.database) as empty:
        reader.client.get("/day/2020-03-12")
    fill(desk_office)
    reader.client.get("/day/2020-03-12")  # reads the new plan once

    with statements(desk_office.database) as full:
        response = reader.client.get("/day/2020-03-12")

    asked = [statement for statement in full if statement.startswith("SELECT")]
    assert len(asked) == len([statement for statement in empty if statement.startswith("SELECT")])
    assert len(asked) <= 5
    assert response.text.count('class="visit booked"') == BOOKINGS
    assert len(response.data) < 300_000
