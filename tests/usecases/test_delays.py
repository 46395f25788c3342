"""A visit takes longer: nothing is booked into that, whom it hits, who gets another place and who is told."""

from datetime import datetime

import pytest

from models.bookings import Booking
from models.database import Database
from scheduler.domain.bookings import Change
from scheduler.domain.errors import SlotTaken, WrongState
from scheduler.domain.notices import NoticeKind, Template
from scheduler.domain.roles import Role
from scheduler.queries.delays import Delay, delay
from scheduler.queries.plans import current_plan
from scheduler.usecases import bookings, corrections
from scheduler.usecases.delays import lengthen, make_way, tell_delay
from tests.cast import ADA, BRUNO, CHEN, DORIT, EMRE, RECEPTION
from tests.factories import REASON, Office, at, opened, plan_with
from tests.faults.duets import Duet


@pytest.fixture
def served(office: Office) -> Booking:
    """At nine at counter 1, a quarter of an hour; after it come Chen, Bruno and, after a gap, Emre."""
    first = office.book("general", "2020-03-09 09:00", customer=ADA, resource="counter-1")
    for change in (bookings.check_in, bookings.serve):
        office.do(change, first)
    for starts, customer in (("09:15", CHEN), ("09:30", BRUNO), ("10:00", EMRE)):
        office.book("general", f"2020-03-09 {starts}", customer=customer, resource="counter-1")
    office.wait_until("2020-03-09 09:10")
    return first


def takes(office: Office, booking: Booking, minutes: int) -> Delay:
    with office.database.transaction() as session:
        lengthen(session, booking.id, minutes, actor=RECEPTION, now=office.now)
    return seen(office, booking)


def seen(office: Office, booking: Booking) -> Delay:
    with office.database.reading() as session:
        return delay(session, current_plan(session), office.see(booking), now=office.now)


def hit(found: Delay) -> list[tuple[str, datetime]]:
    return [(one.hit.booking.person.name, one.begins_at) for one in found.delayed]


def test_those_who_come_next_wait_and_nothing_more_is_booked_into_it(office: Office, served: Booking) -> None:
    found = takes(office, served, 10)

    assert found.lasts_until == at("2020-03-09 09:25")
    assert hit(found) == [("Chen Li", at("2020-03-09 09:25")), ("Bruno Beck", at("2020-03-09 09:40"))]
    assert [place.key for place in found.delayed[0].hit.elsewhere] == ["counter-2", "counter-3"]
    with pytest.raises(SlotTaken):  # Bruno is expected to sit there until five to ten
        office.book("documents", "2020-03-09 09:50", resource="counter-1")
    office.book("documents", "2020-03-09 09:55", resource="counter-1")
    assert hit(takes(office, served, 0)) == []
    office.book("documents", "2020-03-09 09:50", resource="counter-1")


def test_an_end_in_time_ends_all_delays(office: Office, served: Booking) -> None:
    takes(office, served, 30)
    office.do(bookings.finish, served)
    assert hit(seen(office, served)) == []


def test_all_are_given_other_places_and_who_has_gone_pushes_nobody(office: Office, served: Booking) -> None:
    """Chen leaves, and Bruno need not wait any more."""
    takes(office, served, 10)
    with office.database.transaction() as session:
        assert make_way(session, served.id, actor=RECEPTION, now=office.now) == 1
    assert hit(seen(office, served)) == []
    with pytest.raises(SlotTaken):  # the time that Chen left is needed
        office.book("documents", "2020-03-09 09:20", resource="counter-1")


def test_who_waits_at_home_is_told_and_who_is_in_the_house_is_not(office: Office, served: Booking) -> None:
    chen, bruno = (one.hit.booking for one in takes(office, served, 10).delayed)
    with office.database.transaction() as session:
        tell_delay(session, chen.id, served.id, actor=RECEPTION, now=office.now)
    notice = office.notices(chen)[-1]
    assert (notice.template, notice.kind) == (Template.DELAYED, NoticeKind.PHONE)
    assert notice.values["expected_at"] == at("2020-03-09 09:25").isoformat()
    assert office.see(chen).ical_sequence == 0
    office.do(bookings.check_in, bruno)
    for visit in (bruno, served):
        with pytest.raises(WrongState), office.database.transaction() as session:
            tell_delay(session, visit.id, served.id, actor=RECEPTION, now=office.now)


def test_who_has_been_told_is_told_again_only_of_another_time(office: Office, served: Booking) -> None:
    chen = takes(office, served, 10).delayed[0].hit.booking
    told = []
    for minutes in (10, 10, 20, 10):
        takes(office, served, minutes)
        with office.database.transaction() as session:
            tell_delay(session, chen.id, served.id, actor=RECEPTION, now=office.now)
        notices = [row for row in office.notices(chen) if row.template is Template.DELAYED]
        told.append([row.values["expected_at"] for row in notices])
    first, second = (at(f"2020-03-09 09:{minute}").isoformat() for minute in (25, 35))
    assert told == [[first], [first], [first, second], [first, second, first]]


def test_who_has_asked_and_has_no_answer_yet_is_not_told_of_a_delay(july: Office) -> None:
    july.wait_until("2020-07-20 08:00")
    place, by = "office-201", Role.CUSTOMER
    served = july.book("integration", "2020-07-20 09:00", resource=place, justification=REASON)
    asked = july.book("integration", "2020-07-20 10:00", customer=CHEN, resource=place, by=by)
    july.wait_until("2020-07-20 09:00")
    for change in (bookings.check_in, bookings.serve):
        july.do(change, served)
    assert hit(takes(july, served, 60)) == [("Chen Li", at("2020-07-20 11:00"))]
    with pytest.raises(WrongState), july.database.transaction() as session:
        tell_delay(session, asked.id, served.id, actor=RECEPTION, now=july.now)
    assert [row.template for row in july.notices(asked)] == [Template.RECEIPT]


def test_what_takes_longer_does_so_at_another_place_only_if_that_is_said_anew(office: Office) -> None:
    """Emre is booked there into the time that it would take."""
    visit = office.book("general", "2020-03-09 09:00", customer=ADA, resource="counter-1")
    office.book("general", "2020-03-09 09:30", customer=EMRE, resource="counter-2")
    for change in (bookings.check_in, bookings.call):
        office.do(change, visit)
    takes(office, visit, 60)
    with office.database.transaction() as session:
        bookings.relocate(session, visit.id, "counter-2", actor=RECEPTION, now=office.now)
    found = seen(office, visit)
    assert (found.lasts_until, hit(found)) == (None, [])
    office.book("documents", "2020-03-09 09:20", resource="counter-2")


def test_an_end_taken_back_leaves_the_delay_as_it_was(office: Office, served: Booking) -> None:
    before = takes(office, served, 10)
    office.do(bookings.finish, served)
    office.do(corrections.take_back, served, mistake=Change.FINISH)
    assert seen(office, served).lasts_until == before.lasts_until


def test_only_a_visit_under_way_takes_longer(office: Office) -> None:
    visit = office.book("general", "2020-03-09 09:00", customer=DORIT, resource="counter-1")
    with pytest.raises(WrongState):
        takes(office, visit, 10)


def test_who_makes_way_and_who_moves_one_of_them_wait_in_no_circle(postgresql_database: Database) -> None:
    """Bruno is being moved to where Chen is to go; who does so has his row and no turn yet."""
    office = opened(postgresql_database, "2020-03-09 09:00", plan_with("regular"))
    served = office.book("general", "2020-03-09 09:00", resource="counter-1")
    for change in (bookings.check_in, bookings.serve):
        office.do(change, served)
    chen, bruno = (
        office.book("general", f"2020-03-09 {starts}", customer=customer, resource="counter-1")
        for starts, customer in (("09:15", CHEN), ("09:30", BRUNO))
    )
    takes(office, served, 30)

    def all_make_way() -> int:
        with office.database.transaction() as session:
            return make_way(session, served.id, actor=RECEPTION, now=office.now)

    def bruno_is_moved() -> str:
        with office.database.transaction() as session:
            booking = bookings.locked(session, bruno.id)
            bookings.relocate(session, booking.id, "counter-2", actor=RECEPTION, now=office.now)
        return "moved"

    duet = Duet(office.database)
    try:
        players = duet.play([all_make_way, bruno_is_moved], [(1, 2), (0, 1000)])
    finally:
        duet.close()
    assert [player.result for player in players] == [1, "moved"]
    assert [office.see(visit).resource.key for visit in (chen, bruno)] == ["counter-2", "counter-2"]
