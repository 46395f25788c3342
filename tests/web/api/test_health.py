"""Liveness and readiness, and what programs are told while the database is away."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from models.database import Database
from models.schema import downgrade, upgrade
from scheduler.usecases.health import note_run
from scheduler.usecases.switches import apply_due
from scheduler.web.frame import EXTENSION
from tests.factories import plan_with
from tests.postgresql import Server
from tests.web.api.conftest import Programs, code

_END_CONNECTIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"


def beat(programs: Programs, ago: timedelta = timedelta()) -> None:
    with programs.office.database.transaction() as session:
        note_run(session, "heartbeat", problem=None, real_now=programs.office.clock.real() - ago)


def shortcomings(programs: Programs) -> list[str]:
    """What readiness says is wrong; its form is checked on the way."""
    response = programs.client.get("/readyz")
    values = response.get_json()
    assert response.status_code == (503 if values["wrong"] else 200)
    assert values["status"] == ("not_ready" if values["wrong"] else "ready")
    assert [name for name, state in values["checks"].items() if state == "wrong"] == [
        wrong["what"] for wrong in values["wrong"]
    ]
    assert ("Retry-After" in response.headers) is bool(values["wrong"])
    return [wrong["what"] for wrong in values["wrong"]]


def test_whoever_asks_learns_that_the_process_lives(programs: Programs) -> None:
    response = programs.client.get("/healthz")

    assert (response.status_code, response.get_json()) == (200, {"status": "ok"})


def test_an_office_whose_jobs_run_is_ready(programs: Programs) -> None:
    beat(programs)

    assert shortcomings(programs) == []


@pytest.mark.parametrize("ago, wrong", [(119, []), (121, ["jobs"])])
def test_jobs_that_were_silent_for_two_minutes_are_missed(
    ago: int, wrong: list[str], programs: Programs
) -> None:
    beat(programs, timedelta(seconds=ago))

    assert shortcomings(programs) == wrong


def test_the_sign_of_life_is_in_real_time(programs: Programs) -> None:
    beat(programs)
    programs.office.clock.office_now += timedelta(days=200)

    assert shortcomings(programs) == []


def test_jobs_that_never_ran_are_missed(programs: Programs) -> None:
    assert shortcomings(programs) == ["jobs"]


def test_an_office_without_a_plan_is_not_ready(programs: Programs) -> None:
    beat(programs)
    with programs.office.database.transaction() as session:
        session.execute(text("DELETE FROM phase_plannings"))
        session.execute(text("DELETE FROM plan_versions"))

    response = programs.get("/services")

    assert shortcomings(programs) == ["plan"]
    assert (response.status_code, code(response)) == (503, "unavailable")
    assert int(response.headers["Retry-After"]) > 0


def test_a_database_of_another_release_is_not_ready(database: Database, programs: Programs) -> None:
    beat(programs)
    programs.app.extensions[EXTENSION].database.dispose()
    downgrade(database, "0001")

    try:
        assert shortcomings(programs) == ["migrations"]
    finally:
        programs.app.extensions[EXTENSION].database.dispose()
        upgrade(database)


def test_a_missing_file_is_not_made_by_looking_for_it(sqlite_programs: Programs) -> None:
    name = sqlite_programs.office.database.url.database
    assert name is not None
    sqlite_programs.office.database.dispose()
    sqlite_programs.app.extensions[EXTENSION].database.dispose()
    Path(name).unlink()

    assert shortcomings(sqlite_programs) == ["database"]
    assert not Path(name).exists()
    assert str(Path(name).parent) not in sqlite_programs.client.get("/readyz").text


def test_what_somebody_should_look_at_leaves_the_office_ready(programs: Programs) -> None:
    beat(programs)
    with programs.office.database.transaction() as session:
        note_run(session, "outbox", problem="KeyError in send", real_now=programs.office.clock.real())
    programs.book()
    with programs.office.database.transaction() as session:
        session.execute(text("UPDATE outbox SET state = 'quarantined'"))
    programs.office.plan(plan_with("regular", "appointments_cancelled"))
    programs.office.wait_until("2020-03-13 16:02")
    beat(programs)

    answer = programs.client.get("/readyz")

    assert (answer.status_code, set(answer.get_json()["checks"].values())) == (200, {"ok"})
    assert [warning["what"] for warning in answer.get_json()["warnings"]] == [
        *("job outbox", "switch", "outbox", "audit")
    ]
    assert "KeyError" not in answer.text
    apply_due(programs.office.database, clock=programs.office.clock)


def test_of_what_could_not_be_asked_nothing_is_said(sqlite_programs: Programs) -> None:
    sqlite_programs.app.extensions[EXTENSION] = replace(
        sqlite_programs.app.extensions[EXTENSION],
        database=Database("postgresql://nobody@127.0.0.1:1/nothing"),
    )

    answer = sqlite_programs.client.get("/readyz")

    assert answer.status_code == 503
    assert answer.get_json()["checks"] == {"database": "wrong"} | dict.fromkeys(
        ("migrations", "plan", "jobs"), "unknown"
    )


def test_without_the_database_every_call_is_503_and_heals(
    programs: Programs, request: pytest.FixtureRequest
) -> None:
    if programs.office.database.is_sqlite:
        name = Path(programs.office.database.url.database or "")
        aside = name.with_suffix(".aside")
        programs.app.extensions[EXTENSION].database.dispose()
        programs.office.database.dispose()
        name.rename(aside)
        name.mkdir()
        answers = [programs.get("/services"), programs.book()]
        name.rmdir()
        aside.rename(name)
    else:
        server: Server = request.getfixturevalue("postgresql_server")
        database = programs.office.database.url.database
        server.maintain(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
        server.maintain(_END_CONNECTIONS.format(database))
        answers = [programs.get("/services"), programs.book()]
        server.maintain(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")

    assert [(answer.status_code, code(answer)) for answer in answers] == [(503, "unavailable")] * 2
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers)
    assert programs.book().status_code == 201


def test_a_locked_database_is_busy(sqlite_programs: Programs) -> None:
    with sqlite_programs.office.database.transaction() as session:
        session.execute(text("SELECT 1"))  # takes the lock
        response = sqlite_programs.book()

    assert (response.status_code, code(response)) == (503, "busy")
    assert int(response.headers["Retry-After"]) > 0
