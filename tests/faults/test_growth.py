"""Days of work by a fast clock: nothing that runs grows, and what only passes through does not pile up."""

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import ColumnElement, func, select

from models.bookings import Claim
from models.database import Database
from models.leases import Lease
from models.outbox import OutboxRow
from models.staff import SignInTally, StaffSession
from scheduler.domain.notices import NoticeKind, NoticeState
from scheduler.domain.planexports import write_plan
from scheduler.domain.roles import Role
from scheduler.usecases.plans import import_plan
from scheduler.usecases.staff import add_staff
from scheduler.usecases.tokens import add_token
from tests.cast import MANAGER
from tests.crowds import set_office_clock
from tests.factories import at, plan_with
from tests.faults.conftest import Scale
from tests.faults.test_restarts import connections, masters, memory_kb, workers_of
from tests.servers import Serve, running, settings
from tests.web.pages import PASSWORD
from tests.witness import Witness

_FIRST = date(2020, 1, 2)
_SATURDAY = 5
_PATIENCE_S = 60.0
#: What a process may gain when it has warmed up: allocators round up, and caches of bounded size fill. A
#: pooled connection to SQLite holds three files, and on a busy machine more of them are in use at once.
_MOST_GAINED = {"worker_kb": 8_000, "jobs_kb": 8_000, "files": 12, "connections": 2, "rows": 2}


_SETTLED = (NoticeState.SENT, NoticeState.WITHDRAWN)
_ENDS = (("check-in", "call", "serve", "finish"), ("cancel",))


@dataclass(frozen=True)
class Footprint:
    """What is held at the end of a day; `rows` are those of tables that only something under way fills."""

    worker_kb: int
    jobs_kb: int
    files: int
    connections: int
    rows: int


class Days:
    """An office that works one day after the other, each as soon as the one before is over."""

    def __init__(self, database: Database, program: httpx.Client, witness: Witness, jobs: int) -> None:
        self._database, self._program, self._witness, self._jobs = database, program, witness, jobs
        (self._worker,) = workers_of(masters()[-1])
        self._dates = (_FIRST + timedelta(days=number) for number in range(10_000))

    def work(self, days: int, *, visits: int) -> Footprint:
        """So many working days with so many visits each, until all their mails have left."""
        for on in self._dates:
            if on.weekday() >= _SATURDAY or not self._visits_of(on, visits):
                continue
            days -= 1
            if not days:
                break
        self._wait_for_mails()
        return self._footprint()

    def _visits_of(self, on: date, visits: int) -> bool:
        """A day at reception; False where nothing is open."""
        set_office_clock(self._database, at(f"{on} 07:30"))
        wanted = {"service": "general", "from": on.isoformat(), "to": on.isoformat()}
        free = self._program.get("/api/v1/slots", params=wanted).json()["slots"]
        if not free:
            return False
        for slot, ends in zip(free[:visits], cycle(_ENDS), strict=False):
            wish = {"service": "general", "starts_at": slot["starts_at"], "resource": slot["resource"]}
            customer = {"name": f"Ada Arendt {on}", "email": "ada@example.org"}
            made = self._ask("/bookings", {**wish, "customer": customer})
            for change in ends:
                self._ask(f"/bookings/{made['id']}/{change}", {})
        self._look_at_the_day()
        return True

    def _ask(self, path: str, body: object) -> dict[str, str]:
        answer = self._witness.hear(self._program.post(f"/api/v1{path}", json=body))
        assert answer.is_success, answer.text
        return dict(answer.json())

    def _look_at_the_day(self) -> None:
        """Somebody mistypes the password, signs in, looks at the day and signs out again."""
        with httpx.Client(
            base_url=self._program.base_url, timeout=_PATIENCE_S, follow_redirects=True
        ) as browser:
            page = browser.get("/sign-in").text
            for password in ("not the password", PASSWORD):
                form = {"csrf_token": _token_in(page), "login": "empfang", "password": password}
                page = browser.post("/sign-in", data=form).text
            assert "Abmelden" in page or "Sign out" in page
            browser.post("/sign-out", data={"csrf_token": _token_in(page)})

    def _wait_for_mails(self) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        unsent = (OutboxRow.kind == NoticeKind.EMAIL, OutboxRow.state.not_in(_SETTLED))
        while self._count(OutboxRow.id, *unsent):
            assert time.monotonic() < deadline, "the mails do not leave"
            time.sleep(0.2)

    def _footprint(self) -> Footprint:
        passing = (StaffSession.digest, SignInTally.login, Lease.name)
        return Footprint(
            worker_kb=memory_kb(self._worker),
            jobs_kb=memory_kb(self._jobs),
            files=sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in (self._worker, self._jobs)),
            connections=connections(self._database),
            rows=sum(map(self._count, passing)) + self._count(Claim.id, Claim.occupies.is_(True)),
        )

    def _count(self, column: Any, *conditions: ColumnElement[bool]) -> int:
        with self._database.reading() as session:
            return session.scalar(select(func.count(column)).where(*conditions)) or 0


def _token_in(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, page
    return found[1]


@contextmanager
def working(
    database: Database, url: str, serve: Serve, witness: Witness, folder: Path, *, app: str = "wsgi:app"
) -> Iterator[Days]:
    """The office of the scenario in regular operation: one web worker, the jobs, and the clock that turns."""
    now = at(f"{_FIRST} 07:00")
    with database.transaction() as session:
        import_plan(session, write_plan(plan_with("regular")).encode(), actor=MANAGER, now=now)
        add_staff(session, "empfang", Role.RECEPTION, PASSWORD, actor=MANAGER, now=now)
        token = add_token(session, "desk", Role.RECEPTION, actor=MANAGER, now=now, real_now=now)
    set_office_clock(database, now)
    headers = {"Authorization": f"Bearer {token}"}
    env = settings(url, THEKE_DEMO="1", THEKE_MAIL_URL=f"maildir:{folder / 'mails'}")
    with (
        serve(url, workers=1, env={"THEKE_DEMO": "1"}, app=app, preload=False) as base_url,
        running((sys.executable, "-m", "tests.hurried"), env, folder / "jobs.log") as jobs,
        httpx.Client(base_url=base_url, headers=headers, timeout=_PATIENCE_S) as program,
    ):
        yield Days(database, program, witness, jobs.pid)


def gained(before: Footprint, after: Footprint) -> dict[str, int]:
    """What grew by more than it may."""
    grown = {name: value - asdict(before)[name] for name, value in asdict(after).items()}
    return {name: value for name, value in grown.items() if value > _MOST_GAINED[name]}


def test_nothing_grows_over_days_of_work(
    database: Database, database_url: str, serve: Serve, witness: Witness, tmp_path: Path, scale: Scale
) -> None:
    with working(database, database_url, serve, witness, tmp_path) as days:
        warm = days.work(scale(2, 40), visits=scale(6, 20))
        after = days.work(scale(3, 60), visits=scale(6, 20))

    print(f"{asdict(warm)}, in the end {asdict(after)}")
    assert gained(warm, after) == {}


def test_a_worker_that_keeps_something_of_each_request_is_noticed(
    sqlite_database: Database, sqlite_url: str, serve: Serve, witness: Witness, tmp_path: Path
) -> None:
    """The negative control."""
    app = "tests.faults.leaking:app"
    with working(sqlite_database, sqlite_url, serve, witness, tmp_path, app=app) as days:
        warm = days.work(1, visits=4)
        after = days.work(3, visits=6)

    assert "worker_kb" in gained(warm, after)
