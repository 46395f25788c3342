"""Switches that are killed, paused, late or carried out by two at once: everybody is told exactly once."""

import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Select, delete, func, select

from models.audit import AuditRecord
from models.bookings import Booking
from models.database import Database
from models.outbox import OutboxRow
from models.runs import PhaseEffect, PhaseRun
from scheduler.domain.phases import Effect
from scheduler.queries.visits import visits
from scheduler.usecases import switches
from scheduler.usecases.switches import Progress, apply_due
from tests.crowds import CLOSING, crowd, set_office_clock
from tests.factories import StandingClock
from tests.faults.conftest import Scale
from tests.servers import ROOT, settings

MOST_MEMORY_KB = 300 * 1024
SMALL_BATCHES = """
import sys
from config import Config
from jobs.office import open_office
from scheduler.usecases import switches
switches._BATCH = 200
office = open_office(Config.from_environ())
def say(progress):
    print(f"x: {progress.judged} of {progress.of} bookings", file=sys.stderr, flush=True)
switches.apply_due(office.database, clock=office.clock, heard=say)
"""
"""What `flask phases switch` does, in small batches and without the time that Flask takes to begin."""


@dataclass
class Operator:
    """Calls `flask phases switch`; notes what it says and how much memory it took."""

    url: str
    folder: Path
    program: tuple[str, ...]
    progress: list[tuple[int, int]] = field(default_factory=list)
    memory_kb: int = 0

    def switch(self, *, kill_after: int | None = None) -> int:
        """Its exit code; killed in the middle of the batch after so many."""
        mail = f"maildir:{self.folder / 'mails'}"
        with subprocess.Popen(
            (sys.executable, *self.program),
            cwd=ROOT,
            env=settings(self.url, THEKE_DEMO="1", THEKE_MAIL_URL=mail, FLASK_APP="wsgi:app"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            for batches, (judged, of) in enumerate(self._heard(process), start=1):
                self.progress.append((judged, of))
                self.memory_kb = max(self.memory_kb, _highest_memory_kb(process.pid))
                if batches == kill_after:
                    process.send_signal(signal.SIGKILL)
            return process.wait()

    def _heard(self, process: subprocess.Popen[str]) -> Iterator[tuple[int, int]]:
        assert process.stderr is not None
        for line in process.stderr:
            if found := re.search(r": (\d+) of (\d+) bookings", line):
                yield int(found[1]), int(found[2])


def _highest_memory_kb(pid: int) -> int:
    """The most that a process ever had resident."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) if found else 0


@pytest.fixture
def operator(database: Database, database_url: str, tmp_path: Path, scale: Scale) -> Operator:
    program = ("-m", "flask", "phases", "switch") if scale(0, 1) else ("-c", SMALL_BATCHES)
    return Operator(database_url, tmp_path, program)


def test_a_switch_killed_three_times_cancels_each_visit_once_and_the_soonest_first(
    database: Database, operator: Operator, scale: Scale
) -> None:
    number = scale(1_100, 20_000 if database.is_sqlite else 100_000)
    set_office_clock(database, crowd(database, number))

    killed = [operator.switch(kill_after=batches) for batches in (1, 2, 1)]
    _until_done(operator)

    assert killed == [-signal.SIGKILL] * 3
    with database.reading() as session:
        run = session.scalars(select(PhaseRun).where(PhaseRun.phase_key == CLOSING)).one()
        begun = session.scalars(
            select(Booking.starts_at)
            .join(PhaseEffect, PhaseEffect.booking_id == Booking.id)
            .where(PhaseEffect.run_id == run.id, PhaseEffect.effect == Effect.CANCEL)
            .order_by(PhaseEffect.id)
        ).all()
        told = session.execute(_count_by_booking().where(OutboxRow.run_id == run.id)).all()
        action = AuditRecord.action == "booking.switch-cancel"
        noted = session.scalar(select(func.count(AuditRecord.subject.distinct())).where(action))
        records = session.scalar(select(func.count()).where(action))
    assert len(begun) == number
    assert begun == sorted(begun)
    assert Counter(notices for _, notices in told) == {1: number}
    assert noted == records == number
    assert {of for _, of in operator.progress} == {number}
    judged = [so_far for so_far, _ in operator.progress]
    assert judged == sorted(set(judged))
    assert judged[-1] <= number
    assert 0 < operator.memory_kb < MOST_MEMORY_KB


def _until_done(operator: Operator) -> None:
    """The database may still be clearing up after the one that was killed; nobody waits for that forever."""
    for _ in range(10):
        if operator.switch() == 0:
            return
    raise AssertionError("the switch does not end")


def _count_by_booking() -> Select[UUID | None, int]:
    return select(OutboxRow.booking_id, func.count()).group_by(OutboxRow.booking_id)


class Died(Exception):
    """Here the process ended."""


def test_without_a_memory_of_what_was_judged_people_are_told_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: who goes on knows neither what was judged nor what the visits have become."""
    clock = StandingClock(crowd(database, 60, effect=Effect.PHONE))
    monkeypatch.setattr(switches, "_BATCH", 25)

    def die(_progress: Progress) -> None:
        raise Died

    def everything(_switch: Any, run_id: int, *, after: Any, until: Any) -> Select[Any]:
        judged = select(PhaseEffect.booking_id).where(PhaseEffect.run_id == run_id)
        return visits().where(Booking.id.not_in(judged)).order_by(Booking.starts_at, Booking.id)

    with pytest.raises(Died):
        apply_due(database, clock=clock, heard=die)
    with database.transaction() as session:
        session.execute(delete(PhaseEffect))
    with monkeypatch.context() as unguarded:
        unguarded.setattr(switches, "_BATCH", 100)
        unguarded.setattr(switches, "not_yet_judged", everything)
        apply_due(database, clock=clock)

    with database.reading() as session:
        told = session.execute(_count_by_booking().where(OutboxRow.run_id.is_not(None))).all()
    assert max(notices for _, notices in told) == 2
