"""What paper says is entered afterwards, beside others who change the same."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from uuid import uuid4

import pytest

from models.bookings import Booking
from models.database import Database
from models.walk_ins import WalkIn
from scheduler.domain.bookings import BookingRequest, Change, Status
from scheduler.domain.catchups import Note, Outcome
from scheduler.domain.errors import Invalid
from scheduler.domain.people import Customer
from scheduler.domain.roles import Role
from scheduler.domain.walk_ins import WalkInRequest
from scheduler.queries.audit import records_of
from scheduler.usecases import bookings, corrections
from scheduler.usecases.catchups import enter, enter_visit, enter_walk_in
from tests.cast import ADA, BRUNO, CHEN, RECEPTION
from tests.factories import Office, at, opened, plan_with
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


def entered(office: Office, who: Customer, starts_at: datetime) -> Status:
    request = BookingRequest("general", starts_at, Role.RECEPTION, who, "counter-1", None)
    note = Note(uuid4(), Outcome.DONE, None, None)
    with office.database.transaction() as session:
        return enter_visit(session, request, note, accepted=False, actor=RECEPTION, now=office.now).status


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
            shared.do(corrections.take_back, visit, mistake=Change.CHECK_IN)


def test_of_one_visit_entered_by_two_at_once_one_is_asked_about(shared: Office, duet: Duet) -> None:
    """Whoever comes second sees what the first has entered, wherever the one stops for the other."""
    shared.wait_until(f"{DAY} 12:00")
    for step in range(1, 8):
        starts_at = at(f"{DAY} {8 + step // 4:02}:{step % 4 * 15:02}")
        changes = [partial(entered, shared, who, starts_at) for who in (ADA, BRUNO)]
        players = duet.play(changes, [(0, step), (1, ALL)])
        results = sorted(str(player.result).partition("(")[0] for player in players)
        assert results == ["SlotTaken", "done"], step


@pytest.mark.parametrize("came, served", [("08:50", "09:00"), ("09:03", "09:03"), ("09:20", "09:20")])
def test_what_was_noted_before_is_not_contradicted(office: Office, came: str, served: str) -> None:
    """Whoever was checked in at three minutes past was not served before, nor gone before that."""
    visit = office.book("general", f"{DAY} 09:00", customer=CHEN, resource="counter-1")
    office.wait_until(f"{DAY} {came}")
    office.do(bookings.check_in, visit)
    office.wait_until(f"{DAY} 12:00")
    note = Note(visit.id, Outcome.DONE, None, at(f"{DAY} 08:45"))
    with pytest.raises(Invalid), office.database.transaction() as session:
        enter(session, note, reason="-", actor=RECEPTION, now=office.now)
    entering(office, visit, Outcome.DONE)()
    seen = office.see(visit)
    assert (seen.arrived_at, seen.served_at) == (at(f"{DAY} {came}"), at(f"{DAY} {served}"))
    assert seen.finished_at == max(at(f"{DAY} {served}"), at(f"{DAY} 09:15"))


def test_somebody_without_an_appointment_is_entered_as_dealt_with(office: Office) -> None:
    """Whatever the policy is by then; the number is of that day."""
    office.switch_into("preventive", "appointments_cancelled", "closed")
    office.wait_until("2020-03-19 12:00")

    def enter(name: str | None, came: str, done: str | None) -> WalkIn:
        with office.database.transaction() as session:
            times = (at(came), at(done) if done else None)
            asked = WalkInRequest("main", "general", name)
            return enter_walk_in(session, asked, times, actor=RECEPTION, now=office.now)

    first = enter("Emre", "2020-03-19 09:00", "2020-03-19 09:20")
    second = enter(None, "2020-03-19 11:50", None)
    assert (first.call_number, first.finished_at) == (1, at("2020-03-19 09:20"))
    assert (second.call_number, second.finished_at) == (2, office.now)
    with office.database.reading() as session:
        (noted,) = records_of(session, f"walk_in:{first.id}")
    assert (noted.action, noted.details["entered_later"]) == ("walk_in.enter", True)
    for came, done in (("2020-03-19 12:30", None), ("2020-03-19 09:00", "2020-03-19 08:00")):
        with pytest.raises(Invalid):
            enter(None, came, done)
