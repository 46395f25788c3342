"""The one place where transactions begin and end, on both engines."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError, StatementError
from sqlalchemy.orm import Session

from models.audit import AuditRecord
from models.database import Database
from models.plans import PlanVersion
from scheduler.domain.errors import Busy, SlotTaken, Unavailable

NOON = datetime(2020, 3, 10, 12, tzinfo=UTC)


def note(session: Session, at: datetime = NOON) -> AuditRecord:
    record = AuditRecord(at=at, actor="staff:x", action="thing.do", subject="thing:1", details={"ä": 1})
    session.add(record)
    session.flush()
    return record


def noted(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(AuditRecord)) or 0


def test_a_transaction_is_kept_when_its_block_ends(database: Database) -> None:
    with database.transaction() as session:
        note(session)
    assert noted(database) == 1


@pytest.mark.parametrize("error", [SlotTaken(), ValueError(), KeyboardInterrupt()])
def test_whatever_is_raised_inside_leaves_nothing(database: Database, error: BaseException) -> None:
    def note_and_raise() -> None:
        with database.transaction() as session:
            note(session)
            raise error

    with pytest.raises(type(error)):
        note_and_raise()
    assert noted(database) == 0


def test_who_only_looks_changes_nothing(database: Database) -> None:
    with database.reading() as session:
        note(session)
    assert noted(database) == 0


def test_instants_come_back_in_utc_and_none_is_naive(database: Database) -> None:
    local = NOON.astimezone(timezone(timedelta(hours=1)))
    with database.transaction() as session:
        note(session, local)
    with database.reading() as session:
        found = session.scalars(select(AuditRecord)).one()
        assert (found.at, found.at.tzinfo) == (NOON, UTC)
        assert found.details == {"ä": 1}
    with pytest.raises(StatementError, match="needs an offset"), database.transaction() as session:
        note(session, NOON.replace(tzinfo=None))


def test_who_waits_too_long_for_others_hears_that_they_are_busy(database: Database) -> None:
    lock = "SELECT 1" if database.is_sqlite else "LOCK TABLE audit_records IN EXCLUSIVE MODE"
    with database.transaction() as holding:
        holding.execute(text(lock))
        with pytest.raises(Busy) as caught, database.transaction() as session:
            note(session)
    assert caught.value.details["retry_after"] > 0
    with database.transaction() as session:
        note(session)


def test_on_sqlite_a_writer_asks_for_the_lock_before_it_reads(sqlite_database: Database) -> None:
    """Else two who read first could both want to write, and one would fail halfway."""
    with sqlite_database.transaction() as first:
        assert first.scalar(select(func.count()).select_from(AuditRecord)) == 0
        with pytest.raises(Busy), sqlite_database.transaction() as second:
            second.scalar(select(func.count()).select_from(AuditRecord))
        with sqlite_database.reading() as looking:
            assert looking.scalar(select(func.count()).select_from(AuditRecord)) == 0


def test_sqlite_keeps_what_refers_to_what(sqlite_database: Database) -> None:
    with sqlite_database.reading() as session:
        pragmas = [session.scalar(text(f"PRAGMA {name}")) for name in ("foreign_keys", "journal_mode")]
    assert pragmas == [1, "wal"]


def test_a_database_that_cannot_be_reached_is_unavailable(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/missing/theke.db", f"postgresql://postgres@/theke?host={tmp_path}"):
        database = Database(url)
        with pytest.raises(Unavailable), database.reading() as session:
            session.execute(text("SELECT 1"))
        database.dispose()


def test_a_database_without_its_tables_is_unavailable(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    with pytest.raises(Unavailable), database.reading() as session:
        session.scalar(select(PlanVersion.id))
    database.dispose()


def test_a_mistake_in_a_statement_is_no_excuse(postgresql_database: Database) -> None:
    with pytest.raises(ProgrammingError), postgresql_database.reading() as session:
        session.execute(text("SELEKT 1"))


CUT = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> "
)


def test_a_connection_that_was_cut_is_replaced(postgresql_database: Database) -> None:
    others = Database(postgresql_database.url.render_as_string(hide_password=False))

    def cut_all_but_own() -> None:
        with others.reading() as session:
            session.execute(text(CUT + "pg_backend_pid()"))

    def note_over_a_cut() -> None:
        with postgresql_database.transaction() as session:
            note(session)
            cut_all_but_own()
            note(session)

    assert noted(postgresql_database) == 0
    cut_all_but_own()
    assert noted(postgresql_database) == 0
    with pytest.raises(Unavailable):
        note_over_a_cut()
    assert noted(postgresql_database) == 0
    others.dispose()


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    file = tmp_path / "theke.db"
    file.write_bytes(b"this is a letter, not a database " * 100)
    database = Database(f"sqlite:///{file}")
    with pytest.raises(Unavailable), database.reading() as session:
        session.execute(text("SELECT 1 FROM bookings"))
    database.dispose()
