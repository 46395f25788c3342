"""What paper says is entered afterwards, beside others who change the same."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from models.bookings import Booking
from models.database import Database
from scheduler.domain.bookings import Change, Status
from scheduler.domain.catchups import Note, Outcome
from scheduler.usecases import bookings
from scheduler.usecases.catchups import enter
from tests.cast import BRUNO, CHEN, RECEPTION
from tests.factories import Office, opened, plan_with
from tests.faults.duets import Duet

DAY = "2020-03-09"
ALL = 1000


@pytest.fixture
def shared(postgresql_database: Database) -> Office:
    return opened(postgresql_database, f"{DAY} 08:00", plan_with("regular"))


@pytest.fixture
def duet(shared: Office) -> Iterator[Duet]:
    found = Duet(shared.database)
    yield found
    found.close()


def entering(office: Office, booking: Booking, outcome: Outcome) -> Callable[[], str]:
    def change() -> str:
        with office.database.transaction() as session:
            note = Note(booking.id, outcome, None, None)
            return str(enter(session, note, reason="-", actor=RECEPTION, now=office.now).status)

    return change


def test_who_enters_and_who_checks_in_wait_in_no_circle(shared: Office, duet: Duet) -> None:
    """Two who were noted as missing at one place have come after all; each needs its turn and a number."""
    chen, bruno = (
        shared.book("general", f"{DAY} {starts}", customer=customer, resource="counter-1")
        for starts, customer in (("09:00", CHEN), ("09:15", BRUNO))
    )
    shared.wait_until(f"{DAY} 09:30")
    for step in range(1, 8):
        for visit in (chen, bruno):
            shared.do(bookings.no_show, visit, reason="-")
        changes: list[Callable[[], object]] = [
            entering(shared, chen, Outcome.ARRIVED),
            partial(shared.do, bookings.check_in, bruno),
        ]
        players = duet.play(changes, [(1, step), (0, ALL)])
        assert "Busy" not in repr([player.result for player in players]), step
        assert [shared.see(visit).status for visit in (chen, bruno)] == [Status.CHECKED_IN] * 2, step
        for visit in (chen, bruno):
            shared.do(bookings.take_back, visit, mistake=Change.CHECK_IN)
