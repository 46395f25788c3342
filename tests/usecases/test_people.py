"""What people need: it lengthens the visit or chooses the place, in search, booking and moving alike."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from models.bookings import Booking
from scheduler.domain.bookings import BookingRequest, Company
from scheduler.domain.errors import DomainError, Fault, Invalid, SlotTaken, UnsuitablePlace
from scheduler.domain.people import Needs
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Role
from scheduler.queries.days import answers
from scheduler.queries.plans import current_plan
from scheduler.queries.slots import slots
from scheduler.usecases import bookings
from tests.cast import ADA, RECEPTION
from tests.factories import Office, at, plan_with

INTERPRETED = replace(ADA, needs=Needs(interpreter=True))
WITHOUT_STEPS = replace(ADA, needs=Needs(step_free=True))
WEDNESDAY = date(2020, 3, 11)


def one_counter_without_steps() -> Plan:
    """The regular plan, of whose counters the third alone is marked."""
    plan = plan_with("regular")
    marked = frozenset({"step-free"})
    places = [
        replace(
            place,
            equipment=place.equipment | marked if place.key == "counter-3" else place.equipment - marked,
        )
        for place in plan.resources
    ]
    return replace(plan, resources=tuple(places))


def offered(office: Office, needs: Needs) -> list[tuple[str, str]]:
    with office.database.reading() as session:
        plan = current_plan(session)
        found = slots(
            session,
            plan,
            plan.visit("general", needs),
            first=WEDNESDAY,
            last=WEDNESDAY,
            booked_by=Role.RECEPTION,
            now=office.now,
            limit=999,
        )
    return [(f"{slot.starts_at.astimezone(plan.zone):%H:%M}", slot.resource.key) for slot in found]


def refused(office: Office, needs: Needs, starts: str, place: str) -> DomainError | None:
    """Why the form says that nothing can be booked there."""
    with office.database.reading() as session:
        plan = current_plan(session)
        found = answers(
            session,
            plan,
            at(starts),
            plan.resource(place),
            booked_by=Role.RECEPTION,
            now=office.now,
            needs=needs,
        )
    return next(answer.error for answer in found if answer.service.key == "general")


def length(booking: Booking) -> timedelta:
    return booking.ends_at - booking.starts_at


def test_an_interpreter_lengthens_the_visit_by_what_the_plan_says(office: Office) -> None:
    usual = office.book("general", "2020-03-11 09:00", resource="counter-1")
    visit = office.book("general", "2020-03-11 09:00", resource="counter-2", customer=INTERPRETED)
    moved = office.move(visit, "2020-03-12 09:00")

    assert length(visit) - length(usual) == length(moved) - length(usual) == timedelta(minutes=15)
    assert office.see(visit).person.needs == Needs(interpreter=True)


def test_search_form_and_booking_agree_where_the_longer_visit_does_not_fit(office: Office) -> None:
    first = office.book("general", "2020-03-11 09:00", resource="counter-1")
    starts = first.starts_at - length(first)
    with office.database.reading() as session:
        local = f"{starts.astimezone(current_plan(session).zone):%H:%M}"
    there, when = (local, "counter-1"), f"2020-03-11 {local}"

    assert there in offered(office, Needs())
    assert there not in offered(office, Needs(interpreter=True))
    assert refused(office, Needs(), when, "counter-1") is None
    assert isinstance(refused(office, Needs(interpreter=True), when, "counter-1"), SlotTaken)
    with pytest.raises(SlotTaken) as caught:
        office.book("general", when, resource="counter-1", customer=INTERPRETED)
    assert caught.value.details["alternatives"]
    office.book("general", when, resource="counter-1")


def test_who_needs_a_way_without_steps_is_booked_where_the_plan_marks_one(office: Office) -> None:
    office.plan(one_counter_without_steps())
    visit = office.book("general", "2020-03-11 09:00", customer=WITHOUT_STEPS)
    moved = office.move(visit, "2020-03-11 10:00")

    assert office.see(moved).resource.key == "counter-3"
    assert {place for _, place in offered(office, Needs(step_free=True))} == {"counter-3"}
    assert isinstance(
        refused(office, Needs(step_free=True), "2020-03-11 09:00", "counter-1"), UnsuitablePlace
    )
    with pytest.raises(UnsuitablePlace) as caught:
        office.book("general", "2020-03-11 09:00", customer=WITHOUT_STEPS, resource="counter-1")
    assert caught.value.details["step_free"]


def test_the_alternatives_are_such_that_suit_the_needs(office: Office) -> None:
    office.plan(one_counter_without_steps())
    office.book("general", "2020-03-11 09:00", resource="counter-3")
    with pytest.raises(SlotTaken) as caught:
        office.book("general", "2020-03-11 09:00", customer=WITHOUT_STEPS)

    assert {slot.resource.key for slot in caught.value.details["alternatives"]} == {"counter-3"}


def test_a_household_comes_together_on_one_booking(office: Office) -> None:
    def book(company: Company) -> Booking:
        request = BookingRequest("general", at("2020-03-11 09:00"), Role.RECEPTION, ADA, company=company)
        with office.database.transaction() as session:
            return bookings.book(session, request, actor=RECEPTION, now=office.now)

    with pytest.raises(Invalid) as caught:
        book(Company(2, "Bea\nCem"))
    visit = office.see(book(Company(4, " Bea \n\nCem")))

    assert caught.value.fields == {"persons": Fault("more_named")}
    assert (visit.persons, visit.others) == (4, "Bea\nCem")
