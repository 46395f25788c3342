"""The restore drill, as docs/operations.md has it: a backup comes back, and nobody is told twice."""

import pwd
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from jobs.office import Office as JobsOffice
from jobs.timetable import TIMETABLE
from models.database import Database
from models.outbox import OutboxRow
from scheduler.adapters.mail import mailbox_from_url
from scheduler.domain.notices import NoticeState
from scheduler.usecases.outbox import deliver_due
from scheduler.usecases.switches import apply_due
from tests.applications import config_for, lent_app
from tests.cast import ADA, EMRE
from tests.cli.conftest import Desk
from tests.factories import Office, opened, plan_with
from tests.invariants import broken
from tests.postgresql import Server
from tests.servers import ROOT

STEPS = (
    *("pg_dump --format=custom", ".backup", "pg_restore --no-owner", "flask db upgrade"),
    *("flask audit verify", "flask outbox hold", "flask outbox retry ID"),
)


def mails(folder: Path) -> set[str]:
    """The Message-IDs of all that left; a file's name has the time of its writing before it."""
    return {file.name.partition("Z-")[2] for file in (folder / "mails").glob("*.eml")}


def deliver(office: Office, folder: Path) -> None:
    deliver_due(office.database, mailbox_from_url(f"maildir:{folder / 'mails'}"), clock=office.clock)


def run_all_jobs(office: Office, folder: Path) -> None:
    jobs = JobsOffice(config_for(office.database, folder), office.database, office.clock)
    for job in TIMETABLE:
        job.work(jobs)


@contextmanager
def backed_up(database: Database, server: Server | None, folder: Path) -> Iterator[Database]:
    """Makes a backup now; when the block of the caller goes on, gives what was restored from it."""
    name = str(database.url.database)
    restored = f"{name}_restored"
    if server is None:
        with closing(sqlite3.connect(name)) as source, closing(sqlite3.connect(restored)) as target:
            source.backup(target)
        url = f"sqlite:///{restored}"
    else:
        dump = server.folder / f"{name}.dump"
        call(server, "pg_dump", "--format=custom", f"--file={dump}", server.url(name))
        server.maintain(f"CREATE DATABASE {restored} TEMPLATE template0")
        call(server, "pg_restore", "--no-owner", f"--dbname={server.url(restored)}", str(dump))
        url = server.url(restored)
    found = Database(url)
    try:
        yield found
    finally:
        found.dispose()
        if server is not None:
            server.maintain(f"DROP DATABASE {restored} WITH (FORCE)")


def call(server: Server, program: str, *arguments: str) -> None:
    """One of the server's own programs, by the account that may look into its folder."""
    account = pwd.getpwnam(server.account) if server.account else None
    subprocess.run(
        [server.programs / program, *arguments],
        check=True,
        cwd=server.folder,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
    )


@pytest.fixture
def server(database: Database, request: pytest.FixtureRequest) -> Server | None:
    return None if database.is_sqlite else request.getfixturevalue("postgresql_server")


def an_eventful_day(office: Office, folder: Path) -> None:
    """One visit is known and told of, of another the mail waits, and a switch is about to come."""
    office.book("general", "2020-03-17 09:00", customer=ADA)
    office.book("group_information", "2020-03-12 14:00", customer=ADA)
    deliver(office, folder)
    office.plan(plan_with("regular", "preventive"))
    office.book("general", "2020-03-17 10:00", customer=EMRE)


def what_came_after(office: Office, folder: Path) -> None:
    """Everything left, a switch was carried out, and somebody booked: of this the backup knows nothing."""
    office.wait_until("2020-03-11 15:00")
    apply_due(office.database, clock=office.clock)
    office.book("general", "2020-03-17 11:00", customer=EMRE)
    deliver(office, folder)
    office.wait_until("2020-03-11 15:30")


def test_nobody_is_told_twice_by_a_database_that_was_restored(
    database: Database, server: Server | None, tmp_path: Path
) -> None:
    office = opened(database, "2020-03-09 09:00", plan_with("regular"))
    an_eventful_day(office, tmp_path)
    with backed_up(database, server, tmp_path) as restored:
        what_came_after(office, tmp_path)
        told = mails(tmp_path)
        again = Office(restored, office.clock)

        with lent_app(config_for(restored, tmp_path), clock=office.clock) as app:
            desk = Desk(app)
            desk.out("db", "upgrade")
            desk.out("audit", "verify")
            held = desk.out("outbox", "hold")
            run_all_jobs(again, tmp_path)
            assert (held, mails(tmp_path)) == ("held 2\n", told)
            assert desk.out("outbox", "hold") == "held 0\n"

            # One of them the mail server had never taken: it alone is let go.
            with restored.reading() as session:
                waiting = select(OutboxRow.id).where(OutboxRow.state == NoticeState.QUARANTINED)
                one = session.scalars(waiting.order_by(OutboxRow.id)).all()[0]
            desk.out("outbox", "retry", str(one))
            run_all_jobs(again, tmp_path)

        with restored.reading() as session:
            states = session.scalars(select(OutboxRow.state).order_by(OutboxRow.id)).all()
        assert states.count(NoticeState.QUARANTINED) == 1
        assert NoticeState.WAITING not in states
        assert mails(tmp_path) == told  # the same Message-ID as before
        assert broken(restored, now=office.now) == []


def test_without_holding_them_mails_would_leave_again(
    database: Database, server: Server | None, tmp_path: Path
) -> None:
    """The negative control: the switch that is repeated tells everybody anew."""
    office = opened(database, "2020-03-09 09:00", plan_with("regular"))
    an_eventful_day(office, tmp_path)
    with backed_up(database, server, tmp_path) as restored:
        what_came_after(office, tmp_path)
        told = mails(tmp_path)

        run_all_jobs(Office(restored, office.clock), tmp_path)

        assert mails(tmp_path) > told


def test_the_document_names_these_steps_in_this_order() -> None:
    chapter = (ROOT / "docs" / "operations.md").read_text().partition("## Backup and restore")[2]
    places = [chapter.partition("\n## ")[0].find(step) for step in STEPS]

    assert -1 not in places
    assert places == sorted(places)
