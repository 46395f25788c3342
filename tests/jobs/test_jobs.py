"""The clockwork: real processes that lead, stand by, take over and end; and one that runs everything once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from jobs.alarm import Alarm
from jobs.office import Office as JobsOffice
from jobs.runs import run
from jobs.timetable import TIMETABLE, Job
from models.clocks import Heartbeat
from models.database import Database
from models.schema import upgrade
from scheduler.domain.roles import Role
from scheduler.queries.health import heartbeats
from tests.applications import config_for
from tests.factories import Office, StandingClock, plan_with
from tests.postgresql import Server
from tests.servers import ROOT, running, settings

COMMAND = (sys.executable, "-m", "jobs")
HURRIED = (sys.executable, "-m", "tests.hurried")
NAMES = sorted(job.name for job in TIMETABLE)
_PATIENCE_S = 40.0
_END_CONNECTIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"


def environment(url: str, folder: Path) -> dict[str, str]:
    return settings(url, THEKE_MAIL_URL=f"maildir:{folder / 'mails'}")


def once(url: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = (*COMMAND, "--once")
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment(url, folder),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def until(condition: Callable[[], bool]) -> None:
    """Waits for something that must come."""
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)


def beats(database: Database) -> dict[str, str | None]:
    with database.reading() as session:
        return {row.job: row.problem for row in heartbeats(session)}


def says(log: Path, sentence: str) -> Callable[[], bool]:
    return lambda: sentence in log.read_text()


def test_once_runs_every_job_and_notes_it(database: Database, database_url: str, tmp_path: Path) -> None:
    done = once(database_url, tmp_path)

    assert (done.returncode, done.stdout) == (0, "")
    assert "Traceback" not in done.stderr
    assert beats(database) == dict.fromkeys(NAMES)


def test_once_applies_what_is_due_and_delivers_it(office: Office, database_url: str, tmp_path: Path) -> None:
    booking = office.book("group_information", "2020-03-12 14:00")
    office.plan(plan_with("regular", "preventive"))
    office.wait_until("2020-03-11 15:00")
    jobs = JobsOffice(config_for(database_url, tmp_path), office.database, office.clock)

    assert [run(job, jobs) for job in TIMETABLE] == [True] * len(TIMETABLE)

    assert office.see(booking).status == "cancelled"
    assert len(list((tmp_path / "mails").glob("*.eml"))) == 2
    assert [run(job, jobs) for job in TIMETABLE] == [True] * len(TIMETABLE)
    assert len(list((tmp_path / "mails").glob("*.eml"))) == 2


def test_a_request_that_nobody_answered_ends_with_the_visits_start(
    july: Office, database_url: str, tmp_path: Path
) -> None:
    request = july.book("integration", "2020-07-21 09:00", by=Role.CUSTOMER)
    jobs = JobsOffice(config_for(database_url, tmp_path), july.database, july.clock)
    (job,) = (job for job in TIMETABLE if job.name == "requests")

    july.wait_until("2020-07-21 08:59")
    run(job, jobs)
    before = july.see(request).status
    july.wait_until("2020-07-21 09:00")
    run(job, jobs)

    assert (before, july.see(request).status, july.see(request).cancelled_by) == (
        "requested",
        "cancelled",
        "office",
    )


def test_a_job_that_fails_is_noted_without_peoples_data_and_takes_nobody_along(
    office: Office, database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_office: JobsOffice) -> None:
        raise ValueError("Ada Arendt cannot be written to")

    jobs = JobsOffice(config_for(database_url, tmp_path), office.database, office.clock)

    assert run(Job("outbox", 5, fail), jobs) is False
    assert run(Job("outbox", 5, fail), jobs) is False
    problem = beats(office.database)["outbox"]
    assert run(Job("outbox", 5, lambda _office: None), jobs) is True

    assert problem is not None
    assert problem.startswith("ValueError in ")
    assert problem.endswith(" fail")
    assert "Ada" not in problem
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        f"job outbox: {problem}"
    ]
    assert beats(office.database)["outbox"] is None


@pytest.mark.parametrize("last", [signal.SIGTERM, signal.SIGINT])
def test_the_process_leads_at_once_and_ends_promptly(
    last: signal.Signals, database: Database, database_url: str, tmp_path: Path
) -> None:
    with running(COMMAND, environment(database_url, tmp_path), tmp_path / "log") as process:
        until(lambda: sorted(beats(database)) == NAMES)
        begin = time.monotonic()
        process.send_signal(last)

        assert process.wait(10) == 0
        assert time.monotonic() - begin < 5
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_when_the_leader_is_killed_another_takes_over(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    env = environment(database_url, tmp_path)
    with running(HURRIED, env, tmp_path / "first") as first:
        until(says(tmp_path / "first", "leading"))
        with running(HURRIED, env, tmp_path / "second"):
            until(says(tmp_path / "second", "standing by"))
            time.sleep(1)
            assert "leading" not in (tmp_path / "second").read_text()

            os.kill(first.pid, signal.SIGKILL)
            until(says(tmp_path / "second", "leading"))
            with database.transaction() as session:
                session.execute(delete(Heartbeat))
            until(lambda: sorted(beats(database)) == NAMES)


def test_a_stopped_leader_hands_over_as_well(database: Database, database_url: str, tmp_path: Path) -> None:
    env = environment(database_url, tmp_path)
    with running(COMMAND, env, tmp_path / "first") as first:
        until(says(tmp_path / "first", "leading"))
        with running(COMMAND, env, tmp_path / "second"):
            until(says(tmp_path / "second", "standing by"))
            first.terminate()
            until(says(tmp_path / "second", "leading"))


def test_a_leader_that_loses_its_connection_leads_no_more_until_it_has_one(
    postgresql_url: str, postgresql_database: Database, postgresql_server: Server, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    name = postgresql_database.url.database
    with running(HURRIED, environment(postgresql_url, tmp_path), log):
        until(says(log, "leading"))
        postgresql_server.maintain(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        postgresql_server.maintain(_END_CONNECTIONS.format(name))
        until(says(log, "lost the lead"))
        until(says(log, "database: it does not answer"))
        postgresql_server.maintain(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        until(lambda: log.read_text().count("leading") == 2)
        assert log.read_text().count("it does not answer") == 1
    assert "Traceback" not in log.read_text()


def test_an_unmigrated_database_is_said_once_and_waited_for(empty_database_url: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    failed = once(empty_database_url, tmp_path)
    with running(COMMAND, environment(empty_database_url, tmp_path), log):
        until(says(log, "run `flask db upgrade`"))
        time.sleep(2)
        said = log.read_text().count("run `flask db upgrade`")
        database = Database(empty_database_url)
        upgrade(database)
        until(says(log, "leading"))
        database.dispose()

    assert said == 1
    assert failed.returncode == 1
    assert failed.stderr.count("\n") == 1
    assert "run `flask db upgrade`" in failed.stderr


def test_a_wrong_setting_refuses_to_start_and_says_which(sqlite_url: str, tmp_path: Path) -> None:
    env = settings(sqlite_url, THEKE_MAIL_URL="pigeon:x")

    done = subprocess.run(COMMAND, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stdout) == (1, "")
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["THEKE_MAIL_URL"]


def test_the_alarm_is_set_anew_when_the_systems_clock_is_put_back(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    clock = StandingClock(office.now, real=datetime.now(UTC) + timedelta(hours=1))  # noqa: TID251  # the system's own
    alarm = Alarm(JobsOffice(config_for(database_url, tmp_path), office.database, clock))
    try:
        time.sleep(1)
        early = beats(office.database)
        clock.real_now -= timedelta(hours=1)
        alarm.adjust()
        until(lambda: sorted(beats(office.database)) == NAMES)
    finally:
        alarm.switch_off()

    assert early == {}
