"""T27: many times the load that the office can carry. The desk is served, others come again later."""

import json
import math
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import product
from statistics import median
from threading import Event, Thread
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest

from models.database import Database
from scheduler.adapters.clock import Clock
from scheduler.domain.roles import Role
from scheduler.usecases.staff import add_staff
from tests.bench.load import Order, Report, Request
from tests.cast import MANAGER
from tests.faults.booths import PATIENCE_S, Booth, Wish, booth, to_be_repeated
from tests.faults.conftest import Scale
from tests.servers import ROOT, Serve, signed_in
from tests.witness import Witness

LOGIN, PASSWORD = "frontdesk", "a long enough password"
#: Of one server with two workers; more than these are sent away.
MOST_WAITING = 10
RECOVERY_S = 60
#: On a machine that does nothing but answer the crowd.
LONGEST_AT_THE_DESK_S = 3
_SERVICES = ("general", "benefit_emergency", "integration")
_SEARCHES_PER_BOOKING = 9


@dataclass
class Regular:
    """Somebody who asks for one thing after the other all the while, and what came of it."""

    ask: Callable[[], httpx.Response]
    answers: list[httpx.Response] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        """For people: how many answers of each status, and how long they took."""
        statuses = Counter(answer.status_code for answer in self.answers)
        return f"{dict(statuses)}, median {median(self.seconds):.2f} s, longest {max(self.seconds):.2f} s"

    @contextmanager
    def asking(self) -> Iterator[None]:
        enough = Event()

        def go_on() -> None:
            while not enough.wait(0.1):
                begun = time.monotonic()
                self.answers.append(self.ask())
                self.seconds.append(time.monotonic() - begun)

        thread = Thread(target=go_on)
        thread.start()
        try:
            yield
        finally:
            enough.set()
            thread.join(PATIENCE_S)


@contextmanager
def crowd(office: Booth, clients: int, seconds: int) -> Iterator[list[Report]]:
    """Clients who ask and book without rest while the block runs, and longer; what they heard, afterwards."""
    order = Order(office.base_url, questions(office), clients, warm_up_s=0, seconds=seconds)
    report: list[Report] = []
    command = [sys.executable, "-m", "tests.bench.load"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        thread = Thread(target=lambda: report.append(_reported(process, order)))
        thread.start()
        try:
            yield report
        finally:
            thread.join(seconds + 2 * PATIENCE_S)


def _reported(process: subprocess.Popen[bytes], order: Order) -> Report:
    said, _ = process.communicate(json.dumps(asdict(order)).encode())
    return Report(**json.loads(said))


def questions(office: Booth) -> list[Request]:
    """Searches of which none equals another, and bookings among them."""
    days = [day[0].starts_at.date().isoformat() for day in office.days]
    authorization = {"Authorization": f"Bearer {office.tokens[1]}"}
    searches = [
        Request("GET", f"/api/v1/slots?{urlencode(asked)}", authorization)
        for asked in (
            {"service": service, "from": first, "to": last}
            for service, first, last in product(_SERVICES, days[:30], days[30:])
        )
    ]
    slots = [slot for day in office.days for slot in day]
    bookings = [
        Request(
            "POST",
            "/api/v1/bookings",
            {**authorization, "Idempotency-Key": str(uuid4())},
            json.dumps(Wish.of(slot).body),
        )
        for slot in slots[: len(searches) // _SEARCHES_PER_BOOKING]
    ]
    step = _SEARCHES_PER_BOOKING
    return [
        request
        for n, booking in enumerate(bookings)
        for request in (*searches[n * step : (n + 1) * step], booking)
    ]


@contextmanager
def clerk_at(base_url: str, office: Booth) -> Iterator[httpx.Client]:
    """Somebody at the reception, signed in, whose program holds a token too."""
    now = Clock().office()
    with office.database.transaction() as session:
        add_staff(session, LOGIN, Role.RECEPTION, PASSWORD, actor=MANAGER, now=now)
    headers = {
        "Cookie": signed_in(base_url, LOGIN, PASSWORD),
        "Authorization": f"Bearer {office.tokens[0]}",
    }
    with httpx.Client(base_url=base_url, headers=headers, timeout=PATIENCE_S) as client:
        yield client


def seconds_of_a_search(office: Booth) -> float:
    """Of one that is answered; infinite for whoever is sent away."""
    with office.caller() as client:
        begun = time.monotonic()
        answer = client.get("/api/v1/services")
        return time.monotonic() - begun if answer.is_success else math.inf


def book_until_answered(clerk: httpx.Client, wish: Wish, witness: Witness) -> None:
    """As programs do, and as clerks do too: who is asked to come again comes again, under the same key."""
    key = {"Idempotency-Key": str(uuid4())}
    while to_be_repeated(answer := clerk.post("/api/v1/bookings", json=wish.body, headers=key)):
        witness.hear(answer)
        time.sleep(0.2)
    witness.booked(wish.word, answer)


def test_the_desk_is_served_while_many_times_as_many_ask_as_can_be_answered(
    database: Database,
    database_url: str,
    serve: Serve,
    witness: Witness,
    scale: Scale,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Customers and their portals at one server, the desk at another: docs/operations.md."""
    env = {"THEKE_MOST_WAITING": str(MOST_WAITING)}
    folder = tmp_path_factory.mktemp("customers")
    with booth(database, folder, workers=2, env=env) as office, serve(database_url) as desk_url:
        witness.logs.append(office.log)
        own = [Wish.of(slot) for slot in office.days.pop()[:5]]
        quiet = seconds_of_a_search(office)
        with clerk_at(desk_url, office) as clerk, office.caller() as portal:
            customer = Regular(lambda: witness.hear(portal.get("/api/v1/services")))
            reception = Regular(lambda: witness.hear(clerk.get("/")))
            with (
                customer.asking(),
                reception.asking(),
                crowd(office, scale(120, 400), scale(4, 60)) as report,
            ):
                for wish in own:
                    book_until_answered(clerk, wish, witness)
            ended = time.monotonic()
            while seconds_of_a_search(office) > 3 * quiet + 0.2:
                assert time.monotonic() < ended + RECOVERY_S, "the office does not recover"
        recovered = time.monotonic() - ended
    print(f"\nthe crowd heard {report[0]}")
    print(f"reception: {reception}; customer: {customer}; recovered after {recovered:.1f} s")
    assert set(report[0].statuses) <= {"200", "201", "409", "503"}
    assert report[0].statuses["503"] > 0
    assert all(answer.status_code in (200, 503) for answer in customer.answers)
    assert all(answer.status_code == 200 for answer in reception.answers)
    assert {wish.word for wish in own} <= set(witness.acknowledged)
    assert median(reception.seconds) < LONGEST_AT_THE_DESK_S


def test_without_the_limit_nobody_is_sent_away_and_all_wait(
    sqlite_database: Database, witness: Witness, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The negative control."""
    env = {"THEKE_MOST_WAITING": "100000"}
    with (
        booth(sqlite_database, tmp_path_factory.mktemp("customers"), workers=2, env=env) as office,
        crowd(office, 60, 2) as report,
    ):
        pass
    assert "503" not in report[0].statuses
