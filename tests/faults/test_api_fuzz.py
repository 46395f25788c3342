"""Requests that nobody thought of, made from the API's own description: none breaks it, and it is true."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from models.database import Database
from scheduler.domain.roles import Role
from scheduler.usecases.tokens import add_token
from tests.applications import config_for, lent_app
from tests.cast import MANAGER
from tests.factories import Office, opened, plan_with
from tests.faults.conftest import Scale
from tests.witness import Witness

CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
#: What there is, so that not every request ends at the first check.
SERVICES, PLACES, PHASES = ("general", "documents", "integration"), ("counter-1", "office-201"), ("regular",)
DAYS = [(date(2020, 3, 9) + timedelta(days=n)).isoformat() for n in range(9)]
TIMES = [f"{day}T{hour:02}:00" for day in DAYS for hour in (8, 9, 10, 11)]


@pytest.fixture
def office(database: Database) -> Office:
    return opened(database, "2020-03-09 09:00", plan_with("regular"))


@pytest.fixture
def app(office: Office, database_url: str, tmp_path: Path) -> Iterator[Flask]:
    with lent_app(config_for(database_url, tmp_path), clock=office.clock) as app:
        yield app


def tokens_of(office: Office, roles: Sequence[Role]) -> list[str]:
    with office.database.transaction() as session:
        at = {"now": office.now, "real_now": office.now}
        return [add_token(session, role, role, actor=MANAGER, **at) for role in roles]


def made_sensible(data: st.DataObject, case: Any, ids: Sequence[str]) -> None:
    """Puts what there is into some of the places where it belongs."""
    known = {"id": ids, "key": PHASES, "service": SERVICES, "resource": PLACES, "starts_at": TIMES}
    known |= {"from": DAYS, "to": DAYS, "at": TIMES}
    for part in (case.path_parameters, case.query, case.body):
        if not isinstance(part, dict):
            continue
        for name in sorted(known.keys() & part.keys()):
            if data.draw(st.booleans()):
                part[name] = data.draw(st.sampled_from(known[name]))


def ask_anything(operation: Any, token: str, ids: Sequence[str], witness: Witness, examples: int) -> None:
    """So many invented requests, right and wrong ones."""

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        derandomize=examples < 10,
        phases=[Phase.generate] if examples < 10 else list(Phase),
        print_blob=True,
    )
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        mode = data.draw(st.sampled_from(list(schemathesis.GenerationMode)))
        case = data.draw(operation.as_strategy(generation_mode=mode))
        made_sensible(data, case, ids)
        response = case.call(headers={"Authorization": f"Bearer {token}"})
        patient = response.status_code == 503 and "retry-after" in response.headers
        assert response.status_code <= 499 or patient, response.text
        assert "Traceback" not in response.text
        witness.heard += 1
        case.validate_response(response, checks=CHECKS)

    ask()


def operations(app: Flask) -> list[Any]:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    found = list(schema.get_all_operations())
    assert all(isinstance(one, Ok) for one in found)
    return [one.ok() for one in found]  # type: ignore[union-attr]


def test_invented_requests_break_nothing_and_are_answered_as_described(
    app: Flask, office: Office, witness: Witness, scale: Scale
) -> None:
    roles = [Role.MANAGER, Role.CUSTOMER, Role.ADMINISTRATOR][: scale(1, 3)]
    ids = [str(office.book(starts=f"2020-03-1{n} 09:00").id) for n in range(2)]
    witness.now = office.now
    for token in tokens_of(office, roles):
        for operation in operations(app):
            ask_anything(operation, token, ids, witness, scale(2, 40))

    assert witness.heard >= len(operations(app))


def test_a_call_that_answers_otherwise_than_described_is_found(
    sqlite_database: Database,
    sqlite_url: str,
    tmp_path: Path,
    witness: Witness,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The negative control: a call with a field of another type, and one that breaks."""
    office = opened(sqlite_database, "2020-03-09 09:00", plan_with("regular"))
    (token,) = tokens_of(office, [Role.MANAGER])

    def lying(**_values: Any) -> Any:
        return {"status": 7}

    def breaking(**_values: Any) -> Any:
        raise RuntimeError

    with lent_app(config_for(sqlite_url, tmp_path), clock=office.clock) as app:
        by_path = {operation.path: operation for operation in operations(app)}
        monkeypatch.setitem(app.view_functions, "health.healthz", lying)
        monkeypatch.setitem(app.view_functions, "phases.phases", breaking)
        with pytest.raises(FailureGroup):
            ask_anything(by_path["/healthz"], token, ["x"], witness, 1)
        with pytest.raises(AssertionError):
            ask_anything(by_path["/api/v1/phases"], token, ["x"], witness, 1)
        monkeypatch.undo()
