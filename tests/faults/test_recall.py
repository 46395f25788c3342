"""Answers given again are never old: whatever one process has committed, the next search of another sees."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from models.bookings import Booking
from models.database import Database
from scheduler.domain.bookings import Party
from scheduler.domain.roles import Role
from scheduler.usecases import bookings
from scheduler.usecases.tokens import add_token, revoke_token
from scheduler.web.frame import EXTENSION
from scheduler.web.recall import Recall
from tests.applications import config_for, lent_app
from tests.cast import MANAGER
from tests.factories import Office, plan_with
from tests.faults.conftest import Scale
from tests.queries.statements import counted

SERVICE = "complex_matter"
ADA = {"name": "Ada Arendt"}


@dataclass
class Doors:
    """Two processes that serve one office, as far as they know: each has a memory of its own."""

    office: Office
    apps: list[Flask]
    token: str

    def ask(self, door: int, **question: str) -> Any:
        query = {"service": SERVICE, "from": "2020-03-11", "to": "2020-03-11", "limit": "200"} | question
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.apps[door].test_client().get("/api/v1/slots", query_string=query, headers=headers)

    def offered(self, door: int) -> set[tuple[str, str]]:
        slots = self.ask(door).get_json()["slots"]
        return {(slot["starts_at"], slot["resource"]) for slot in slots}

    def post(self, door: int, path: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.apps[door].test_client().post(f"/api/v1{path}", json=body, headers=headers)


@contextmanager
def doors(office: Office, folder: Path) -> Iterator[Doors]:
    with office.database.transaction() as session:
        token = add_token(
            session, "doors", Role.RECEPTION, actor=MANAGER, now=office.now, real_now=office.now
        )
    with ExitStack() as stack:
        apps = [
            stack.enter_context(lent_app(config_for(office.database, folder), clock=office.clock))
            for _ in range(2)
        ]
        yield Doors(office, apps, token)


def stale_answers(office: Doors, rounds: int) -> list[str]:
    """Books at one door and cancels elsewhere, and notes where the other door's very next answer is old."""
    found = []
    for number in range(rounds):
        booked_at, asked_at = number % 2, (number + 1) % 2
        before = sorted(office.offered(asked_at))
        starts_at, place = before[number % len(before)]
        made = office.post(
            booked_at, "/bookings", service=SERVICE, starts_at=starts_at, resource=place, customer=ADA
        )
        assert made.status_code == 201, made.text
        if (starts_at, place) in office.offered(asked_at):
            found.append(f"{number}: booked, and still offered")
        office.office.do(bookings.cancel, office.office.see(UUID(made.get_json()["id"])), by=Party.OFFICE)
        if (starts_at, place) not in office.offered(asked_at):
            found.append(f"{number}: cancelled, and not offered")
    return found


@contextmanager
def asking_all_the_time(office: Doors) -> Iterator[None]:
    """Somebody at each door who fills its memory at any moment, the worst included."""
    done = Event()

    def ask(door: int) -> None:
        while not done.wait(0.005):
            office.offered(door)

    threads = [Thread(target=ask, args=(door,)) for door in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join()


def test_what_was_committed_stands_in_the_very_next_answer(
    office: Office, tmp_path: Path, scale: Scale
) -> None:
    with doors(office, tmp_path) as both, asking_all_the_time(both):
        assert stale_answers(both, scale(6, 100)) == []


def _number_of_bookings(database: Database) -> str:
    with database.reading() as session:
        return str(session.scalar(select(func.count()).select_from(Booking)))


def _quarter_of_an_hour(_database: Database) -> str:
    return "the same"


@pytest.mark.parametrize("name", [_number_of_bookings, _quarter_of_an_hour])
def test_a_weaker_name_of_what_is_committed_gives_old_answers(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: Callable[[Database], str]
) -> None:
    """The negative control: a count does not see a cancellation, a time to live sees nothing."""
    monkeypatch.setattr(Database, "snapshot", name)
    with doors(office, tmp_path) as both:
        assert stale_answers(both, 3) != []


def test_a_question_repeated_is_answered_without_looking(office: Office, tmp_path: Path) -> None:
    """PostgreSQL names what is committed in any database of the server, where other tests write meanwhile."""
    with doors(office, tmp_path) as both:
        database = both.apps[0].extensions[EXTENSION].database
        for _ in range(200):
            before = database.snapshot()
            first = both.ask(0)
            with counted(database) as statements:
                again = both.ask(0)
            if database.snapshot() == before:
                break
        else:
            pytest.fail("there was no moment in which nobody wrote")
    assert (again.data, again.content_type) == (first.data, first.content_type)
    assert statements == []


def test_a_new_plan_and_a_revoked_token_hold_at_once_at_every_door(office: Office, tmp_path: Path) -> None:
    with doors(office, tmp_path) as both:
        assert [both.ask(door).get_json()["refusals"] for door in range(2)] == [[], []]
        closed = replace(plan_with("regular"), services=plan_with("regular").services[1:])
        office.plan(closed)
        assert [both.ask(door, service="benefit_emergency").status_code for door in range(2)] == [422, 422]
        with office.database.transaction() as session:
            revoke_token(session, "doors", actor=MANAGER, now=office.now, real_now=office.now)
        assert [both.ask(door).status_code for door in range(2)] == [401, 401]


INSTANTS = (
    *("2020-03-09 07:59", "2020-03-09 08:00", "2020-03-09 08:01", "2020-03-09 10:31", "2020-03-09 10:30"),
    *("2020-03-09 15:20", "2020-03-09 23:59", "2020-03-10 00:00", "2020-03-10 07:00", "2020-03-09 09:00"),
)


def answers_by_the_clock(office: Office, folder: Path) -> tuple[list[bytes], list[bytes]]:
    """What a door with a memory says at some instants, and what one without says."""
    days = {"from": "2020-03-09", "to": "2020-03-10"}, {"from": "2021-03-08", "to": "2021-03-10"}
    with doors(office, folder) as both:
        forgetful = both.apps[1].extensions[EXTENSION]
        both.apps[1].extensions[EXTENSION] = replace(forgetful, recall=Recall(most=0))
        said: tuple[list[bytes], list[bytes]] = [], []
        for instant in INSTANTS:
            office.wait_until(instant)
            for door, answers in enumerate(said):
                answers += [both.ask(door, **span).data for span in days]
    return said


def test_answers_change_with_the_hour_too(office: Office, tmp_path: Path) -> None:
    recalled, looked_up = answers_by_the_clock(office, tmp_path)
    assert recalled == looked_up
    assert len(set(looked_up)) > len(INSTANTS) // 2


def test_answers_that_do_not_know_their_end_grow_old(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test before.

    Whatever another test commits on the same server makes the door forget as well, so it has several tries.
    """
    monkeypatch.setattr(
        "scheduler.web.api.offers.availability.stands_until", lambda *_, now: now + timedelta(days=9)
    )
    found = (answers_by_the_clock(office, tmp_path) for _ in range(5))
    assert any(recalled != looked_up for recalled, looked_up in found)
