"""The offices of the benchmarks: twenty or forty places, half booked, on a PostgreSQL that loses nothing."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text

from models.audit import AuditRecord
from models.bookings import Booking, Claim
from models.database import Database
from models.outbox import OutboxRow
from models.people import Person
from models.plans import ResourceRow
from models.schema import upgrade
from scheduler.adapters.clock import Clock
from scheduler.adapters.holidays import holiday_question
from scheduler.domain.bookings import Channel, Origin, Standing, Status, new_reference
from scheduler.domain.instants import local_date
from scheduler.domain.notices import NoticeKind, NoticeState, Template
from scheduler.domain.planexports import write_plan
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Kind
from scheduler.domain.roles import Role
from scheduler.domain.services import suits
from scheduler.domain.texts import Text
from scheduler.queries.plans import current_plan
from scheduler.usecases.plans import import_plan
from scheduler.usecases.staff import add_staff
from scheduler.usecases.tokens import add_token
from tests.cast import MANAGER
from tests.factories import plan_with
from tests.postgresql import SETTINGS, Server
from tests.servers import serving

LOGIN, PASSWORD = "bench", "a long enough password"
SAFE = SETTINGS | {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "autovacuum": "on",
    "shared_buffers": "256MB",
}
"""As an operator would run it, for floor and product alike: what was confirmed survives a power cut."""

PRODUCT = "wsgi:app"
DAYS = 60
SERVICES = ("general", "benefit_emergency", "urgent_benefit", "integration", "complex_matter")
"""From 15 to 60 minutes."""
_KINDS = (Kind.COUNTER, Kind.ENTRANCE_ROOM, Kind.COUNTER, Kind.OFFICE)


@dataclass(frozen=True)
class Bench:
    """An office in its database, with a token of the reception."""

    database: Database
    url: str
    token: str
    plan: Plan
    today: date

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@contextmanager
def server() -> Iterator[Server]:
    """A PostgreSQL of its own, gone with the block."""
    own = Server(Path(tempfile.mkdtemp(prefix="theke-bench-", dir="/tmp")), run=os.getpid(), settings=SAFE)
    with own.alone():
        own.start()
    try:
        yield own
    finally:
        own.stop()


@contextmanager
def served(url: str, app: str = PRODUCT) -> Iterator[str]:
    """gunicorn with two workers and the product's own settings; gives the base URL, tells what it took."""
    with (
        tempfile.TemporaryDirectory(prefix="theke-bench-") as folder,
        serving(url, Path(folder), app=app, preload=False) as base_url,
    ):
        yield base_url
        if app == PRODUCT:
            print(f"  memory of the larger web worker: {max(_memory_of_workers()):.0f} MB", flush=True)


def _memory_of_workers() -> Iterator[float]:
    """What each worker of the product holds (resident), in MB."""
    for server_pid in _children(os.getpid()):
        if PRODUCT in Path(f"/proc/{server_pid}/cmdline").read_text():
            for worker_pid in _children(server_pid):
                status = Path(f"/proc/{worker_pid}/status").read_text()
                yield int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def found_office(
    own: Server,
    name: str,
    *,
    places: int,
    share: float = 0.5,
    days: int = DAYS,
    services: Sequence[str] = SERVICES,
) -> Bench:
    """A database `name` with an office of so many places; `share` of the next `days` is booked."""
    own.maintain(f"CREATE DATABASE {name}")
    url = own.url(name)
    database = Database(url)
    upgrade(database)
    now = Clock().office()
    with database.transaction() as session:
        import_plan(session, write_plan(_plan(places)).encode(), actor=MANAGER, now=now)
        token = add_token(session, "bench", Role.RECEPTION, actor=MANAGER, now=now, real_now=now)
        add_staff(session, LOGIN, Role.RECEPTION, PASSWORD, actor=MANAGER, now=now)
    with database.reading() as session:
        plan = current_plan(session)
    office = Bench(database, url, token, plan, local_date(now, plan.zone))
    _fill(office, days, share, services)
    return office


def _plan(places: int) -> Plan:
    """The demonstration's regular operation, with so many places of its kinds."""
    plan = plan_with("regular")
    pattern = {resource.kind: resource for resource in plan.resources if resource.site == "main"}
    kinds = [_KINDS[number % len(_KINDS)] for number in range(places)]
    resources = [
        replace(
            pattern[kind],
            key=f"place-{number}",
            name=Text({"de": f"Platz {number}", "en": f"Place {number}"}),
            equipment=pattern[kind].equipment | {"cash-desk"},
        )
        for number, kind in enumerate(kinds, start=1)
    ]
    group_room = next(resource for resource in plan.resources if resource.kind is Kind.GROUP_ROOM)
    return replace(plan, resources=(*resources, group_room), closures=())


def _fill(office: Bench, days: int, share: float, services: Sequence[str]) -> None:
    """Visits one after the other with gaps between them, the same in every run."""
    dice = Random(2020)
    plan, is_holiday = office.plan, holiday_question(office.plan.office.holidays)
    with office.database.transaction() as session:
        ids = dict(session.execute(select(ResourceRow.key, ResourceRow.id)).tuples().all())
        rows: dict[Any, list[dict[str, Any]]] = {
            row: [] for row in (Person, Booking, Claim, OutboxRow, AuditRecord)
        }
        for place in plan.resources:
            offered = [plan.service(key) for key in services if suits(plan.service(key), place)]
            for offset in range(1, days + 1) if offered else ():
                for span in (
                    plan.opening_hours[place.key].on(office.today + timedelta(days=offset), is_holiday).spans
                ):
                    at = span.start
                    while True:
                        service = dice.choice(offered)
                        until = at + service.length + service.buffer
                        if at + service.length > span.end:
                            break
                        if dice.random() < share:
                            _note(rows, dice, ids[place.key], service.key, at, at + service.length, until)
                        at += max(until - at, timedelta(minutes=15))
        for row, values in rows.items():
            session.execute(insert(row), values)
    _tidy(office.database)


def add_history(office: Bench, times: int) -> None:
    """Past bookings, so many `times` as there are coming ones: half attended to, half never closed."""
    copies = {"times": times, "days": DAYS + 4 * 7}
    with office.database.migrating() as connection:
        # Every row is a copy of one that has been checked.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in _HISTORY:
            connection.execute(text(statement), copies)
    _tidy(office.database)


def _tidy(database: Database) -> None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


_HISTORY = (
    """INSERT INTO people (id, name, email, language, created_at)
    SELECT md5(concat(id, n))::uuid, name, email, language, created_at
    FROM people CROSS JOIN generate_series(1, :times) AS n""",
    """INSERT INTO bookings (id, reference, service_key, resource_id, person_id, starts_at, ends_at,
        occupied_until, status, standing, origin, channel, booked_by, made_by, made_at, judged_at, ical_uid,
        ical_sequence, invited)
    SELECT md5(concat(id, n))::uuid, upper(left(md5(concat(reference, n)), 12)), service_key, resource_id,
        md5(concat(person_id, n))::uuid, starts_at - n * :days * interval '1 day',
        ends_at - n * :days * interval '1 day', occupied_until - n * :days * interval '1 day',
        CASE WHEN id::text < '8' THEN 'done' ELSE status END, standing, origin, channel, booked_by, made_by,
        made_at, judged_at, concat(n, ical_uid), ical_sequence, invited
    FROM bookings CROSS JOIN generate_series(1, :times) AS n""",
    """INSERT INTO claims (booking_id, resource_id, starts_at, occupied_until, occupies)
    SELECT md5(concat(booking_id, n))::uuid, resource_id, starts_at - n * :days * interval '1 day',
        occupied_until - n * :days * interval '1 day', booking_id::text >= '8'
    FROM claims CROSS JOIN generate_series(1, :times) AS n""",
    """INSERT INTO outbox (booking_id, kind, template, state, "values", uid, message_id, attempts, created_at,
        settled_at)
    SELECT md5(concat(booking_id, n))::uuid, kind, template, state, "values", concat(n, uid),
        concat(n, message_id), attempts, created_at, settled_at
    FROM outbox CROSS JOIN generate_series(1, :times) AS n""",
    """INSERT INTO audit_records (at, actor, action, subject, details, position, seal)
    SELECT at, actor, action, concat(subject, n), details, position + 100000 * n, seal
    FROM audit_records CROSS JOIN generate_series(1, :times) AS n WHERE position IS NOT NULL""",
)


def _note(
    rows: dict[Any, list[dict[str, Any]]],
    dice: Random,
    resource_id: int,
    service_key: str,
    starts_at: datetime,
    ends_at: datetime,
    occupied_until: datetime,
) -> None:
    person_id, booking_id = (UUID(int=dice.getrandbits(128), version=4) for _ in range(2))
    made_at = datetime(2020, 1, 2, tzinfo=UTC)
    uid = f"{booking_id}@example.org"
    rows[Person].append(
        {
            "id": person_id,
            "name": "Ada Arendt",
            "email": "ada@example.org",
            "language": "de",
            "created_at": made_at,
        }
    )
    rows[Booking].append(
        {
            "id": booking_id,
            "reference": new_reference(),
            "service_key": service_key,
            "resource_id": resource_id,
            "person_id": person_id,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "occupied_until": occupied_until,
            "status": Status.BOOKED,
            "standing": Standing.VALID,
            "origin": Origin.APPOINTMENT,
            "channel": Channel.IN_PERSON,
            "booked_by": Role.RECEPTION,
            "made_by": "bench",
            "made_at": made_at,
            "judged_at": made_at,
            "ical_uid": uid,
            "ical_sequence": 0,
            "invited": True,
        }
    )
    rows[Claim].append(
        {
            "booking_id": booking_id,
            "resource_id": resource_id,
            "starts_at": starts_at,
            "occupied_until": occupied_until,
            "occupies": True,
        }
    )
    rows[OutboxRow].append(
        {
            "booking_id": booking_id,
            "kind": NoticeKind.EMAIL,
            "template": Template.INVITATION,
            "state": NoticeState.SENT,
            "values": {},
            "uid": uid,
            "message_id": f"<{uid}>",
            "attempts": 1,
            "created_at": made_at,
            "settled_at": made_at,
        }
    )
    rows[AuditRecord].append(
        {
            "at": made_at,
            "actor": "bench",
            "action": "booking.book",
            "subject": f"booking:{booking_id}",
            "details": {},
            "position": len(rows[AuditRecord]) + 1,
            "seal": "0" * 64,
        }
    )
