"""Two changes at once end as if one had come after the other, whatever the order of their steps (T19)."""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import combinations_with_replacement
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.database import Database
from scheduler.queries.bookings import booking as look_up
from scheduler.queries.plans import current_plan
from scheduler.usecases import bookings
from tests.faults.conftest import Scale
from tests.faults.duets import Duet
from tests.faults.scenes import Change, Picture, Scene, patiently, picture
from tests.faults.snapshots import Snapshot
from tests.invariants import broken

BEFORE = (
    *("book", "take", "move", "cancel", "check_in", "approve", "decline", "expire"),
    *("switch", "close", "close_down"),
)
AFTER = ("undo", "take", "move", "cancel", "check_in", "approve", "expire", "switch", "close", "close_down")
Pair = tuple[str, str]
PAIRS: dict[bool, list[Pair]] = {
    # Closing down is a plan and then its switch: another plan may rightly come between.
    False: [pair for pair in combinations_with_replacement(BEFORE, 2) if pair != ("close", "close_down")],
    True: [("undo", other) for other in AFTER],
}
TELLING = [("move", "cancel"), ("book", "close_down"), ("take", "cancel"), ("book", "move"), ("undo", "move")]
"""Those that once went wrong, or have most to quarrel about; looked at in every run."""

ALL = 10_000
Order = Sequence[tuple[int, int]]
End = tuple[Sequence[object], Picture]


class Stage:
    """The office of a scene, in which two changes are made at once again and again."""

    def __init__(self, database: Database, folder: Path, *, switched: bool) -> None:
        self.database = database
        self.scene = Scene(database, switched=switched)
        self.snapshot = Snapshot(database, folder)
        self.changes = self.scene.later_changes() if switched else self.scene.changes()

    def both(self, pair: Pair) -> list[Change]:
        return [patiently(self.changes[word]) for word in pair]

    def look(self, pair: Pair, results: Sequence[object]) -> End:
        with self.database.reading() as session:
            # Two who undo at once both have done it: who comes second goes on with what is under way.
            return ([] if pair == ("undo", "undo") else results), picture(session)

    def serial_ends(self, pair: Pair) -> list[End]:
        """How it ends when the first comes first, and when the second does; the checker is content."""
        ends = []
        for first in (0, 1):
            self.snapshot.restore()
            changes, results = self.both(pair), ["", ""]
            for number in (first, 1 - first):
                results[number] = str(changes[number]())
            ends.append(self.look(pair, results))
            assert broken(self.database) == []
        return ends

    def duet(self, duet: Duet, pair: Pair, order: Order) -> tuple[End, list[int]]:
        """How it ends in this order of steps, and how many each took."""
        self.snapshot.restore()
        players = duet.play(self.both(pair), order)
        return self.look(pair, [player.result for player in players]), [player.steps for player in players]

    def at_once(self, pair: Pair) -> End:
        """How it ends when nobody says who is first."""
        self.snapshot.restore()
        barrier = Barrier(2)

        def begin(change: Change) -> object:
            barrier.wait()
            return change()

        with ThreadPoolExecutor(2) as threads:
            return self.look(pair, list(threads.map(begin, self.both(pair))))


@contextmanager
def conducted(database: Database) -> Iterator[Duet]:
    duet = Duet(database)
    try:
        yield duet
    finally:
        duet.close()


def orders(steps: Sequence[int], at_most: int, seed: str) -> list[Order]:
    """So many orders in which one stops while the other does all it has to, and half as many of two stops."""
    first, second = steps
    once: list[Order] = [
        *(((0, before), (1, ALL)) for before in range(1, first)),
        *(((1, before), (0, ALL)) for before in range(1, second)),
    ]
    twice: list[Order] = [
        ((leads, before), (1 - leads, between), (leads, ALL))
        for leads, most, others in ((0, first, second), (1, second, first))
        for before in range(1, most)
        for between in range(1, others)
    ]
    chance = random.Random(seed)
    wanted = min(at_most, len(once))
    return [*chance.sample(once, wanted), *chance.sample(twice, min(wanted // 2, len(twice)))]


def chosen(pairs: list[Pair], number: int) -> list[Pair]:
    telling = [pair for pair in pairs if pair in TELLING]
    others = [pair for pair in pairs if pair not in TELLING]
    random.Random(19).shuffle(others)
    return [*telling, *others][:number]


@pytest.mark.parametrize("switched", [False, True], ids=["before", "after"])
def test_pairs_of_changes_end_in_some_serial_order(
    postgresql_database: Database, tmp_path: Path, scale: Scale, switched: bool
) -> None:
    """Each order of their statements that was chosen ends as one of the two serial orders does."""
    stage = Stage(postgresql_database, tmp_path, switched=switched)
    wrong = []
    with conducted(postgresql_database) as duet:
        for pair in chosen(PAIRS[switched], scale(2 if switched else 5, ALL)):
            one, (first, _) = stage.duet(duet, pair, [(0, ALL)])
            other, (_, second) = stage.duet(duet, pair, [(1, ALL)])
            assert broken(postgresql_database) == []
            for order in orders([first, second], scale(3, 5), f"{pair}"):
                end, _ = stage.duet(duet, pair, order)
                if end not in (one, other) or broken(postgresql_database):
                    wrong.append((pair, order, end, (one, other)))
    assert wrong == []


@pytest.mark.parametrize("switched", [False, True], ids=["before", "after"])
def test_sqlite_lets_one_change_after_the_other(
    sqlite_database: Database, tmp_path: Path, scale: Scale, switched: bool
) -> None:
    """Two threads at once; every writer asks for the database first, so that nothing comes between."""
    stage = Stage(sqlite_database, tmp_path, switched=switched)
    wrong = []
    for pair in chosen(PAIRS[switched], scale(2 if switched else 4, ALL)):
        serial = stage.serial_ends(pair)
        for _ in range(scale(2, 5)):
            end = stage.at_once(pair)
            if end not in serial or broken(sqlite_database):
                wrong.append((pair, end, serial))
    assert wrong == []


def looks_only(session: Session, booking_id: object) -> Booking:
    return look_up(session, booking_id)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "guard, without, pair",
    [
        ("locked", looks_only, ("cancel", "check_in")),
        ("locked", looks_only, ("move", "cancel")),
        ("held_plan", current_plan, ("book", "close_down")),
    ],
)
def test_without_its_guard_a_pair_ends_as_no_order_would(
    postgresql_database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    guard: str,
    without: object,
    pair: Pair,
) -> None:
    """The negative control: nobody locks the visit; nobody holds the plan."""
    stage = Stage(postgresql_database, tmp_path, switched=False)
    serial = stage.serial_ends(pair)
    monkeypatch.setattr(bookings, guard, without)
    with conducted(postgresql_database) as duet:
        _, (steps, _) = stage.duet(duet, pair, [(0, ALL)])
        ends = (stage.duet(duet, pair, [(0, before), (1, ALL)])[0] for before in range(steps - 1, 0, -1))
        assert any(end not in serial for end in ends)
