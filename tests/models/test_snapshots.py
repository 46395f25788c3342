"""A snapshot's name is the same exactly as long as nothing was committed."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.audit import AuditRecord
from models.database import Database

NOON = datetime(2020, 3, 9, 12, tzinfo=UTC)


def note(session: Session) -> None:
    session.add(AuditRecord(at=NOON, actor="job:test", action="test.note", subject="test:1", details={}))
    session.flush()


def settled(database: Database) -> str | None:
    """A name that was given before and after looking: others on the same server may commit in between."""
    for _ in range(100):
        name = database.snapshot()
        with database.reading() as session:
            session.scalars(select(AuditRecord)).all()
        if database.snapshot() == name:
            return name
    raise AssertionError("the name is never the same twice")


def test_it_is_the_same_until_something_is_committed(database: Database) -> None:
    names = [settled(database)]
    for _ in range(3):
        with database.transaction() as session:
            note(session)
        names.append(database.snapshot())
    assert len(set(names)) == 4


def test_what_is_not_yet_committed_is_told_apart_from_what_is(postgresql_database: Database) -> None:
    """Whoever began first may commit last: the highest number alone would not show it."""
    with postgresql_database.transaction() as early:
        note(early)
        with postgresql_database.transaction() as late:
            note(late)
        between = settled(postgresql_database)
    assert postgresql_database.snapshot() != between


def test_changes_in_savepoints_and_of_other_programs_count(database: Database) -> None:
    before = database.snapshot()
    other = Database(database.url.render_as_string(hide_password=False))
    with other.transaction() as session, session.begin_nested():
        note(session)
    other.dispose()
    assert database.snapshot() != before


def test_a_lost_connection_takes_its_names_along(postgresql_database: Database) -> None:
    """A database that crashed may give a number twice."""
    before = postgresql_database.snapshot()
    other = Database(postgresql_database.url.render_as_string(hide_password=False))
    with other.reading() as session:
        cut = (
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
        )
        session.execute(text(f"{cut} AND pid <> pg_backend_pid()"))
    other.dispose()
    assert postgresql_database.snapshot() not in (before, None)


def test_another_server_behind_the_same_connection_gives_other_names(postgresql_database: Database) -> None:
    """As after a promotion behind a pooler; the other server is one that says it started at another time."""
    with postgresql_database.transaction() as session:
        session.execute(text("CREATE SCHEMA promoted"))
        session.execute(
            text(
                "CREATE FUNCTION promoted.pg_postmaster_start_time() RETURNS timestamptz LANGUAGE sql "
                "AS $$ SELECT timestamptz '2020-03-09 12:00+00' $$"
            )
        )
    first = postgresql_database.snapshot()
    driver = postgresql_database._snapshots._driver

    driver.execute("SET search_path = promoted, pg_catalog")
    other = postgresql_database.snapshot()
    driver.execute("SET search_path = public")

    servers = [(name or "").rpartition(".")[0] for name in (first, other, postgresql_database.snapshot())]
    assert servers[1] not in (servers[0], "")
    assert servers[2] == servers[0]


def test_a_file_put_in_the_place_of_another_is_noticed(sqlite_database: Database, tmp_path: Path) -> None:
    file = Path(sqlite_database.url.database or "")
    shutil.copyfile(file, tmp_path / "copy.db")
    before = sqlite_database.snapshot()
    (tmp_path / "copy.db").replace(file)
    assert sqlite_database.snapshot() not in (before, None)
