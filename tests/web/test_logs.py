"""The log: a line for everything that happens, and nowhere a word about a person."""

import io
import json
import logging
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import structlog
from flask import Flask
from sqlalchemy import text

import models.database
from models.clocks import OfficeClock
from models.database import Database
from scheduler.adapters import logs
from scheduler.adapters.clock import Clock
from scheduler.app import create_app
from scheduler.domain.errors import Unavailable
from scheduler.domain.roles import Role
from scheduler.usecases.tokens import add_token
from tests.applications import config_for
from tests.cast import MANAGER
from tests.cli.conftest import FLASK
from tests.factories import Office, opened, plan_with
from tests.mailservers import Postmaster, mail_server
from tests.servers import ROOT, Serve, settings
from tests.web.breaking import breaking
from tests.web.conftest import OpenWeb

#: What may stand in no log, whatever happens; every text of a person is made of one of these.
CANARIES = ("kanari", "5550199", "4711")
PERSON = {
    "name": "Kanari Vogel",
    "email": "kanari@example.org",
    "phone": "+49 30 5550199",
    "address": "Kanariweg 7\n12345 Kanaristadt",
    "number": "KN-4711",
}
REASON = {"category": "other", "text": "Kanarigrund"}
QUERY = "name=Kanari&phone=5550199"
_PATIENCE_S = 60.0


def found_in(log: str) -> set[str]:
    return {canary for canary in CANARIES if canary in log.lower()}


class Caller:
    """Sends persons' data everywhere, right and wrong."""

    def __init__(self, base_url: str, token: str) -> None:
        self.client = httpx.Client(base_url=base_url, timeout=_PATIENCE_S)
        self.address = (str(urlsplit(base_url).hostname), urlsplit(base_url).port or 0)
        self.headers = {"Authorization": f"Bearer {token}", "X-Request-ID": "kanari", "User-Agent": "kanari"}
        self.statuses: list[int] = []

    def send(self, method: str, path: str, **how: Any) -> httpx.Response:
        headers = self.headers | how.pop("headers", {})
        answer = self.client.request(method, path, headers=headers, **how)
        self.statuses.append(answer.status_code)
        return answer

    def use_everything(self) -> None:
        book = {
            "service": "general",
            "starts_at": "2020-03-10T09:00",
            "customer": PERSON,
            "resource": "counter-1",
        }
        booked = self.send("POST", "/api/v1/bookings", json=book | {"justification": REASON}).json()["id"]
        self.send("POST", "/api/v1/bookings", json=book)
        self.send("POST", "/api/v1/bookings", json=book | {"customer": PERSON | {"email": "kanari"}})
        self.send("POST", "/api/v1/bookings", json=book | {"service": "kanari"})
        self.send("POST", "/api/v1/bookings", content=b'{"kanari')
        self.send("GET", f"/api/v1/bookings/{booked}")
        self.send("GET", f"/api/v1/bookings?from=kanari&to=4711&{QUERY}")
        self.send("GET", "/api/v1/bookings/kanari")
        self.send("POST", f"/api/v1/bookings/{booked}/decline", json={"reason": "Kanarigrund"})
        self.send("POST", f"/api/v1/bookings/{booked}/cancel", json={"reason": "Kanarigrund"})
        self.send("GET", "/api/v1/services", headers={"Authorization": "Bearer kanari"})
        self.send("GET", f"/kanari?{QUERY}")
        self.send("KANARI", "/api/v1/services")
        self.send("POST", "/sign-in", data={"login": "kanari", "password": "kanari"})
        for prefix in ("", "/api/v1"):
            for way in ("at-once", "chained", "database"):
                self.send("POST", f"{prefix}/broken/{way}/kanari?{QUERY}", content=b"kanari 4711")
        self.send("GET", "/healthz?late=kanari")
        self.send_nonsense()

    def send_nonsense(self) -> None:
        """What is no HTTP at all, quoting somebody."""
        for nonsense in (
            b"GET /kanari HTTP/1.1\r\nkanari 4711\r\n\r\n",
            b"KANARI kanari\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: kanari\r\n\r\n",
        ):
            with socket.create_connection(self.address, timeout=_PATIENCE_S) as line:
                line.sendall(nonsense)
                while line.recv(4096):
                    pass


def prepared(database: Database) -> str:
    """An office on a day in March 2020, for processes of their own; a caseworker's token."""
    office = opened(database, "2020-03-09 09:00", plan_with("regular"))
    with database.transaction() as session:
        session.add(OfficeClock(id=1, ahead_seconds=(office.now - Clock().real()).total_seconds()))
        return add_token(session, "x", Role.CASEWORKER, actor=MANAGER, now=office.now, real_now=office.now)


def test_no_log_holds_a_word_about_a_person(
    sqlite_database: Database, sqlite_url: str, serve: Serve, tmp_path: Path
) -> None:
    token = prepared(sqlite_database)
    with serve(sqlite_url, env={"THEKE_DEMO": "1"}, app="tests.web.breaking:app()") as base_url:
        caller = Caller(base_url, token)
        with caller.client:
            caller.use_everything()
    web = (tmp_path / "gunicorn.log").read_text()
    told = jobs_and_commands(sqlite_database, sqlite_url)

    assert {201, 200, 401, 404, 405, 409, 422, 500} <= set(caller.statuses)
    assert found_in(web) == set()
    assert found_in(told) == set()
    lines = [json.loads(line) for line in web.splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    asked = [line for line in requests if line["endpoint"] != "health.healthz"]
    assert sorted(line["status"] for line in asked) == sorted(caller.statuses[:-1])
    assert {"slot_taken", "invalid", "not_found"} <= {line.get("code") for line in requests}
    broken = [line for line in lines if line["event"] == "could not answer"]
    assert len(broken) >= 6
    assert {line["error"] for line in broken} == {
        "RuntimeError",
        "KeyError from ValueError",
        *DATABASE_ERRORS,
    }
    assert all("breaking.py" in line["frames"][-1] or "default.py" in line["frames"][-1] for line in broken)


_BREAKING = """
CREATE TRIGGER broken BEFORE UPDATE ON heartbeats WHEN NEW.job <> 'heartbeat'
BEGIN SELECT RAISE(ABORT, 'kanari 4711'); END
"""
DATABASE_ERRORS = {"IntegrityError from IntegrityError"}


def jobs_and_commands(database: Database, url: str) -> str:
    """What jobs and commands say while mails are refused, cannot be written, and a job breaks."""
    postmaster = Postmaster(people={PERSON["email"]: f"550 5.1.1 <{PERSON['email']}> Kanari moved away"})
    said = ""
    with mail_server(postmaster) as port:
        env = settings(url, THEKE_DEMO="1", THEKE_MAIL_URL=f"smtp://127.0.0.1:{port}?tls=none")
        said += executed(env, sys.executable, "-m", "jobs", "--once")
        with database.transaction() as session:
            session.execute(text("UPDATE outbox SET state = 'waiting', rendered = NULL, retry_at = NULL"))
            session.execute(text('UPDATE outbox SET "values" = \'{"kanari": 4711}\''))
        said += executed(env, str(FLASK), "outbox", "deliver")
        with database.transaction() as session:
            session.execute(text("UPDATE outbox SET state = 'waiting', template = 'kanari'"))
            session.execute(text(_BREAKING))
        said += executed(env, sys.executable, "-m", "jobs", "--once")
        said += executed(env, str(FLASK), "doctor")
    assert "job outbox" in said
    return said


def executed(env: dict[str, str], *command: str) -> str:
    """What a process says on standard error."""
    done = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    return done.stderr


# ------------------------------------------------------------------------------------- guards taken off


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The log of this process, as a server would write it; afterwards everything is as before."""
    root = logging.getLogger()
    before = (list(root.handlers), root.level, warnings.showwarning, sys.excepthook, threading.excepthook)
    stream = io.StringIO()
    logs.begin("json", stream)
    yield stream
    root.handlers, root.level = before[0], before[1]
    warnings.showwarning, sys.excepthook, threading.excepthook = before[2:]
    structlog.reset_defaults()


def send_persons(app: Flask) -> None:
    app.testing = False
    client = app.test_client()
    client.post(f"/broken/at-once/kanari?{QUERY}", data=b"kanari")
    client.get(f"/healthz?{QUERY}")


def test_the_guard_holds_in_one_process(desk_office: Office, tmp_path: Path, lines: io.StringIO) -> None:
    send_persons(breaking(create_app(config_for(desk_office.database, tmp_path))))

    assert lines.getvalue().count('"event": "request"') == 2
    assert found_in(lines.getvalue()) == set()


@pytest.mark.parametrize("guard", ["types_of", "_known_alone"])
def test_without_either_guard_the_canaries_are_found(
    desk_office: Office,
    tmp_path: Path,
    lines: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
    guard: str,
) -> None:
    off = {"types_of": repr, "_known_alone": lambda _logger, _method, event: event}
    monkeypatch.setattr(logs, guard, off[guard])
    logs.begin("json", lines)
    app = breaking(create_app(config_for(desk_office.database, tmp_path)))

    def tell() -> None:
        logs.log().info("somebody asks", name="Kanari", phone="5550199")

    app.before_request(tell)
    send_persons(app)

    assert found_in(lines.getvalue()) >= {"kanari"}


def test_of_what_libraries_say_only_fixed_words_and_numbers_are_written(lines: io.StringIO) -> None:
    library = logging.getLogger("sqlalchemy.pool")
    library.warning("Connection of %s broke after %d s", "Kanari", 3)
    library.error("Kanari cannot be bound")
    logging.getLogger("gunicorn.error").error("Error handling request %s", "/kanari?phone=5550199")
    logging.getLogger("gunicorn.error").info("Listening at: %s (%s)", "http://127.0.0.1:8000", 12)
    logging.getLogger("jobs.outbox").info("mails: sent %d", 3)

    said = [json.loads(line)["event"] for line in lines.getvalue().splitlines()]

    assert said == [
        "Connection of … broke after 3 s",
        "sqlalchemy.pool says something",
        "Error handling request …",
        "Listening at: http://127.0.0.1:8000 (12)",
        "mails: sent 3",
    ]


def ask_what_is_not_there(url: str) -> None:
    """The driver says what was not found: "no such table: kanari"."""
    database = Database(url)
    with pytest.raises(Unavailable), database.transaction() as session:
        session.execute(text("SELECT 4711 FROM kanari"))
    database.dispose()


def test_why_the_database_cannot_be_worked_with_is_written_by_its_kind_alone(
    empty_database_url: str, lines: io.StringIO
) -> None:
    if empty_database_url.startswith("sqlite:///"):
        Path(empty_database_url.removeprefix("sqlite:///")).touch()

    ask_what_is_not_there(empty_database_url)

    said = [json.loads(line)["event"] for line in lines.getvalue().splitlines()]
    kind = "OperationalError (SQLITE_ERROR)" if "sqlite" in empty_database_url else "UndefinedTable (42P01)"
    assert said == [f"the database cannot be worked with: {kind}; `flask doctor` says more"]


def test_the_drivers_own_sentence_would_quote_somebody(
    empty_postgresql_url: str, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    monkeypatch.setattr(models.database, "_kind_of", str)

    ask_what_is_not_there(empty_postgresql_url)

    assert "kanari" in found_in(lines.getvalue())


def test_a_thread_that_dies_and_a_warning_are_written_without_their_words(lines: io.StringIO) -> None:
    def break_() -> None:
        raise ValueError("kanari")

    thread = threading.Thread(target=break_)
    thread.start()
    thread.join()
    warnings.showwarning("kanari", UserWarning, __file__, 1)

    dead, warned = (json.loads(line) for line in lines.getvalue().splitlines())

    assert (dead["error"], warned["error"]) == ("ValueError", "UserWarning")
    assert "break_" in dead["frames"][-1]
    assert found_in(lines.getvalue()) == set()


def test_who_asks_for_help_can_name_the_request(desk_office: Office, open_web: OpenWeb) -> None:
    client = open_web(desk_office).test_client()

    page = client.get("/nonsense", headers={"X-Request-ID": "chosen"})
    problem = client.get("/api/v1/nonsense")

    assert page.headers["X-Request-ID"] in page.text
    assert page.headers["X-Request-ID"] != "chosen"
    assert problem.get_json(force=True)["instance"] == f"urn:theke:request:{problem.headers['X-Request-ID']}"


def test_at_a_terminal_lines_are_for_people(lines: io.StringIO) -> None:
    logs.begin("text", lines)
    logs.log().info("request", endpoint="desk.day", status=200)

    assert "request endpoint=desk.day status=200" in lines.getvalue()
