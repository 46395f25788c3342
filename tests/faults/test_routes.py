"""While routes are prescribed, no more set out on one in a while than it takes, however many ask at once."""

from collections import Counter
from collections.abc import Callable
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import Database
from models.plans import ResourceRow
from scheduler.domain.occupancy import Occupancy
from scheduler.domain.plans import Plan
from scheduler.queries.slots import occupancy
from scheduler.usecases import bookings
from tests.factories import Office, opened, whole_plan
from tests.faults.conftest import Scale
from tests.faults.test_moves import at_once

PLACES = ("counter-1", "counter-2", "counter-3", "entrance-room-1", "entrance-room-2")
AT_MOST = 4


@pytest.fixture
def office(database: Database) -> Office:
    """In July, when visitors follow the entrance's route and at most four set out in ten minutes."""
    office = opened(database, "2020-07-17 08:00", whole_plan())
    office.wait_until("2020-07-17 08:30")
    return office


def bookings_at(office: Office, *starts: str) -> list[Callable[[], object]]:
    """One who wants it for each place and time."""

    def book(begin: str, place: str) -> Callable[[], object]:
        return lambda: office.book("benefit_emergency", begin, resource=place)

    return [book(begin, place) for begin in starts for place in PLACES]


def test_no_more_set_out_than_the_route_takes(office: Office, scale: Scale) -> None:
    """All ask for the same ten minutes and five places are free, so that one place stays empty."""
    for day in range(20, 20 + scale(1, 5)):
        told = Counter(at_once(bookings_at(office, f"2020-07-{day} 09:00", f"2020-07-{day} 09:05")))
        assert (told["done"], told["slot_taken"] + told["route_full"]) == (AT_MOST, 6)
        assert told["route_full"] >= 2


def test_no_window_has_more_wherever_it_begins(office: Office, scale: Scale) -> None:
    """The checker looks at the windows that begin with each visit."""
    for day in range(27, 27 + scale(1, 5)):
        starts = [f"2020-07-{day} 09:{minute:02}" for minute in (0, 5, 10)]
        told = Counter(at_once(bookings_at(office, *starts)))
        assert told.keys() <= {"done", "route_full", "slot_taken"}
        assert told["done"] >= AT_MOST


@pytest.mark.breaks("I1")
def test_where_nobody_waits_for_their_turn_more_set_out(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: all look before anybody writes. SQLite lets nobody, so there nobody looks."""
    everybody_looked = Barrier(len(PLACES))

    def look_together(session: Session, plan: Plan, *looked: Any, **for_what: Any) -> Occupancy:
        if session.get_bind().dialect.name == "sqlite":
            return Occupancy(plan, [])
        seen = occupancy(session, plan, *looked, **for_what)
        try:
            everybody_looked.wait(30)
        except BrokenBarrierError:
            raise AssertionError("somebody still waited for a turn") from None
        return seen

    def take_no_turns(session: Session, plan: Plan, places: Any) -> dict[str, int]:
        return {row.key: row.id for row in session.scalars(select(ResourceRow))}

    monkeypatch.setattr(bookings, "take_turns", take_no_turns)
    monkeypatch.setattr(bookings, "occupancy", look_together)
    assert at_once(bookings_at(office, "2020-07-20 09:00")) == ["done"] * len(PLACES)
