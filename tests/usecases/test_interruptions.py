"""Closing a place for a while: what is refused then, whose visits lie in it, and what becomes of them."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import AuditRecord
from models.database import Database
from models.plans import ResourceRow
from scheduler.domain.bookings import Status
from scheduler.domain.errors import Busy, Closed, SlotTaken, WrongState
from scheduler.domain.interruptions import InterruptionKind, InterruptionRequest
from scheduler.domain.notices import NoticeKind, Reach, Template
from scheduler.domain.occupancy import Occupancy
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Role
from scheduler.queries import interruptions as queries
from scheduler.queries.plans import current_plan
from scheduler.queries.slots import occupancy, slots
from scheduler.usecases import bookings
from scheduler.usecases.interruptions import interrupt, lift
from tests.cast import BRUNO, CHEN, DORIT, RECEPTION
from tests.factories import Office, at, opened, plan_with
from tests.faults.scenes import patiently


def close(office: Office, place: str = "counter-1", until: str | None = None) -> tuple[int, list[str]]:
    """Closes a place from now on; answers its number and the references of those whose visits lie in it."""
    ends_at = None if until is None else at(until)
    request = InterruptionRequest(place, InterruptionKind.CLOSED, ends_at=ends_at)
    with office.database.transaction() as session:
        made = interrupt(session, request, actor=RECEPTION, now=office.now)
        session.refresh(made)
        hits = queries.hits(session, current_plan(session), [made], now=office.now)
        return made.id, [hit.booking.reference for hit in hits]


def hits(office: Office) -> list[queries.Hit]:
    with office.database.reading() as session:
        current = queries.current(session, now=office.now)
        return list(queries.hits(session, current_plan(session), current, now=office.now))


def free_starts(office: Office, place: str) -> list[str]:
    plan, day = plan_with("regular"), at("2020-03-09 12:00").date()
    with office.database.reading() as session:
        found = slots(
            session,
            plan,
            plan.service("general"),
            first=day,
            last=day,
            booked_by=Role.RECEPTION,
            now=office.now,
            resource=plan.resource(place),
        )
    return [slot.starts_at.astimezone(plan.zone).strftime("%H:%M") for slot in found]


def test_nothing_is_booked_there_and_nobody_is_cancelled(office: Office) -> None:
    inside = office.book("general", "2020-03-09 10:00", customer=CHEN, resource="counter-1")
    office.book("general", "2020-03-09 14:00", resource="counter-1")
    beside = office.book("general", "2020-03-09 10:00", resource="counter-2")

    closed, seen = close(office, until="2020-03-09 11:00")

    assert seen == [inside.reference]
    assert office.see(inside).status is Status.BOOKED
    with pytest.raises(Closed) as refusal:
        office.book("general", "2020-03-09 10:30", resource="counter-1")
    assert refusal.value.details["resource"] == "counter-1"
    with pytest.raises(Closed):
        office.move(beside, "2020-03-09 10:45", resource="counter-1")
    assert free_starts(office, "counter-1")[0] == "11:00"
    assert office.book("general", "2020-03-09 10:30").resource.key == "counter-2"
    (hit,) = hits(office)
    assert (hit.booking.id, hit.reach) == (inside.id, Reach.PHONE)
    assert [place.key for place in hit.elsewhere] == ["counter-3"]
    again, _ = close(office, until="2020-03-09 10:30")
    assert again == closed


def test_what_a_cancelled_visit_frees_is_not_offered_again(office: Office) -> None:
    visit = office.book("general", "2020-03-09 10:00", resource="counter-1")
    close(office)
    office.do(bookings.cancel, visit, by="office")
    assert free_starts(office, "counter-1") == []
    assert hits(office) == []


def test_a_place_is_given_back_early_and_can_be_booked_from_then_on(office: Office) -> None:
    closed, _ = close(office)
    office.wait_until("2020-03-09 09:30")
    with office.database.transaction() as session:
        lift(session, closed, actor=RECEPTION, now=office.now)

    assert office.book("general", "2020-03-09 09:30", resource="counter-1").status is Status.BOOKED
    with pytest.raises(WrongState), office.database.transaction() as session:
        lift(session, closed, actor=RECEPTION, now=office.now)
    with office.database.reading() as session:
        actions = session.scalars(
            select(AuditRecord.action).where(AuditRecord.subject == f"interruption:{closed}")
        )
        assert sorted(actions) == ["interruption.close", "interruption.lift"]


def test_a_missing_reason_is_asked_for_only_where_the_place_is_not_closed(july: Office) -> None:
    july.wait_until("2020-07-20 08:00")
    close(july, "office-201")
    with pytest.raises(Closed):
        july.book("integration", "2020-07-20 09:00", resource="office-201")


def test_a_request_is_not_approved_into_a_closed_place(july: Office) -> None:
    july.wait_until("2020-07-20 08:00")
    asked = july.book("integration", "2020-07-20 10:00", resource="office-201", by=Role.CUSTOMER)
    close(july, "office-201")
    with pytest.raises(Closed):
        july.do(bookings.approve, asked)
    assert july.see(asked).status is Status.REQUESTED


def test_a_visit_changes_its_place_at_its_own_time(office: Office) -> None:
    """Booked: told by their way. In the house: told there, also when the time has come."""
    booked = office.book("general", "2020-03-09 10:00", customer=BRUNO, resource="counter-1")
    here = office.book("general", "2020-03-09 09:00", customer=CHEN, resource="counter-1")
    office.do(bookings.check_in, here)
    office.wait_until("2020-03-09 09:05")
    close(office)
    with office.database.transaction() as session:
        for visit in (booked, here):
            bookings.relocate(session, visit.id, "counter-3", actor=RECEPTION, now=office.now)

    assert [office.see(visit).resource.key for visit in (booked, here)] == ["counter-3"] * 2
    assert [notice.template for notice in office.notices(booked)] == [Template.INVITATION, Template.UPDATE]
    assert office.notices(booked)[1].kind is NoticeKind.DOOR  # a letter would come too late
    assert office.see(booked).ical_sequence == 1
    assert [notice.template for notice in office.notices(here)] == [Template.INVITATION]
    with pytest.raises(SlotTaken), office.database.transaction() as session:
        bookings.relocate(session, booked.id, "group-room", actor=RECEPTION, now=office.now)


def test_a_visit_under_way_stays_where_it_is(office: Office) -> None:
    visit = office.book("general", "2020-03-09 09:00", customer=DORIT, resource="counter-1")
    office.do(bookings.check_in, visit)
    office.do(bookings.serve, visit)
    close(office)
    assert hits(office) == []
    with pytest.raises(WrongState), office.database.transaction() as session:
        bookings.relocate(session, visit.id, "counter-2", actor=RECEPTION, now=office.now)


# ------------------------------------------------------------------------------- closing against booking


@pytest.fixture
def racing(database: Database) -> Office:
    return opened(database, "2020-03-09 09:00", plan_with("regular"))


def lying_in(office: Office) -> set[str]:
    return {hit.booking.reference for hit in hits(office)}


def test_who_closes_has_seen_whoever_booked_before(racing: Office) -> None:
    """At once: either the booking is seen by the closing, or it is refused."""
    for number, place in enumerate(("counter-1", "counter-2", "counter-3")):
        barrier = Barrier(2)

        def book(place: str = place, barrier: Barrier = barrier) -> str:
            barrier.wait()
            return str(patiently(lambda: racing.book("general", "2020-03-09 10:00", resource=place))())

        def end(place: str = place, barrier: Barrier = barrier) -> list[str]:
            barrier.wait()
            while True:
                try:
                    return close(racing, place)[1]
                except Busy:  # on a machine with much else to do
                    continue

        with ThreadPoolExecutor(2) as threads:
            booked, seen = threads.submit(book), threads.submit(end)
        assert (booked.result(), len(seen.result())) in (("done", 1), ("closed", 0)), number


def test_where_nobody_takes_a_turn_a_visit_is_made_that_the_closing_has_not_seen(
    racing: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: who books has looked before the place is closed, and writes afterwards."""
    looked, closed = Event(), Event()

    def look_before(session: Session, plan: Plan, *where: Any, **for_what: Any) -> Occupancy:
        if session.get_bind().dialect.name == "sqlite":  # one writes at a time: nobody could close meanwhile
            return Occupancy(plan, [])
        seen = occupancy(session, plan, *where, **for_what)
        looked.set()
        assert closed.wait(30)
        return seen

    def take_no_turns(session: Session, plan: Plan, visits: Any) -> dict[str, int]:
        return {row.key: row.id for row in session.scalars(select(ResourceRow))}

    monkeypatch.setattr(bookings, "take_turns", take_no_turns)
    monkeypatch.setattr(bookings, "occupancy", look_before)
    with ThreadPoolExecutor(1) as threads:
        if racing.database.engine.dialect.name == "sqlite":
            seen = close(racing)[1]
            threads.submit(racing.book, "general", "2020-03-09 10:00", resource="counter-1").result()
        else:
            booking = threads.submit(racing.book, "general", "2020-03-09 10:00", resource="counter-1")
            assert looked.wait(30)
            seen = close(racing)[1]
            closed.set()
            booking.result()
    assert seen == []
    assert len(lying_in(racing)) == 1
