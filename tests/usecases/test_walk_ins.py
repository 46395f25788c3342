"""People without an appointment from the door to the end, on both engines."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import Database
from models.plans import ResourceRow
from models.walk_ins import WalkIn
from scheduler.domain.bookings import Category, Channel, Justification
from scheduler.domain.contacts import ContactKind
from scheduler.domain.errors import Busy, Closed, Invalid, NotFound, PhaseRefused, UnsuitablePlace, WrongState
from scheduler.domain.interruptions import InterruptionKind, InterruptionRequest
from scheduler.domain.plans import Plan
from scheduler.domain.queueing import State
from scheduler.domain.roles import Actor
from scheduler.domain.walk_ins import EmergencyRequest, WalkInChange, WalkInRequest, WalkInStatus
from scheduler.queries.audit import records_of
from scheduler.queries.plans import current_plan
from scheduler.queries.queueing import Queue, queue, wait_of
from scheduler.usecases import bookings, contacts, walk_ins
from scheduler.usecases.interruptions import interrupt
from tests.cast import BRUNO, CASEWORKER, RECEPTION
from tests.factories import Office, opened, plan_with

DAY = "2020-03-09"


def do(office: Office, change: Callable[..., Any], *what: Any, actor: Actor = RECEPTION, **more: Any) -> Any:
    with office.database.transaction() as session:
        return change(session, *what, actor=actor, now=office.now, **more)


def admit(office: Office, service: str = "general") -> WalkIn:
    found: WalkIn = do(office, walk_ins.admit, WalkInRequest("main", service))
    return found


def see(office: Office, actor: Actor = RECEPTION) -> Queue:
    with office.database.reading() as session:
        plan = current_plan(session)
        return queue(session, plan, "main", actor=actor, now=office.now, grace=timedelta(minutes=15))


def lines(office: Office) -> list[tuple[State, int | None, int | None]]:
    return [(entry.state, entry.number, entry.place) for entry in see(office).entries]


def test_from_the_door_to_the_end(office: Office) -> None:
    came = admit(office)
    office.wait_until(f"{DAY} 09:10")
    do(office, walk_ins.call, came.id, resource="counter-2")
    do(office, walk_ins.serve, came.id)
    office.wait_until(f"{DAY} 09:20")
    do(office, walk_ins.finish, came.id)

    (entry,) = see(office).entries
    assert (entry.state, entry.number, entry.waited, entry.mistake) == (State.DONE, 1, 10, "finish")
    with office.database.reading() as session:
        actions = [record.action for record in records_of(session, f"walk_in:{came.id}")]
    assert actions == [f"walk_in.{word}" for word in ("admit", "call", "serve", "finish")]
    with pytest.raises(NotFound):
        do(office, walk_ins.finish, UUID(int=1))


def test_a_walk_in_takes_no_place_from_anybody(office: Office) -> None:
    came = admit(office)
    do(office, walk_ins.call, came.id, resource="counter-1")
    office.book(starts=f"{DAY} 09:00", resource="counter-1")


def test_the_queue_has_its_order_and_its_wait(office: Office) -> None:
    early = office.book(starts=f"{DAY} 09:30", resource="counter-1")
    late = office.book("documents", f"{DAY} 09:00", resource="counter-2", customer=BRUNO)
    office.book("documents", f"{DAY} 09:10", resource="counter-3", customer=BRUNO)
    admit(office)
    office.wait_until(f"{DAY} 09:20")
    for visit in (late, early):
        office.do(bookings.check_in, visit)
    do(office, walk_ins.admit_emergency, EmergencyRequest("main"))

    waiting, expected = State.WAITING, State.EXPECTED
    assert lines(office) == [
        (waiting, 4, 1),
        (waiting, 3, 2),
        (waiting, 2, 3),
        (waiting, 1, 4),
        (expected, None, None),
    ]
    assert see(office).wait == 5
    assert [see(office).entries[0].is_emergency, see(office).counts[waiting]] == [True, 4]


def test_nobody_is_called_to_where_somebody_is(office: Office) -> None:
    first, second = admit(office), admit(office)
    visit = office.book(starts=f"{DAY} 09:00", resource="counter-2")
    office.do(bookings.check_in, visit)
    office.do(bookings.serve, visit)
    do(office, walk_ins.call, first.id, resource="counter-1")
    for place in ("counter-1", "counter-2"):
        with pytest.raises(WrongState) as caught:
            do(office, walk_ins.call, second.id, resource=place)
        assert caught.value.details["why"] == "place_busy"
    by_state = {
        entry.state: [place.key for place in entry.hands] for entry in see(office).entries if entry.walk_in
    }
    assert by_state == {State.WAITING: ["counter-3"], State.CALLED: ["counter-1", "counter-3"]}
    do(office, walk_ins.call, first.id, resource="counter-3")  # somebody else's hand was free first
    do(office, walk_ins.call, second.id, resource="counter-1")


def test_a_place_that_is_closed_for_a_while_is_no_free_hand(office: Office) -> None:
    admit(office, "cash_pickup")
    pause = InterruptionRequest("counter-1", InterruptionKind.PAUSE, minutes=20)
    do(office, interrupt, pause)
    (waits,) = see(office).entries
    assert list(waits.hands) == []
    assert waits.walk_in is not None
    with pytest.raises(Closed):
        do(office, walk_ins.call, waits.walk_in.id, resource="counter-1")
    second = admit(office, "cash_pickup")
    with office.database.reading() as session:
        grace = timedelta(minutes=15)
        wait = wait_of(session, current_plan(session), second, now=office.now, grace=grace)
    assert wait == 30


def test_who_was_left_at_a_place_yesterday_does_not_keep_it(office: Office) -> None:
    """The list and the call say the same of the place; the emergency itself stays on the list."""
    left: WalkIn = do(office, walk_ins.admit_emergency, EmergencyRequest("main"))
    do(office, walk_ins.call, left.id, resource="counter-1")
    office.wait_until("2020-03-10 09:00")
    came = admit(office)
    entries = {entry.walk_in.id: entry for entry in see(office).entries if entry.walk_in}
    assert entries[left.id].state is State.CALLED
    assert "counter-1" in [place.key for place in entries[came.id].hands]
    do(office, walk_ins.call, came.id, resource="counter-1")


def test_a_concern_is_dealt_with_where_it_can_be(office: Office) -> None:
    came = admit(office, "cash_pickup")
    for place in ("counter-2", "annex-counter", "group-room"):
        with pytest.raises(UnsuitablePlace):
            do(office, walk_ins.call, came.id, resource=place)
    with pytest.raises(Invalid):
        do(office, walk_ins.call, came.id, resource="nowhere")
    do(office, walk_ins.call, came.id, resource="counter-1")


def test_each_mistake_is_taken_back_by_whoever_made_it(office: Office) -> None:
    came, other = admit(office), admit(office)
    do(office, walk_ins.leave, came.id)
    with pytest.raises(WrongState) as caught:
        do(office, walk_ins.take_back, came.id, mistake=WalkInChange.LEAVE, actor=CASEWORKER)
    assert caught.value.details["why"] == "not_yours_to_take_back"
    assert see(office, CASEWORKER).entries[-1].mistake is None
    do(office, walk_ins.take_back, came.id, mistake=WalkInChange.LEAVE)
    do(office, walk_ins.call, came.id, resource="counter-1")
    back: WalkIn = do(office, walk_ins.take_back, came.id, mistake=WalkInChange.CALL)
    assert (back.status, back.called_at, back.resource_id) == (WalkInStatus.WAITING, None, None)
    for step in (walk_ins.serve, walk_ins.finish):
        if step is walk_ins.serve:
            do(office, walk_ins.call, came.id, resource="counter-1")
        do(office, step, came.id)
    do(office, walk_ins.call, other.id, resource="counter-1")
    with pytest.raises(WrongState) as caught:
        do(office, walk_ins.take_back, came.id, mistake=WalkInChange.FINISH)
    assert caught.value.details["why"] == "place_busy"
    office.wait_until(f"{DAY} 09:11")
    with pytest.raises(WrongState) as caught:
        do(office, walk_ins.take_back, other.id, mistake=WalkInChange.CALL)
    assert caught.value.details["why"] == "too_late_to_take_back"


def test_the_phase_of_now_says_who_comes_in(july: Office) -> None:
    """In phase I nobody but emergencies; a destitute person is let in or called back in every phase."""
    july.wait_until("2020-07-17 09:00")
    with pytest.raises(PhaseRefused):
        admit(july)
    do(july, walk_ins.admit_emergency, EmergencyRequest("main"))
    july.wait_until("2020-07-21 09:00")
    why = Justification(Category.OTHER, "ohne Telefon")
    asked = WalkInRequest("main", "general", "Ada", why, "Frau Weber")
    came: WalkIn = do(july, walk_ins.admit, asked)
    assert (came.allowed_by, came.justification_text) == ("Frau Weber", "ohne Telefon")
    with july.database.reading() as session:
        (record,) = records_of(session, f"walk_in:{came.id}")
    assert record.details == {"site": "main", "answer": "exception"}


def test_a_promised_call_stays_until_it_is_done(office: Office) -> None:
    with pytest.raises(Invalid):
        do(office, walk_ins.promise_call, EmergencyRequest("main"))
    promised: WalkIn = do(office, walk_ins.promise_call, EmergencyRequest("main", phone="030 123456"))
    came = admit(office)
    assert (promised.channel, lines(office)) == (
        Channel.PHONE,
        [(State.WAITING, 2, 1), (State.WAITING, 1, None)],
    )
    with pytest.raises(WrongState):
        do(office, walk_ins.leave, promised.id)
    office.wait_until("2020-03-10 08:00")
    assert lines(office) == [(State.WAITING, 1, None)]
    do(office, walk_ins.finish, promised.id)
    office.wait_until("2020-03-11 08:00")
    assert lines(office) == []
    assert came.status is WalkInStatus.WAITING


def test_short_contacts_are_counted_by_day_and_site_and_taken_back(office: Office) -> None:
    for kind in (ContactKind.DOCUMENTS, ContactKind.DOCUMENTS, ContactKind.QUESTION):
        do(office, contacts.count, kind, site="main")
    mine = do(office, contacts.count, ContactKind.QUESTION, site="annex")
    with pytest.raises(Invalid):
        do(office, contacts.count, ContactKind.QUESTION, site="nowhere")
    assert see(office).contacts == {ContactKind.DOCUMENTS: 2, ContactKind.QUESTION: 1}
    mistaken = see(office).mistaken
    assert mistaken is not None
    assert (mistaken[1], see(office, CASEWORKER).mistaken) == (ContactKind.QUESTION, None)
    with pytest.raises(WrongState):
        do(office, contacts.take_back, mistaken[0], actor=CASEWORKER)
    do(office, contacts.take_back, mistaken[0])
    with pytest.raises(WrongState):
        do(office, contacts.take_back, mistaken[0])
    assert see(office).contacts == {ContactKind.DOCUMENTS: 2}
    with pytest.raises(NotFound):
        do(office, contacts.take_back, UUID(int=1))
    office.wait_until("2020-03-10 00:00")
    assert see(office).contacts == {}
    assert mine.taken_back_at is None


def called_at_once(office: Office) -> int:
    """How many of five are called to the one place to which all are called at the same moment."""
    came = [admit(office) for _ in range(5)]
    together = Barrier(len(came))

    def call(one: WalkIn) -> bool:
        together.wait()
        for _ in range(20):
            try:
                do(office, walk_ins.call, one.id, resource="counter-1")
                return True
            except Busy:
                continue
            except WrongState:
                return False
        raise AssertionError("never got an answer")

    with ThreadPoolExecutor(len(came)) as threads:
        return sum(threads.map(call, came))


def test_of_many_called_to_one_place_at_once_one_goes_there(office: Office) -> None:
    assert called_at_once(office) == 1


def test_without_turns_several_would_go_to_one_place(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test before; SQLite lets one transaction write at a time anyway."""

    def take_no_turns(session: Session, plan: Plan, visits: Any) -> dict[str, int]:
        return {row.key: row.id for row in session.scalars(select(ResourceRow))}

    monkeypatch.setattr(walk_ins, "take_turns", take_no_turns)
    looked = Barrier(5)
    is_busy = walk_ins._is_busy

    def look_together(*what: Any) -> bool:
        found = is_busy(*what)
        looked.wait()
        return found

    monkeypatch.setattr(walk_ins, "_is_busy", look_together)
    office = opened(postgresql_database, f"{DAY} 09:00", plan_with("regular"))
    assert called_at_once(office) == 5
