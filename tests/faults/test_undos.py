"""A switch that cancelled hundreds, taken back from the desk: it comes to an end, and each is told once."""

import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text

from models.audit import AuditRecord
from models.bookings import Booking
from models.database import Database
from models.outbox import OutboxRow
from models.runs import PhaseEffect
from scheduler.domain.bookings import Standing, Status
from scheduler.domain.notices import NoticeState, Template
from scheduler.domain.roles import Role
from scheduler.usecases.switches import apply_due
from scheduler.usecases.undos import go_on_undoing
from scheduler.web.desk import switches
from scheduler.web.frame import EXTENSION
from tests.applications import config_for, lent_app
from tests.crowds import CLOSING, crowd
from tests.factories import Office, StandingClock
from tests.faults.conftest import Scale
from tests.faults.crashes import dies
from tests.invariants import broken
from tests.web.conftest import signed_in, with_staff

UNDO = f"/switches/{CLOSING}/undo"
STATEMENT_S = 0.05
"""So slow is the database here that a page has time for two or three batches."""


def cancelled(database: Database, number: int) -> Office:
    """An office in which a switch has cancelled so many visits, and every other person knows."""
    clock = StandingClock(crowd(database, number))
    apply_due(database, clock=clock)
    with database.transaction() as session:
        session.execute(text("UPDATE outbox SET state = 'sent' WHERE run_id IS NOT NULL AND id % 2 = 0"))
    return with_staff(Office(database, clock))


@contextmanager
def slow(app: Flask) -> Iterator[None]:
    engine = app.extensions[EXTENSION].database.engine

    def wait(*_anything: object) -> None:
        time.sleep(STATEMENT_S)

    event.listen(engine, "before_cursor_execute", wait)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", wait)


def looked_at(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).where(PhaseEffect.undone.is_not(None))) or 0


def test_the_desk_begins_a_job_is_killed_and_the_next_one_ends_it(
    database: Database, tmp_path: Path, scale: Scale
) -> None:
    number = scale(330, 1_500)
    office = cancelled(database, number)
    with lent_app(config_for(database, tmp_path), clock=office.clock) as app:
        manager = signed_in(app, Role.MANAGER)
        with slow(app):
            said = manager.post(UNDO, 200).said()
    begun = looked_at(database)
    database.dispose()

    # In the middle of its second batch.
    died = dies(62, lambda: go_on_undoing(database, clock=office.clock))
    killed = looked_at(database)
    go_on_undoing(database, clock=office.clock)

    assert "follows by itself within seconds" in said
    assert 0 < begun < killed < number
    assert died
    with database.reading() as session:
        standings = session.execute(select(Booking.status, Booking.standing).distinct()).all()
        records = session.scalars(
            select(AuditRecord.subject).where(AuditRecord.action == "booking.undo-switch")
        )
        restored = Counter(records)
        states = select(OutboxRow.state, func.count()).where(OutboxRow.run_id.is_not(None))
        notices = dict(session.execute(states.group_by(OutboxRow.state)).all())
        anew = session.scalars(
            select(OutboxRow.booking_id)
            .join(Booking, Booking.id == OutboxRow.booking_id)
            .where(OutboxRow.template == Template.INVITATION, OutboxRow.uid == Booking.ical_uid)
            .where(Booking.ical_uid.not_like("visit-%"))
        ).all()
    assert [tuple(row) for row in standings] == [(Status.BOOKED, Standing.IN_QUESTION)]
    assert (len(restored), set(restored.values())) == (number, {1})
    assert notices == {NoticeState.SENT: number // 2, NoticeState.WITHDRAWN: number // 2}
    assert len(anew) == len(set(anew)) == number // 2


def test_a_desk_that_took_all_back_at_once_would_be_told_that_it_takes_too_long(
    postgresql_database: Database, tmp_path: Path
) -> None:
    """The negative control: without its own limit, the page meets that of all requests."""
    office = cancelled(postgresql_database, 600)
    with (
        pytest.MonkeyPatch.context() as patch,
        lent_app(config_for(postgresql_database, tmp_path), clock=office.clock) as app,
    ):
        manager = signed_in(app, Role.MANAGER)
        patch.setattr(switches, "_UNDO_S", math.inf)
        with slow(app):
            manager.post(UNDO, 503)
    go_on_undoing(postgresql_database, clock=office.clock)
    assert broken(postgresql_database) == []
