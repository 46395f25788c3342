"""The day page: what stands where, and that its size does not make it slow."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4
from xml.etree.ElementTree import Element

import pytest
from sqlalchemy import event, insert, select

from models.accesses import Access
from models.bookings import Booking, Claim
from models.clocks import Heartbeat
from models.database import Database
from models.people import Person
from models.plans import ResourceRow
from scheduler.domain.bookings import Channel, Origin, Party, Standing, Status
from scheduler.domain.roles import Role
from scheduler.domain.texts import Text
from scheduler.queries.health import HEARTBEAT
from scheduler.usecases import bookings as usecases
from tests.cast import CHEN
from tests.factories import REASON, Office, at, plan_with
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


def test_the_part_that_changes_is_named_by_its_content(desk_office: Office, open_web: OpenWeb) -> None:
    app = open_web(desk_office)
    reader, colleague = signed_in(app, Role.RECEPTION), signed_in(app, Role.MANAGER)
    page = reader.get("/day/2020-03-11")
    (part,) = page.all("div", id="day")
    address, tag = part.get("data-live") or "", f'"{part.get("data-tag")}"'

    def status(seen: str) -> int:
        return reader.client.get(
            address, headers={"If-None-Match": seen, "Accept-Language": "en"}
        ).status_code

    assert status(tag) == 304
    colleague.get("/day/2020-03-12")  # is noted in the access log, and changes nothing of the day
    assert status(tag) == 304
    visit = desk_office.book("general", "2020-03-11 09:00")
    assert status(tag) == 200
    assert visit.reference in reader.client.get(address).text
    with desk_office.database.reading() as session:
        seen = session.scalars(select(Access.subject).where(Access.actor == "staff:reception")).all()
    assert seen.count("day:2020-03-11") == 3  # the page, and twice what had changed
    desk_office.clock.office_now = at("2020-03-11 09:05")
    assert "now, 09:05" in reader.client.get(address, headers={"Accept-Language": "en"}).text


def test_nobody_is_kept_signed_in_by_a_page_that_asks_by_itself(
    desk_office: Office, open_web: OpenWeb
) -> None:
    reader = signed_in(open_web(desk_office), Role.RECEPTION)

    def goes_on(headers: dict[str, str]) -> bool:
        for _ in range(12):
            desk_office.clock.real_now += timedelta(minutes=10)
            reader.client.get("/day/2020-03-11/grid", headers=headers)
        return reader.client.get("/day/2020-03-11/grid", headers=headers).status_code == 200

    assert goes_on({})
    assert not goes_on({"Theke-Live": "1"})


def test_the_legend_counts_and_shows_one_state_alone(reception: Reader, desk_office: Office) -> None:
    desk_office.book("general", "2020-03-09 10:00")
    visit = desk_office.book("general", "2020-03-09 10:00")
    desk_office.do(usecases.check_in, visit)

    page = reception.get("/day/2020-03-09?only=checked_in&places=rows&nonsense=1")

    legend = words_of(page.all("dl", class_="legend")[0])
    assert "booked 1" in legend
    assert "checked in 1" in legend
    (chosen,) = page.all("a", aria_current="true")
    assert "checked in" in words_of(chosen)
    assert {table.get("data-only") for table in page.all("table") if table.get("data-grid") is not None} == {
        "checked_in"
    }
    assert "only=checked_in" in (page.all("a", rel="next")[0].get("href") or "")
    assert "data-only" not in reception.get("/day/2020-03-09?only=nonsense").text


def test_places_stand_as_rows_on_request(reception: Reader, desk_office: Office) -> None:
    visit = desk_office.book("integration", "2020-03-11 09:00", resource="office-201", justification=REASON)
    upright, across = reception.get("/day/2020-03-11"), reception.get("/day/2020-03-11?places=rows")

    heads = [words_of(head) for head in across.all("table")[0].iter("th") if head.get("scope") == "row"]
    (cell,) = [
        cell
        for cell in across.all("table")[0].iter("td")
        if any(link.get("href") == f"/bookings/{visit.id}" for link in cell.iter("a"))
    ]
    assert "Counter 3" in heads
    assert int(cell.get("colspan") or 1) > 1

    def names(page: Page) -> set[str]:
        return {link.get("aria-label") or "" for link in leading_to(page, "/bookings/new?at=")}

    assert names(across) == names(upright)


def test_the_page_says_how_the_machinery_is_and_what_to_do(desk_office: Office, open_web: OpenWeb) -> None:
    said = signed_in(open_web(desk_office), Role.MANAGER).get("/").said("aside")
    assert "never started" in said
    assert "Tell whoever runs Theke" in said
    assert "Everybody has been told" in said

    with desk_office.database.transaction() as session:
        session.add(Heartbeat(job=HEARTBEAT, ran_at=desk_office.clock.real(), problem=None))
    desk_office.book("general", "2020-03-10 08:00", customer=CHEN)
    desk_office.plan(plan_with("regular", "preventive"))
    desk_office.clock.real_now += timedelta(seconds=60)
    page = signed_in(open_web(desk_office), Role.MANAGER).get("/")
    said = page.said("aside")
    assert "Automatic work: running" in said
    assert "1 person to be told by hand , the next before Tuesday, 10 March 2020, 08:00" in said
    assert "Next switch" in said
    assert len(page.all("li", class_="condition__bad")) == 1

    desk_office.clock.real_now += timedelta(minutes=3)
    reader = signed_in(open_web(desk_office), Role.RECEPTION)
    assert "stands still" in reader.client.get("/condition", headers={"Accept-Language": "en"}).text


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
    assert len(reader.client.get("/day/2020-03-12?places=rows").data) < 300_000
