"""The process dies before or after any SQL statement: whoever comes back ends where an unbroken run ends."""

import random
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from config import Config
from jobs.office import Office as JobsOffice
from jobs.timetable import TIMETABLE
from models.audit import AuditRecord
from models.base import Base
from models.bookings import Booking, Claim
from models.bulk import New, insert_together
from models.database import Database
from models.outbox import OutboxRow
from models.runs import PhaseEffect, PhaseRun
from models.volleys import send
from scheduler.domain.availability import Slot
from scheduler.domain.errors import WrongState
from scheduler.domain.roles import Role
from scheduler.queries.bookings import with_everything
from scheduler.queries.plans import current_plan
from scheduler.queries.slots import slots
from scheduler.usecases import bookings as booking_changes
from scheduler.usecases import notices, outbox, requests, switches, undos
from scheduler.web.frame import EXTENSION
from tests.cast import ADA, BRUNO, CHEN, DORIT, EMRE, FATMA, MANAGER
from tests.factories import Office, StandingClock, opened, plan_with, whole_plan
from tests.faults.conftest import Scale
from tests.faults.crashes import dies, moments
from tests.invariants import broken
from tests.postgresql import Server
from tests.web.api.conftest import Programs, programs_of

Picture = Mapping[str, Any]

# ------------------------------------------------------------------- what is left, without what is random


def picture(session: Session, booking: Booking) -> Picture:
    """A booking with all that belongs to it; times are told by what they are to the booking."""
    claims = session.scalars(select(Claim).where(Claim.booking_id == booking.id).order_by(Claim.id))
    told = session.scalars(select(OutboxRow).where(OutboxRow.booking_id == booking.id).order_by(OutboxRow.id))
    records = session.scalars(
        select(AuditRecord).where(AuditRecord.subject == f"booking:{booking.id}").order_by(AuditRecord.id)
    )
    effects = session.scalars(
        select(PhaseEffect).where(PhaseEffect.booking_id == booking.id).order_by(PhaseEffect.id)
    )
    return {
        "is": (booking.status, booking.standing, booking.channel, booking.cancelled_by, booking.reason),
        "calendar": (booking.ical_sequence, booking.invited),
        "claims": [
            (
                claim.resource_id == booking.resource_id,
                claim.starts_at == booking.starts_at,
                claim.occupied_until == booking.occupied_until,
                claim.occupies,
            )
            for claim in claims
        ],
        "notices": [
            (row.template, row.kind, row.state, row.values["sequence"], row.uid == booking.ical_uid)
            for row in told
        ],
        "records": [(record.actor, record.action, sorted(record.details)) for record in records],
        "effects": [(effect.effect, effect.reach, effect.undone) for effect in effects],
    }


def sizes(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    counts = [select(literal(name), func.count()).select_from(t) for name, t in Base.metadata.tables.items()]
    with database.reading() as session:
        return {str(name): int(rows) for name, rows in session.execute(union_all(*counts))}


def growth(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


# -------------------------------------------------- changes that somebody asks for, and asks for again


@dataclass
class Desk:
    """An office that programs call, and the free times that nobody has used yet."""

    programs: Programs
    free: Iterator[Slot]
    number: int = 0

    def wish(self) -> dict[str, str]:
        slot = next(self.free)
        return {"starts_at": slot.starts_at.isoformat(), "resource": slot.resource.key}

    def see(self, booking_id: str) -> Picture:
        with self.programs.office.database.reading() as session:
            booking = session.scalars(with_everything().where(Booking.id == UUID(booking_id))).one()
            return picture(session, booking)

    def forget_connections(self) -> None:
        """So that a process that is forked off now shares none."""
        self.programs.app.extensions[EXTENSION].database.dispose()


Ask = Callable[[], TestResponse]
Prepare = Callable[["Desk", str], Ask]


def book(desk: Desk, key: str) -> Ask:
    wish = desk.wish()
    return lambda: desk.programs.book(key=key, **wish)


def made(desk: Desk) -> str:
    answer = desk.programs.book(**desk.wish())
    assert answer.status_code == 201
    return str(answer.get_json()["id"])


def asks(change: str, **sent: str) -> Callable[[Desk, str], Ask]:
    def prepare(desk: Desk, key: str) -> Ask:
        path = f"/bookings/{made(desk)}/{change}"
        return lambda: desk.programs.post(path, "caseworker", key=key, json=sent)

    return prepare


def move(desk: Desk, key: str) -> Ask:
    path, wish = f"/bookings/{made(desk)}/move", desk.wish()
    return lambda: desk.programs.post(path, key=key, json=wish)


def ask_for(desk: Desk, key: str) -> Ask:
    wish = desk.wish() | {"service": "integration"}
    # Somebody else each time: nobody may ask for as many visits as there are moments to die at.
    customer = {"name": "Ada Arendt", "email": f"ada-{desk.number}@example.org"}
    return lambda: desk.programs.book("customer", key=key, customer=customer, **wish)


def answers(change: str, **sent: str) -> Callable[[Desk, str], Ask]:
    def prepare(desk: Desk, key: str) -> Ask:
        asked = ask_for(desk, f"{key}-asked")()
        assert asked.status_code == 202
        path = f"/bookings/{asked.get_json()['id']}/{change}"
        return lambda: desk.programs.post(path, "caseworker", key=key, json=sent)

    return prepare


def trial(desk: Desk, prepare: Callable[[Desk, str], Ask], at: int | None) -> tuple[bool, list[Any]]:
    """Asks, dies at that moment, asks again: whether it died, and what was there between and in the end."""
    desk.number += 1
    ask = prepare(desk, f"key-{desk.number}")
    before = sizes(desk.programs.office.database)
    desk.forget_connections()
    died = at is not None and dies(at, ask)
    between = growth(before, sizes(desk.programs.office.database))
    answer = ask()
    after = growth(before, sizes(desk.programs.office.database))
    assert between in ({}, after), "half a change is there"
    return died, [answer.status_code, desk.see(answer.get_json()["id"]), after]


def differences(desk: Desk, prepare: Callable[[Desk, str], Ask], step: int) -> tuple[int, list[str]]:
    """How often the process died, and where what was left is not what an unbroken run leaves."""
    _, unbroken = trial(desk, prepare, None)
    found: list[str] = []
    for deaths, at in enumerate(moments(step, random.randrange(step))):
        died, left = trial(desk, prepare, at)
        if not died:
            return deaths, found
        if left != unbroken:
            found.append(f"moment {at}: {left} instead of {unbroken}")
    raise AssertionError


def free_slots(office: Office, service: str, first: str, last: str, by: Role) -> Iterator[Slot]:
    """One place at each full hour, so that no route is ever full."""
    plan = whole_plan()
    with office.database.reading() as session:
        found = slots(
            session,
            current_plan(session),
            plan.service(service),
            first=date.fromisoformat(first),
            last=date.fromisoformat(last),
            booked_by=by,
            now=office.now,
            limit=10_000,
        )
    by_start = {slot.starts_at: slot for slot in found if slot.starts_at.minute == 0}
    return iter(by_start.values())


@pytest.fixture
def desk(database: Database, database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """On Monday, 9 March 2020: everything can be booked."""
    office = opened(database, "2020-03-09 09:00", plan_with("regular"))
    for programs in programs_of(office, database_url, tmp_path):
        yield Desk(programs, free_slots(office, "general", "2020-03-10", "2020-05-05", Role.RECEPTION))


@pytest.fixture
def july_desk(database: Database, database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """On Friday, 17 July 2020: what customers want is asked for, and answered by the office."""
    office = opened(database, "2020-07-17 08:00", whole_plan())
    for programs in programs_of(office, database_url, tmp_path):
        yield Desk(programs, free_slots(office, "integration", "2020-07-21", "2020-09-10", Role.CUSTOMER))


CHANGES: Sequence[Prepare] = (book, move, asks("cancel", by="customer"))
ANSWERS: Sequence[Prepare] = (ask_for, answers("approve"), answers("decline", reason="No place"))


def test_a_change_whose_process_died_is_there_once_when_it_is_asked_again(desk: Desk, scale: Scale) -> None:
    for prepare in CHANGES:
        deaths, found = differences(desk, prepare, scale(9, 1))

        assert found == []
        assert deaths >= scale(1, 15)


def test_a_request_whose_process_died_is_there_once_when_it_is_asked_again(
    july_desk: Desk, scale: Scale
) -> None:
    for prepare in ANSWERS:
        deaths, found = differences(july_desk, prepare, scale(23, 1))

        assert found == []
        assert deaths >= scale(0, 20)


def halfway(tell: Callable[..., Any]) -> Callable[..., Any]:
    """Commits what there is before it tells; SQLAlchemy does not hear of it and goes on."""

    def commit_and_tell(session: Session, *what: Any, **more: Any) -> Any:
        driver: Any = session.connection().connection.driver_connection
        driver.commit()
        return tell(session, *what, **more)

    return commit_and_tell


@pytest.mark.breaks("I3")
@pytest.mark.breaks("I4")
def test_a_booking_in_two_transactions_would_be_found_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the visit is committed before its notice is written."""

    def write_in_two(session: Session, written: Sequence[Any]) -> None:
        told = next(
            number for number, row in enumerate(written) if isinstance(row, New) and row.kind is OutboxRow
        )
        insert_together(session, written[:told])
        send(session.connection())
        driver: Any = session.connection().connection.driver_connection
        driver.commit()
        insert_together(session, written[told:])

    monkeypatch.setattr(booking_changes, "insert_together", write_in_two)
    ask = book(desk, "a-key")
    before = sizes(desk.programs.office.database)
    desk.forget_connections()

    halves = []
    for at in moments(1):
        died = dies(at, ask)
        halves.append(growth(before, sizes(desk.programs.office.database)))
        if halves[-1] or not died:
            break

    assert halves[-1].keys() >= {"bookings", "claims", "idempotency_records"}
    assert "outbox" not in halves[-1]
    assert ask().status_code == 409  # its key waits for ever for an answer


# ---------------------------------------------------------- jobs, which come again by themselves

AFTERWARDS = timedelta(minutes=6)  # when the leases of a sender that died have run out


@dataclass(frozen=True)
class Work:
    """`prepare` brings an office to where there is something to do, `do` does it on a copy of that office."""

    prepare: Callable[[Office], None]
    do: Callable[[Office, Path], object]


def settings_for(url: str, folder: Path) -> Config:
    given = {
        "DATABASE_URL": url,
        "SECRET_KEY": secrets.token_hex(32),
        "MAIL_URL": f"maildir:{folder / 'mails'}",
    }
    return Config.from_environ({f"THEKE_{name}": value for name, value in given.items()})


def job(name: str) -> Callable[[Office, Path], object]:
    """One of the jobs process's own, as it runs there."""
    (found,) = (job for job in TIMETABLE if job.name == name)

    def do(office: Office, folder: Path) -> None:
        url = office.database.url.render_as_string(hide_password=False)
        found.work(JobsOffice(settings_for(url, folder), office.database, office.clock))

    return do


def undo(office: Office, _folder: Path) -> None:
    # Whoever asks once more for what was done to the end is told so.
    with suppress(WrongState):
        undos.undo(office.database, "appointments_cancelled", actor=MANAGER, clock=office.clock)


def fill(office: Office) -> None:
    """Six people with visits on two days, and one with another concern."""
    for day in ("2020-03-12", "2020-03-17"):
        for half, customer in enumerate((ADA, BRUNO, CHEN, DORIT, EMRE, FATMA)):
            office.book("general", f"{day} {8 + half // 2:02}:{half % 2 * 3}0", customer=customer)
    office.book("group_information", "2020-03-12 14:00", customer=EMRE)


def two_switches_fall_due(office: Office) -> None:
    fill(office)
    office.wait_until("2020-03-11 15:00")
    office.plan(plan_with("regular", "preventive"))
    office.wait_until("2020-03-13 16:00")
    office.plan(plan_with("regular", "preventive", "appointments_cancelled"))


def a_switch_was_wrong(office: Office) -> None:
    two_switches_fall_due(office)
    switches.apply_due(office.database, clock=office.clock)


def an_undo_broke_off(office: Office) -> None:
    a_switch_was_wrong(office)
    undos.undo(office.database, "appointments_cancelled", actor=MANAGER, clock=office.clock, within_s=0)


def nobody_answered(office: Office) -> None:
    office.plan(whole_plan())
    office.wait_until("2020-07-17 08:00")
    switches.apply_due(office.database, clock=office.clock)
    for hour, customer in enumerate((ADA, BRUNO, CHEN, DORIT), start=8):
        office.book("integration", f"2020-07-21 {hour:02}:00", customer=customer, by=Role.CUSTOMER)
    office.wait_until("2020-07-21 14:00")


WORKS = {
    "switch": Work(two_switches_fall_due, job("switch")),
    "undo": Work(a_switch_was_wrong, undo),
    "rest of an undo": Work(an_undo_broke_off, job("switch")),
    "requests": Work(nobody_answered, job("requests")),
    "outbox": Work(fill, job("outbox")),
    "seal": Work(fill, job("seal")),
}


def whole(office: Office, folder: Path) -> Picture:
    """All there is, and the mails that left."""
    with office.database.reading() as session:
        found = session.scalars(with_everything().order_by(Booking.reference)).all()
        runs = session.scalars(select(PhaseRun).order_by(PhaseRun.phase_key)).all()
        return {
            "bookings": [picture(session, booking) for booking in found],
            "runs": [(run.phase_key, run.finished_at is None, run.undone_at is None) for run in runs],
            "unsealed": session.scalar(select(func.count()).where(AuditRecord.seal.is_(None))),
            "sizes": sizes(office.database),
            "mails": len(list((folder / "mails").glob("*.eml"))),
        }


class Copies:
    """Makes copies of one database, which nobody may be connected to meanwhile."""

    def __init__(self, original: Database, server: Server | None, folder: Path) -> None:
        original.dispose()  # SQLite puts all it has into the one file
        self._original, self._server, self._folder = original, server, folder
        self._number = 0

    @contextmanager
    def one(self) -> Iterator[tuple[Database, Path]]:
        """A copy, and a folder for what happens in it."""
        self._number += 1
        folder = self._folder / f"copy-{self._number}"
        folder.mkdir()
        name = f"{self._original.url.database}_{self._number}"
        if self._server is None:
            shutil.copyfile(str(self._original.url.database), folder / "theke.db")
            url = f"sqlite:///{folder / 'theke.db'}"
        else:
            self._server.maintain(
                f"CREATE DATABASE {name} TEMPLATE {self._original.url.database} STRATEGY FILE_COPY"
            )
            url = self._server.url(name)
        database = Database(url)
        try:
            yield database, folder
        finally:
            database.dispose()
            if self._server is not None:
                self._server.maintain(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def copies(database: Database, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Copies]:
    server = None if database.is_sqlite else request.getfixturevalue("postgresql_server")
    return lambda: Copies(database, server, tmp_path)


def left_by(copies: Copies, now: StandingClock, work: Work, at: int | None) -> tuple[bool, Picture]:
    """Whether the process died at that moment, and what there is after the work was taken up again."""
    with copies.one() as (database, folder):
        office = Office(database, StandingClock(now.office_now, real=now.real_now))
        died = at is not None and dies(at, lambda: work.do(office, folder))
        office.clock.real_now += AFTERWARDS
        work.do(office, folder)
        assert broken(database) == []
        office_left = whole(office, folder)
    return died, office_left


@pytest.mark.parametrize("name", WORKS)
def test_work_whose_process_died_ends_where_it_would_have_ended(
    name: str,
    database: Database,
    copies: Callable[[], Copies],
    scale: Scale,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (switches, undos, outbox, requests):
        monkeypatch.setattr(module, "_BATCH", 5)  # so that one can die between two
    work = WORKS[name]
    office = opened(database, "2020-03-09 09:00", plan_with("regular"))
    work.prepare(office)
    made = copies()
    _, unbroken = left_by(made, office.clock, work, None)
    # In passing the process dies once, early; at full scale at every third moment, by turns.
    begin = random.randrange(scale(8, 3))
    chosen = moments(3, begin) if scale(0, 1) else iter([begin])

    for at in chosen:
        died, left = left_by(made, office.clock, work, at)
        assert left == unbroken, f"moment {at}"
        assert died or at >= 8
        if not died:
            break


def test_work_in_two_transactions_would_be_found_out(
    database: Database, copies: Callable[[], Copies], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: a request is ended and committed before its notice is written."""
    work = WORKS["requests"]
    office = opened(database, "2020-03-09 09:00", plan_with("regular"))
    work.prepare(office)
    made = copies()
    monkeypatch.setattr(booking_changes, "tell", halfway(notices.tell))

    found: set[str] = set()
    with made.one() as (copy, folder):
        shop = Office(copy, office.clock)
        for at in moments(3):
            if not dies(at, lambda: work.do(shop, folder)):
                break
            if found := {line.partition(":")[0] for line in broken(copy)}:
                break
            copy.dispose()

    assert found == {"I3"}
