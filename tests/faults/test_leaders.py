"""Two jobs processes, of which the leading one is paused: the other takes over, and nothing is done twice."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models.audit import AuditRecord
from models.database import Database
from models.outbox import OutboxRow
from models.runs import PhaseRun
from scheduler.domain.errors import Busy
from scheduler.queries import visits
from scheduler.queries.switches import due_switches
from scheduler.usecases import switches
from scheduler.usecases.switches import apply_due
from tests.crowds import crowd, set_office_clock
from tests.factories import StandingClock
from tests.faults.conftest import Scale
from tests.servers import running, settings

COMMAND, HURRIED = ((sys.executable, "-m", module) for module in ("jobs", "tests.hurried"))
SWITCHES = 50
_PATIENCE_S = 120.0
_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def until(condition: Callable[[], bool], log: Path) -> None:
    """Waits for something that must come, on however slow a machine."""
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def finished(database: Database) -> int:
    """How many switches have been carried out, the first phase's left aside."""
    with database.reading() as session:
        wanted = select(func.count()).where(
            PhaseRun.finished_at.is_not(None), PhaseRun.phase_key != "regular"
        )
        return session.scalar(wanted) or 0


def pause(process: subprocess.Popen[bytes], database: Database) -> None:
    """Stops the process: on PostgreSQL in the middle of a transaction, on SQLite between two.

    A stopped process keeps an SQLite file locked for good; PostgreSQL ends the connection of who is silent
    for too long, which here happens at once.
    """
    while True:
        process.send_signal(signal.SIGSTOP)
        while not _stands_still(process.pid):
            time.sleep(0.01)
        if database.is_sqlite:
            if _is_writable(database):
                return
        elif _is_in_a_transaction(database):
            with database.transaction() as session:
                session.execute(
                    text(f"SELECT pg_terminate_backend(pid) {_OTHERS} AND usename = current_user")
                )
            return
        process.send_signal(signal.SIGCONT)
        time.sleep(0.01)


def _stands_still(pid: int) -> bool:
    """Whether the signal has come to all of its threads."""
    states = (
        stat.read_text().rpartition(")")[2].split()[0] for stat in Path(f"/proc/{pid}/task").glob("*/stat")
    )
    return all(state == "T" for state in states)


def _is_writable(database: Database) -> bool:
    try:
        with database.brief_transaction(patience_s=0.05) as session:
            session.execute(text("SELECT 1"))  # only now does it ask for the lock
            return True
    except Busy:
        return False


def _is_in_a_transaction(database: Database) -> bool:
    with database.reading() as session:
        return bool(session.scalar(text(f"SELECT count(*) {_OTHERS} AND state = 'idle in transaction'")))


def test_a_leader_paused_past_its_lease_and_its_successor_carry_out_each_of_fifty_switches_once(
    database: Database, database_url: str, tmp_path: Path, scale: Scale
) -> None:
    number = 12 * SWITCHES * scale(1, 20)
    apart = timedelta(days=1) / scale(1, 20)
    set_office_clock(database, crowd(database, number, apart=apart, closings=SWITCHES))
    env = settings(database_url, THEKE_DEMO="1", THEKE_MAIL_URL=f"maildir:{tmp_path / 'mails'}")
    first_log, second_log = tmp_path / "first", tmp_path / "second"
    command = (HURRIED, COMMAND)[scale(0, 1)]

    with running(command, env, first_log) as first:
        until(lambda: finished(database) > 0, first_log)
        pause(first, database)
        assert finished(database) < SWITCHES
        with running(command, env, second_log):
            until(lambda: finished(database) == SWITCHES, second_log)
            os.kill(first.pid, signal.SIGCONT)
            # Its successor's lease may have lapsed just then, and be taken by the one that woke.
            until(
                lambda: any("lost the lead" in log.read_text() for log in (first_log, second_log)), first_log
            )
            time.sleep(1)
            assert first.poll() is None

    # How often it took the lead is its own affair: a hurried lease may lapse on a busy machine.
    assert '"leading"' in second_log.read_text()
    assert told(database) == Counter({1: number})
    with database.reading() as session:
        switched = session.execute(
            select(AuditRecord.subject, func.count())
            .where(AuditRecord.action == "phase.switch", AuditRecord.subject != "phase:regular")
            .group_by(AuditRecord.subject)
        ).all()
    assert [count for _, count in switched] == [1] * SWITCHES
    for log in (first_log, second_log):
        assert "Traceback" not in log.read_text()


def told(database: Database) -> Counter[int]:
    """How many visits people were told of so and so often by switches."""
    with database.reading() as session:
        wanted = select(func.count()).where(OutboxRow.run_id.is_not(None)).group_by(OutboxRow.booking_id)
        return Counter(session.scalars(wanted).all())


def test_two_leaders_without_turns_and_memory_tell_people_twice(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control. SQLite's one writer at a time is a guard that cannot be taken off."""
    clock = StandingClock(crowd(postgresql_database, 24))
    together = Barrier(2)

    def run_without_a_turn(session: Session, switch: Any, _now: Any) -> PhaseRun:
        return session.scalars(select(PhaseRun).where(PhaseRun.phase_key == switch.phase.key)).one()

    def look_without_a_lock(session: Session, wanted: Any) -> Any:
        wanted = wanted.with_for_update(of=(), read=False, skip_locked=False)
        wanted._for_update_arg = None
        found = visits.read_visits(session, wanted)
        if found:
            together.wait(30)
        return found

    with postgresql_database.transaction() as session:
        (due,) = due_switches(session, now=clock.office())
        switches._lock_run(session, due, clock.office())
        session.execute(text("ALTER TABLE phase_effects DROP CONSTRAINT uq_phase_effects_run_id"))
    monkeypatch.setattr(switches, "_lock_run", run_without_a_turn)
    monkeypatch.setattr(switches, "read_visits", look_without_a_lock)

    both = [Thread(target=apply_due, args=(postgresql_database,), kwargs={"clock": clock}) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(60)

    assert told(postgresql_database) == Counter({2: 24})
