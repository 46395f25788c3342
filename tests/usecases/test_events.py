"""Group events: seats, those who wait for one, and everybody told when the event changes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from threading import Event as Flag
from time import sleep
from uuid import UUID

import pytest
from sqlalchemy import Select, text
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.database import Database
from models.events import Event, Participant
from scheduler.domain.bookings import Change, MoveRequest, Party, Standing, Status
from scheduler.domain.errors import (
    Busy,
    DomainError,
    Forbidden,
    InThePast,
    Invalid,
    NotFound,
    SlotTaken,
    WrongState,
)
from scheduler.domain.events import EventRequest
from scheduler.domain.notices import NoticeState, Template
from scheduler.domain.people import Customer, Needs
from scheduler.domain.roles import Role
from scheduler.queries.bookings import booking as look_up
from scheduler.queries.events import event_date, events_from, signed_up
from scheduler.queries.plans import current_plan
from scheduler.usecases import bookings, events, participants
from scheduler.usecases.corrections import take_back
from scheduler.usecases.events import SignUp, plan_events, sign_up
from scheduler.usecases.participants import seat_of, taken_seats
from scheduler.usecases.requests import cancel_unanswered
from scheduler.usecases.undos import undo
from tests.cast import ADA, BRUNO, CHEN, CUSTOMER, DORIT, EMRE, MANAGER, RECEPTION
from tests.factories import Office, at, opened, plan_with
from tests.invariants import broken

_WHO_WAITS_FOR_ME = (
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
)
WEDNESDAY = "2020-03-18 10:00"
WISH = EventRequest("group_information", at(WEDNESDAY), None, "Frau Berger", seats=2)


@pytest.fixture
def house(office: Office) -> Iterator[Office]:
    """Whatever a test does, the books are right afterwards."""
    yield office
    assert broken(office.database) == []


def planned(office: Office, wish: EventRequest = WISH) -> list[Booking]:
    with office.database.transaction() as session:
        return plan_events(session, wish, actor=MANAGER, now=office.now)


def signed(
    office: Office, event: Booking, who: Customer, *, waits: bool = False, by: Role = Role.CUSTOMER
) -> Booking:
    with office.database.transaction() as session:
        return sign_up(session, event.id, SignUp(who, by, waits), actor=CUSTOMER, now=office.now)


def seats(office: Office, event: Booking) -> list[tuple[str, int | None, Status]]:
    with office.database.reading() as session:
        return [
            (one.booking.person.name, one.seat, one.booking.status) for one in signed_up(session, event.id)
        ]


def told(office: Office, booking: Booking) -> list[Template]:
    return [row.template for row in office.notices(booking)]


def test_seats_are_given_away_until_none_is_left_and_then_people_wait(house: Office) -> None:
    (event,) = planned(house)
    for who in (ADA, BRUNO):
        signed(house, event, who)
    with pytest.raises(WrongState) as refused:
        signed(house, event, CHEN)
    assert refused.value.details["why"] == "event_full"
    waiting = signed(house, event, EMRE, waits=True)

    assert seats(house, event) == [
        (ADA.name, 1, Status.BOOKED),
        (BRUNO.name, 2, Status.BOOKED),
        (EMRE.name, None, Status.REQUESTED),
    ]
    assert told(house, waiting) == [Template.RECEIPT]
    assert [row.state for row in house.notices(event)] == [NoticeState.UNWANTED]
    with house.database.reading() as session:
        (found,) = events_from(session, current_plan(session), house.now, public=True)
    assert (found.left, found.taken, found.waiting) == (0, 2, 1)


def test_a_seat_that_is_given_up_goes_to_whoever_has_waited_longest(house: Office) -> None:
    (event,) = planned(house)
    ada, _bruno = (signed(house, event, who) for who in (ADA, BRUNO))
    for who in (EMRE, CHEN):
        house.clock.office_now += timedelta(minutes=1)
        signed(house, event, who, waits=True)
    house.do(bookings.cancel, ada, by=Party.CUSTOMER)

    assert seats(house, event) == [
        (EMRE.name, 1, Status.BOOKED),
        (BRUNO.name, 2, Status.BOOKED),
        (CHEN.name, None, Status.REQUESTED),
    ]
    with house.database.reading() as session:
        emre = next(one.booking for one in signed_up(session, event.id) if one.seat == 1)
    assert told(house, emre) == [Template.RECEIPT, Template.INVITATION]
    with pytest.raises(WrongState):
        house.do(take_back, ada, mistake=Change.CANCEL)


def test_who_waits_for_nothing_is_told_when_it_begins(house: Office) -> None:
    (event,) = planned(house)
    for who in (ADA, BRUNO):
        signed(house, event, who)
    waiting = signed(house, event, EMRE, waits=True)
    with pytest.raises(WrongState) as refused:
        house.do(bookings.approve, waiting, actor=MANAGER)
    assert refused.value.details["why"] == "event_full"
    house.wait_until(WEDNESDAY)
    cancel_unanswered(house.database, clock=house.clock)
    assert house.see(waiting).status is Status.CANCELLED
    assert told(house, waiting) == [Template.RECEIPT, Template.DECLINED]
    with pytest.raises(InThePast):
        signed(house, event, CHEN)


def test_a_cancelled_event_tells_everybody(house: Office) -> None:
    (event,) = planned(house)
    visits = [signed(house, event, who) for who in (ADA, BRUNO)]
    visits.append(signed(house, event, EMRE, waits=True))
    house.do(bookings.cancel, event, by=Party.OFFICE, reason="The room is closed.")

    for visit in visits:
        seen = house.see(visit)
        assert (seen.status, seen.cancelled_by, seen.reason) == (
            Status.CANCELLED,
            Party.OFFICE,
            "The room is closed.",
        )
        assert told(house, visit)[-1] is Template.CANCELLATION
    with pytest.raises(WrongState) as refused:
        signed(house, event, CHEN)
    assert refused.value.details["why"] == "event_over"
    with pytest.raises(WrongState):
        house.do(take_back, event, mistake=Change.CANCEL)


def test_a_postponed_event_takes_everybody_along(house: Office) -> None:
    (event,) = planned(house)
    ada = signed(house, event, ADA)
    later = MoveRequest(at("2020-03-19 10:00"), None)
    house.do(bookings.move, event, request=later)
    seen = house.see(ada)
    assert (seen.starts_at, seen.ical_sequence) == (later.starts_at, 1)
    assert told(house, ada) == [Template.INVITATION, Template.UPDATE]
    with pytest.raises(WrongState) as refused:
        house.do(bookings.move, ada, request=later)
    assert refused.value.details["why"] == "seat_at_event"


def test_a_phase_cancels_an_event_with_all_who_signed_up_and_an_undo_brings_all_back(house: Office) -> None:
    (event,) = planned(house)
    visits = [event, signed(house, event, ADA), signed(house, event, BRUNO)]
    house.switch_into("preventive")
    assert [house.see(one).status for one in visits] == [Status.CANCELLED] * 3
    assert told(house, visits[1])[-1] is Template.CANCELLATION

    report = undo(house.database, "preventive", actor=MANAGER, clock=house.clock)
    assert (report.restored, report.not_restored) == (3, {})
    assert [house.see(one).standing for one in visits] == [Standing.IN_QUESTION] * 3
    assert [seat for _, seat, _ in seats(house, event)] == [1, 2]


def test_a_series_is_planned_as_a_whole_or_not_at_all(house: Office) -> None:
    made = planned(house, replace(WISH, dates=3))
    assert [booking.starts_at for booking in made] == [
        at("2020-03-18 10:00"),
        at("2020-03-25 10:00"),
        at("2020-04-01 10:00"),
    ]
    assert made[2].starts_at - made[1].starts_at < timedelta(days=7)  # summer time begins between
    with pytest.raises(SlotTaken):
        planned(house, replace(WISH, starts_at=at("2020-03-11 10:00"), dates=2))
    with house.database.reading() as session:
        assert len(events_from(session, current_plan(session), house.now)) == 3


@pytest.mark.parametrize(
    "wish, field",
    [
        (replace(WISH, service="general"), "service"),
        (replace(WISH, led_by=" "), "led_by"),
        (replace(WISH, seats=0), "seats"),
        (replace(WISH, seats=25), "seats"),
        (replace(WISH, dates=0), "dates"),
    ],
)
def test_what_cannot_be_planned_is_said_beside_its_field(
    house: Office, wish: EventRequest, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        planned(house, wish)
    assert list(refused.value.fields) == [field]


def test_the_room_says_how_many_seats_there_are_where_nobody_else_does(house: Office) -> None:
    (event,) = planned(house, replace(WISH, seats=None))
    with house.database.reading() as session:
        assert event_date(session, current_plan(session), event.id).event.seats == 24


def test_a_phase_that_keeps_people_apart_gives_fewer_seats(house: Office) -> None:
    """Of the room's 24 seats a twelfth is 2; whoever has one already keeps it."""
    (event,) = planned(house, replace(WISH, seats=None))
    plan = plan_with("regular")
    apart = replace(
        plan.phases[0], key="apart", starts=event.starts_at, announce_at=event.starts_at, seats_percent=9
    )
    three = [signed(house, event, customer) for customer in (ADA, BRUNO, CHEN)]
    house.plan(replace(plan, phases=(*plan.phases, apart)))
    with house.database.reading() as session:
        found = event_date(session, current_plan(session), event.id)
    assert (found.seats, found.taken, found.left) == (2, 3, 0)
    with pytest.raises(WrongState):
        signed(house, event, DORIT)
    waits = signed(house, event, DORIT, waits=True)
    house.do(bookings.cancel, three[0], by=Party.CUSTOMER)
    assert house.see(waits).status is Status.REQUESTED  # two of two seats are taken
    house.do(bookings.cancel, three[1], by=Party.CUSTOMER)
    assert house.see(waits).status is Status.BOOKED


def test_the_public_signs_up_for_public_events_alone(house: Office) -> None:
    (event,) = planned(house, replace(WISH, is_public=False))
    with pytest.raises(NotFound):
        signed(house, event, ADA)
    with house.database.transaction() as session:
        asked = SignUp(DORIT, Role.RECEPTION)
        sign_up(session, event.id, asked, actor=RECEPTION, now=house.now)
        assert events_from(session, current_plan(session), house.now, public=True) == []
    with pytest.raises(Forbidden):
        signed(house, event, ADA, by=Role.MANAGER)


def test_who_needs_a_way_without_steps_is_not_led_up_any(house: Office) -> None:
    (event,) = planned(house)
    with pytest.raises(DomainError) as refused:
        signed(house, event, replace(ADA, needs=Needs(step_free=True)))
    assert refused.value.code == "unsuitable_place"


def _all_at_once(office: Office, event: Booking, people: int) -> int:
    """How many of so many people get a seat."""

    def try_it(number: int) -> bool:
        try:
            signed(office, event, Customer(f"Person {number}"))
        except WrongState:
            return False
        return True

    with ThreadPoolExecutor(people) as threads:
        return sum(threads.map(try_it, range(people)))


def test_no_seat_is_given_away_twice_however_many_ask_at_once(house: Office) -> None:
    (event,) = planned(house, replace(WISH, seats=3))
    assert _all_at_once(house, event, 8) == 3
    assert [seat for _, seat, _ in seats(house, event)] == [1, 2, 3]


def test_without_turns_two_would_want_the_same_seat_and_the_rows_refuse_one(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: both look before either sits down."""
    office = opened(postgresql_database, "2020-03-09 09:00", plan_with("regular"))
    (event,) = planned(office)
    both = Barrier(2)

    def look_and_wait(session: Session, event_id: UUID) -> set[int]:
        found = taken_seats(session, event_id)
        both.wait(30)
        return found

    monkeypatch.setattr(events, "lock_event", lambda session, event_id: session.get(Event, event_id))
    monkeypatch.setattr(events, "locked", lambda session, booking_id: look_up(session, booking_id))
    monkeypatch.setattr(events, "taken_seats", look_and_wait)
    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(signed, office, event, who) for who in (ADA, BRUNO)]
        errors = [one.exception() for one in asked]
    assert sorted(type(error).__name__ for error in errors) == ["IntegrityError", "NoneType"]


@pytest.mark.parametrize("in_order", [True, False])
def test_who_gives_up_a_seat_while_the_event_is_cancelled_does_not_wait_in_a_circle(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch, in_order: bool
) -> None:
    """Whoever cancels the event waits for the seat's; in the negative control each waits for the other."""
    office = opened(postgresql_database, "2020-03-09 09:00", plan_with("regular"))
    (event,) = planned(office, replace(WISH, seats=1))
    ada = signed(office, event, ADA)
    emre = signed(office, event, EMRE, waits=True)
    holding = Flag()

    def hold_until_somebody_waits(session: Session, booking_id: UUID) -> Participant | None:
        found = seat_of(session, booking_id)
        if booking_id == ada.id:
            holding.set()
            while not session.scalar(text(_WHO_WAITS_FOR_ME)):
                sleep(0.01)
        return found

    def who_waits_first(event_id: UUID) -> Select[Booking]:
        return in_turn(event_id).order_by(None).order_by(Participant.seat.is_not(None))

    in_turn = participants._signed_up  # turned round to see what its order is for
    monkeypatch.setattr(participants, "seat_of", hold_until_somebody_waits)
    if not in_order:
        monkeypatch.setattr(participants, "_signed_up", who_waits_first)
    with ThreadPoolExecutor(2) as threads:
        seat = threads.submit(office.do, bookings.cancel, ada, by=Party.CUSTOMER)
        assert holding.wait(30)
        whole = threads.submit(office.do, bookings.cancel, event, by=Party.OFFICE)
        errors = {type(one.exception()) for one in (seat, whole)}
    assert errors == ({type(None)} if in_order else {type(None), Busy})
    if in_order:
        assert [office.see(one).status for one in (ada, emre, event)] == [Status.CANCELLED] * 3
        assert broken(office.database) == []
