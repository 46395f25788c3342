"""Looking for what is free: search offers what booking takes, in a fixed number of statements."""

from datetime import date

import pytest

from models.bookings import Booking
from scheduler.domain.bookings import Party
from scheduler.domain.errors import DomainError, SlotTaken
from scheduler.domain.roles import Role
from scheduler.queries.plans import current_plan
from scheduler.queries.slots import slots
from scheduler.queries.switches import preview
from scheduler.usecases import bookings
from tests.factories import REASON, Office, plan_with
from tests.queries.statements import counted

THURSDAY = date(2020, 3, 12)


def offered(office: Office, service: str, day: date, *, by: Role = Role.RECEPTION) -> list[tuple[str, str]]:
    """What a search for one day offers: local times and places."""
    with office.database.reading() as session:
        plan = current_plan(session)
        found = slots(
            session, plan, plan.service(service), first=day, last=day, booked_by=by, now=office.now, limit=999
        )
        return [
            (f"{slot.starts_at.astimezone(plan.zone):%Y-%m-%d %H:%M}", slot.resource.key) for slot in found
        ]


def test_every_slot_offered_can_be_booked_and_is_not_offered_again(office: Office) -> None:
    wednesday = date(2020, 3, 11)
    first = offered(office, "complex_matter", wednesday)
    assert {place for _, place in first} == {"entrance-room-1", "entrance-room-2", "office-201", "office-202"}
    left = first
    while left:
        starts, place = left[len(left) // 2]
        office.book("complex_matter", starts, resource=place)
        now_left = offered(office, "complex_matter", wednesday)
        assert set(now_left) < set(left)
        left = now_left
    for starts, place in first:
        with pytest.raises(SlotTaken):
            office.book("complex_matter", starts, resource=place)


def test_search_and_booking_agree_on_routes(july: Office) -> None:
    """Each start that the route has no room for is neither offered nor booked, and the other way round."""
    for resource in ("counter-1", "counter-2", "counter-3"):
        july.book("benefit_emergency", "2020-07-21 09:00", resource=resource)
    day = date(2020, 7, 21)
    for starts, place in [
        (f"2020-07-21 {hour:02}:{minute:02}", place)
        for hour, minute in ((8, 45), (9, 0), (9, 15))
        for place in ("counter-1", "entrance-room-1", "entrance-room-2")
    ]:
        is_offered = (starts, place) in offered(july, "benefit_emergency", day)
        try:
            july.book("benefit_emergency", starts, resource=place)
        except DomainError:
            assert not is_offered
        else:
            assert is_offered


def test_what_is_cancelled_is_offered_again(office: Office) -> None:
    before = offered(office, "group_information", THURSDAY)
    booked = office.book("group_information", "2020-03-12 09:00")
    assert offered(office, "group_information", THURSDAY) != before
    office.do(bookings.cancel, booked, by=Party.CUSTOMER)
    assert offered(office, "group_information", THURSDAY) == before


def fill(office: Office, days: tuple[int, ...]) -> list[Booking]:
    return [
        office.book("benefit_emergency", f"2020-03-{day} {hour:02}:{minute:02}", resource="counter-1")
        for day in days
        for hour in (8, 10)
        for minute in (0, 20)
    ]


def statements_of_a_search(office: Office) -> int:
    with counted(office.database) as statements:
        offered(office, "general", THURSDAY)
    return len(statements)


def statements_of_a_booking(office: Office, starts: str) -> int:
    with counted(office.database) as statements:
        office.book("integration", starts)
    return len(statements)


def statements_of_a_preview(office: Office) -> int:
    with counted(office.database) as statements, office.database.reading() as session:
        assert preview(session, "appointments_cancelled", now=office.now).outcomes
    return len(statements)


def test_the_number_of_statements_does_not_grow_with_the_bookings(office: Office) -> None:
    office.wait_until("2020-03-10 09:00")
    office.plan(plan_with("regular", "appointments_cancelled"))
    fill(office, (17,))
    few = (
        statements_of_a_search(office),
        statements_of_a_booking(office, "2020-03-12 08:00"),
        statements_of_a_preview(office),
    )
    fill(office, (11, 12, 13, 18, 19, 20))
    many = (
        statements_of_a_search(office),
        statements_of_a_booking(office, "2020-03-12 09:00"),
        statements_of_a_preview(office),
    )
    assert few == many
    search, booking, looking_ahead = many
    assert search == 2  # which plan, which claims
    assert booking <= (9 if office.database.is_sqlite else 11)  # PostgreSQL takes two locks
    assert looking_ahead <= 7


def test_a_refused_booking_asks_as_little(july: Office) -> None:
    july.book("integration", "2020-07-21 09:00", resource="office-201", justification=REASON)
    with counted(july.database) as statements, pytest.raises(SlotTaken):
        july.book("integration", "2020-07-21 09:00", resource="office-201", justification=REASON)
    assert len(statements) <= (4 if july.database.is_sqlite else 6)
