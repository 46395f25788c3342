"""A legal summons: noted with its day, and then the office alone changes the visit."""

from datetime import date

import pytest

from scheduler.domain.bookings import MoveRequest, Party, Status
from scheduler.domain.errors import Invalid, WrongState
from scheduler.domain.roles import Actor, Role
from scheduler.usecases import bookings
from scheduler.usecases.summonses import note_summons
from tests.cast import RECEPTION
from tests.factories import Office, at

VISITOR = Actor("visitor:ABC", Role.CUSTOMER)


def test_a_visit_with_a_summons_is_changed_by_the_office_alone(office: Office) -> None:
    visit = office.book(starts="2020-03-11 09:00")
    office.do(note_summons, visit, sent_on=date(2020, 3, 9))
    assert office.see(visit).summoned_on == date(2020, 3, 9)

    later = MoveRequest(at("2020-03-12 09:00"), None, by=Party.CUSTOMER)
    with office.database.transaction() as session:
        with pytest.raises(WrongState) as refused:
            bookings.cancel(session, visit.id, by=Party.CUSTOMER, actor=VISITOR, now=office.now)
        assert refused.value.details["why"] == "summoned"
        with pytest.raises(WrongState):
            bookings.move(session, visit.id, later, actor=VISITOR, now=office.now)
    assert office.see(visit).status is Status.BOOKED
    office.do(bookings.cancel, visit, by=Party.CUSTOMER)
    assert office.see(visit).status is Status.CANCELLED


def test_a_summons_is_noted_once_it_was_sent_and_taken_back_if_it_was_not(office: Office) -> None:
    visit = office.book(starts="2020-03-12 09:00")
    with pytest.raises(Invalid) as refused, office.database.transaction() as session:
        note_summons(session, visit.id, sent_on=date(2020, 3, 11), actor=RECEPTION, now=office.now)
    assert refused.value.fields["sent_on"].why == "in_the_future"
    office.do(note_summons, visit, sent_on=date(2020, 3, 9))
    office.do(note_summons, visit, sent_on=date(2020, 3, 9))
    office.do(note_summons, visit, sent_on=None)
    assert office.see(visit).summoned_on is None
    assert office.see(visit).version == visit.version + 2
    with office.database.transaction() as session:
        bookings.cancel(session, visit.id, by=Party.CUSTOMER, actor=VISITOR, now=office.now)
