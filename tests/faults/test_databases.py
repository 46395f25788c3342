"""Databases that die, stand still, are away, full, locked, read-only or overrun: the office says so."""

import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url

from models.database import Database
from models.patience import PatientConnection
from models.schema import upgrade
from scheduler.adapters.clock import Clock
from scheduler.domain.errors import Busy, Unavailable
from scheduler.domain.instants import local_date
from scheduler.domain.planexports import write_plan
from scheduler.domain.roles import Role
from scheduler.queries.plans import current_plan
from scheduler.queries.slots import slots
from scheduler.usecases.plans import import_plan
from scheduler.usecases.tokens import add_token
from scheduler.web.frame import EXTENSION
from tests.cast import MANAGER
from tests.factories import opened, plan_with
from tests.jobs.test_jobs import COMMAND, environment
from tests.postgresql import SETTINGS, Server
from tests.servers import Serve, running
from tests.web.api.conftest import Programs, programs_of
from tests.witness import Witness

PATIENCE_S = 60.0


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)


# ------------------------------------------------------------ a server that dies and stands still


@dataclass
class Portal:
    """A program that books, again and again, until it is told what became of each visit."""

    base_url: str
    token: str
    starts: Iterator[tuple[str, str]]
    witness: Witness
    longest_s: float = 0.0
    statuses: list[int] = field(default_factory=list)
    client: httpx.Client = field(
        default_factory=lambda: httpx.Client(
            timeout=PATIENCE_S, limits=httpx.Limits(max_keepalive_connections=0)
        )
    )
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, method: str, path: str, **how: object) -> httpx.Response:
        began = time.monotonic()
        headers = {"Authorization": f"Bearer {self.token}", **how.pop("headers", {})}  # type: ignore[dict-item]
        answer = self.client.request(method, f"{self.base_url}{path}", headers=headers, **how)  # type: ignore[arg-type]
        with self._lock:
            self.longest_s = max(self.longest_s, time.monotonic() - began)
            self.statuses.append(answer.status_code)
            self.witness.hear(answer)
        return answer

    def wish(self) -> tuple[str, dict[str, object], dict[str, str]]:
        word = uuid4().hex[:12]
        with self._lock:
            starts_at, place = next(self.starts)
        body: dict[str, object] = {
            "service": "general",
            "starts_at": starts_at,
            "resource": place,
            "customer": {"name": "Ada Arendt", "number": word},
        }
        return word, body, {"Idempotency-Key": word}

    def book_until_told(self) -> str:
        """One visit, asked for under one key until somebody answers for good."""
        word, body, key = self.wish()
        while True:
            with suppress(httpx.TransportError):
                answer = self.ask("POST", "/api/v1/bookings", json=body, headers=key)
                with self._lock:
                    self.witness.booked(word, answer)
                if answer.status_code != 503:
                    return word
            time.sleep(0.2)

    @contextmanager
    def booking_on(self, people: int) -> Iterator[None]:
        """So many people who book all the while."""
        enough = threading.Event()

        def book() -> None:
            while not enough.is_set():
                self.book_until_told()

        threads = [threading.Thread(target=book) for _ in range(people)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            enough.set()
            for thread in threads:
                thread.join(PATIENCE_S)


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server of this test alone, which keeps what it confirmed when it is killed."""
    folder = Path(tempfile.mkdtemp(prefix="theke-", dir="/tmp"))
    server = Server(folder, os.getpid(), {**SETTINGS, "synchronous_commit": "on", "max_connections": "60"})
    server.start()
    try:
        yield server
    finally:
        with suppress(OSError, RuntimeError):
            server.signal(signal.SIGCONT)
        server.stop()


def opened_office(url: str) -> tuple[str, list[tuple[str, str]]]:
    """Makes an office of today in an empty database: a token, and the times that are free."""
    database, now = Database(url), Clock().office()
    upgrade(database)
    with database.transaction() as session:
        import_plan(session, write_plan(plan_with("regular")).encode(), actor=MANAGER, now=now)
        token = add_token(session, "portal", Role.RECEPTION, actor=MANAGER, now=now, real_now=now)
        plan = current_plan(session)
        found = slots(
            session,
            plan,
            plan.service("general"),
            first=local_date(now + timedelta(days=7), plan.zone),
            last=local_date(now + timedelta(days=60), plan.zone),
            booked_by=Role.RECEPTION,
            now=now,
            limit=100_000,
        )
    database.dispose()
    by_hour = {(s.starts_at, s.resource.key): s for s in found if s.starts_at.minute == 0}
    return token, [(slot.starts_at.isoformat(), slot.resource.key) for slot in by_hour.values()]


def test_a_server_that_is_away_dies_and_stands_still_loses_nothing_that_was_confirmed(
    own_server: Server, serve: Serve, tmp_path: Path, witness: Witness, capsys: pytest.CaptureFixture[str]
) -> None:
    own_server.maintain("CREATE DATABASE theke")
    url = own_server.url("theke")
    token, free = opened_office(url)
    witness.logs += [tmp_path / "gunicorn.log", tmp_path / "jobs.log"]
    own_server.signal(signal.SIGKILL)

    with serve(url) as base_url, running(COMMAND, environment(url, tmp_path), tmp_path / "jobs.log"):
        portal = Portal(base_url, token, iter(free), witness)

        def is_ready() -> bool:
            return portal.ask("GET", "/readyz").status_code == 200

        # Away at the start: all say so, and begin to work once it is there.
        away = [portal.ask("GET", path) for path in ("/api/v1/services", "/readyz", "/sign-in")]
        assert [answer.status_code for answer in away][:2] == [503, 503]
        assert [wrong["what"] for wrong in away[1].json()["wrong"]] == ["database"]
        assert portal.ask("GET", "/healthz").status_code == 200
        own_server.start_again()
        began = time.monotonic()
        until(is_ready)
        healed = [time.monotonic() - began]

        # Killed while people book.
        with portal.booking_on(4):
            until(lambda: len(witness.acknowledged) > 5)
            own_server.signal(signal.SIGKILL)
            until(lambda: portal.ask("GET", "/api/v1/services").status_code == 503)
            until(lambda: not own_server.is_alive())
            own_server.start_again()
            began, before = time.monotonic(), len(witness.acknowledged)
            until(lambda: len(witness.acknowledged) > before)
            healed.append(time.monotonic() - began)

        # Standing still: nobody else would ever be told anything.
        control = Database(url)
        told = threading.Event()

        def ask_without_patience() -> None:
            with suppress(Unavailable, Busy), control.reading() as session:
                session.execute(text("SELECT 1"))
            told.set()

        with control.reading() as session:
            session.execute(text("SELECT 1"))
        portal.longest_s = 0.0
        own_server.signal(signal.SIGSTOP)
        waiting = threading.Thread(target=ask_without_patience)
        waiting.start()
        still = [portal.ask("GET", path) for path in ("/api/v1/services", "/readyz", "/api/v1/phases")]
        assert [answer.status_code for answer in still] == [503] * 3
        assert portal.ask("GET", "/healthz").status_code == 200
        longest = portal.longest_s
        own_server.signal(signal.SIGCONT)
        began = time.monotonic()
        until(lambda: portal.ask("GET", "/api/v1/services").status_code == 200)
        healed.append(time.monotonic() - began)
        waiting.join(PATIENCE_S)
        portal.book_until_told()
        portal.client.close()
        control.dispose()

    database = Database(url)
    with database.reading() as session:
        assert list(witness.disagreements(session)) == []
        said = (own_server.folder / "server.log").read_text().partition("deadlock detected")
        assert session.scalar(text("SELECT sum(deadlocks) FROM pg_stat_database")) == 0, said[2][:3000]
    database.dispose()
    with capsys.disabled():
        seconds = ", ".join(f"{one:.1f}" for one in healed)
        print(f"\ndatabase away, killed, stopped: healed after {seconds} s; longest answer {longest:.1f} s")


# --------------------------------------------------------------------------- everything else


@dataclass
class Trouble:
    """An office, and somebody else who makes trouble for its database."""

    programs: Programs
    server: Server | None

    @property
    def database(self) -> Database:
        """The web's own."""
        found: Database = self.programs.app.extensions[EXTENSION].database
        return found

    @property
    def name(self) -> str:
        return str(self.database.url.database)

    @contextmanager
    def every_connection(self, statement: str) -> Iterator[None]:
        """Says something first on every new SQLite connection of the web."""

        def say(connection: object, _record: object) -> None:
            connection.execute(statement)  # type: ignore[attr-defined]

        self.database.dispose()
        event.listen(self.database.engine, "connect", say)
        yield
        event.remove(self.database.engine, "connect", say)
        self.database.dispose()

    @contextmanager
    def setting(self, statement: str, back: str) -> Iterator[None]:
        assert self.server is not None
        self.server.maintain(statement)
        self.database.dispose()
        yield
        self.server.maintain(back)
        self.database.dispose()

    @contextmanager
    def outside(self) -> Iterator[Engine]:
        engine = create_engine(self.database.url)
        yield engine
        engine.dispose()


@contextmanager
def read_only(trouble: Trouble) -> Iterator[None]:
    if trouble.server is None:
        with trouble.every_connection("PRAGMA query_only = ON"):
            yield
        return
    change = f"ALTER DATABASE {trouble.name} {{}} default_transaction_read_only"
    with trouble.setting(change.format("SET") + " = on", change.format("RESET")):
        yield


@contextmanager
def full(trouble: Trouble) -> Iterator[None]:
    """SQLite finds no further page; on PostgreSQL a trigger says what the server says of a full disk."""
    if trouble.server is None:
        with trouble.every_connection("PRAGMA max_page_count = 1"):
            yield
        return
    with trouble.outside() as engine, engine.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; "
                "END $$"
            )
        )
        connection.execute(
            text("CREATE TRIGGER full_disk BEFORE INSERT ON people EXECUTE FUNCTION no_space()")
        )
    yield
    with trouble.outside() as engine, engine.begin() as connection:
        connection.execute(text("DROP FUNCTION no_space CASCADE"))


@contextmanager
def locked(trouble: Trouble) -> Iterator[None]:
    """Another process holds what a booking needs."""
    hold = "BEGIN IMMEDIATE" if trouble.server is None else "LOCK TABLE people IN EXCLUSIVE MODE"
    with trouble.outside() as engine, engine.connect() as connection:
        connection.execute(text(hold))
        yield
        connection.rollback()


@contextmanager
def overrun(trouble: Trouble) -> Iterator[None]:
    """Others have all the connections that this process may have."""
    taken = []
    with suppress(Exception):
        while True:
            taken.append(trouble.database.engine.connect())
    yield
    for connection in taken:
        connection.close()


TROUBLES = {"read-only": read_only, "full": full, "locked": locked, "overrun": overrun}
EXPECTED = {"read-only": "unavailable", "full": "unavailable", "locked": "busy", "overrun": "busy"}


@pytest.fixture
def trouble(
    database: Database, database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Trouble]:
    server = None if database.is_sqlite else request.getfixturevalue("postgresql_server")
    office = opened(database, "2020-03-09 09:00", plan_with("regular"))
    for programs in programs_of(office, database_url, tmp_path):
        yield Trouble(programs, server)


def test_who_books_hears_what_is_wrong_and_books_when_it_is_over(trouble: Trouble, witness: Witness) -> None:
    """Nothing of a booking that was refused is left (I2, I4), and each is repeated under its key."""
    headers = {"Authorization": f"Bearer {trouble.programs.tokens[Role.RECEPTION]}"}
    transport = httpx.WSGITransport(app=trouble.programs.app)
    with httpx.Client(transport=transport, base_url="http://127.0.0.1:8000", headers=headers) as client:
        starts = (
            f"2020-03-{day}T{hour:02}:{part}0" for day in (12, 17, 19) for hour in (8, 9, 10) for part in "03"
        )

        def book(word: str, starts_at: str) -> httpx.Response:
            body = {
                "service": "general",
                "starts_at": starts_at,
                "customer": {"name": "Ada Arendt", "number": word, "address": f"{word} " + "Weg" * 80},
            }
            answer = client.post("/api/v1/bookings", json=body, headers={"Idempotency-Key": word})
            witness.booked(word, answer)
            return answer

        for name, make in TROUBLES.items():
            with make(trouble):
                # A full disk may have room for a few more.
                for starts_at in starts:
                    answer = book(word := f"{name}-{starts_at[8:13]}-{starts_at[14]}", starts_at)
                    if answer.status_code != 201 or name != "full":
                        break
                assert (answer.status_code, answer.json()["code"]) == (503, EXPECTED[name]), name
                assert int(answer.headers["Retry-After"]) > 0
                assert client.get("/healthz").status_code == 200
                if name == "read-only" and trouble.server is not None:
                    wrong = witness.hear(client.get("/readyz")).json()["wrong"]
                    assert "can only be read" in wrong[0]["why"]
            assert book(word, starts_at).status_code == 201, name


@pytest.mark.breaks("I2")
def test_a_booking_that_was_confirmed_and_lost_would_be_found_out(
    trouble: Trouble, witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: somebody is told of a visit that the database does not know."""
    headers = {"Authorization": f"Bearer {trouble.programs.tokens[Role.RECEPTION]}"}
    transport = httpx.WSGITransport(app=trouble.programs.app)
    body = {
        "service": "general",
        "starts_at": "2020-03-12T09:00",
        "customer": {"name": "Ada Arendt", "number": "lost"},
    }
    with (
        httpx.Client(transport=transport, base_url="http://127.0.0.1:8000", headers=headers) as client,
        confirmed_too_early(trouble.database.engine, monkeypatch),
    ):
        witness.booked("lost", client.post("/api/v1/bookings", json=body))


@contextmanager
def confirmed_too_early(engine: Engine, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every commit is undone by the crash that comes before it."""
    if engine.dialect.name == "postgresql":
        patch.setattr(PatientConnection, "commit", PatientConnection.rollback)
        yield
        patch.undo()
        return

    def crash(connection: object) -> None:
        connection.exec_driver_sql("ROLLBACK")  # type: ignore[attr-defined]
        connection.exec_driver_sql("BEGIN")  # type: ignore[attr-defined]

    event.listen(engine, "commit", crash)
    yield
    event.remove(engine, "commit", crash)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_waits_in_a_circle_with_others_hears_busy_and_books_when_asked_again(trouble: Trouble) -> None:
    """PostgreSQL ends one of two that wait for one another; on SQLite nobody can."""
    plain = make_url(str(trouble.database.url)).set(drivername="postgresql").render_as_string(False)
    answers: list[int] = []

    def book() -> None:
        answers.append(trouble.programs.book(key="a-key", resource="counter-1").status_code)

    with psycopg.connect(plain) as outsider, psycopg.connect(plain, autocommit=True) as watcher:
        outsider.execute("SET deadlock_timeout = '20s'")  # so that it is the office whom the server ends
        outsider.execute("LOCK TABLE people IN EXCLUSIVE MODE")
        booking = threading.Thread(target=book)
        booking.start()
        waits = (
            "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
            " WHERE NOT granted AND datname = current_database()"
        )
        until(lambda: watcher.execute(waits).fetchone() != (0,))
        with suppress(psycopg.Error):
            outsider.execute("LOCK TABLE idempotency_records IN EXCLUSIVE MODE")
        booking.join(PATIENCE_S)
        outsider.rollback()
        deadlocks = watcher.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()

    assert answers == [503]
    assert deadlocks is not None
    assert trouble.programs.book(key="a-key", resource="counter-1").status_code == 201


def test_too_many_for_the_server_and_too_little_right_are_said(
    postgresql_database: Database, postgresql_server: Server
) -> None:
    name = postgresql_database.url.database
    role = f"{name}_few"
    postgresql_server.maintain(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 1")
    few = Database(postgresql_database.url.set(username=role).render_as_string(False))
    more = Database(postgresql_database.url.set(username=role).render_as_string(False))
    try:
        with few.reading() as session:
            session.execute(text("SELECT 1"))
            with pytest.raises((Busy, Unavailable)), more.reading() as another:
                another.execute(text("SELECT 1"))
        with pytest.raises(Unavailable), few.reading() as session:
            session.execute(text("SELECT 1 FROM people"))
    finally:
        few.dispose()
        more.dispose()
        postgresql_server.maintain(f"DROP ROLE {role}")


def test_looking_makes_no_file(empty_sqlite_url: str) -> None:
    database = Database(empty_sqlite_url)
    with pytest.raises(Unavailable), database.transaction() as session:
        session.execute(text("SELECT 1"))
    database.dispose()
    assert not Path(str(database.url.database)).exists()
