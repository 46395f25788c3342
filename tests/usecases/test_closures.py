"""Closing and opening again: nobody is cancelled, nothing inside is offered, nobody's change is lost."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.database import Database
from scheduler.domain.bookings import BookingRequest, Party, Status
from scheduler.domain.closures import ClosureRequest, Scope, id_of
from scheduler.domain.errors import ChangedMeanwhile, Closed, DomainError, NotFound
from scheduler.domain.hours import Closure
from scheduler.domain.intervals import Interval
from scheduler.domain.roles import Role
from scheduler.queries.audit import records_of
from scheduler.queries.closures import lying_in, preview
from scheduler.queries.plans import current_plan
from scheduler.queries.slots import slots
from scheduler.queries.worklist import Wanted, cases
from scheduler.usecases import bookings, closures
from scheduler.usecases import plans as plan_usecases
from tests.cast import ADA, CHEN, MANAGER
from tests.factories import Office, at, opened, plan_with

HOUR = timedelta(hours=1)
MORNING = Interval(at("2020-03-10 08:00"), at("2020-03-10 12:00"))


def asked(scope: Scope = Scope.OFFICE, key: str = "", span: Interval = MORNING) -> ClosureRequest:
    return ClosureRequest(scope, key, span, None)


def act(office: Office, change: Callable[..., Any], *given: Any, **details: Any) -> Any:
    with office.database.transaction() as session:
        return change(session, *given, actor=MANAGER, now=office.now, **details)


def offered(office: Office) -> list[str]:
    """The starts that are free on that day for a general concern."""
    with office.database.reading() as session:
        plan, day = current_plan(session), MORNING.start.date()
        service = plan.service("general")
        found = slots(
            session, plan, service, first=day, last=day, booked_by=Role.RECEPTION, now=office.now, limit=500
        )
        return [f"{slot.starts_at:%H:%M}" for slot in found]


def test_visits_stay_and_are_to_be_decided_and_nothing_inside_is_offered(office: Office) -> None:
    inside = office.book("general", "2020-03-10 09:00", customer=ADA)
    phoned = office.book("general", "2020-03-10 10:00", customer=CHEN)
    office.book("general", "2020-03-10 14:00", customer=CHEN)
    with office.database.reading() as session:
        plan = current_plan(session)
        found = preview(session, plan, asked().closure(plan, now=office.now), now=office.now)
    assert [hit.booking.id for hit in found.hits] == [inside.id, phoned.id]
    assert (found.reach["email"], found.reach["phone"], found.visits) == (1, 1, 2)
    closure = act(office, closures.close, asked())
    with office.database.reading() as session:
        plan = current_plan(session)
        assert [one.booking.id for one in cases(session, plan, Wanted(), now=office.now).cases] == [
            inside.id,
            phoned.id,
        ]
        assert lying_in(session, plan, closure, now=office.now) == 2
    assert office.see(inside).status is Status.BOOKED
    assert office.notices(inside)[-1].template == "invitation"
    before = offered(office)
    assert before
    assert all(not "07:00" <= start < "11:00" for start in before)
    office.do(bookings.cancel, inside, by=Party.OFFICE, reason="closed")
    assert offered(office) == before
    with pytest.raises(Closed):
        office.book("general", "2020-03-10 09:00", customer=ADA)


def test_a_closure_is_ended_and_taken_back_with_records_of_before_and_after(office: Office) -> None:
    closure: Closure = act(office, closures.close, asked(Scope.PLACE, "counter-1"))
    key = id_of(closure)
    act(office, closures.end_closure, key, MORNING.end + HOUR, seen_end=MORNING.end)
    with pytest.raises(ChangedMeanwhile):
        act(office, closures.open_again, key, seen_end=MORNING.end)
    act(office, closures.open_again, key, seen_end=MORNING.end + HOUR)
    with pytest.raises(NotFound):
        act(office, closures.open_again, key, seen_end=MORNING.end + HOUR)
    with office.database.reading() as session:
        records = records_of(session, f"closure:{key}")
    assert [one.action for one in records] == ["closure.close", "closure.end", "closure.open"]
    assert (records[1].details["ends_at"], records[1].details["new_end"]) == (
        MORNING.end.isoformat(),
        (MORNING.end + HOUR).isoformat(),
    )


def close_while_somebody_books(office: Office) -> tuple[bool, int]:
    """Whether a visit inside was booked, and how many visits the closure knew of, both at the same time."""
    begun = Event()
    ends: list[bool] = []

    def book() -> None:
        with office.database.transaction() as session:
            try:
                bookings.book(session, wish, actor=MANAGER, now=office.now)
                begun.set()
                closing.join(1)
                ends.append(True)
            except DomainError:
                ends.append(False)

    def close() -> None:
        begun.wait(5)
        with office.database.transaction() as session:
            closure = closures.close(session, asked(), actor=MANAGER, now=office.now)
            hit.append(lying_in(session, current_plan(session), closure, now=office.now))

    hit: list[int] = []
    wish = BookingRequest("general", MORNING.start + HOUR, Role.RECEPTION, ADA)
    closing = Thread(target=close)
    booking = Thread(target=book)
    for thread in (closing, booking):
        thread.start()
    for thread in (booking, closing):
        thread.join()
    return ends[0], hit[0]


def test_a_visit_that_is_booked_while_the_office_is_closed_is_seen_or_refused(office: Office) -> None:
    assert close_while_somebody_books(office) in ((True, 1), (False, 0))


def test_without_the_plans_lock_such_a_visit_is_overlooked(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test before."""
    office = opened(postgresql_database, "2020-03-09 09:00", plan_with("regular"))

    def unlocked(session: Session) -> None:
        pass

    monkeypatch.setattr(closures, "lock_plan", unlocked)
    monkeypatch.setattr(plan_usecases, "lock_plan", unlocked)
    assert close_while_somebody_books(office) == (True, 0)
