"""The waiting list: an earlier time is offered, held, taken or left, and the own one is never lost before."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from models.bookings import Booking
from models.database import Database
from models.waiting_list import Offer
from scheduler.domain.bookings import Party
from scheduler.domain.errors import DomainError, SlotTaken, WrongState
from scheduler.domain.notices import Template
from scheduler.domain.people import Customer
from scheduler.domain.roles import Actor, Role
from scheduler.domain.waiting_list import MOST_OFFERS, OFFER_LENGTH, Answer
from scheduler.queries.slots import slots
from scheduler.queries.waiting_list import cooling, waiting
from scheduler.usecases import bookings, holds, waiting_list
from scheduler.usecases.waiting_list import decline, offer_due, take, wish, wish_no_longer
from tests.cast import ADA, BRUNO, CHEN, EMRE
from tests.factories import Office, at, opened, plan_with
from tests.invariants import broken


def whoever(visit: Booking) -> Actor:
    return Actor(f"visitor:{visit.reference}", Role.CUSTOMER)


def asked(office: Office, change: Any, visit: Booking) -> Any:
    with office.database.transaction() as session:
        return change(session, visit.id, actor=whoever(visit), now=office.now)


def waits(office: Office, visit: Booking) -> Any:
    with office.database.reading() as session:
        return waiting(session, visit.id, office.now)


def offers(office: Office, visit: Booking) -> list[Offer]:
    with office.database.reading() as session:
        wanted = select(Offer).where(Offer.booking_id == visit.id).order_by(Offer.made_at)
        return list(session.scalars(wanted))


def wishing(office: Office, starts: str = "2020-03-13 09:00", customer: Customer = ADA) -> Booking:
    visit = office.book("general", starts, customer=customer)
    asked(office, wish, visit)
    return visit


def test_who_waits_is_offered_the_first_time_that_is_early_enough_and_takes_it(office: Office) -> None:
    visit = wishing(office)
    assert offer_due(office.database, clock=office.clock) == 1
    assert offer_due(office.database, clock=office.clock) == 0
    found = waits(office, visit)
    assert found.offer.starts_at == at("2020-03-10 09:00")
    assert found.offer.until == office.now + OFFER_LENGTH
    mail = office.notices(visit)[-1]
    assert (mail.template, mail.values["starts_at"]) == (Template.OFFER, found.offer.starts_at.isoformat())
    assert office.see(visit).starts_at == at("2020-03-13 09:00")

    asked(office, take, visit)
    assert office.see(visit).starts_at == at("2020-03-10 09:00")
    assert [one.answer for one in offers(office, visit)] == [Answer.TAKEN]
    assert waits(office, visit) == (False, None, 0)
    assert office.notices(visit)[-1].template is Template.UPDATE


def test_an_offered_time_is_held_until_its_end(office: Office) -> None:
    visit = wishing(office)
    offer_due(office.database, clock=office.clock)
    offered = waits(office, visit).offer
    with office.database.reading() as session:
        place = offered.resource.key
        service = plan_with("regular").service("general")
        day = at("2020-03-10 09:00").date()
        free = slots(
            session,
            plan_with("regular"),
            service,
            first=day,
            last=day,
            booked_by=Role.CUSTOMER,
            now=office.now,
            limit=500,
        )
    assert (offered.starts_at, place) not in {(slot.starts_at, slot.resource.key) for slot in free}
    with pytest.raises(SlotTaken):
        office.book("general", "2020-03-10 09:00", resource=place, customer=CHEN)


def test_what_is_declined_is_not_offered_again_and_after_three_the_wish_is_over(office: Office) -> None:
    visit = wishing(office)
    for number in range(MOST_OFFERS):
        assert offer_due(office.database, clock=office.clock) == 1, number
        asked(office, decline, visit)
    assert len({one.starts_at for one in offers(office, visit)}) == MOST_OFFERS
    assert offer_due(office.database, clock=office.clock) == 0
    assert waits(office, visit) == (False, None, 0)
    assert office.see(visit).starts_at == at("2020-03-13 09:00")


def test_who_does_not_answer_is_offered_another_time(office: Office) -> None:
    visit = wishing(office, "2020-03-20 09:00")
    offer_due(office.database, clock=office.clock)
    first = waits(office, visit).offer
    office.clock.office_now += OFFER_LENGTH
    assert waits(office, visit).offer is None
    with pytest.raises(WrongState):
        asked(office, take, visit)
    assert offer_due(office.database, clock=office.clock) == 1
    assert offers(office, visit)[0].answer is Answer.OVER
    assert waits(office, visit).offer.starts_at != first.starts_at


def test_nobody_is_asked_at_night(office: Office) -> None:
    visit = wishing(office, "2020-03-20 09:00")
    office.wait_until("2020-03-09 21:00")
    assert offer_due(office.database, clock=office.clock) == 0
    assert waits(office, visit).wishes


def test_what_is_not_early_enough_is_not_offered(office: Office) -> None:
    visit = wishing(office, "2020-03-10 11:00")
    assert offer_due(office.database, clock=office.clock) == 0
    assert waits(office, visit).wishes


def test_a_wish_ends_with_its_visit_and_lets_the_time_go(office: Office) -> None:
    visit = wishing(office)
    offer_due(office.database, clock=office.clock)
    office.do(bookings.cancel, visit, by=Party.CUSTOMER)
    assert offer_due(office.database, clock=office.clock) == 0
    assert [one.answer for one in offers(office, visit)] == [Answer.OVER]
    office.book("general", "2020-03-10 09:00", resource="counter-1", customer=CHEN)


def test_a_wish_is_taken_back(office: Office) -> None:
    visit = wishing(office)
    offer_due(office.database, clock=office.clock)
    asked(office, wish_no_longer, visit)
    assert waits(office, visit) == (False, None, 0)
    assert [one.answer for one in offers(office, visit)] == [Answer.DECLINED]


@pytest.mark.parametrize("customer, why", [(BRUNO, "no_email"), (CHEN, "no_email")])
def test_who_cannot_be_told_waits_for_nothing(office: Office, customer: Customer, why: str) -> None:
    visit = office.book("general", "2020-03-13 09:00", customer=customer)
    with pytest.raises(WrongState) as refused:
        asked(office, wish, visit)
    assert refused.value.details["why"] == why


def test_what_was_freed_cools_down_before_the_public_sees_it(office: Office) -> None:
    visit = office.book("general", "2020-03-13 09:00", customer=ADA)
    moved = office.book("general", "2020-03-13 10:00", customer=EMRE)
    place, second = visit.resource.key, moved.resource.key
    office.do(bookings.cancel, visit, by=Party.CUSTOMER)
    office.move(moved, "2020-03-13 11:00")
    with office.database.reading() as session:
        found = cooling(session, timedelta(minutes=10))
        assert cooling(session, timedelta(0)) == {}
    spans = {(key, span.start) for key, spans in found.items() for span in spans}
    assert spans == {(place, at("2020-03-13 09:00")), (second, at("2020-03-13 10:00"))}
    # Whoever works at the office has it at once.
    office.book("general", "2020-03-13 09:00", resource=place, customer=CHEN)


# ------------------------------------------------------------------------------------------ at once


def two_and_one_slot(database: Database, monkeypatch: pytest.MonkeyPatch) -> tuple[Office, list[Booking]]:
    """Two wait, and both look at the same moment."""
    office = opened(database, "2020-03-09 09:00", plan_with("regular"))
    visits = [wishing(office, f"2020-03-13 {hour}:00", who) for hour, who in (("09", ADA), (10, EMRE))]
    return office, visits


def offered_at_once(office: Office, visits: list[Booking], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    both, look = Barrier(2), waiting_list._free

    def look_and_wait(*found: Any) -> Any:
        slot = look(*found)
        both.wait(30)
        return slot

    monkeypatch.setattr(waiting_list, "_free", look_and_wait)
    with ThreadPoolExecutor(2) as threads:
        made = [threads.submit(waiting_list._offer, office.database, one.id, office.clock) for one in visits]
        return [one.exception() or one.result() for one in made]


def test_two_who_wait_are_never_offered_the_same_time(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, visits = two_and_one_slot(postgresql_database, monkeypatch)
    assert sorted(offered_at_once(office, visits, monkeypatch)) == [False, True]
    assert broken(office.database) == []


def test_without_a_hold_two_would_be_offered_the_same(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    office, visits = two_and_one_slot(postgresql_database, monkeypatch)
    monkeypatch.setattr(holds, "hold", lambda *_, **__: True)
    assert offered_at_once(office, visits, monkeypatch) == [True, True]
    first, second = (waits(office, one).offer for one in visits)
    assert (first.starts_at, first.resource_id) == (second.starts_at, second.resource_id)
    asked(office, take, visits[0])
    with pytest.raises(DomainError):
        asked(office, take, visits[1])
