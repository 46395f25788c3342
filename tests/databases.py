"""Fresh databases for tests, on both engines: every one is a copy of a template that the migrations made.

Where a fixture of a test opens an office, it is a copy of one in which that has been done once.
"""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

import models.database
from models.database import Database
from models.schema import upgrade
from scheduler.queries.health import revision
from tests.postgresql import SERVER, Server

_numbers = itertools.count()
Lasting = Callable[[str, Path], AbstractContextManager[Database]]

OPENERS: dict[str, Callable[[Database], object]] = {}
"""What has been done to the database of a test that asks for the fixture of that name."""

_compiled: dict[str, tuple[Any, Any]] = {}


def pytest_configure() -> None:
    """Lets each engine of this process find what the ones before have compiled, as a long-lived server does.

    Tests make a new engine each; a fifth of their time went into compiling the same statements anew.
    """
    for name in ("_sqlite_engine", "_postgresql_engine"):
        setattr(models.database, name, _remembering(getattr(models.database, name)))


def _remembering(make: Callable[..., Engine]) -> Callable[..., Engine]:
    def made(*arguments: Any) -> Engine:
        engine: Any = make(*arguments)
        name = engine.dialect.name
        if name in _compiled:
            # What is compiled is kept by dialect; how to connect stays with the engine's own.
            engine.dialect, engine._compiled_cache = _compiled[name]
        else:
            event.listen(engine, "connect", lambda *_: _compiled.setdefault(name, kept))
            kept = engine.dialect, engine._compiled_cache
        return engine  # type: ignore[no-any-return]  # it is Any to be taken apart

    return made


def _opener(request: pytest.FixtureRequest) -> str:
    """The fixture of this test for which its office has been opened, if there is one."""
    return next((name for name in request.fixturenames if name in OPENERS), "")


def _migrate(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.dispose()


@pytest.fixture(scope="session")
def postgresql_server(request: pytest.FixtureRequest) -> Server:
    """The run's own PostgreSQL, with the database `template` migrated."""
    server: Server = request.config.stash[SERVER]
    migrated = server.folder / "migrated"
    with server.alone():
        server.start()
        if not migrated.exists():
            server.maintain("DROP DATABASE IF EXISTS theke_template WITH (FORCE)")
            server.maintain("CREATE DATABASE theke_template")
            _migrate(server.url("theke_template"))
            migrated.touch()
    return server


def _opened_template(server: Server, opener: str) -> str:
    """The database to be copied for a test, in which `opener` has been at work; made by whoever is first."""
    if not opener:
        return "theke_template"
    template = f"theke_{opener}"
    made = server.folder / template
    if not made.exists():
        with server.alone():
            if not made.exists():
                server.maintain(f"DROP DATABASE IF EXISTS {template} WITH (FORCE)")
                server.maintain(f"CREATE DATABASE {template} TEMPLATE theke_template STRATEGY FILE_COPY")
                _open(server.url(template), opener)
                made.touch()
    return template


def _open(url: str, opener: str) -> None:
    database = Database(url)
    OPENERS[opener](database)
    database.dispose()


@pytest.fixture
def postgresql_url(
    postgresql_server: Server, worker_id: str, request: pytest.FixtureRequest
) -> Iterator[str]:
    """The address of a fresh, migrated database on the run's PostgreSQL; gone after the test."""
    template = _opened_template(postgresql_server, _opener(request))
    yield from _postgresql(postgresql_server, worker_id, template)


@pytest.fixture
def empty_postgresql_url(postgresql_server: Server, worker_id: str) -> Iterator[str]:
    """The same without any table, for tests of the migrations themselves."""
    yield from _postgresql(postgresql_server, worker_id, template="template0")


def _postgresql(server: Server, worker: str, template: str) -> Iterator[str]:
    name = f"theke_{os.getpid()}_{worker}_{next(_numbers)}"
    server.maintain(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    try:
        yield server.url(name)
    finally:
        server.maintain(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "theke.db"
    _migrate(f"sqlite:///{file}")
    return file


def _opened_file(template: Path, opener: str) -> Path:
    """The same for SQLite, once in each worker."""
    if not opener:
        return template
    file = template.with_name(f"{opener}.db")
    if not file.exists():
        shutil.copyfile(template, file)
        _open(f"sqlite:///{file}", opener)  # whoever is last to leave writes the journal back
    return file


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The address of a fresh, migrated SQLite file."""
    file = tmp_path / "theke.db"
    shutil.copyfile(_opened_file(sqlite_template, _opener(request)), file)
    return f"sqlite:///{file}"


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """The address of an SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'empty.db'}"


def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.dispose()


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    yield from _opened(sqlite_url)


@pytest.fixture
def postgresql_database(postgresql_url: str) -> Iterator[Database]:
    yield from _opened(postgresql_url)


ENGINES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def lasting_database(request: pytest.FixtureRequest, worker_id: str) -> Lasting:
    """`with lasting_database("sqlite", folder) as database:` for whatever outlives one test."""

    @contextmanager
    def make(engine: str, folder: Path) -> Iterator[Database]:
        if engine == "sqlite":
            shutil.copyfile(request.getfixturevalue("sqlite_template"), folder / "theke.db")
            yield from _opened(f"sqlite:///{folder / 'theke.db'}")
        else:
            server = request.getfixturevalue("postgresql_server")
            for url in _postgresql(server, worker_id, template="theke_template"):
                yield from _opened(url)

    return make


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh, migrated database; the test runs once on each engine."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=ENGINES)
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """The address of a database without any table; the test runs once on each engine."""
    url: str = request.getfixturevalue(f"empty_{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh, migrated database; the test runs once on each engine."""
    yield from _opened(database_url)


def current_revision(database: Database) -> str | None:
    """The migration that the database stands at."""
    with database.reading() as session:
        return revision(session)
