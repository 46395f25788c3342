"""What all tests of races and faults share: their scale, and the question afterwards what still holds."""

from collections.abc import Iterator
from typing import Protocol

import pytest

from models.database import Database
from tests.databases import ENGINES, Lasting
from tests.faults.booths import Booth, booth
from tests.invariants import broken
from tests.witness import Witness


class Scale(Protocol):
    """How much of something: `in_passing` in every run of all tests, `in_full` for `make faults`."""

    def __call__(self, in_passing: int, in_full: int) -> int: ...


@pytest.fixture(scope="session")
def scale(request: pytest.FixtureRequest) -> Scale:
    full = bool(request.config.getoption("full_scale"))
    return lambda in_passing, in_full: in_full if full else in_passing


@pytest.fixture
def witness() -> Witness:
    """What this test's callers are told."""
    return Witness()


@pytest.fixture(scope="session", params=ENGINES)
def lasting_booth(
    request: pytest.FixtureRequest, lasting_database: Lasting, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Booth]:
    """A running office for many tests, once on each engine; each test asks for slots of its own."""
    folder = tmp_path_factory.mktemp("booth")
    with lasting_database(request.param, folder) as database, booth(database, folder) as office:
        yield office


@pytest.fixture(autouse=True)
def _everything_holds(request: pytest.FixtureRequest, witness: Witness) -> Iterator[None]:
    """Asks the checker after every test with a database; one marked `breaks("I1")` has to break just that."""
    database: Database | None = None
    if "database" in request.fixturenames:
        database = request.getfixturevalue("database")
    yield
    if database is None:
        assert witness.faults == []
        return
    marks = [mark.args[0] for mark in request.node.iter_markers("breaks")]
    found = broken(database, now=witness.now, witness=witness)
    if marks:
        assert {line.partition(":")[0] for line in found} == set(marks), found
    else:
        assert found == []
