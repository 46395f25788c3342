"""The checker of what must always hold sees each thing that could be broken."""

import pytest
from sqlalchemy import text

from models.database import Database
from scheduler.domain.bookings import Party
from scheduler.usecases import bookings
from scheduler.usecases.switches import apply_due
from tests.cast import EMRE
from tests.factories import Office, at, opened, plan_with
from tests.invariants import broken
from tests.tampering import lift_guards

BREAKINGS = [
    ("I1", "UPDATE claims SET occupied_until = '2020-03-11 12:00:00.000000+00' WHERE id = 1"),
    ("I1", "UPDATE claims SET occupies = false WHERE id = (SELECT max(id) FROM claims WHERE occupies)"),
    ("I1", "DELETE FROM claims WHERE id = 1"),
    ("I3", "UPDATE bookings SET status = 'done' WHERE status = 'booked'"),
    ("I3", "UPDATE bookings SET standing = 'in_question'"),
    ("I3", "UPDATE bookings SET channel = 'phone' WHERE status = 'booked'"),
    ("I3", "DELETE FROM outbox WHERE id = 2"),
    ("I3", "UPDATE outbox SET template = 'update' WHERE id = 2"),
    (
        "I3",
        "INSERT INTO audit_records (at, actor, action, subject, details)"
        " SELECT at, actor, action, subject, details FROM audit_records WHERE action = 'booking.cancel'",
    ),
    (
        "I4",
        "INSERT INTO audit_records (at, actor, action, subject, details) SELECT at, actor, action,"
        " 'booking:00000000-0000-0000-0000-000000000007', details FROM audit_records WHERE id = 2",
    ),
    (
        "I4",
        "INSERT INTO idempotency_records (actor, key, digest, created_at)"
        " VALUES ('x', 'k', 'd', '2020-03-09 08:00:00.000000+00')",
    ),
    ("I6: record 2", "UPDATE audit_records SET actor = 'staff:other' WHERE position = 2"),
    ("I6: record 2", "DELETE FROM audit_records WHERE position = 2"),
]


@pytest.fixture
def busy_office(database: Database) -> Office:
    """Four visits, one of them cancelled, and everything sealed."""
    office = opened(database, "2020-03-09 09:00", plan_with("regular"))
    office.do(bookings.cancel, office.book(), by=Party.CUSTOMER)
    for starts in ("2020-03-11 09:15", "2020-03-11 09:30", "2020-03-11 09:45"):
        office.book(starts=starts, resource="counter-1", customer=EMRE)
    assert broken(database, now=office.now) == []
    return office


@pytest.mark.parametrize("what, breaking", BREAKINGS)
def test_what_is_broken_is_named(busy_office: Office, what: str, breaking: str) -> None:
    database = busy_office.database
    if database.is_sqlite:
        breaking = breaking.replace("+00'", "'")
    with database.transaction() as session:
        for guard in (
            ["DROP TRIGGER claims_do_not_overlap_update"]
            if database.is_sqlite
            else ["ALTER TABLE claims DROP CONSTRAINT claims_do_not_overlap"]
        ):
            session.execute(text(guard))
        lift_guards(session)
        session.execute(text(breaking))
    assert [line for line in broken(database) if line.startswith(what)] != []


def test_a_switch_that_is_due_is_named(busy_office: Office) -> None:
    busy_office.wait_until("2020-03-10 16:00")
    busy_office.plan(plan_with("regular", "appointments_cancelled"))
    assert broken(busy_office.database, now=at("2020-03-13 15:59")) == []
    (due,) = broken(busy_office.database, now=at("2020-03-13 16:00"))
    assert due.startswith("I7: the switch into appointments_cancelled")


def test_a_visit_that_its_phase_refuses_is_named(busy_office: Office) -> None:
    office = busy_office
    office.book("group_information", "2020-03-19 14:00")
    office.wait_until("2020-03-11 15:00")
    office.plan(plan_with("regular", "preventive"))
    apply_due(office.database, clock=office.clock)
    assert broken(office.database, now=office.now) == []
    undone = [
        "UPDATE bookings SET status = 'booked', cancelled_by = NULL WHERE service_key = 'group_information'",
        "UPDATE phase_effects SET effect = 'flag' WHERE effect = 'cancel'",
    ]
    with office.database.transaction() as session:
        for statement in undone:
            session.execute(text(statement))
    assert {"I3", "I7"} <= {line[:2] for line in broken(office.database, now=office.now)}
