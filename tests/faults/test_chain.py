"""The audit chain at size: sealed within seconds of the change, checked without being kept in memory."""

import sys
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, process_time, sleep

from sqlalchemy import func, select, text

from models.audit import AuditRecord
from models.bulk import insert_many
from models.database import Database
from scheduler.queries.audit import verification
from scheduler.usecases.audit import entry, record, seal_records
from tests.cast import MANAGER
from tests.faults.conftest import Scale
from tests.servers import running, settings
from tests.tampering import lift_guards

NOON = datetime(2020, 3, 9, 11, tzinfo=UTC)
_MOST_BYTES = 16 * 1024 * 1024
_PATIENCE_S = 60.0
_AT_ONCE = 5000


def fill(database: Database, number: int) -> None:
    for begin in range(0, number, _AT_ONCE):
        rows = [
            entry(MANAGER, "thing.do", f"thing:{n}", now=NOON, phase="regular")
            for n in range(begin, min(begin + _AT_ONCE, number))
        ]
        with database.transaction() as session:
            insert_many(session, AuditRecord, rows)


def test_a_long_chain_is_checked_in_little_memory_and_one_edit_in_it_is_named(
    database: Database, scale: Scale
) -> None:
    number = scale(2_000, 100_000)
    fill(database, number)
    begin = process_time()
    assert seal_records(database) == number
    sealed_s = process_time() - begin

    begin = process_time()
    with database.reading() as session:
        found = verification(session)
    verified_s = process_time() - begin
    print(
        f"{database.engine.name}: {number} records, {number / sealed_s:.0f} sealed "
        f"and {number / verified_s:.0f} verified in a second of our processor time"
    )
    assert (found.faults, found.sealed, found.waiting) == ([], number, 0)

    middle = {"position": number // 2}
    edit = text("UPDATE audit_records SET action = 'thing.undo' WHERE position = :position")
    undo = text("UPDATE audit_records SET action = 'thing.do' WHERE position = :position")
    with database.transaction() as session:
        lift_guards(session)
        session.execute(edit, middle)
    tracemalloc.start()
    with database.reading() as session:
        faults = verification(session).faults
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    with database.transaction() as session:
        session.execute(undo, middle)
        session.execute(text("DELETE FROM audit_records"))
        session.execute(text("DELETE FROM audit_head"))
    print(f"{database.engine.name}: {peak / 1024 / 1024:.1f} MB at most")
    assert [fault.split(" (")[0] for fault in faults] == [f"record {number // 2}: edited"]
    assert peak < _MOST_BYTES


def test_running_jobs_seal_within_seconds(
    database: Database, database_url: str, tmp_path: Path, scale: Scale
) -> None:
    """The deadline is generous for a busy machine; what was seen is printed."""
    env = settings(database_url, THEKE_MAIL_URL=f"maildir:{tmp_path / 'mails'}")
    log = tmp_path / "log"
    with running((sys.executable, "-m", "jobs"), env, log):
        _until(lambda: "leading" in log.read_text())
        ages = []
        for n in range(scale(1, 4)):
            with database.transaction() as session:
                record(session, MANAGER, "thing.do", f"thing:{n}", now=NOON)
            written = monotonic()
            _until(lambda: _unsealed(database) == 0)
            ages.append(monotonic() - written)
            sleep(0.7)
    print(f"{database.engine.name}: sealed after {', '.join(f'{age:.1f}' for age in ages)} s")


def _unsealed(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).where(AuditRecord.seal.is_(None))) or 0


def _until(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + _PATIENCE_S
    while not condition():
        assert monotonic() < deadline, "it did not come"
        sleep(0.1)
