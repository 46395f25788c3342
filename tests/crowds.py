"""A crowd: offices with thousands of visits that a switch will cancel, written straight into the tables."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from models.audit import AuditRecord
from models.bookings import Booking, Claim
from models.bulk import insert_many
from models.clocks import OfficeClock
from models.database import Database
from models.outbox import OutboxRow
from models.people import Person
from models.plans import ResourceRow
from scheduler.adapters.clock import Clock
from scheduler.domain.bookings import Channel, Origin, Standing, Status
from scheduler.domain.notices import Template
from scheduler.domain.people import Customer
from scheduler.domain.phases import Effect, Phase
from scheduler.domain.planexports import write_plan
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Role
from scheduler.domain.texts import Text
from scheduler.queries.visits import BookedVisit, Place
from scheduler.usecases.audit import entry
from scheduler.usecases.notices import Telling, Writer
from scheduler.usecases.plans import import_plan
from scheduler.usecases.switches import apply_due
from tests.cast import ADA, BRUNO, CHEN, DORIT, EMRE, MANAGER, RECEPTION
from tests.factories import StandingClock, at, plan_with

CLOSING = "appointments_cancelled"
PEOPLE = (ADA, EMRE, CHEN, BRUNO, DORIT)
MADE, DUE = "2020-03-09 09:00", "2020-03-13 16:00"
_FIRST, _STEP = "2020-03-16 08:00", timedelta(minutes=5)
_COUNTERS = 12
_AT_ONCE = 5000


def crowd(
    database: Database,
    number: int,
    *,
    effect: Effect = Effect.CANCEL,
    apart: timedelta = _STEP,
    closings: int = 1,
) -> datetime:
    """So many visits after a weekend on which the office will close; answers when that is due.

    They are five minutes long and `apart`, day and night, at twelve counters; `effect` is what the closing
    does to them. Further `closings` follow, one a day, all announced with the first.
    """
    made, due = at(MADE), at(DUE)
    with database.transaction() as session:
        import_plan(session, write_plan(_plan("regular")).encode(), actor=MANAGER, now=made)
    apply_due(database, clock=StandingClock(made))
    with database.reading() as session:
        counters = session.scalars(select(ResourceRow).where(ResourceRow.key.like("crowd-%"))).all()
    for begin in range(0, number, _AT_ONCE):
        _write(database, counters, range(begin, min(begin + _AT_ONCE, number)), apart, made)
    with database.transaction() as session:
        plan = _closed_again(_plan("regular", CLOSING, effect=effect), closings)
        import_plan(session, write_plan(plan).encode(), actor=MANAGER, now=due - timedelta(hours=1))
    with database.transaction() as session:
        session.execute(text("ANALYZE"))  # visits that came in over weeks are no surprise to a database
    return due


def set_office_clock(database: Database, instant: datetime) -> None:
    """The demonstration's clock, for processes of their own: it runs on from `instant`."""
    with database.transaction() as session:
        row = session.get(OfficeClock, 1) or OfficeClock(id=1)
        row.ahead_seconds = (instant - Clock().real()).total_seconds()
        session.add(row)


def _plan(*phases: str, effect: Effect = Effect.CANCEL) -> Plan:
    """The scenario's plan with more counters; what the closing says, it says without end."""
    plan = plan_with(*phases)
    pattern = plan.resources_by_key["counter-1"]
    counters = tuple(
        replace(pattern, key=f"crowd-{n}", name=Text({"de": f"Theke {n}", "en": f"Counter {n}"}))
        for n in range(1, _COUNTERS + 1)
    )
    lasting = tuple(_lasting(phase, effect) for phase in plan.phases)
    return replace(plan, resources=plan.resources + counters, phases=lasting)


def _closed_again(plan: Plan, closings: int) -> Plan:
    closing = plan.phases[-1]
    further = tuple(
        replace(closing, key=f"{CLOSING}_{n}", starts=closing.starts + n * timedelta(days=1))
        for n in range(1, closings)
    )
    return replace(plan, phases=plan.phases + further)


def _lasting(phase: Phase, effect: Effect) -> Phase:
    rules = tuple(
        replace(rule, on_start=effect) if rule.on_start is Effect.CANCEL else rule for rule in phase.rules
    )
    return replace(phase, effects_until=None, rules=rules)


def _write(database: Database, counters: Any, numbers: range, apart: timedelta, made: datetime) -> None:
    plan = _plan("regular")
    writer = Writer(plan, now=made)
    found = list(_visits(plan, counters, numbers, apart))
    with database.transaction() as session:
        insert_many(session, Person, [_person(n, visit.customer, made) for n, _, visit in found])
        insert_many(session, Booking, [_booking(n, row, visit, made) for n, row, visit in found])
        insert_many(session, Claim, [_claim(row, visit) for _, row, visit in found])
        notices = [writer.write(Telling(visit, Template.INVITATION))[1] for _, _, visit in found]
        insert_many(session, OutboxRow, notices)
        records = [entry(RECEPTION, "booking.book", f"booking:{visit.id}", now=made) for _, _, visit in found]
        insert_many(session, AuditRecord, records)


def _visits(
    plan: Plan, counters: Any, numbers: range, apart: timedelta
) -> Iterator[tuple[int, ResourceRow, BookedVisit]]:
    for n in numbers:
        row = counters[n % len(counters)]
        starts_at = at(_FIRST) + n // len(counters) * apart
        customer = replace(PEOPLE[n % len(PEOPLE)], number=f"visit-{n}")
        visit = BookedVisit(
            UUID(int=_scattered(n)),
            f"C{n:07}",
            "documents",
            Role.RECEPTION,
            starts_at,
            starts_at + _STEP,
            Status.BOOKED,
            Standing.VALID,
            Channel.IN_PERSON,
            None,
            f"visit-{n}@example.org",
            0,
            True,
            customer,
            Place(row.key, row.kind, row.site, row.name),
        )
        yield n, row, visit


def _scattered(n: int) -> int:
    """A number for an id that, as random ones do, stands anywhere in an index."""
    return (n * 0x9E3779B97F4A7C15F39CC0605CEDC835 + 1) % 2**128


def _person(n: int, customer: Customer, made: datetime) -> dict[str, Any]:
    return {
        "id": UUID(int=_scattered(n) ^ 1),
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "address": customer.address,
        "number": customer.number,
        "language": customer.language,
        "created_at": made,
    }


def _booking(n: int, row: ResourceRow, visit: BookedVisit, made: datetime) -> dict[str, Any]:
    return {
        "id": visit.id,
        "reference": visit.reference,
        "service_key": visit.service,
        "resource_id": row.id,
        "person_id": UUID(int=_scattered(n) ^ 1),
        "starts_at": visit.starts_at,
        "ends_at": visit.ends_at,
        "occupied_until": visit.ends_at,
        "status": visit.status,
        "standing": visit.standing,
        "origin": Origin.APPOINTMENT,
        "channel": visit.channel,
        "booked_by": visit.booked_by,
        "made_by": RECEPTION.name,
        "made_at": made,
        "judged_at": made,
        "ical_uid": visit.uid,
        "ical_sequence": visit.sequence,
        "invited": visit.invited,
    }


def _claim(row: ResourceRow, visit: BookedVisit) -> dict[str, Any]:
    return {
        "booking_id": visit.id,
        "resource_id": row.id,
        "starts_at": visit.starts_at,
        "occupied_until": visit.ends_at,
        "occupies": True,
    }
