"""Many who want the same, over HTTP, against several workers, and while workers are killed (T01, T02)."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from models.database import Database
from scheduler.domain.plans import Plan
from scheduler.queries.plans import current_plan
from tests.faults.booths import Booth, Wish
from tests.faults.conftest import Scale
from tests.witness import Witness

KILL_EVERY_S = 0.2


@pytest.fixture
def booth(lasting_booth: Booth) -> Booth:
    return lasting_booth


@pytest.fixture
def database(booth: Booth) -> Database:
    """The checker looks at it after each test."""
    return booth.database


def test_as_many_are_booked_as_there_are_places(booth: Booth, witness: Witness, scale: Scale) -> None:
    """80 want 20, and 1,000 want 100 at full scale; who is refused is told of others that are free."""
    number = scale(20, 100)
    wishes = [Wish.of(slot) for slot in booth.slots(number)] * scale(4, 10)
    outcome = booth.race([anew(wish) for wish in wishes], witness)
    assert outcome.codes == {"booked": number, "slot_taken": len(wishes) - number}
    assert all(problem["alternatives"] for _, problem in outcome.refused)


def test_one_place_goes_to_exactly_one(booth: Booth, witness: Witness, scale: Scale) -> None:
    (slot,) = booth.slots(1)
    outcome = booth.race([Wish.of(slot) for _ in range(scale(20, 1000))], witness)
    assert outcome.codes == {"booked": 1, "slot_taken": scale(20, 1000) - 1}


def test_visits_of_all_lengths_never_overlap_and_nobody_is_refused_without_need(
    booth: Booth, witness: Witness, scale: Scale
) -> None:
    """Buffers keep a place as visits do; each who was refused would have overlapped with one who was not."""
    begin = booth.slots(1)[0].starts_at
    places = {
        "counter-1": ("documents", "cash_pickup", "general", "benefit_emergency", "urgent_benefit"),
        "entrance-room-1": ("benefit_emergency", "urgent_benefit", "integration", "complex_matter"),
    }
    wishes = [
        Wish(service, begin + timedelta(minutes=5 * random.randrange(30)), place)
        for place, services in places.items()
        for service in random.choices(services, k=scale(18, 500))
    ]
    outcome = booth.race(wishes, witness)
    assert outcome.codes.keys() == {"booked", "slot_taken"}
    with booth.database.reading() as session:
        plan = current_plan(session)
    assert [wish for wish, _ in outcome.refused if not in_the_way(plan, wish, outcome.booked)] == []


def test_everybody_has_an_answer_though_workers_are_killed(
    booth: Booth, witness: Witness, scale: Scale
) -> None:
    """Whose line is cut asks again with the same key, so that what is unknown becomes exactly one visit."""
    number = scale(15, 100)
    with booth.killing(KILL_EVERY_S, at_most=scale(8, 200)) as killed:
        while len(killed) < scale(2, 100):
            wishes = [Wish.of(slot) for slot in booth.slots(number)] * scale(3, 10)
            outcome = booth.race([anew(wish) for wish in wishes], witness)
            print(f"{len(killed)} workers killed, {outcome.cut} lines cut")
            assert outcome.codes == {"booked": number, "slot_taken": len(wishes) - number}


def anew(wish: Wish) -> Wish:
    """What another wants just so."""
    return Wish(wish.service, wish.starts_at, wish.resource)


def in_the_way(plan: Plan, wish: Wish, booked: Iterable[Wish]) -> bool:
    start, end = span(plan, wish)
    return any(
        other.resource == wish.resource and span(plan, other)[0] < end and start < span(plan, other)[1]
        for other in booked
    )


def span(plan: Plan, wish: Wish) -> tuple[datetime, datetime]:
    service = plan.service(wish.service)
    return wish.starts_at, wish.starts_at + service.length + service.buffer
