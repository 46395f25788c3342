"""T25: all servers are off, the day goes on from a list printed before, and is entered afterwards."""

import re
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from models.audit import AuditRecord
from models.bookings import Booking
from models.database import Database
from scheduler.domain.bookings import Party, Standing, Status
from scheduler.domain.roles import Role
from scheduler.usecases import bookings
from tests.applications import config_for, lent_app
from tests.cast import ADA, BRUNO, CHEN, DORIT
from tests.factories import Office, at, opened, plan_with
from tests.invariants import broken
from tests.web.conftest import signed_in, with_staff
from tests.web.pages import Page

DAY = "2020-03-10"
CAST = {"ada": (ADA, "08:30", "counter-1"), "bruno": (BRUNO, "09:00", "counter-1")}
CAST |= {"chen": (CHEN, "09:30", "counter-2"), "dorit": (DORIT, "10:00", "counter-2")}


@pytest.fixture
def offices_day(database: Database) -> tuple[Office, dict[str, Booking]]:
    """Tuesday, 10 March 2020, at eight, with four visits to come."""
    office = with_staff(opened(database, "2020-03-09 09:00", plan_with("regular")))
    booked = {
        name: office.book("general", f"{DAY} {starts}", customer=who, resource=place)
        for name, (who, starts, place) in CAST.items()
    }
    office.wait_until(f"{DAY} 08:00")
    return office, booked


def the_paper(office: Office, folder: Path) -> str:
    """The list as it was saved before; the server that made it is gone afterwards."""
    with lent_app(config_for(office.database, folder), clock=office.clock) as app:
        return signed_in(app, Role.RECEPTION).client.get(f"/day/{DAY}/offline").text


def entered(office: Office, folder: Path, lines: dict[str, str], *visits: dict[str, str]) -> list[Page]:
    """What the server answers, once it is there again, to the list and to each visit made on paper."""
    with lent_app(config_for(office.database, folder), clock=office.clock) as app:
        reader = signed_in(app, Role.RECEPTION)
        reader.get(f"/day/{DAY}/catch-up")
        pages = []
        for path, fields in (("", lines), *(("/visits", visit) for visit in visits)):
            answer = reader.send(f"/day/{DAY}/catch-up{path}", **fields)
            if answer.status_code == 303:
                answer = reader.client.get(answer.headers["Location"], headers={"Accept-Language": "en"})
            pages.append(Page(answer))
        return pages


def test_a_day_on_paper_is_entered_afterwards_and_nothing_is_hidden(
    offices_day: tuple[Office, dict[str, Booking]], tmp_path: Path
) -> None:
    office, booked = offices_day
    paper = the_paper(office, tmp_path)
    # After the list was saved and before the servers went down, somebody cancelled; paper does not know.
    office.do(bookings.cancel, booked["dorit"], by=Party.CUSTOMER)
    office.wait_until(f"{DAY} 14:00")

    assert all(booking.reference in paper for booking in booked.values())
    lines = {
        f"outcome-{booked['ada'].id}": "done",
        f"arrived-{booked['ada'].id}": "8:25",
        f"finished-{booked['ada'].id}": "8.50",
        f"outcome-{booked['bruno'].id}": "no_show",
        f"outcome-{booked['chen'].id}": "arrived",
        f"arrived-{booked['chen'].id}": "13.55",
        f"outcome-{booked['dorit'].id}": "done",
    }
    visit = {"starts": "8:35", "resource": "counter-1", "service": "general", "name": "Paula Papier"}
    visit |= {"outcome": "done", "key": "paper-1"}
    contested, accepted, other = (
        visit,
        visit | {"accepted": "y", "key": "paper-2"},
        visit | {"starts": "11:00", "outcome": "no_show", "key": "paper-3", "name": "Peter Papier"},
    )
    answers = entered(office, tmp_path, lines, contested, accepted, accepted, other)

    # What the paper says is in, with its times; what the system knows otherwise is shown, not overwritten.
    assert "3 lines entered." in answers[0].said()
    assert "The booking is cancelled here; the paper says otherwise." in answers[0].said()
    assert "Dorit Dahl" in answers[0].said()
    assert f"Booking {booked['ada'].reference} stands at this place" in answers[1].said()
    assert "Entered as booking" in answers[2].said()
    ada, bruno, chen, dorit = (office.see(booking) for booking in booked.values())
    assert (ada.status, ada.arrived_at, ada.finished_at) == (
        *(Status.DONE, at(f"{DAY} 08:25"), at(f"{DAY} 08:50")),
    )
    assert (bruno.status, dorit.status) == (Status.NO_SHOW, Status.CANCELLED)
    assert (chen.status, chen.arrived_at) == (Status.CHECKED_IN, at(f"{DAY} 13:55"))
    with office.database.reading() as session:
        made = session.scalars(select(Booking).where(Booking.invited.is_(False))).all()
        records = session.scalars(select(AuditRecord).where(AuditRecord.at == office.now)).all()
    assert sorted((one.status, one.starts_at) for one in made) == [
        *((Status.DONE, at(f"{DAY} 08:35")), (Status.NO_SHOW, at(f"{DAY} 11:00"))),
    ], "sent twice, it is there once"
    later = [record for record in records if record.details.get("entered_later")]
    assert {record.actor for record in later} == {"staff:reception"}
    assert {record.action for record in later} == {
        *("booking.check-in", "booking.serve", "booking.finish", "booking.no-show", "booking.enter")
    }
    assert {UUID(record.subject[8:]) for record in later} == {
        *(booking.id for booking in (ada, bruno, chen, *made))
    }
    (conflict,) = [record for record in later if record.details.get("conflicts")]
    assert conflict.details["conflicts"] == ["slot_taken"]
    assert broken(office.database, now=office.now) == []


def test_what_has_not_been_yet_and_what_no_paper_can_say_is_refused(
    offices_day: tuple[Office, dict[str, Booking]], tmp_path: Path
) -> None:
    office, booked = offices_day
    office.wait_until(f"{DAY} 09:10")
    lines = {
        f"outcome-{booked['ada'].id}": "done",
        f"arrived-{booked['ada'].id}": "9:05",
        f"finished-{booked['ada'].id}": "8:50",
        f"outcome-{booked['bruno'].id}": "done",
        f"arrived-{booked['bruno'].id}": "half past",
    }
    visit = {"starts": "11:00", "resource": "counter-1", "service": "general", "name": "Paula Papier"}
    wrong, to_come = entered(office, tmp_path, lines, visit | {"outcome": "done", "accepted": "y"})

    assert "0 lines entered." in wrong.said()
    assert "The end lies before the beginning." in wrong.said()
    assert "“half past” is not a time" in wrong.said()
    assert wrong.value(f"arrived-{booked['bruno'].id}") == "half past"
    assert "has not come yet" in to_come.problem("starts")
    assert to_come.value("name") == "Paula Papier"
    assert office.see(booked["ada"]).status is Status.BOOKED
    assert not re.search("Traceback", wrong.text + to_come.text)
    assert broken(office.database) == []


@pytest.mark.breaks("I3")
def test_what_is_put_in_beside_the_flow_would_be_noticed(
    offices_day: tuple[Office, dict[str, Booking]],
) -> None:
    """The negative control: without its record the checker names it."""
    office, booked = offices_day
    with office.database.transaction() as session:
        found = session.get(Booking, booked["ada"].id)
        assert found is not None
        found.standing = Standing.IN_QUESTION
