"""An office for tests: the scenario's plan as far as it was known by then, under a clock that stands."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from models.bookings import Booking
from models.database import Database
from models.outbox import OutboxRow
from scheduler.adapters.clock import Clock
from scheduler.domain.bookings import BookingRequest, Category, Justification, MoveRequest
from scheduler.domain.instants import parse_instant
from scheduler.domain.people import Customer
from scheduler.domain.planexports import write_plan
from scheduler.domain.planfiles import read_plan
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Actor, Role
from scheduler.queries.bookings import booking as look_up
from scheduler.queries.notices import notices_of
from scheduler.usecases import bookings
from scheduler.usecases.plans import import_plan
from scheduler.usecases.switches import apply_due
from tests.cast import ADA, MANAGER, RECEPTION
from tests.databases import OPENERS
from tests.invariants import broken

SCENARIO = Path(__file__).resolve().parents[1] / "scheduler" / "scenarios" / "jobcenter-2020"
REASON = Justification(Category.INTEGRATION, None)


@cache
def whole_plan() -> Plan:
    """The scenario's plan with all the phases of the year."""
    return read_plan((SCENARIO / "plan.toml").read_bytes(), known_holiday_region=lambda region: True)


def at(local: str) -> datetime:
    """The instant of a local time of the office, such as "2020-03-10 09:00"."""
    return parse_instant(local, whole_plan().zone, field="at")


@cache
def rows(name: str) -> tuple[Mapping[str, str], ...]:
    """The lines of one of the scenario's tables."""
    with (SCENARIO / name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def plan_with(*phases: str) -> Plan:
    """The scenario's plan with these phases alone."""
    plan = whole_plan()
    return replace(plan, phases=tuple(plan.phases_by_key[key] for key in phases))


class StandingClock(Clock):
    """A clock that shows what it was set to."""

    def __init__(self, office: datetime, *, real: datetime | None = None) -> None:
        super().__init__()
        self.office_now = office
        self.real_now = real or office

    def office(self) -> datetime:
        return self.office_now

    def real(self) -> datetime:
        return self.real_now


@dataclass
class Office:
    """An office whose people act at the instant that its clock shows."""

    database: Database
    clock: StandingClock

    @property
    def now(self) -> datetime:
        return self.clock.office_now

    def wait_until(self, local: str) -> None:
        self.clock.office_now = self.clock.real_now = at(local)

    def plan(self, plan: Plan) -> None:
        with self.database.transaction() as session:
            import_plan(session, write_plan(plan).encode(), actor=MANAGER, now=self.now)

    def switch_into(self, *phases: str) -> None:
        """Plans these phases as well, each when it became known, and carries out what is due."""
        known = [row["phase"] for row in rows("stages.csv")]
        for phase in phases:
            until = known[: known.index(phase) + 1]
            self.clock.office_now = at(rows("stages.csv")[known.index(phase)]["known_at"])
            self.plan(plan_with(*until))
            self.clock.office_now = max(self.now, whole_plan().phases_by_key[phase].announce_at)
            apply_due(self.database, clock=self.clock)

    def book(
        self,
        service: str = "general",
        starts: str = "2020-03-11 09:00",
        *,
        customer: Customer = ADA,
        by: Role = Role.RECEPTION,
        resource: str | None = None,
        justification: Justification | None = None,
        actor: Actor = RECEPTION,
    ) -> Booking:
        request = BookingRequest(service, at(starts), by, customer, resource, justification)
        with self.database.transaction() as session:
            return bookings.book(session, request, actor=actor, now=self.now)

    def move(
        self,
        booking: Booking,
        starts: str,
        *,
        resource: str | None = None,
        justification: Justification | None = None,
    ) -> Booking:
        request = MoveRequest(at(starts), resource, justification)
        with self.database.transaction() as session:
            return bookings.move(session, booking.id, request, actor=RECEPTION, now=self.now)

    def do(self, change: Any, booking: Booking, *, actor: Actor = RECEPTION, **details: Any) -> Booking:
        """Does to a booking what one of the use cases does that take no more than `details`."""
        with self.database.transaction() as session:
            changed: Booking = change(session, booking.id, actor=actor, now=self.now, **details)
            return changed

    def see(self, booking: Booking | UUID) -> Booking:
        with self.database.reading() as session:
            return look_up(session, booking if isinstance(booking, UUID) else booking.id)

    def notices(self, booking: Booking) -> list[OutboxRow]:
        """The notices about a booking, the oldest first."""
        with self.database.reading() as session:
            return sorted(notices_of(session, booking.id), key=lambda row: row.id)


def opened(database: Database, local: str, plan: Plan) -> Office:
    """An office with its first plan, whose phases have nothing to do yet."""
    office = Office(database, StandingClock(at(local)))
    office.plan(plan)
    apply_due(database, clock=office.clock)
    return office


@pytest.fixture
def opened_in_march() -> None:
    """The database of this test is a copy of one with the office of Monday, 9 March 2020, at nine."""


@pytest.fixture
def opened_in_july() -> None:
    """The database of this test is a copy of one with the office of Friday, 17 July 2020, at eight."""


def open_march(database: Database) -> Office:
    return opened(database, "2020-03-09 09:00", plan_with("regular"))


def open_midsummer(database: Database) -> Office:
    """All the year's phases were planned long ago."""
    return opened(database, "2020-07-17 08:00", whole_plan())


OPENERS |= {"opened_in_march": open_march, "opened_in_july": open_midsummer}


@pytest.fixture
def office(opened_in_march: None, database: Database) -> Iterator[Office]:
    """The office on Monday, 9 March 2020, at nine; afterwards everything that must always hold is checked."""
    yield Office(database, StandingClock(at("2020-03-09 09:00")))
    assert broken(database) == []


@pytest.fixture
def july(opened_in_july: None, database: Database) -> Iterator[Office]:
    """The office on Friday, 17 July 2020, at eight, with all the year's phases planned long ago."""
    yield Office(database, StandingClock(at("2020-07-17 08:00")))
    assert broken(database) == []
