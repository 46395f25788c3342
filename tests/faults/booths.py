"""An office that many ask at once over HTTP, and those who ask: each once, and until there is an answer."""

import asyncio
import os
import random
import signal
import ssl
from collections import Counter
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from threading import Event, Thread
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from models.database import Database
from scheduler.adapters.clock import Clock
from scheduler.domain.availability import Slot
from scheduler.domain.instants import local_date
from scheduler.domain.planexports import write_plan
from scheduler.domain.roles import Role
from scheduler.queries.plans import current_plan
from scheduler.queries.slots import slots
from scheduler.usecases.plans import import_plan
from scheduler.usecases.tokens import add_token
from tests.cast import MANAGER
from tests.factories import plan_with
from tests.servers import serving
from tests.witness import Witness

PATIENCE_S = 60
_AT_ONCE = 64
"""So many lines are open at the same moment; a pool of httpx with more that wait for it hardly moves."""

_KEY = "Idempotency-Key"
T = TypeVar("T")

_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Spares each caller to read the certificates of all the world."""


@dataclass(frozen=True)
class Wish:
    """A visit that somebody wants, with the word by which the witness knows it again."""

    service: str
    starts_at: datetime
    resource: str | None = None
    word: str = field(default_factory=lambda: uuid4().hex[:16])

    @classmethod
    def of(cls, slot: Slot) -> "Wish":
        return cls("general", slot.starts_at, slot.resource.key)

    @property
    def body(self) -> dict[str, Any]:
        customer = {"name": "Ada Arendt", "email": "ada@example.org", "number": self.word}
        place = {"resource": self.resource} if self.resource is not None else {}
        return {
            "service": self.service,
            "starts_at": self.starts_at.isoformat(),
            "customer": customer,
            **place,
        }


@dataclass
class Outcome:
    """How a race ended: the last answer to each wish, and how many lines were cut before there was one."""

    answers: list[tuple[Wish, httpx.Response]] = field(default_factory=list)
    cut: int = 0

    @property
    def booked(self) -> list[Wish]:
        return [wish for wish, answer in self.answers if answer.status_code == 201]

    @property
    def refused(self) -> list[tuple[Wish, dict[str, Any]]]:
        return [(wish, answer.json()) for wish, answer in self.answers if answer.status_code == 409]

    @property
    def codes(self) -> Counter[str]:
        """How often each answer came."""
        return Counter(answer.json().get("code", "booked") for _, answer in self.answers)


@dataclass
class Booth:
    """A running office, and days of free slots that nobody has asked for yet; callers are from reception."""

    database: Database
    base_url: str
    tokens: Sequence[str]
    folder: Path
    days: list[list[Slot]]

    @property
    def log(self) -> Path:
        return self.folder / "gunicorn.log"

    def slots(self, number: int) -> list[Slot]:
        """So many free slots of one day, which nobody else is given."""
        day = next(day for day in self.days if len(day) >= number)
        self.days.remove(day)
        return day[:number]

    def race(
        self,
        wishes: Sequence[Wish],
        witness: Witness,
        *,
        headers: Mapping[str, str] | None = None,
        renews_key: bool = False,
    ) -> Outcome:
        """All at once in any order; who gets no answer asks again, with the same key unless `renews_key`."""
        witness.logs.append(self.log)
        shuffled = random.sample(wishes, len(wishes))
        return _apart(self._race(shuffled, witness, dict(headers or {}), renews_key))

    async def _race(
        self, wishes: Sequence[Wish], witness: Witness, headers: dict[str, str], renews_key: bool
    ) -> Outcome:
        outcome, lines = Outcome(), asyncio.Semaphore(_AT_ONCE)

        async def ask(wish: Wish) -> None:
            async with lines:
                await self._ask(client, wish, witness, outcome, renews_key)

        async with self._callers(headers) as client, asyncio.timeout(10 * PATIENCE_S):
            await asyncio.gather(*map(ask, wishes))
        return outcome

    async def _ask(
        self, client: httpx.AsyncClient, wish: Wish, witness: Witness, outcome: Outcome, renews_key: bool
    ) -> None:
        key = str(uuid4())
        while True:
            witness.unknown.add(wish.word)
            try:
                answer = await client.post("/api/v1/bookings", json=wish.body, headers={_KEY: key})
            except httpx.TransportError:
                outcome.cut += 1
            else:
                if not to_be_repeated(witness.hear(answer)):
                    break
            key = str(uuid4()) if renews_key else key
            await asyncio.sleep(random.uniform(0.05, 0.3))
        witness.booked(wish.word, answer)
        outcome.answers.append((wish, answer))

    def all_with_one_key(self, path: str, body: object, *, callers: int) -> list[httpx.Response]:
        """The final answers to so many who send the same under the same key at once."""
        key = str(uuid4())

        async def ask(client: httpx.AsyncClient) -> httpx.Response:
            while True:
                answer = await client.post(path, json=body, headers={_KEY: key})
                if not to_be_repeated(answer):
                    return answer
                await asyncio.sleep(0.1)

        async def race() -> list[httpx.Response]:
            async with self._callers({}) as client, asyncio.timeout(2 * PATIENCE_S):
                return list(await asyncio.gather(*(ask(client) for _ in range(callers))))

        return _apart(race())

    def _callers(self, headers: dict[str, str]) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.base_url,
            headers={"Authorization": f"Bearer {self.tokens[0]}", **headers},
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            timeout=httpx.Timeout(PATIENCE_S, pool=None),
            verify=_NO_TLS,
        )

    def caller(self, token: int = 0, **headers: str) -> httpx.Client:
        """One caller for one thing after the other."""
        given = {"Authorization": f"Bearer {self.tokens[token]}", **headers}
        return httpx.Client(base_url=self.base_url, headers=given, timeout=PATIENCE_S, verify=_NO_TLS)

    @contextmanager
    def killing(self, every_s: float, *, at_most: int) -> Iterator[list[int]]:
        """Kills one of the web workers at random every so often; gives the numbers of those killed so far."""
        killed: list[int] = []
        enough = Event()

        def kill() -> None:
            while len(killed) < at_most and not enough.wait(every_s):
                master = (self.folder / "gunicorn.pid").read_text().strip()
                workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
                if workers:
                    killed.append(int(random.choice(workers)))
                    with suppress(ProcessLookupError):
                        os.kill(killed[-1], signal.SIGKILL)

        killer = Thread(target=kill)
        killer.start()
        try:
            yield killed
        finally:
            enough.set()
            killer.join()


def _apart(race: Coroutine[None, None, T]) -> T:
    """Runs it in a thread of its own: in this one a browser's loop may be running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, race).result()


def to_be_repeated(answer: httpx.Response) -> bool:
    """Whether the office asks the caller to come again: it is busy, or still at work on this very request."""
    busy = answer.status_code == 503 and "Retry-After" in answer.headers
    return busy or (answer.status_code == 409 and answer.json()["code"] == "in_progress")


@contextmanager
def booth(
    database: Database,
    folder: Path,
    *,
    workers: int = 3,
    app: str = "wsgi:app",
    env: Mapping[str, str] | None = None,
) -> Iterator[Booth]:
    """An office in regular operation today, served by gunicorn; workers share what is read at the start."""
    now = Clock().office()
    with database.transaction() as session:
        import_plan(session, write_plan(plan_with("regular")).encode(), actor=MANAGER, now=now)
        tokens = [
            add_token(session, name, Role.RECEPTION, actor=MANAGER, now=now, real_now=now)
            for name in ("race", "other")
        ]
    with database.reading() as session:
        plan = current_plan(session)
        found = slots(
            session,
            plan,
            plan.service("general"),
            first=local_date(now + timedelta(days=7), plan.zone),
            last=local_date(now + timedelta(days=90), plan.zone),
            booked_by=Role.RECEPTION,
            now=now,
            limit=10_000,
        )
    days = [list(day) for _, day in groupby(found, lambda slot: local_date(slot.starts_at, plan.zone))]
    url = database.url.set(drivername="sqlite" if database.is_sqlite else "postgresql")
    options = {"GUNICORN_CMD_ARGS": f"--pid={folder / 'gunicorn.pid'}", **(env or {})}
    address = url.render_as_string(hide_password=False)
    with serving(address, folder, workers=workers, env=options, app=app) as base_url:
        yield Booth(database, base_url, tokens, folder, days)
