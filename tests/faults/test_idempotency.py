"""A request that is sent again does nothing again, however its answer was lost (T03)."""

import json
import socket
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

from models.bookings import Booking
from models.database import Database
from models.people import Person
from scheduler.domain.bookings import Status
from tests.faults.booths import PATIENCE_S, Booth, Wish, to_be_repeated
from tests.witness import Witness

KEY = "Idempotency-Key"


@pytest.fixture
def booth(lasting_booth: Booth) -> Booth:
    return lasting_booth


@pytest.fixture
def database(booth: Booth) -> Database:
    """The checker looks at it after each test."""
    return booth.database


def send_and_hang_up(booth: Booth, path: str, body: object, key: str) -> None:
    """Sends a whole request and does not wait for what becomes of it."""
    content = json.dumps(body).encode()
    url = httpx.URL(booth.base_url)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {url.netloc.decode()}\r\nAuthorization: Bearer {booth.tokens[0]}\r\n"
        f"{KEY}: {key}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    with socket.create_connection((url.host, url.port or 80)) as line:
        line.sendall(head.encode() + content)


def await_that(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)


def ask(client: httpx.Client, path: str, body: object, key: str) -> httpx.Response:
    """The final answer."""
    while True:
        answer = client.post(path, json=body, headers={KEY: key})
        if not to_be_repeated(answer):
            return answer
        time.sleep(0.1)


def visits_of(booth: Booth, word: str) -> list[Booking]:
    with booth.database.reading() as session:
        mine = select(Booking).join(Person, Person.id == Booking.person_id).where(Person.number == word)
        return list(session.scalars(mine))


def wish(booth: Booth) -> Wish:
    """Any counter at a time when several are free: done twice, it would be seen."""
    return Wish("general", booth.slots(3)[0].starts_at)


def test_who_hangs_up_and_asks_again_has_one_visit(booth: Booth, witness: Witness) -> None:
    wanted, key = wish(booth), str(uuid4())
    send_and_hang_up(booth, "/api/v1/bookings", wanted.body, key)
    await_that(lambda: visits_of(booth, wanted.word) != [])
    with booth.caller() as client:
        first = ask(client, "/api/v1/bookings", wanted.body, key)
        second = ask(client, "/api/v1/bookings", wanted.body, key)
    witness.booked(wanted.word, first)
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert first.json()["id"] == str(visits_of(booth, wanted.word)[0].id)


@pytest.mark.parametrize("change", ["move", "cancel"])
def test_a_change_whose_answer_was_lost_is_made_once(booth: Booth, witness: Witness, change: str) -> None:
    wanted, key = wish(booth), str(uuid4())
    later = (wanted.starts_at + timedelta(minutes=30)).isoformat()
    bodies: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "move": ({"starts_at": later}, {"starts_at": later, "resource": "counter-3"}),
        "cancel": ({"by": "customer"}, {"by": "office"}),
    }
    body, another = bodies[change]
    with booth.caller() as client:
        made = witness.hear(client.post("/api/v1/bookings", json=wanted.body)).json()
        path = f"/api/v1/bookings/{made['id']}/{change}"
        send_and_hang_up(booth, path, body, key)
        await_that(lambda: visits_of(booth, wanted.word)[0].ical_sequence > 0)
        answers = [witness.hear(ask(client, path, body, key)) for _ in range(2)]
        other = ask(client, path, another, key)
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert other.json()["code"] == "idempotency_mismatch"
    (visit,) = visits_of(booth, wanted.word)
    assert visit.ical_sequence == answers[0].json()["ical"]["sequence"] == 1
    assert (visit.status is Status.CANCELLED) is (change == "cancel")


def test_another_request_under_the_same_key_is_refused(booth: Booth, witness: Witness) -> None:
    wanted, key = wish(booth), str(uuid4())
    with booth.caller() as client:
        witness.booked(wanted.word, ask(client, "/api/v1/bookings", wanted.body, key))
        other = witness.hear(ask(client, "/api/v1/bookings", wish(booth).body, key))
        moved = {"starts_at": (wanted.starts_at + timedelta(minutes=30)).isoformat()}
        path = f"/api/v1/bookings/{witness.acknowledged[wanted.word]}/move"
        elsewhere = witness.hear(ask(client, path, moved, key))
    for refused in (other, elsewhere):
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_mismatch")


def test_twenty_at_once_under_one_key_have_one_visit_and_equal_answers(
    booth: Booth, witness: Witness
) -> None:
    wanted = wish(booth)
    answers = booth.all_with_one_key("/api/v1/bookings", wanted.body, callers=20)
    for answer in answers:
        witness.booked(wanted.word, answer)
    assert {answer.status_code for answer in answers} == {201}
    assert [answer.json() for answer in answers] == [answers[0].json()] * 20


def test_twenty_at_once_under_one_key_move_once(booth: Booth, witness: Witness) -> None:
    wanted = wish(booth)
    with booth.caller() as client:
        made = witness.hear(client.post("/api/v1/bookings", json=wanted.body)).json()
    later = {"starts_at": (wanted.starts_at + timedelta(minutes=30)).isoformat()}
    answers = booth.all_with_one_key(f"/api/v1/bookings/{made['id']}/move", later, callers=20)
    assert [answer.json() for answer in answers] == [answers[0].json()] * 20
    assert answers[0].json()["ical"]["sequence"] == 1


def test_the_key_of_another_caller_is_another_key(booth: Booth, witness: Witness) -> None:
    """Nobody is ever given what another was answered, though key and body are the same."""
    wanted, key = wish(booth), str(uuid4())
    ids = []
    for token in (0, 1, 0, 1):
        with booth.caller(token) as client:
            answer = witness.hear(ask(client, "/api/v1/bookings", wanted.body, key))
        assert answer.status_code == 201
        ids.append(UUID(answer.json()["id"]))
    assert ids[0] == ids[2] != ids[1] == ids[3]
    makers = {visit.id: visit.made_by for visit in visits_of(booth, wanted.word)}
    assert makers == {ids[0]: "token:race", ids[1]: "token:other"}
