"""A switch that cancels 100,000 visits, beside one SQL statement that writes as many rows of that size."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from time import monotonic

from sqlalchemy import select, text

from models.database import Database
from models.outbox import OutboxRow
from models.schema import upgrade
from scheduler.domain.notices import Template
from scheduler.usecases.switches import apply_due
from tests.bench.figures import Figure, in_turn
from tests.bench.offices import server
from tests.crowds import CLOSING, DUE, crowd
from tests.factories import StandingClock, at
from tests.postgresql import Server

_FLOOR = text("""
WITH run AS (
    INSERT INTO phase_runs (phase_key, due_at, begun_at) VALUES (:phase, :due, :due) RETURNING id
), cancelled AS (
    UPDATE bookings SET status = 'cancelled', cancelled_by = 'office', ical_sequence = ical_sequence + 1
    WHERE status = 'booked' RETURNING id, ical_uid
), freed AS (
    UPDATE claims SET occupies = false FROM cancelled WHERE claims.booking_id = cancelled.id
), effects AS (
    INSERT INTO phase_effects
        (run_id, booking_id, effect, reach, status_before, standing_before, channel_before)
    SELECT run.id, cancelled.id, 'cancel', 'email', 'booked', 'valid', 'in_person' FROM run, cancelled
), told AS (
    INSERT INTO outbox
        (booking_id, run_id, kind, template, state, "values", uid, message_id, attempts, created_at)
    SELECT cancelled.id, run.id, 'email', 'cancellation', 'waiting', CAST(:values AS json), ical_uid,
        '<' || gen_random_uuid() || '@example.org>', 0, :due
    FROM run, cancelled
)
INSERT INTO audit_records (at, actor, action, subject, details)
SELECT :due, 'job:switch', 'booking.switch-cancel', 'booking:' || cancelled.id, CAST(:details AS json)
FROM cancelled
""")


class _Crowds:
    """Databases that all begin alike: an office with so many visits, the switch due."""

    def __init__(self, own: Server, number: int) -> None:
        self._own = own
        self._names = (f"crowd_{n}" for n in count())
        self.number = number
        own.maintain("CREATE DATABASE crowds")
        database = Database(own.url("crowds"))
        upgrade(database)
        crowd(database, number)
        database.dispose()

    @contextmanager
    def fresh(self) -> Iterator[Database]:
        name = next(self._names)
        self._own.maintain("CHECKPOINT")
        self._own.maintain(f"CREATE DATABASE {name} TEMPLATE crowds STRATEGY FILE_COPY")
        database = Database(self._own.url(name))
        try:
            yield database
        finally:
            database.dispose()
            self._own.maintain(f"DROP DATABASE {name}")


def measure(full: bool) -> list[Figure]:
    number, rounds = (100_000, 5) if full else (5_000, 1)
    with server() as own:
        crowds = _Crowds(own, number)
        sample = _sample(crowds)
        floor_s, product_s = in_turn(lambda: _floor(crowds, sample), lambda: _product(crowds), rounds=rounds)
    name = f"switch that cancels {number:,} visits"
    return [Figure(name, floor_s, product_s, "s", more_is_better=False, bar=6, aim=2)]


def _sample(crowds: _Crowds) -> str:
    """What one of the product's notices holds, for the floor to write as much."""
    with crowds.fresh() as database, database.reading() as session:
        values = session.scalars(select(OutboxRow.values).limit(1)).one()
    return json.dumps(values | {"template": Template.CANCELLATION})


def _floor(crowds: _Crowds, sample: str) -> float:
    details = json.dumps({"phase": CLOSING})
    with crowds.fresh() as database:
        begin = monotonic()
        with database.transaction() as session:
            session.execute(text("SET LOCAL statement_timeout = 0"))
            session.execute(_FLOOR, {"phase": CLOSING, "due": at(DUE), "values": sample, "details": details})
        return monotonic() - begin


def _product(crowds: _Crowds) -> float:
    with crowds.fresh() as database:
        begin = monotonic()
        (report,) = apply_due(database, clock=StandingClock(at(DUE)))
        taken = monotonic() - begin
    if report.counts["cancel"] != crowds.number:
        raise RuntimeError(f"cancelled were {report.counts}")
    return taken
