"""Programs that call the office's API, one for each role, under the office's standing clock."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from models.database import Database
from scheduler.domain.roles import Role
from scheduler.usecases.tokens import add_token
from tests.applications import config_for, lent_app
from tests.cast import MANAGER
from tests.factories import Office, StandingClock, at

ADA = {"name": "Ada Arendt", "email": "ada@example.org"}


@dataclass
class Programs:
    """What the roles' programs send, each with its own token; `role` None sends none."""

    app: Flask
    office: Office
    tokens: Mapping[Role, str]

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def send(
        self, method: str, path: str, role: str | None = "reception", *, key: str | None = None, **how: Any
    ) -> TestResponse:
        headers = dict(how.pop("headers", {}))
        if role is not None:
            headers["Authorization"] = f"Bearer {self.tokens[Role(role)]}"
        if key is not None:
            headers["Idempotency-Key"] = key
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **how)

    def get(self, path: str, role: str | None = "reception", **query: Any) -> TestResponse:
        headers = query.pop("headers", {})
        return self.send("GET", path, role, query_string=query, headers=headers)

    def post(self, path: str, role: str | None = "reception", **how: Any) -> TestResponse:
        return self.send("POST", path, role, **how)

    def book(self, role: str = "reception", *, key: str | None = None, **wish: Any) -> TestResponse:
        """A visit on the next day at nine, unless `wish` says otherwise."""
        return self.post("/bookings", role, key=key, json=wanted(**wish))

    def change(self, booking_id: str, change: str, role: str = "caseworker", **sent: Any) -> TestResponse:
        return self.post(f"/bookings/{booking_id}/{change}", role, json=sent)


def wanted(**wish: Any) -> dict[str, Any]:
    return {"service": "general", "starts_at": "2020-03-10T09:00", "customer": ADA} | wish


def programs_of(office: Office, url: str, folder: Path) -> Iterator[Programs]:
    with office.database.transaction() as session:
        tokens = {
            role: add_token(session, role, role, actor=MANAGER, now=office.now, real_now=office.now)
            for role in Role
        }
    with lent_app(config_for(url, folder), clock=office.clock) as app:
        yield Programs(app, office, tokens)


@pytest.fixture
def programs(office: Office, database_url: str, tmp_path: Path) -> Iterator[Programs]:
    """On Monday, 9 March 2020, at nine: everything can be booked."""
    yield from programs_of(office, database_url, tmp_path)


@pytest.fixture
def sqlite_programs(
    opened_in_march: None, sqlite_database: Database, sqlite_url: str, tmp_path: Path
) -> Iterator[Programs]:
    """The same on SQLite alone, for what is settled before any database is asked for more than the token."""
    office = Office(sqlite_database, StandingClock(at("2020-03-09 09:00")))
    yield from programs_of(office, sqlite_url, tmp_path)


@pytest.fixture
def july_programs(july: Office, database_url: str, tmp_path: Path) -> Iterator[Programs]:
    """On Friday, 17 July 2020, at eight, with the whole year planned."""
    yield from programs_of(july, database_url, tmp_path)


def code(response: TestResponse) -> str:
    """The code of a problem, whose form is checked on the way."""
    problem = response.get_json(force=True)
    assert response.content_type == "application/problem+json"
    assert {"type", "title", "status", "code", "detail"} <= problem.keys()
    assert problem["status"] == response.status_code
    assert problem["detail"].endswith((".", "!", "?"))
    return str(problem["code"])
