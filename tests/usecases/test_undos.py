"""Taking switches back in batches: each with few statements, and gone on with by the jobs."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from models.bookings import Booking, Claim
from models.database import Database
from models.leases import Lease
from models.outbox import OutboxRow
from models.runs import PhaseEffect
from scheduler.domain.bookings import Standing, Status
from scheduler.domain.occupancy import Occupancy
from scheduler.domain.plans import Plan
from scheduler.queries.switches import RunReport, open_undos, runs
from scheduler.usecases import undos
from scheduler.usecases.switches import apply_due
from scheduler.usecases.undos import go_on_undoing, undo
from tests.cast import MANAGER
from tests.crowds import CLOSING, crowd
from tests.factories import Office, StandingClock, plan_with
from tests.invariants import broken
from tests.queries.statements import counted

PLACES = ("counter-1", "counter-2", "counter-3")


def closed(office: Office, days: Sequence[str] = ("2020-03-16", "2020-03-17")) -> list[Booking]:
    """Visits at three counters, which the closing of March has cancelled."""
    made = [office.book(starts=f"{day} 09:00", resource=place) for day in days for place in PLACES]
    office.wait_until("2020-03-13 16:00")
    office.plan(plan_with("regular", CLOSING))
    apply_due(office.database, clock=office.clock)
    return made


def report_of(database: Database) -> RunReport:
    with database.reading() as session:
        return runs(session, phase_keys=[CLOSING])[0]


def nothing_is_taken(_session: object, plan: Plan, *_where: object, **_places: Any) -> Occupancy:
    return Occupancy(plan, [])


def test_a_batch_takes_as_many_statements_however_many_bookings_it_has(database: Database) -> None:
    clock = StandingClock(crowd(database, 72))
    apply_due(database, clock=clock)
    with database.transaction() as session:  # every other person knows of it already
        session.execute(text("UPDATE outbox SET state = 'sent' WHERE run_id IS NOT NULL AND id % 2 = 0"))
    found = []
    for size in (1, 8, 60):
        with pytest.MonkeyPatch.context() as patch, counted(database) as asked:
            patch.setattr(undos, "_BATCH", size)
            report = undo(database, CLOSING, actor=MANAGER, clock=clock, within_s=0)
        assert report.restored == size
        found.append(len(asked))
    assert found[1] == found[2] <= 24
    assert (report.invited_anew, report.withdrawn, report.left) == (30, 30, 3)
    assert broken(database) == []


def test_where_only_the_database_knows_of_a_visit_the_others_come_back_all_the_same(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = closed(office)
    office.book("benefit_emergency", "2020-03-16 09:10", resource="counter-2")
    monkeypatch.setattr(undos, "occupancy", nothing_is_taken)

    report = undo(office.database, CLOSING, actor=MANAGER, clock=office.clock)

    assert (report.restored, report.not_restored) == (5, {"taken": [made[1].reference]})
    assert [office.see(one).status for one in made].count(Status.BOOKED) == 5


def test_of_two_who_gave_up_one_place_the_first_comes_back(office: Office) -> None:
    """It takes a clock that stands: nobody else is switched where somebody else was just before."""
    earlier = office.book(starts="2020-03-16 09:00", resource="counter-1")
    later = office.book(starts="2020-03-16 11:00", resource="counter-1")
    closed(office, days=())
    when = {"starts_at": earlier.starts_at, "occupied_until": earlier.occupied_until}
    with office.database.transaction() as session:
        session.execute(update(Booking).where(Booking.id == later.id).values(when))
        session.execute(update(Claim).where(Claim.booking_id == later.id).values(when))
        for row in session.scalars(select(OutboxRow).where(OutboxRow.booking_id == later.id)):
            row.values = {**row.values, "starts_at": earlier.starts_at.isoformat()}

    report = undo(office.database, CLOSING, actor=MANAGER, clock=office.clock)

    assert (report.restored, report.not_restored) == (1, {"taken": [later.reference]})


def test_the_jobs_go_on_in_the_name_of_who_began(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    made = closed(office)
    monkeypatch.setattr(undos, "_BATCH", 2)

    begun = undo(office.database, CLOSING, actor=MANAGER, clock=office.clock, within_s=0)
    halfway = report_of(office.database)
    (rest,) = go_on_undoing(office.database, clock=office.clock)

    assert (begun.restored, begun.left, rest.restored, rest.left) == (2, 4, 4, 0)
    assert (halfway.restored, halfway.left_to_undo) == (2, 4)
    assert (report_of(office.database).restored, report_of(office.database).left_to_undo) == (6, 0)
    assert {office.see(one).standing for one in made} == {Standing.IN_QUESTION}
    assert go_on_undoing(office.database, clock=office.clock) == []
    with office.database.reading() as session:
        assert open_undos(session) == []
        assert set(session.scalars(select(PhaseEffect.undone))) == {True}


def test_the_jobs_leave_alone_who_is_still_at_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    closed(office)
    monkeypatch.setattr(undos, "_BATCH", 2)
    monkeypatch.setattr(undos, "give_back", lambda *_: None)  # as one who was killed right after
    undo(office.database, CLOSING, actor=MANAGER, clock=office.clock, within_s=0)

    assert go_on_undoing(office.database, clock=office.clock) == []
    with office.database.transaction() as session:
        session.execute(delete(Lease))  # once it is over
    assert [report.restored for report in go_on_undoing(office.database, clock=office.clock)] == [4]
