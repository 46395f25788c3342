"""Fresh databases for tests, on both engines: every one is a copy of a template that the migrations made."""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from models.database import Database
from models.schema import upgrade
from scheduler.queries.health import revision
from tests.postgresql import SERVER, Server

_numbers = itertools.count()
Lasting = Callable[[str, Path], AbstractContextManager[Database]]


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


@pytest.fixture
def postgresql_url(postgresql_server: Server, worker_id: str) -> Iterator[str]:
    """The address of a fresh, migrated database on the run's PostgreSQL; gone after the test."""
    yield from _postgresql(postgresql_server, worker_id, template="theke_template")


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


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a fresh, migrated SQLite file."""
    file = tmp_path / "theke.db"
    shutil.copyfile(sqlite_template, file)
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
