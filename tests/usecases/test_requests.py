"""Requests that nobody answered end with the visit's start."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from models.bookings import Booking
from scheduler.domain.bookings import Party, Status
from scheduler.domain.notices import NoticeKind, Template
from scheduler.domain.people import Customer
from scheduler.domain.roles import Role
from scheduler.queries.audit import records_of
from scheduler.usecases import bookings
from scheduler.usecases.requests import THE_ANSWERER, cancel_unanswered
from tests.cast import ADA, BRUNO, CASEWORKER, CUSTOMER, FATMA
from tests.factories import Office


def ask(office: Office, starts: str = "2020-07-21 09:00", customer: Customer = ADA) -> Booking:
    return office.book("integration", starts, customer=customer, by=Role.CUSTOMER, actor=CUSTOMER)


def test_a_request_is_kept_until_the_visit_would_begin(july: Office) -> None:
    asked = ask(july)
    july.wait_until("2020-07-21 08:59")
    assert cancel_unanswered(july.database, clock=july.clock) == 0
    july.wait_until("2020-07-21 09:00")
    assert cancel_unanswered(july.database, clock=july.clock) == 1
    assert cancel_unanswered(july.database, clock=july.clock) == 0
    seen = july.see(asked)
    assert (seen.status, seen.cancelled_by) == (Status.CANCELLED, Party.OFFICE)
    receipt, declined = july.notices(asked)
    assert (receipt.template, declined.template) == (Template.RECEIPT, Template.DECLINED)
    assert declined.values["method"] is None
    with july.database.reading() as session:
        record = records_of(session, f"booking:{asked.id}")[-1]
    assert (record.action, record.actor) == ("booking.unanswered", THE_ANSWERER.name)


def test_the_place_of_an_unanswered_request_is_free_again(july: Office) -> None:
    asked = ask(july, "2020-07-21 09:00")
    july.wait_until("2020-07-21 09:00")
    cancel_unanswered(july.database, clock=july.clock)
    july.book("benefit_emergency", "2020-07-21 09:15", resource=asked.resource.key)


def test_answered_requests_and_bookings_are_left_alone(july: Office) -> None:
    asked, booked = ask(july), july.book("benefit_emergency", "2020-07-21 09:00")
    july.do(bookings.approve, asked, actor=CASEWORKER)
    july.wait_until("2020-07-22 09:00")
    assert cancel_unanswered(july.database, clock=july.clock) == 0
    assert july.see(asked).status is july.see(booked).status is Status.BOOKED


@pytest.mark.parametrize("customer, kind", [(BRUNO, NoticeKind.DOOR), (FATMA, NoticeKind.PHONE)])
def test_no_letter_is_sent_to_somebody_who_is_at_the_door(
    july: Office, customer: Customer, kind: NoticeKind
) -> None:
    asked = ask(july, customer=customer)
    july.wait_until("2020-07-21 09:00")
    cancel_unanswered(july.database, clock=july.clock)
    assert july.notices(asked)[-1].kind is kind


def test_two_who_answer_at_once_tell_everybody_once(july: Office) -> None:
    asked = [ask(july, f"2020-07-{day} {hour:02}:00") for day in (21, 22, 23) for hour in (8, 9, 10)]
    july.wait_until("2020-07-24 09:00")
    with ThreadPoolExecutor(2) as threads:
        answers = threads.map(lambda _: cancel_unanswered(july.database, clock=july.clock), range(2))
        assert sum(answers) == len(asked)
    for one in asked:
        assert len(july.notices(one)) == 2
