"""The negative controls of races, killed workers and keys: with its guard off, each of them goes wrong."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from models.database import Database
from tests.databases import ENGINES, Lasting
from tests.faults.booths import Booth, Wish, booth
from tests.invariants import broken
from tests.witness import Witness

PLACES = 8
UNGUARD = {
    True: ["DROP TRIGGER claims_do_not_overlap_insert", "DROP TRIGGER claims_do_not_overlap_update"],
    False: ["ALTER TABLE claims DROP CONSTRAINT claims_do_not_overlap"],
}


@pytest.fixture(scope="module", params=ENGINES)
def unguarded_booth(
    request: pytest.FixtureRequest, lasting_database: Lasting, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Booth]:
    """An office whose callers say which guards are off; what one leaves broken concerns its witness alone."""
    folder = tmp_path_factory.mktemp("unguarded")
    with (
        lasting_database(request.param, folder) as database,
        booth(database, folder, workers=2, app="tests.faults.unguarded:app") as office,
    ):
        yield office


@pytest.fixture
def office(unguarded_booth: Booth) -> Booth:
    return unguarded_booth


@pytest.fixture
def database(office: Booth) -> Database:
    """The checker looks at it after each test."""
    return office.database


def race(office: Booth, witness: Witness, without: str = "") -> int:
    """How many of 24 were given one of eight places."""
    wishes = [Wish.of(slot) for slot in office.slots(PLACES) for _ in range(3)]
    outcome = office.race(wishes, witness, headers={"X-Guards-Off": without})
    assert outcome.codes.keys() <= {"booked", "slot_taken"}
    return len(outcome.booked)


def ask_and_lose_the_answer(client: httpx.Client, wish: Wish, key: str) -> None:
    with pytest.raises(httpx.TransportError):
        client.post("/api/v1/bookings", json=wish.body, headers={"Idempotency-Key": key, "X-Dies": "now"})


def any_counter(office: Booth) -> Wish:
    return Wish("general", office.slots(3)[0].starts_at)


def test_who_loses_the_answer_to_a_killed_worker_has_one_visit(
    office: Booth, database: Database, witness: Witness
) -> None:
    """The worker dies between the commit and the answer, at the worst of all moments."""
    wish, key = any_counter(office), str(uuid4())
    with office.caller() as client:
        ask_and_lose_the_answer(client, wish, key)
        answer = client.post("/api/v1/bookings", json=wish.body, headers={"Idempotency-Key": key})
    assert answer.status_code == 201
    witness.booked(wish.word, answer)


@pytest.mark.breaks("I2")
def test_who_asks_again_with_another_key_has_two(office: Booth, database: Database, witness: Witness) -> None:
    wish = any_counter(office)
    with office.caller() as client:
        ask_and_lose_the_answer(client, wish, str(uuid4()))
        answer = client.post("/api/v1/bookings", json=wish.body, headers={"Idempotency-Key": str(uuid4())})
    witness.booked(wish.word, answer)


@pytest.mark.breaks("I2")
def test_where_nobody_looks_at_keys_one_who_asks_twice_has_two(
    office: Booth, database: Database, witness: Witness
) -> None:
    wish = any_counter(office)
    key = {"Idempotency-Key": str(uuid4()), "X-Guards-Off": "keys"}
    with office.caller(0, **key) as client:
        answers = [client.post("/api/v1/bookings", json=wish.body) for _ in range(2)]
    for answer in answers:
        witness.booked(wish.word, answer)
    assert answers[0].json()["id"] != answers[1].json()["id"]


@pytest.mark.breaks("I1")
def test_each_guard_alone_holds_and_with_none_too_many_come(
    office: Booth, database: Database, witness: Witness
) -> None:
    """Comes last, since it leaves the database without its own guard.

    ===================  =====  =====  ===========
    the database's own   turns  looks  booked
    ===================  =====  =====  ===========
    yes                  no     yes    8
    yes                  no     no     8
    no                   yes    yes    8
    no                   no     yes    more (PostgreSQL; SQLite's snapshots still refuse)
    no                   no     no     all
    ===================  =====  =====  ===========
    """
    assert race(office, witness, "turns") == PLACES
    assert race(office, witness, "turns,looks") == PLACES
    with database.transaction() as session:
        for statement in UNGUARD[database.is_sqlite]:
            session.execute(text(statement))
    assert race(office, witness) == PLACES
    assert broken(database, witness=witness) == []
    # Whoever is not made to take turns may take them by chance; not five times, though.
    overbooked = any(race(office, witness, "turns") > PLACES for _ in range(1 if database.is_sqlite else 5))
    assert overbooked is not database.is_sqlite
    assert race(office, witness, "turns,looks") == 3 * PLACES
