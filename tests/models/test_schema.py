"""The migrations: up, down and up again, ending where the models are, with the guards in place."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, update
from sqlalchemy.orm import Session

import models
from models.bookings import Booking, Claim
from models.database import Database
from models.people import Person
from models.plans import ResourceRow, ServiceRow
from models.schema import differences, downgrade, newest_revision, upgrade
from scheduler.domain.bookings import Channel, Origin, Standing, Status
from scheduler.domain.errors import SlotTaken
from scheduler.domain.resources import Kind
from scheduler.domain.roles import Role
from tests.databases import current_revision

NINE = datetime(2020, 3, 10, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SCRIPTS = ScriptDirectory(str(Path(models.__file__).parent / "migrations"))
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    """A database without any table, on each engine."""
    database = Database(empty_database_url)
    yield database
    database.dispose()


def booked(session: Session) -> Booking:
    """A visit from nine to ten at the only place, and its claim."""
    booking = Booking(
        reference="ACDEFGHJ",
        service=ServiceRow(key="general", name={"de": "x"}),
        resource=ResourceRow(key="counter-1", kind=Kind.COUNTER, site="main", name={"de": "x"}),
        person=Person(name="Ada", language="de", created_at=NINE),
        starts_at=NINE,
        ends_at=NINE + 50 * MINUTE,
        occupied_until=NINE + 60 * MINUTE,
        status=Status.BOOKED,
        standing=Standing.VALID,
        origin=Origin.APPOINTMENT,
        channel=Channel.IN_PERSON,
        booked_by=Role.RECEPTION,
        made_by="staff:x",
        made_at=NINE,
        judged_at=NINE,
        ical_uid="1@example.org",
        ical_sequence=0,
        invited=True,
    )
    session.add(booking)
    session.flush()
    session.add(claimed(booking, 0, 60))
    return booking


def claimed(booking: Booking, start: int, until: int, *, occupies: bool = True) -> Claim:
    """A claim on the booking's place, in minutes from nine."""
    return Claim(
        booking_id=booking.id,
        resource_id=booking.resource_id,
        starts_at=NINE + start * MINUTE,
        occupied_until=NINE + until * MINUTE,
        occupies=occupies,
    )


def assert_guarded(database: Database) -> None:
    """The database takes claims that touch or do not occupy, and none that overlap, added or changed."""
    with database.transaction() as session:
        booking = booked(session)
        session.add_all([claimed(booking, 60, 90), claimed(booking, -30, 0)])
        session.add(claimed(booking, 10, 20, occupies=False))
    for start, until in ((0, 60), (10, 20), (-5, 5), (55, 65), (-99, 99)):
        with (
            pytest.raises(SlotTaken),
            database.transaction() as session,
        ):
            session.add(claimed(booking, start, until))
    free = claimed(booking, 120, 130)
    with database.transaction() as session:
        session.add(free)
    changes: list[tuple[Claim, dict[str, object]]] = [
        (free, {"starts_at": NINE + 80 * MINUTE}),
        (free, {"starts_at": NINE, "occupied_until": NINE + MINUTE}),
    ]
    for claim, values in changes:
        with (
            pytest.raises(SlotTaken),
            database.transaction() as session,
        ):
            session.execute(update(Claim).where(Claim.id == claim.id).values(values))
    with pytest.raises(SlotTaken), database.transaction() as session:
        session.execute(update(Claim).values(occupies=True))
    with database.transaction() as session:
        session.execute(update(Claim).where(Claim.id == free.id).values(occupied_until=NINE + 150 * MINUTE))


def tables(database: Database) -> set[str]:
    with database.migrating() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_up_down_and_up_again_ends_where_the_models_are(empty: Database) -> None:
    upgrade(empty)
    assert differences(empty) == []
    downgrade(empty, "base")
    assert tables(empty) == set()
    upgrade(empty)
    assert differences(empty) == []
    assert current_revision(empty) == newest_revision() == REVISIONS[-1]
    assert_guarded(empty)


def test_every_step_can_be_taken_alone_and_keeps_the_guards_and_what_is_there(empty: Database) -> None:
    for revision in REVISIONS:
        upgrade(empty, revision)
        assert current_revision(empty) == revision
    assert_guarded(empty)
    for revision in reversed(REVISIONS[:-1]):
        downgrade(empty, revision)
        assert current_revision(empty) == revision
    upgrade(empty)
    with empty.transaction() as session:
        booking = session.query(Booking).one()
        assert (booking.reference, booking.starts_at) == ("ACDEFGHJ", NINE)
    with pytest.raises(SlotTaken), empty.transaction() as session:
        session.add(claimed(booking, 0, 10))


def test_migrating_what_is_migrated_changes_nothing(database: Database) -> None:
    before = tables(database)
    upgrade(database)
    assert (tables(database), differences(database)) == (before, [])


def test_two_who_migrate_at_once_take_turns(empty: Database) -> None:
    with ThreadPoolExecutor(2) as threads:
        for outcome in [threads.submit(upgrade, empty) for _ in range(2)]:
            outcome.result(60)
    assert differences(empty) == []


def test_a_difference_is_named(database: Database) -> None:
    with database.migrating() as connection:
        connection.exec_driver_sql("ALTER TABLE people ADD COLUMN nickname VARCHAR(20)")
    (difference,) = differences(database)
    assert "nickname" in difference
