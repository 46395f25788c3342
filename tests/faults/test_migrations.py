"""Migrations of a database that is in use: down and up again nothing is lost, and nobody sees a traceback."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, MetaData, Table, select, text

from models.base import Base
from models.database import Database
from models.schema import differences, downgrade, newest_revision, revisions, upgrade
from scheduler.adapters.mail import mailbox_from_url
from scheduler.domain.errors import Busy, SlotTaken
from scheduler.usecases.audit import seal_records
from scheduler.usecases.outbox import deliver_due
from scheduler.usecases.switches import apply_due
from scheduler.usecases.undos import undo
from tests.applications import config_for, lent_app
from tests.cast import ADA, BRUNO, CHEN, DORIT, EMRE, FATMA, MANAGER
from tests.databases import current_revision
from tests.factories import Office, opened, plan_with
from tests.faults.conftest import Scale
from tests.invariants import broken
from tests.witness import Witness

Content = dict[str, list[dict[str, Any]]]


def fill(database: Database, folder: Path, days: int) -> Office:
    """Visits of so many days, a switch that was taken back, mails that left and some that wait."""
    office = opened(database, "2020-03-09 09:00", plan_with("regular"))
    workdays = ["2020-03-12", "2020-03-17", "2020-03-19", "2020-03-24", "2020-03-26", "2020-03-31"][:days]
    for day in workdays:
        for half, customer in enumerate((ADA, BRUNO, CHEN, DORIT, EMRE, FATMA)):
            office.book("general", f"{day} {8 + half // 2:02}:{half % 2 * 3}0", customer=customer)
    office.plan(plan_with("regular", "preventive", "appointments_cancelled"))
    office.wait_until("2020-03-13 16:00")
    deliver_due(database, mailbox_from_url(f"maildir:{folder / 'mails'}"), clock=office.clock)
    apply_due(database, clock=office.clock)
    undo(database, "appointments_cancelled", actor=MANAGER, clock=office.clock)
    seal_records(database)
    return office


def content(database: Database) -> Content:
    """Every row of every table there is, as the database itself has it."""
    with database.reading() as session:
        there = MetaData()
        connection = session.connection()
        there.reflect(connection)
        return {table.name: _rows(connection, table) for table in there.sorted_tables}


def _rows(connection: Connection, table: Table) -> list[dict[str, Any]]:
    found = connection.execute(select(table)).mappings()
    return sorted((dict(row) for row in found), key=lambda row: str(sorted(row.items(), key=str)))


def lost(before: Content, after: Content) -> list[str]:
    """What of the tables and columns that both have is not the same."""
    found = []
    for name in before.keys() & after.keys() - {"alembic_version"}:
        columns = set(before[name][0]) & set(after[name][0]) if before[name] and after[name] else set()
        kept = [
            sorted(str(sorted((key, row[key]) for key in columns)) for row in rows[name])
            for rows in (before, after)
        ]
        if kept[0] != kept[1]:
            found.append(name)
    return found


def guards(database: Database) -> set[str]:
    """What the database refuses by itself, and its indexes."""
    by_engine = {
        True: "SELECT type || ' ' || name FROM sqlite_master WHERE type IN ('trigger', 'index')",
        False: "SELECT 'constraint ' || conname FROM pg_constraint WHERE conrelid::regclass::text !~ '[.]' "
        "UNION SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal "
        "UNION SELECT 'index ' || indexname FROM pg_indexes WHERE schemaname = 'public'",
    }
    with database.reading() as session:
        return set(session.scalars(text(by_engine[database.is_sqlite])))


def test_each_step_down_and_up_again_keeps_what_is_there(
    database: Database, tmp_path: Path, scale: Scale
) -> None:
    fill(database, tmp_path, scale(2, 6))
    steps = revisions()
    at_the_top, refused = content(database), guards(database)
    first = steps[0]

    for revision in reversed(steps[:-1]):
        before = content(database)
        downgrade(database, revision)
        assert current_revision(database) == revision
        assert lost(before, content(database)) == [], f"down to {revision}"
        if scale(0, 1):
            upgrade(database)
            assert guards(database) == refused, f"up again from {revision}"
            downgrade(database, revision)
    assert first == current_revision(database)
    at_the_bottom = content(database)
    for revision in steps[1:]:
        before = content(database)
        upgrade(database, revision)
        assert lost(before, content(database)) == [], f"up to {revision}"

    assert current_revision(database) == newest_revision()
    assert (guards(database), differences(database)) == (refused, [])
    # What came with a later revision, such as how often a booking was changed, goes with it and begins anew.
    bookings = {
        name: [{column: row[column] for column in at_the_bottom[name][0]} for row in at_the_top[name]]
        for name in ("bookings", "claims", "people", "services")
    }
    assert lost(bookings, content(database)) == []
    everything_at_once = "UPDATE claims SET occupies = true, resource_id = 1, starts_at = :at"
    with pytest.raises(SlotTaken), database.transaction() as session:
        session.execute(text(everything_at_once), {"at": "2020-03-12 07:00:00"})


def test_who_booked_before_is_known_by_the_same_as_who_books_after(
    database: Database, tmp_path: Path
) -> None:
    fill(database, tmp_path, 1)
    written = content(database)["people"]
    downgrade(database, "0006")

    upgrade(database)

    assert content(database)["people"] == written
    assert [person["email_key"] for person in written if person["name"] == ADA.name] == ["ada@example.org"]


def test_a_migration_that_loses_something_would_be_found_out(database: Database, tmp_path: Path) -> None:
    """The negative control."""
    fill(database, tmp_path, 1)
    before = content(database)
    with database.migrating() as connection:
        connection.execute(text("UPDATE people SET phone = NULL"))

    assert lost(before, content(database)) == ["people"]


def test_a_migration_that_fails_halfway_leaves_everything_as_it_was(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = fill(database, tmp_path, 1)
    before, refused = content(database), guards(database)

    def break_off() -> None:
        with database.migrating() as connection:
            connection.execute(text("ALTER TABLE people ADD COLUMN nickname VARCHAR(20)"))
            connection.execute(text("DELETE FROM claims"))
            connection.execute(text("CREATE TABLE half_done (id INTEGER)"))
            connection.execute(text("SELECT 1 FROM nowhere_at_all"))

    with pytest.raises(Exception, match="unavailable"):
        break_off()

    assert (content(database), guards(database)) == (before, refused)
    assert broken(database, now=office.now) == []


def test_while_the_schema_is_behind_everybody_is_asked_to_come_back(
    database: Database, tmp_path: Path, witness: Witness
) -> None:
    office = fill(database, tmp_path, 1)
    top = content(database)
    downgrade(database, revisions()[0])

    with (
        lent_app(config_for(database, tmp_path), clock=office.clock) as app,
        httpx.Client(transport=httpx.WSGITransport(app=app), base_url="http://127.0.0.1:8000") as client,
    ):
        key = {"Authorization": "Bearer a-token"}
        for path in ("/", "/sign-in", "/notices", "/api/v1/services", "/readyz", "/healthz"):
            witness.hear(client.get(path, headers=key))
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["wrong"][0]["what"]) == (503, "migrations")
        upgrade(database)
        assert client.get("/sign-in").status_code == 200
    assert lost({"bookings": top["bookings"]}, content(database)) == []


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    database = Database(empty_database_url)
    yield database
    database.dispose()


def test_of_two_who_migrate_at_once_one_waits_or_hears_so(empty: Database) -> None:
    def migrate(_number: int) -> str:
        try:
            upgrade(empty)
        except Busy:
            return "busy"
        return "done"

    with ThreadPoolExecutor(3) as threads:
        outcomes = list(threads.map(migrate, range(3)))

    assert "done" in outcomes
    assert differences(empty) == []
    assert set(Base.metadata.tables) <= set(content(empty))
