"""The worklist: who stands on it, in which order, what is proposed, and what becomes of each decision."""

from dataclasses import replace
from datetime import timedelta

import pytest

from models.bookings import Booking
from scheduler.domain.bookings import Channel, Party, Standing, Status
from scheduler.domain.errors import NotFound, WrongState
from scheduler.domain.events import EventRequest
from scheduler.domain.hours import Closure
from scheduler.domain.interruptions import InterruptionKind, InterruptionRequest
from scheduler.domain.intervals import Interval
from scheduler.domain.notices import Reach, Template
from scheduler.domain.people import Customer
from scheduler.domain.roles import Role
from scheduler.domain.texts import Text
from scheduler.domain.worklist import PAGE_LENGTH, Reason
from scheduler.queries import worklist as queries
from scheduler.queries.plans import current_plan
from scheduler.queries.worklist import Case, Wanted
from scheduler.usecases import bookings, worklist
from scheduler.usecases.events import SignUp, plan_events, sign_up
from scheduler.usecases.interruptions import interrupt
from tests.cast import ADA, BRUNO, CHEN, DORIT, EMRE, FATMA, MANAGER, RECEPTION
from tests.factories import REASON, Office, at, plan_with

MEETING = Text({"de": "Personalversammlung", "en": "Staff meeting"})


def cases(office: Office, after: str | None = None, **wanted: str) -> list[Case]:
    return list(page(office, after, **wanted).cases)


def page(office: Office, after: str | None = None, **wanted: str) -> queries.Cases:
    reason = Reason(wanted["reason"]) if "reason" in wanted else None
    narrow = Wanted(reason, wanted.get("site"), wanted.get("service"))
    with office.database.reading() as session:
        plan = current_plan(session)
        return queries.cases(session, plan, narrow, now=office.now, after=after)


def references(office: Office, **wanted: str) -> list[str]:
    return [case.booking.reference for case in cases(office, **wanted)]


def waiting(office: Office, **wanted: str) -> queries.WaitingPage:
    with office.database.reading() as session:
        return queries.without_time(
            session, current_plan(session), Wanted(None, **wanted), booked_by=Role.RECEPTION, now=office.now
        )


def names(office: Office, **wanted: str) -> list[str]:
    return [one.booking.person.name for one in waiting(office, **wanted).waiting]


def flagged(office: Office) -> list[Booking]:
    """Two emergencies that the switch of 13 March puts in question: nobody is told, somebody has to look."""
    later = office.book("benefit_emergency", "2020-03-17 11:00", customer=DORIT, resource="counter-2")
    sooner = office.book("benefit_emergency", "2020-03-17 09:00", customer=CHEN, resource="counter-1")
    office.switch_into("preventive", "appointments_cancelled")
    office.wait_until("2020-03-16 08:00")
    return [sooner, later]


def close(office: Office, start: str, end: str, *places: str) -> None:
    """A closure of the plan, as a plan file brings it."""
    closure = Closure(Interval(at(start), at(end)), MEETING, frozenset(places) or None, None)
    with office.database.reading() as session:
        plan = current_plan(session)
    office.plan(replace(plan, closures=(*plan.closures, closure)))


# ------------------------------------------------------------------------------------------- who stands there


def test_what_a_switch_puts_in_question_stands_there_the_soonest_first(office: Office) -> None:
    sooner, later = flagged(office)

    found = cases(office)

    assert [case.booking.id for case in found] == [sooner.id, later.id]
    assert [(case.reason, case.reach) for case in found] == [
        (Reason.PHASE, Reach.PHONE),
        (Reason.PHASE, Reach.NONE),
    ]
    assert references(office, reason="phase", site="main", service="benefit_emergency") == [
        sooner.reference,
        later.reference,
    ]
    assert references(office, reason="place") == []
    assert references(office, site="annex") == []
    assert references(office, service="general") == []


def test_what_a_closure_an_interruption_or_a_retired_place_makes_impossible_stands_there(
    office: Office,
) -> None:
    closed = office.book("general", "2020-03-11 10:00", resource="counter-1")
    office.book("general", "2020-03-11 10:00", resource="counter-2")
    interrupted = office.book("general", "2020-03-09 11:00", customer=CHEN, resource="counter-3")
    retired = office.book("urgent_benefit", "2020-03-12 09:00", customer=EMRE, resource="office-201")
    close(office, "2020-03-11 10:10", "2020-03-11 18:00", "counter-1")
    request = InterruptionRequest("counter-3", InterruptionKind.CLOSED)
    with office.database.transaction() as session:
        interrupt(session, request, actor=RECEPTION, now=office.now)
        plan = current_plan(session)
    left = tuple(place for place in plan.resources if place.key != "office-201")
    office.plan(replace(plan, resources=left))

    found = cases(office)

    assert [case.booking.id for case in found] == [interrupted.id, closed.id, retired.id]
    assert {case.reason for case in found} == {Reason.PLACE}
    assert [case.closure for case in found] == [None, MEETING, None]
    assert references(office, reason="phase") == []


def test_the_free_times_proposed_are_those_that_the_desk_finds(office: Office) -> None:
    visit = office.book("general", "2020-03-11 10:00", resource="counter-1")
    office.book("general", "2020-03-11 11:45", customer=CHEN, resource="counter-2")
    close(
        office, "2020-03-11 08:00", "2020-03-11 11:45", "counter-1", "counter-2", "counter-3", "annex-counter"
    )

    (case,) = cases(office)

    starts = [(slot.starts_at, slot.resource.key) for slot in case.proposals]
    assert starts == [
        (at("2020-03-11 11:45"), "counter-1"),
        (at("2020-03-11 11:45"), "counter-3"),
        (at("2020-03-11 11:45"), "annex-counter"),
    ]
    office.move(visit, "2020-03-11 11:45", resource="counter-3")
    assert cases(office) == []


def test_where_all_is_closed_for_months_the_first_times_after_that_are_proposed(office: Office) -> None:
    soon = office.book("benefit_emergency", "2020-03-17 09:00", customer=CHEN)
    later = office.book("general", "2020-04-22 10:00", customer=EMRE)  # after `effects_until`: in question
    office.switch_into("preventive", "appointments_cancelled")
    office.wait_until("2020-03-16 08:00")
    office.plan(plan_with("regular", "preventive", "appointments_cancelled", "phase_2"))

    first, second = cases(office)

    assert (first.booking.id, second.booking.id) == (soon.id, later.id)
    assert first.proposals[0].starts_at == at("2020-03-17 08:00")
    assert second.proposals[0].starts_at == at("2020-07-20 08:00")


def test_what_is_more_than_a_page_is_turned(office: Office) -> None:
    made = [
        office.book(
            "documents", f"2020-03-11 {8 + number // 12:02}:{number % 12 * 5:02}", resource="counter-1"
        )
        for number in range(PAGE_LENGTH + 3)
    ]
    close(office, "2020-03-11 08:00", "2020-03-11 18:00")

    first = page(office)
    second = page(office, first.next_cursor)

    assert [case.booking.id for case in (*first.cases, *second.cases)] == [one.id for one in made]
    assert (len(first.cases), second.next_cursor) == (PAGE_LENGTH, None)


def test_a_group_event_stands_there_once_and_is_kept_for_all(office: Office) -> None:
    wish = EventRequest("group_information", at("2020-03-18 10:00"), None, "Frau Berger")
    with office.database.transaction() as session:
        (event,) = plan_events(session, wish, actor=MANAGER, now=office.now)
        guest = sign_up(session, event.id, SignUp(ADA, Role.RECEPTION), actor=RECEPTION, now=office.now)
        for one in (event, guest):
            worklist.doubt(session, one.id, actor=RECEPTION, now=office.now)

    (case,) = cases(office)

    assert (case.booking.id, case.is_group, case.proposals) == (event.id, True, ())
    with pytest.raises(WrongState) as refusal:
        office.do(worklist.call_instead, event)
    assert refusal.value.details["why"] == "group_by_phone"
    office.do(worklist.keep, event)
    assert office.see(guest).standing is Standing.VALID
    assert cases(office) == []


# ------------------------------------------------------------------------------------------- what is decided


def test_who_is_kept_comes_as_booked_and_nobody_is_told(office: Office) -> None:
    visit, _ = flagged(office)

    office.do(worklist.keep, visit)
    office.do(worklist.keep, visit)

    assert office.see(visit).standing is Standing.VALID
    assert [notice.template for notice in office.notices(visit)] == [Template.INVITATION]
    assert visit.reference not in references(office)
    office.do(worklist.doubt, visit)
    assert visit.reference in references(office)


def test_who_is_kept_at_a_closed_place_stands_there_again_once_moved_into_another_closure(
    office: Office,
) -> None:
    visit = office.book("general", "2020-03-11 10:00", resource="counter-1")
    close(office, "2020-03-11 08:00", "2020-03-11 18:00", "counter-1")
    office.do(worklist.keep, visit)
    assert cases(office) == []

    office.move(visit, "2020-03-10 10:00", resource="counter-1")
    close(office, "2020-03-10 08:00", "2020-03-10 18:00")

    assert references(office) == [visit.reference]


def test_a_visit_becomes_a_call_and_its_place_is_free(office: Office) -> None:
    visit, nameless = flagged(office)

    office.do(worklist.call_instead, visit)

    after = office.see(visit)
    assert (after.channel, after.standing, after.status) == (Channel.PHONE, Standing.VALID, Status.BOOKED)
    assert (after.ical_uid, after.ical_sequence) == (visit.ical_uid, visit.ical_sequence + 1)
    assert [notice.template for notice in office.notices(visit)] == [Template.INVITATION, Template.PHONE]
    office.book("benefit_emergency", "2020-03-17 09:00", customer=EMRE, resource="counter-1")
    for one, why in ((visit, "by_phone_already"), (nameless, "no_phone")):
        with pytest.raises(WrongState) as refusal:
            office.do(worklist.call_instead, one)
        assert refusal.value.details["why"] == why


def test_a_call_is_ticked_off_on_its_day(office: Office) -> None:
    visit, _ = flagged(office)
    with pytest.raises(WrongState):
        office.do(worklist.make_call, visit)
    office.do(worklist.call_instead, visit)

    def open_calls() -> list[str]:
        with office.database.reading() as session:
            return [one.reference for one in queries.calls(session, Wanted()).bookings]

    with pytest.raises(WrongState) as refusal:
        office.do(worklist.make_call, visit)
    assert refusal.value.details["why"] == "call_later"
    assert open_calls() == [visit.reference]
    office.wait_until("2020-03-17 09:05")
    office.do(worklist.make_call, visit)
    assert open_calls() == []
    assert office.see(visit).status is Status.DONE


def test_what_is_over_or_unknown_is_not_decided_about(office: Office) -> None:
    visit, other = flagged(office)
    office.do(bookings.cancel, other, by=Party.CUSTOMER)
    office.wait_until("2020-03-17 12:00")
    assert cases(office) == []
    for one, why in ((visit, "visit_over"), (other, "status")):
        for deed in (worklist.keep, worklist.doubt, worklist.call_instead):
            with pytest.raises(WrongState) as refusal:
                office.do(deed, one)
            assert refusal.value.details["why"] == why
    with pytest.raises(NotFound), office.database.transaction() as session:
        worklist.keep(session, visit.person_id, actor=RECEPTION, now=office.now)


def test_a_request_is_answered_before_it_becomes_a_call(july: Office) -> None:
    asked = july.book("integration", "2020-07-20 10:00", customer=CHEN, by=Role.CUSTOMER)
    july.do(worklist.doubt, asked)
    with pytest.raises(WrongState):
        july.do(worklist.call_instead, asked)
    assert references(july) == [asked.reference]


# ---------------------------------------------------------------------------------------- without a new time


def test_those_whom_the_office_cancelled_wait_by_urgency_until_they_have_a_new_time(office: Office) -> None:
    """The plan's order of concerns is that of their urgency; then whoever should have come first."""
    office.book("general", "2020-03-18 10:00", customer=EMRE)
    office.book("general", "2020-03-17 10:00", customer=BRUNO)
    office.book("integration", "2020-03-19 10:00", customer=FATMA)
    office.book("general", "2020-03-19 10:00", customer=BRUNO)  # known by a name alone: nobody else
    own = office.book("general", "2020-03-19 11:00", customer=CHEN)
    office.do(bookings.cancel, own, by=Party.CUSTOMER)
    office.switch_into("preventive", "appointments_cancelled")
    office.wait_until("2020-03-16 09:00")

    found = waiting(office)

    assert [one.booking.person.name for one in found.waiting] == [
        "Fatma Fuchs",
        "Bruno Beck",
        "Emre Er",
        "Bruno Beck",
    ]
    assert [list(one.proposals) for one in found.waiting] == [[]] * 4
    assert names(office, service="integration") == ["Fatma Fuchs"]
    assert names(office, site="annex") == []


def test_somebody_known_by_number_or_address_stands_there_once(office: Office) -> None:
    known = replace(ADA, number="123A456")
    office.book("general", "2020-03-17 10:00", customer=known)
    last = office.book("general", "2020-03-18 10:00", customer=replace(known, name="Ada A.", email=None))
    office.book("general", "2020-03-17 11:00", customer=EMRE)
    again = office.book("general", "2020-03-18 11:00", customer=EMRE)
    office.switch_into("preventive", "appointments_cancelled")
    office.wait_until("2020-03-16 09:00")
    assert {one.booking.id for one in waiting(office).waiting} == {last.id, again.id}


def test_a_new_phase_turns_waiting_into_free_times_and_a_new_booking_ends_it(office: Office) -> None:
    gone = office.book("integration", "2020-03-19 10:00", customer=FATMA)
    office.switch_into("preventive", "appointments_cancelled")
    office.wait_until("2020-03-16 09:00")
    (before,) = waiting(office).waiting
    assert (before.booking.id, before.proposals) == (gone.id, ())

    office.plan(plan_with("regular", "preventive", "appointments_cancelled", "phase_2"))
    (after,) = waiting(office).waiting
    assert after.proposals[0].starts_at == at("2020-07-20 08:00")
    office.wait_until("2020-07-17 09:00")
    office.book("integration", "2020-07-20 08:00", customer=FATMA, justification=REASON)
    assert waiting(office).waiting == []


def test_who_needs_no_new_time_is_ticked_off_and_that_can_be_taken_back(office: Office) -> None:
    gone = office.book("general", "2020-03-19 10:00", customer=CHEN)
    with pytest.raises(WrongState):
        office.do(worklist.settle, gone)
    office.do(bookings.cancel, gone, by=Party.OFFICE, reason="burst pipe")
    assert names(office) == ["Chen Li"]

    office.do(worklist.settle, gone)
    office.do(worklist.settle, gone)
    assert names(office) == []
    assert [one.id for one in waiting(office).settled] == [gone.id]

    office.do(worklist.unsettle, gone)
    assert names(office) == ["Chen Li"]
    with pytest.raises(WrongState):
        office.do(worklist.unsettle, gone)


def test_those_who_wait_are_turned_page_by_page(office: Office) -> None:
    for number in range(PAGE_LENGTH + 2):
        service = "documents" if number % 2 else "general"
        when = at("2020-03-11 08:00") + timedelta(minutes=15 * (number // 2))
        local = when.astimezone(plan_with("regular").zone).strftime("%Y-%m-%d %H:%M")
        place = "counter-1" if number % 2 else "counter-2"
        one = office.book(service, local, customer=Customer(f"Person {number}"), resource=place)
        office.do(bookings.cancel, one, by=Party.OFFICE)

    def turned(after: str | None) -> queries.WaitingPage:
        with office.database.reading() as session:
            plan = current_plan(session)
            return queries.without_time(
                session, plan, Wanted(), booked_by=Role.RECEPTION, now=office.now, after=after
            )

    first = turned(None)
    second = turned(first.next_cursor)
    seen = [one.booking for one in (*first.waiting, *second.waiting)]
    assert len({one.id for one in seen}) == len(seen) == PAGE_LENGTH + 2
    assert [one.service_key for one in seen] == ["general"] * 11 + ["documents"] * 11
    assert second.next_cursor is None
