"""The figures: what the workers count adds up, whoever of them dies, and the database tells the rest."""

import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from models.clocks import OfficeClock
from models.database import Database
from scheduler.adapters import metrics
from scheduler.adapters.clock import Clock
from scheduler.domain.roles import Role
from scheduler.queries.health import figures, mails_tallied
from scheduler.usecases.health import note_run, tally
from scheduler.usecases.switches import apply_due
from scheduler.usecases.tokens import add_token
from scheduler.web.frame import EXTENSION
from tests.cast import MANAGER
from tests.factories import Office, at, opened, plan_with
from tests.queries.statements import counted
from tests.servers import ROOT, Serve
from tests.web.api.conftest import Programs, code, wanted

_PATIENCE_S = 60.0
_BOOTED = re.compile(r'"Booting worker with pid: (\d+)"')


def value(page: str, name: str, **labels: str) -> float:
    """The sum of the samples of one name that carry these labels."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def page_of(programs: Programs, role: Role = Role.ADMINISTRATOR) -> str:
    answer = programs.client.get("/metrics", headers={"Authorization": f"Bearer {programs.tokens[role]}"})
    assert answer.status_code == 200
    return answer.text


# ------------------------------------------------------------------------------------- what workers count


class Callers:
    """Programs that book and are refused, several at once, and count for themselves."""

    def __init__(self, base_url: str, token: str) -> None:
        self.base_url, self.token = base_url, token
        self.booked = self.refused = 0

    def come(self, day: str, bookings: int, refusals: int) -> None:
        starts = [f"{day}T{9 + quarter // 4:02}:{quarter % 4 * 15:02}" for quarter in range(bookings)]
        bodies = [wanted(starts_at=start) for start in starts] + [wanted(service="none")] * refusals
        with ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(self._book, bodies))
        self.booked += statuses.count(201)
        self.refused += statuses.count(422)
        assert statuses.count(201) == bookings

    def _book(self, body: object) -> int:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = httpx.post(
            f"{self.base_url}/api/v1/bookings", json=body, headers=headers, timeout=_PATIENCE_S
        )
        return answer.status_code


def booted(log: Path, number: int) -> list[str]:
    """The workers' process ids as soon as so many have begun."""
    deadline = time.monotonic() + _PATIENCE_S
    while len(found := _BOOTED.findall(log.read_text())) < number:
        assert time.monotonic() < deadline, "no worker began"
        time.sleep(0.1)
    return found


def test_counts_add_up_over_workers_and_after_one_was_killed(
    sqlite_database: Database, sqlite_url: str, serve: Serve, tmp_path: Path
) -> None:
    office = opened(sqlite_database, "2020-03-09 09:00", plan_with("regular"))
    ahead_s = (office.now - Clock().real()).total_seconds()
    with sqlite_database.transaction() as session:
        session.add(OfficeClock(id=1, ahead_seconds=ahead_s))
        tokens = [
            add_token(session, role, role, actor=MANAGER, now=office.now, real_now=office.now)
            for role in (Role.RECEPTION, Role.ADMINISTRATOR)
        ]
    with serve(sqlite_url, env={"THEKE_DEMO": "1"}) as base_url:
        callers = Callers(base_url, tokens[0])
        callers.come("2020-03-10", bookings=8, refusals=5)
        victim = int(booted(tmp_path / "gunicorn.log", 2)[0])
        os.kill(victim, signal.SIGKILL)
        booted(tmp_path / "gunicorn.log", 3)
        callers.come("2020-03-11", bookings=4, refusals=2)
        headers = {"Authorization": f"Bearer {tokens[1]}"}
        page = httpx.get(f"{base_url}/metrics", headers=headers, timeout=_PATIENCE_S).text

    assert (callers.booked, callers.refused) == (12, 7)
    assert value(page, "theke_changes_total", action="booking.book", role="reception") == 12
    assert value(page, "theke_refusals_total", code="invalid") == 7
    asked = {"endpoint": "bookings.book", "method": "POST"}
    assert value(page, "theke_requests_total", **asked, status="2xx") == 12
    assert value(page, "theke_requests_total", **asked, status="4xx") == 7
    assert value(page, "theke_request_duration_seconds_count", endpoint="bookings.book") == 19
    assert value(page, "theke_notices_open", kind="email", state="waiting") == 12


def test_what_was_rolled_back_is_not_counted(programs: Programs) -> None:
    before = value(page_of(programs), "theke_changes_total", action="booking.book")
    programs.book(starts_at="2020-03-10T09:00", resource="counter-1", key="k")
    programs.book(starts_at="2020-03-10T09:00", resource="counter-1", key="k")
    refused = programs.book(starts_at="2020-03-10T09:00", resource="counter-1")

    assert refused.status_code == 409
    assert value(page_of(programs), "theke_changes_total", action="booking.book") == before + 1


# ------------------------------------------------------------------------------------- from the database


def test_the_database_tells_what_waits_and_what_is_late(programs: Programs) -> None:
    office = programs.office
    programs.book()
    programs.book(starts_at="2020-03-10T09:15")
    programs.book(starts_at="2020-03-10T09:30")
    with office.database.transaction() as session:
        session.execute(text("UPDATE outbox SET state = 'quarantined' WHERE id = 1"))
        session.execute(text("UPDATE outbox SET state = 'held' WHERE id = 3"))
    office.plan(plan_with("regular", "appointments_cancelled"))
    office.wait_until("2020-03-13 16:01")
    with office.database.transaction() as session:
        note_run(session, "heartbeat", problem=None, real_now=office.clock.real() - timedelta(seconds=100))
        note_run(session, "outbox", problem="it broke", real_now=office.clock.real())
        tally(session, mails_tallied(3, 2, 0))
        tally(session, mails_tallied(1, 0, 1))

    page = page_of(programs)

    email = {"kind": "email"}
    assert value(page, "theke_database_up") == 1
    assert value(page, "theke_notices_open", **email, state="waiting") == 1
    assert value(page, "theke_notices_open", **email, state="quarantined") == 1
    assert value(page, "theke_notices_open", **email, state="held") == 1
    assert value(page, "theke_notices_open", kind="phone", state="held") == 0
    since = (office.now - at("2020-03-09 09:00")).total_seconds()
    assert value(page, "theke_notices_oldest_seconds", **email, state="quarantined") == since
    assert [
        value(page, "theke_notices_total", outcome=outcome) for outcome in ("sent", "failed", "set_aside")
    ] == [4, 2, 1]
    assert value(page, "theke_switch_delay_seconds") == 60
    assert value(page, "theke_jobs_alive") == 1
    assert value(page, "theke_job_failing", job="outbox") == 1
    assert value(page, "theke_job_failing", job="heartbeat") == 0
    last_run = value(page, "theke_job_last_run_timestamp_seconds", job="heartbeat")
    assert last_run == office.now.timestamp() - 100
    assert value(page, "theke_audit_unsealed_records") >= 2
    assert value(page, "theke_audit_unsealed_oldest_seconds") == since

    apply_due(office.database, clock=office.clock)
    assert value(page_of(programs), "theke_switch_delay_seconds") == 0


def test_the_next_switch_is_announced(office: Office) -> None:
    office.plan(plan_with("regular", "appointments_cancelled"))
    with office.database.reading() as session:
        told = figures(session, now=office.now, real_now=office.now)

    assert told[metrics.SWITCH_NEXT] == {(): at("2020-03-13 16:00").timestamp()}


def test_the_number_of_statements_does_not_grow(office: Office) -> None:
    def statements() -> int:
        with counted(office.database) as found, office.database.reading() as session:
            figures(session, now=office.now, real_now=office.now)
        return len(found)

    statements()  # a plan is read once
    before = statements()
    for quarter in (0, 15, 30, 45):
        office.book(starts=f"2020-03-11 09:{quarter:02}")
    office.plan(plan_with("regular", "preventive", "appointments_cancelled"))
    statements()  # a plan is read once

    assert statements() == before <= 12


# ------------------------------------------------------------------------------------- who is told, and when


@pytest.mark.parametrize("role", sorted(Role))
def test_figures_are_for_the_administrators_tokens_alone(role: Role, sqlite_programs: Programs) -> None:
    headers = {"Authorization": f"Bearer {sqlite_programs.tokens[role]}"}

    answer = sqlite_programs.client.get("/metrics", headers=headers)

    assert answer.status_code == (200 if role is Role.ADMINISTRATOR else 403)


def test_without_a_token_nothing_is_told(sqlite_programs: Programs) -> None:
    assert code(sqlite_programs.client.get("/metrics")) == "unauthorized"


def test_while_the_database_is_away_that_is_told_and_no_more(sqlite_programs: Programs) -> None:
    app = sqlite_programs.app
    away = Database("postgresql://nobody@127.0.0.1:1/nothing")
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], database=away)

    answer = sqlite_programs.client.get("/metrics", headers={"Authorization": "Bearer unknown"})

    assert answer.status_code == 200
    assert [line for line in answer.text.splitlines() if not line.startswith("#")] == [
        "theke_database_up 0.0"
    ]


def test_every_figure_that_an_alert_names_exists(sqlite_programs: Programs) -> None:
    known = set(re.findall(r"^# TYPE (\w+)", page_of(sqlite_programs), re.MULTILINE))
    known |= {f"{name}_bucket" for name in known}
    rules = (ROOT / "docs" / "alerts.yml").read_text("utf-8")

    named = set(re.findall(r"theke_\w+", rules))

    assert len(named) > 8
    assert named - known == set()


def test_the_manual_says_what_to_do_for_each_alert() -> None:
    alerts = re.findall(r"- alert: (\w+)", (ROOT / "docs" / "alerts.yml").read_text("utf-8"))
    manual = (ROOT / "docs" / "operations.md").read_text("utf-8")
    rows = [line.split("|")[1] for line in manual.splitlines() if line.startswith("| `")]

    assert alerts
    assert [alert for alert in alerts if not any(f"`{alert}`" in row for row in rows)] == []
