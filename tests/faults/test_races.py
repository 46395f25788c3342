"""Many who want the same, over HTTP, against several workers: with the guards, and without them."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from uuid import uuid4

import httpx
from sqlalchemy import select, text

from models.bookings import Booking
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
from tests.invariants import broken
from tests.servers import Serve

SLOTS = 20
PATIENCE_S = 60


@dataclass
class Outcome:
    """How a round ended: the ids that were confirmed, and what the others were told."""

    booked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)


@dataclass
class Booth:
    """A running office and those who want something from it."""

    database: Database
    base_url: str
    token: str
    days: Iterator[Sequence[Slot]]

    def race(self, bookings: int, *, without: str = "") -> Outcome:
        """So many bookings at once for twenty places and times that nobody has asked for yet."""
        wanted = next(self.days)[:SLOTS]
        asked = [wanted[position % SLOTS] for position in range(bookings)]
        random.shuffle(asked)
        return asyncio.run(self._race(asked, without))

    async def _race(self, asked: Sequence[Slot], without: str) -> Outcome:
        outcome = Outcome()
        headers = {"Authorization": f"Bearer {self.token}", "X-Guards-Off": without}
        limits = httpx.Limits(max_connections=len(asked), max_keepalive_connections=0)
        async with (
            httpx.AsyncClient(
                base_url=self.base_url, headers=headers, limits=limits, timeout=PATIENCE_S
            ) as client,
            asyncio.timeout(2 * PATIENCE_S),
        ):
            await asyncio.gather(*(self._book(client, slot, outcome) for slot in asked))
        return outcome

    async def _book(self, client: httpx.AsyncClient, slot: Slot, outcome: Outcome) -> None:
        """Asks under one key until there is an answer that is final; busy is none, nor a line that broke."""
        key = {"Idempotency-Key": str(uuid4())}
        body = {
            "service": "general",
            "starts_at": slot.starts_at.isoformat(),
            "resource": slot.resource.key,
            "customer": {"name": "Ada Arendt", "email": "ada@example.org"},
        }
        while True:
            with suppress(httpx.TransportError):
                answer = await client.post("/api/v1/bookings", json=body, headers=key)
                if answer.status_code != 503 or "Retry-After" not in answer.headers:
                    break
            await asyncio.sleep(random.uniform(0.05, 0.3))
        if answer.status_code == 201:
            outcome.booked.append(answer.json()["id"])
        elif answer.status_code == 409:
            outcome.refused.append(answer.json()["code"])
        else:
            outcome.strange.append(f"{answer.status_code} {answer.text[:200]}")

    def all_bookings(self) -> set[str]:
        with self.database.reading() as session:
            return {str(booking_id) for booking_id in session.scalars(select(Booking.id))}


@contextmanager
def booth(database: Database, serve: Serve, *, workers: int = 3, app: str = "wsgi:app") -> Iterator[Booth]:
    """An office in regular operation today, served by gunicorn."""
    now = Clock().office()
    with database.transaction() as session:
        import_plan(session, write_plan(plan_with("regular")).encode(), actor=MANAGER, now=now)
        token = add_token(session, "race", Role.RECEPTION, actor=MANAGER, now=now, real_now=now)
    with database.reading() as session:
        plan = current_plan(session)
        found = slots(
            session,
            plan,
            plan.service("general"),
            first=local_date(now + timedelta(days=7), plan.zone),
            last=local_date(now + timedelta(days=60), plan.zone),
            booked_by=Role.RECEPTION,
            now=now,
            limit=5000,
        )
    by_day = [list(day) for _, day in groupby(found, lambda slot: local_date(slot.starts_at, plan.zone))]
    days = iter([day for day in by_day if len(day) >= SLOTS])
    url = database.url.set(drivername="sqlite" if database.is_sqlite else "postgresql")
    with serve(url.render_as_string(hide_password=False), workers=workers, app=app) as base_url:
        yield Booth(database, base_url, token, days)


def test_200_who_want_20_places_get_20(database: Database, serve: Serve) -> None:
    with booth(database, serve) as office:
        outcome = office.race(200)
    assert outcome.strange == []
    assert len(outcome.booked) == SLOTS
    assert outcome.refused == ["slot_taken"] * 180
    assert office.all_bookings() == set(outcome.booked)
    assert broken(database) == []


UNGUARD = {
    True: ["DROP TRIGGER claims_do_not_overlap_insert", "DROP TRIGGER claims_do_not_overlap_update"],
    False: ["ALTER TABLE claims DROP CONSTRAINT claims_do_not_overlap"],
}


def test_each_guard_alone_holds_and_with_none_too_many_come(database: Database, serve: Serve) -> None:
    """The negative control of the test before.

    ===================  =====  =====  ===========
    the database's own   turns  looks  booked
    ===================  =====  =====  ===========
    yes                  no     yes    20
    yes                  no     no     20
    no                   yes    yes    20
    no                   no     yes    more (PostgreSQL; SQLite's snapshots still refuse)
    no                   no     no     all
    ===================  =====  =====  ===========
    """
    with booth(database, serve, workers=2, app="tests.faults.unguarded:app") as office:
        confirmed: list[str] = []
        for without in ("turns", "turns,looks"):
            outcome = office.race(60, without=without)
            assert (len(outcome.booked), outcome.strange) == (SLOTS, [])
            confirmed += outcome.booked
        with database.transaction() as session:
            for statement in UNGUARD[database.is_sqlite]:
                session.execute(text(statement))
        outcome = office.race(60)
        assert (len(outcome.booked), outcome.strange) == (SLOTS, [])
        confirmed += outcome.booked
        assert office.all_bookings() == set(confirmed)
        assert broken(database) == []

        outcome = office.race(60, without="turns")
        assert outcome.strange == []
        assert (len(outcome.booked) == SLOTS) is database.is_sqlite
        outcome = office.race(60, without="turns,looks")
        assert outcome.strange == []
        assert len(outcome.booked) == 60
        assert "I1" in {line[:2] for line in broken(database)}
