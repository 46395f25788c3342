"""Visits with a caseworker: no two talks at once, absences, deputies, and what the worklist then shows."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text, update

from models.bookings import Booking
from models.database import Database
from scheduler.domain.bookings import BookingRequest, Change, Channel, Party, Status
from scheduler.domain.caseworkers import TALKING, AbsenceRequest, CaseworkerRequest
from scheduler.domain.errors import CaseworkerAway, CaseworkerBusy, ChangedMeanwhile, Invalid, WrongState
from scheduler.domain.people import Customer
from scheduler.domain.roles import Role
from scheduler.domain.worklist import Reason
from scheduler.queries import caseworkers as queries
from scheduler.queries import worklist
from scheduler.queries.plans import current_plan
from scheduler.usecases import bookings
from scheduler.usecases import caseworkers as usecases
from scheduler.usecases import worklist as decisions
from scheduler.usecases.corrections import take_back
from scheduler.usecases.undos import undo
from tests.cast import BRUNO, CHEN, EMRE, MANAGER, RECEPTION
from tests.factories import REASON, Office, at

NINE, TEN = "2020-03-11 09:00", "2020-03-11 10:00"


def enter(office: Office, name: str, *, deputy: int | None = None, **week: Any) -> int:
    with office.database.transaction() as session:
        request = CaseworkerRequest(name, "Team 1", week.get("week", {}), None, deputy)
        return usecases.keep_caseworker(session, None, request, actor=MANAGER, now=office.now).id


def book(
    office: Office,
    who: int | None,
    starts: str = NINE,
    *,
    customer: Customer = CHEN,
    place: str | None = None,
) -> Booking:
    request = BookingRequest("general", at(starts), Role.RECEPTION, customer, place, caseworker=who)
    with office.database.transaction() as session:
        return bookings.book(session, request, actor=RECEPTION, now=office.now)


def give(office: Office, booking: Booking, who: int | None) -> Booking:
    return office.do(usecases.hand_over, booking, caseworker_id=who)


def away(office: Office, who: int, start: str | None = None, end: str | None = None) -> int:
    request = AbsenceRequest(start and at(start), end and at(end))  # type: ignore[arg-type]  # None stays
    with office.database.transaction() as session:
        return usecases.report_absent(session, who, request, actor=RECEPTION, now=office.now).id


def listed(office: Office, reason: Reason | None = None) -> list[str]:
    with office.database.reading() as session:
        found = worklist.cases(session, current_plan(session), worklist.Wanted(reason), now=office.now)
    return [case.booking.reference for case in found.cases]


def test_nobody_is_in_two_talks_at_once(office: Office) -> None:
    ada, ben = enter(office, "Ada"), enter(office, "Ben")
    first = book(office, ada)
    for starts in (NINE, "2020-03-11 09:10"):
        with pytest.raises(CaseworkerBusy) as refusal:
            book(office, ada, starts, customer=BRUNO)
        assert refusal.value.details["name"] == "Ada"
    assert book(office, ben, customer=BRUNO).caseworker_id == ben
    office.do(bookings.cancel, first, by=Party.CUSTOMER)
    assert book(office, ada, customer=EMRE).caseworker_id == ada


def test_a_call_takes_the_caseworkers_time_as_a_visit_does(office: Office) -> None:
    ada = enter(office, "Ada")
    first = book(office, ada)
    office.do(decisions.call_instead, first)
    assert office.see(first).channel is Channel.PHONE
    with pytest.raises(CaseworkerBusy):
        book(office, ada, customer=BRUNO)


def test_a_visit_moves_to_where_both_can(office: Office) -> None:
    ada = enter(office, "Ada", week={2: ((480, 600),)})
    first, second = book(office, ada), book(office, None, TEN, customer=BRUNO)
    with pytest.raises(CaseworkerAway) as refusal:
        office.move(first, "2020-03-12 09:00")
    assert refusal.value.details["why"] == "hours"
    assert office.see(first).starts_at == at(NINE)
    assert office.move(first, "2020-03-11 09:10").starts_at == at("2020-03-11 09:10")
    with pytest.raises(CaseworkerAway):
        give(office, second, ada)


def test_the_database_itself_refuses_two_talks_and_without_it_there_would_be_two(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = enter(office, "Ada")
    book(office, ada)
    monkeypatch.setattr(bookings, "check_caseworker", lambda *_, **__: None)
    with pytest.raises(CaseworkerBusy):
        book(office, ada, customer=BRUNO)
    _drop_guard(office.database)
    assert book(office, ada, customer=BRUNO).caseworker_id == ada


def _drop_guard(database: Database) -> None:
    dropping = ["ALTER TABLE bookings DROP CONSTRAINT talks_do_not_overlap"]
    with database.transaction() as session:
        if session.connection().dialect.name == "sqlite":
            dropping = [f"DROP TRIGGER talks_do_not_overlap_{moment}" for moment in ("insert", "update")]
        for statement in dropping:
            session.execute(text(statement))


def test_an_absence_cancels_nobody_and_whoever_it_hits_stands_on_the_worklist(office: Office) -> None:
    ben = enter(office, "Ben")
    ada = enter(office, "Ada", deputy=ben)
    hit, later, by_phone = (
        book(office, ada),
        book(office, ada, "2020-03-12 09:00", customer=BRUNO),
        book(office, ada, TEN, customer=EMRE),
    )
    office.do(decisions.call_instead, by_phone)
    with office.database.reading() as session:
        plan, seen = current_plan(session), queries.caseworker(session, ada)
        span = AbsenceRequest(at("2020-03-11 00:00")).span(now=office.now, zone=plan.zone)
        previewed = queries.hits(session, plan, seen, span, now=office.now)
    assert [one.booking.reference for one in previewed] == [hit.reference, by_phone.reference]
    assert all(one.deputy_can for one in previewed)

    absence = away(office, ada, "2020-03-11 00:00", "2020-03-12 00:00")
    assert listed(office) == listed(office, Reason.CASEWORKER) == [hit.reference, by_phone.reference]
    assert listed(office, Reason.PHASE) == listed(office, Reason.PLACE) == []
    with pytest.raises(CaseworkerAway):
        book(office, ada, "2020-03-11 11:00", customer=BRUNO)
    assert office.see(later).caseworker_id == ada

    office.do(decisions.keep, hit)
    assert listed(office) == [by_phone.reference]
    give(office, by_phone, ben)
    assert listed(office) == []
    assert [row.template for row in office.notices(hit)] == ["invitation"]
    with office.database.transaction() as session:
        usecases.end_absence(session, absence, actor=RECEPTION, now=office.now)
    office.wait_until("2020-03-13 08:00")
    with pytest.raises(WrongState), office.database.transaction() as session:
        usecases.end_absence(session, absence, actor=RECEPTION, now=office.now)


def test_the_deputy_takes_what_fits_and_the_rest_stays_to_be_decided(office: Office) -> None:
    ben = enter(office, "Ben")
    ada = enter(office, "Ada", deputy=ben)
    free, clash = book(office, ada), book(office, ada, TEN, customer=BRUNO)
    book(office, ben, TEN, customer=EMRE)
    absence = away(office, ada, "2020-03-11 00:00")
    with office.database.transaction() as session:
        given, left = usecases.hand_over_all(session, absence, actor=RECEPTION, now=office.now)
        assert ([one.id for one in given], [one.id for one in left]) == ([free.id], [clash.id])
    assert office.see(free).caseworker_id == ben
    assert listed(office) == [clash.reference]
    other = away(office, ben, "2020-03-11 00:00")
    with pytest.raises(WrongState), office.database.transaction() as session:
        usecases.hand_over_all(session, other, actor=RECEPTION, now=office.now)


def test_an_absence_that_is_known_is_the_answer_to_the_same_again(office: Office) -> None:
    ada = enter(office, "Ada")
    first = away(office, ada, "2020-03-11 00:00", "2020-03-13 00:00")
    assert away(office, ada, "2020-03-12 00:00", "2020-03-13 00:00") == first


def test_a_cancellation_is_not_taken_back_into_somebody_elses_talk(office: Office) -> None:
    ada = enter(office, "Ada")
    first = book(office, ada, place="counter-1")
    office.do(bookings.cancel, first, by=Party.CUSTOMER)
    book(office, ada, customer=BRUNO, place="counter-2")
    with pytest.raises(CaseworkerBusy):
        office.do(take_back, first, mistake=Change.CANCEL)


def test_an_undone_switch_brings_visits_back_though_their_caseworker_has_another_talk(office: Office) -> None:
    ada = enter(office, "Ada")
    starts = "2020-03-17 09:00"
    request = BookingRequest(
        "integration", at(starts), Role.CASEWORKER, CHEN, "office-201", REASON, caseworker=ada
    )
    with office.database.transaction() as session:
        gone = bookings.book(session, request, actor=MANAGER, now=office.now)
    office.switch_into("preventive", "appointments_cancelled")
    assert office.see(gone).cancelled_by is Party.OFFICE
    other = office.book("benefit_emergency", starts, customer=EMRE, by=Role.RECEPTION, justification=REASON)
    give(office, other, ada)
    undo(office.database, "appointments_cancelled", actor=MANAGER, clock=office.clock)
    back = office.see(gone)
    assert (back.status, back.caseworker_id) == ("booked", None)
    assert office.see(other).caseworker_id == ada


def test_names_are_taken_once_and_nobody_is_overwritten_unseen(office: Office) -> None:
    ada = enter(office, "Ada")
    with pytest.raises(Invalid) as refusal:
        enter(office, "Ada")
    assert refusal.value.fields["name"].why == "taken"
    with pytest.raises(Invalid) as refusal:
        enter(office, "Ben", deputy=99)
    assert set(refusal.value.fields) == {"deputy"}
    request = CaseworkerRequest("Ada Arendt", "Team 2", {0: ((540, 720),)})

    def change(seen: int, asked: CaseworkerRequest = request) -> None:
        with office.database.transaction() as session:
            usecases.keep_caseworker(session, ada, asked, seen=seen, actor=MANAGER, now=office.now)

    change(1)
    with pytest.raises(ChangedMeanwhile):
        change(1)
    with pytest.raises(Invalid) as refusal:
        change(2, replace(request, login="nobody"))
    assert set(refusal.value.fields) == {"login"}


def test_whoever_is_retired_gets_nothing_new_and_keeps_what_is_booked(office: Office) -> None:
    ada = enter(office, "Ada")
    first = book(office, ada)
    with office.database.transaction() as session:
        usecases.retire(session, ada, actor=MANAGER, now=office.now)
    with pytest.raises(CaseworkerAway):
        book(office, ada, TEN, customer=BRUNO)
    assert office.see(first).caseworker_id == ada
    with pytest.raises(WrongState), office.database.transaction() as session:
        usecases.retire(session, ada, actor=MANAGER, now=office.now)
    with office.database.transaction() as session:
        usecases.bring_back(session, ada, actor=MANAGER, now=office.now)
    assert book(office, ada, TEN, customer=BRUNO).caseworker_id == ada


def test_the_latest_visit_says_who_ones_caseworker_is(office: Office) -> None:
    ada, ben = enter(office, "Ada"), enter(office, "Ben")
    known = replace(CHEN, number="123")
    book(office, ada, customer=known)
    last = book(office, ben, TEN, customer=known)
    with office.database.reading() as session:
        assert queries.last_caseworker_of(session, office.see(last).person) == ben
        unknown = book(office, None, "2020-03-11 11:00", customer=BRUNO)
        assert queries.last_caseworker_of(session, office.see(unknown).person) is None


def test_the_guard_of_the_database_names_the_statuses_that_talk(office: Office) -> None:
    ada = enter(office, "Ada")
    first = book(office, ada)
    second = book(office, None, customer=BRUNO)
    for status in Status:
        with office.database.transaction() as session:
            session.execute(update(Booking).where(Booking.id == first.id).values(status=status))
        refused = False
        try:
            with office.database.transaction() as session:
                session.execute(update(Booking).where(Booking.id == second.id).values(caseworker_id=ada))
        except CaseworkerBusy:
            refused = True
        assert refused is (status in TALKING), status
        with office.database.transaction() as session:
            session.execute(update(Booking).where(Booking.id == second.id).values(caseworker_id=None))
    with office.database.transaction() as session:
        session.execute(update(Booking).where(Booking.id == first.id).values(status=Status.BOOKED))


def test_absences_are_forgotten_a_month_after_they_end(office: Office) -> None:
    ada = enter(office, "Ada")
    away(office, ada, "2020-03-11 00:00", "2020-03-12 00:00")

    def forget() -> int:
        with office.database.transaction() as session:
            return usecases.forget_absences(session, now=office.now)

    office.wait_until("2020-04-11 00:00")
    assert forget() == 0
    office.wait_until("2020-04-13 00:00")
    assert forget() == 1
