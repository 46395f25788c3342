"""Web workers restarted in turn under load: nobody's request fails, and nothing grows."""

import os
import signal
import threading
import time
from pathlib import Path

import httpx
from sqlalchemy import text

from models.database import Database
from scheduler.adapters.clock import Clock
from scheduler.domain.planexports import write_plan
from scheduler.domain.roles import Role
from scheduler.usecases.plans import import_plan
from scheduler.usecases.tokens import add_token
from tests.cast import MANAGER
from tests.factories import plan_with
from tests.faults.conftest import Scale
from tests.servers import Serve
from tests.witness import Witness

CALLERS = 4
PATIENCE_S = 60.0
#: Above this a worker would have gained more than what it needs to warm up.
MOST_GROWTH_KB = 40_000


def masters() -> list[int]:
    """The gunicorns that this process started."""
    own = Path("/proc/self/task")
    children = [int(pid) for task in own.iterdir() for pid in (task / "children").read_text().split()]
    return [pid for pid in children if b"gunicorn" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def workers_of(master: int) -> set[int]:
    return {int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split()}


def memory_kb(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1])


def connections(database: Database) -> int:
    if database.is_sqlite:
        return 0
    with database.reading() as session:
        found = session.scalar(
            text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        )
    return int(found or 0)


class Callers:
    """Some who search all the while, and what failed for them.

    Half of them keep their lines open, as programs and some proxies do; the others take a new one each time.
    """

    def __init__(self, base_url: str, token: str, witness: Witness) -> None:
        self._url = f"{base_url}/api/v1/services"
        self._token = token
        self._witness = witness
        self._enough = threading.Event()
        self.failed: list[str] = []
        self.answered = 0
        self.lines = 0
        """So many have been opened."""
        # One client for each half: to make one takes longer than most requests.
        self._clients = [self._client(keeps=keeps) for keeps in (True, False)]
        self._threads = [
            threading.Thread(target=self._call, args=[self._clients[number % 2]]) for number in range(CALLERS)
        ]

    def __enter__(self) -> "Callers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join(PATIENCE_S)
        for client in self._clients:
            client.close()

    def _client(self, *, keeps: bool) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self._token}"}
        limits = httpx.Limits() if keeps else httpx.Limits(max_keepalive_connections=0)
        return httpx.Client(
            headers=headers if keeps else headers | {"Connection": "close"}, timeout=PATIENCE_S, limits=limits
        )

    def _call(self, client: httpx.Client) -> None:
        while not self._enough.is_set():
            try:
                answer = client.get(self._url, extensions={"trace": self._count_lines})
                self._witness.hear(answer)
                if not answer.is_success:
                    self.failed.append(str(answer.status_code))
                self.answered += 1
            except httpx.TransportError as error:
                self.failed.append(repr(error))
            time.sleep(0.02)

    def _count_lines(self, event: str, _details: object) -> None:
        self.lines += event == "connection.connect_tcp.complete"

    def wait_for(self, more: int) -> None:
        goal = self.answered + more
        latest, since = self.answered, time.monotonic()
        while self.answered < goal:
            time.sleep(0.1)
            if self.answered > latest:
                latest, since = self.answered, time.monotonic()
            assert time.monotonic() < since + PATIENCE_S, "nobody is answered any more"


def token_for(database: Database) -> str:
    now = Clock().office()
    with database.transaction() as session:
        import_plan(session, write_plan(plan_with("regular")).encode(), actor=MANAGER, now=now)
        return add_token(session, "portal", Role.RECEPTION, actor=MANAGER, now=now, real_now=now)


def replaced(master: int, before: set[int]) -> None:
    """Waits until none of the workers from before is there, and as many others are."""
    deadline = time.monotonic() + PATIENCE_S
    while workers_of(master) & before or len(workers_of(master)) < len(before):
        assert time.monotonic() < deadline, "the workers do not go"
        time.sleep(0.1)


def test_workers_are_replaced_under_load_and_no_request_fails(
    database: Database, database_url: str, serve: Serve, witness: Witness, scale: Scale, tmp_path: Path
) -> None:
    token = token_for(database)
    known = set(masters())
    with serve(database_url, preload=False) as base_url:
        (master,) = set(masters()) - known
        with Callers(base_url, token, witness) as callers:
            callers.wait_for(scale(30, 1000))
            connected = connections(database)
            memory = max(memory_kb(worker) for worker in workers_of(master))
            for _ in range(scale(1, 5)):
                before = workers_of(master)
                os.kill(master, signal.SIGHUP)  # what `systemctl reload` sends
                replaced(master, before)
                callers.wait_for(scale(20, 200))
            for worker in sorted(workers_of(master)) * scale(1, 3):
                before = workers_of(master)
                if worker in before:
                    os.kill(worker, signal.SIGTERM)  # one ends in order; gunicorn makes another
                    replaced(master, {worker})
                callers.wait_for(scale(10, 100))
            callers.wait_for(scale(30, 10_000))
            grown = max(memory_kb(worker) for worker in workers_of(master)) - memory
            assert connections(database) <= connected + 2 * CALLERS + 2
        assert callers.failed == []
        assert callers.lines < callers.answered
        assert grown < MOST_GROWTH_KB
    witness.logs.append(tmp_path / "gunicorn.log")


def test_a_worker_that_is_killed_instead_would_be_noticed(
    sqlite_database: Database, sqlite_url: str, serve: Serve, witness: Witness
) -> None:
    """The negative control: with SIGKILL whoever was being answered hears nothing."""
    token = token_for(sqlite_database)
    known = set(masters())
    with serve(sqlite_url, workers=1, preload=False) as base_url:
        (master,) = set(masters()) - known
        deadline = time.monotonic() + PATIENCE_S
        with Callers(base_url, token, witness) as callers:
            while not callers.failed and time.monotonic() < deadline:
                callers.wait_for(3)
                for worker in workers_of(master):
                    os.kill(worker, signal.SIGKILL)
        assert callers.failed != []
