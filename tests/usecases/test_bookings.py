"""Booking, moving, cancelling and attending, on both engines."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models.audit import AuditRecord
from models.bookings import Booking, Claim
from models.database import Database
from models.idempotency import IdempotencyRecord
from models.outbox import OutboxRow
from models.people import Person
from models.plans import ResourceRow
from scheduler.domain.bookings import (
    BookingRequest,
    Category,
    Channel,
    Justification,
    Party,
    Standing,
    Status,
)
from scheduler.domain.errors import (
    Busy,
    Closed,
    DomainError,
    Fault,
    Forbidden,
    InThePast,
    Invalid,
    JustificationRequired,
    NotFound,
    OffGrid,
    OutsideHours,
    OutsideWindow,
    PhaseRefused,
    PublicHoliday,
    RouteFull,
    SlotTaken,
    UnsuitablePlace,
    WrongState,
)
from scheduler.domain.notices import NoticeKind, Template
from scheduler.domain.occupancy import Occupancy
from scheduler.domain.people import Customer
from scheduler.domain.phases import Decision, Effect, Rule
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Actor, Role
from scheduler.queries.audit import records_of
from scheduler.queries.slots import occupancy
from scheduler.usecases import bookings
from scheduler.usecases.claims import Visit
from scheduler.usecases.idempotency import answered_once
from scheduler.usecases.switches import apply_due
from tests.cast import (
    ADA,
    BRUNO,
    CASEWORKER,
    CHEN,
    CUSTOMER,
    DORIT,
    EMRE,
    ENTRANCE,
    FATMA,
    HOTLINE,
    MANAGER,
    RECEPTION,
)
from tests.factories import REASON, Office, at, opened, plan_with, whole_plan


def test_a_booking_is_one_visit_with_its_claim_invitation_and_record(office: Office) -> None:
    booked = office.book("integration", "2020-03-12 09:00", customer=EMRE, by=Role.HOTLINE, actor=HOTLINE)
    seen = office.see(booked)
    assert (seen.status, seen.standing, seen.channel) == (Status.BOOKED, Standing.VALID, Channel.IN_PERSON)
    assert (seen.booked_by, seen.made_by, seen.made_at) == (Role.HOTLINE, HOTLINE.name, office.now)
    assert seen.ends_at - seen.starts_at == timedelta(minutes=45)
    assert seen.occupied_until - seen.ends_at == timedelta(minutes=15)
    assert (seen.resource.key, seen.service.key) == ("entrance-room-1", "integration")
    assert seen.person.customer == EMRE
    (notice,) = office.notices(booked)
    assert (notice.template, notice.kind) == (Template.INVITATION, NoticeKind.EMAIL)
    assert (notice.values["method"], notice.values["language"]) == ("REQUEST", "en")
    assert (notice.uid, notice.values["sequence"]) == (seen.ical_uid, 0)
    with office.database.reading() as session:
        (record,) = records_of(session, f"booking:{booked.id}")
    assert (record.action, record.actor, record.at) == ("booking.book", HOTLINE.name, office.now)


@pytest.mark.parametrize(
    "actor, by",
    [
        (CUSTOMER, Role.RECEPTION),
        (ENTRANCE, Role.CUSTOMER),
        (RECEPTION, Role.ENTRANCE),
        (MANAGER, Role.AUDITOR),
    ],
)
def test_nobody_books_on_a_word_that_is_not_theirs_to_give(office: Office, actor: Actor, by: Role) -> None:
    with pytest.raises(Forbidden):
        office.book("nonsense", actor=actor, by=by)


def test_all_wrong_fields_are_named_at_once(office: Office) -> None:
    with pytest.raises(Invalid) as caught:
        office.book(
            "nonsense",
            resource="nowhere",
            customer=Customer(" ", email="ada", phone="call me"),
            justification=Justification(Category.OTHER, " "),
        )
    assert {path: fault.why for path, fault in caught.value.fields.items()} == {
        "service": "unknown",
        "resource": "unknown",
        "justification.text": "missing",
        "customer.name": "missing",
        "customer.email": "not_an_email",
        "customer.phone": "not_a_phone",
    }


# Each line mends what the line before was refused for and leaves the rest wrong, in the contract's order.
IN_ORDER: list[tuple[dict[str, object], type[DomainError]]] = [
    ({"service": "nonsense", "starts": "2020-03-09 08:01", "resource": "group-room"}, Invalid),
    ({"service": "general"}, InThePast),
    ({"starts": "2021-12-25 05:01"}, OutsideWindow),
    ({"starts": "2020-12-25 05:01"}, OffGrid),
    ({"starts": "2020-12-25 05:00"}, UnsuitablePlace),
    ({"resource": "counter-1", "by": Role.CUSTOMER}, PhaseRefused),
    ({"by": Role.RECEPTION}, PublicHoliday),
    ({"starts": "2020-12-24 05:00"}, Closed),
    ({"starts": "2020-12-23 05:00"}, OutsideHours),
    ({"starts": "2020-12-23 09:00"}, JustificationRequired),
    ({"justification": REASON}, SlotTaken),
]


def test_the_first_of_the_contracts_errors_is_the_answer(july: Office) -> None:
    july.book(starts="2020-12-23 09:00", resource="counter-1", justification=REASON)
    asked: dict[str, object] = {}
    for mended, error in IN_ORDER:
        asked |= mended
        with pytest.raises(error) as caught:
            july.book(**asked)  # type: ignore[arg-type]
        assert type(caught.value) is error
    july.book(**(asked | {"resource": "counter-2"}))  # type: ignore[arg-type]


def test_a_refused_booking_leaves_nothing_behind(july: Office) -> None:
    before = _rows(july.database)
    with pytest.raises(JustificationRequired):
        july.book(starts="2020-12-23 09:00")
    assert _rows(july.database) == before


def test_a_refusal_by_the_phase_names_the_ruling(office: Office) -> None:
    with pytest.raises(PhaseRefused) as caught:
        office.book("cash_pickup", by=Role.CUSTOMER, actor=CUSTOMER)
    ruling = caught.value.details["ruling"]
    assert (ruling.decision, ruling.rule, ruling.channels) == ("redirect", 1, ("phone",))


def test_without_a_place_the_first_free_one_of_the_plan_is_taken(office: Office) -> None:
    taken = [office.book().resource.key for _ in range(4)]
    assert taken == ["counter-1", "counter-2", "counter-3", "annex-counter"]
    with pytest.raises(SlotTaken) as caught:
        office.book()
    nearest = [(slot.starts_at, slot.resource.key) for slot in caught.value.details["alternatives"]]
    assert nearest == [(at("2020-03-11 08:45"), key) for key in ("counter-1", "counter-2", "counter-3")]


def test_a_named_place_is_taken_or_none(office: Office) -> None:
    assert office.book(resource="counter-3").resource.key == "counter-3"
    with pytest.raises(SlotTaken):
        office.book(resource="counter-3")


def test_alternatives_of_other_days_are_free_as_well(office: Office) -> None:
    for starts in ("2020-03-11 09:00", "2020-03-11 10:30", "2020-03-12 08:00"):
        office.book("group_information", starts)
    with pytest.raises(SlotTaken) as caught:
        office.book("group_information", "2020-03-11 10:30")
    nearest = [slot.starts_at for slot in caught.value.details["alternatives"]]
    assert nearest == [at("2020-03-12 09:30"), at("2020-03-12 09:45"), at("2020-03-12 10:00")]


def test_the_buffer_keeps_the_place_and_may_run_past_closing(office: Office) -> None:
    office.book("integration", "2020-03-12 11:15", resource="office-202")
    office.book("integration", "2020-03-12 09:00", resource="office-201")
    office.book("integration", "2020-03-12 11:00", resource="office-201")
    with pytest.raises(SlotTaken):
        office.book("urgent_benefit", "2020-03-12 09:45", resource="office-201")
    office.book("urgent_benefit", "2020-03-12 10:00", resource="office-201")
    with pytest.raises(SlotTaken):  # its own buffer would be in the way of the next visit
        office.move(office.book("integration", "2020-03-12 08:00"), "2020-03-12 10:15", resource="office-201")


def test_a_reason_that_is_not_needed_is_kept(office: Office) -> None:
    booked = office.book(justification=Justification(Category.OTHER, " Dolmetscher kommt mit "))
    seen = office.see(booked)
    assert (seen.justification_category, seen.justification_text) == (Category.OTHER, "Dolmetscher kommt mit")


def test_a_visit_in_the_single_case_needs_its_reason(july: Office) -> None:
    with pytest.raises(JustificationRequired):
        july.book("integration", "2020-07-21 09:00")
    assert july.book("integration", "2020-07-21 09:00", justification=REASON).status is Status.BOOKED


def test_what_the_phase_wants_approved_becomes_a_request_with_a_receipt(july: Office) -> None:
    asked = july.book("integration", "2020-07-21 09:00", by=Role.CUSTOMER, actor=CUSTOMER)
    assert asked.status is Status.REQUESTED
    (notice,) = july.notices(asked)
    assert (notice.template, notice.values["method"]) == (Template.RECEIPT, None)
    with pytest.raises(SlotTaken):  # it holds its place
        july.book("integration", "2020-07-21 09:00", resource=asked.resource.key, justification=REASON)


@pytest.mark.parametrize(
    "customer, starts, kind",
    [
        (ADA, "2020-03-09 09:30", NoticeKind.EMAIL),
        (EMRE, "2020-03-19 09:00", NoticeKind.EMAIL),
        (BRUNO, "2020-03-12 09:00", NoticeKind.LETTER),
        (BRUNO, "2020-03-12 08:55", NoticeKind.DOOR),
        (FATMA, "2020-03-12 09:00", NoticeKind.LETTER),
        (FATMA, "2020-03-12 08:55", NoticeKind.PHONE),
        (CHEN, "2020-03-19 09:00", NoticeKind.PHONE),
        (DORIT, "2020-03-19 09:00", NoticeKind.DOOR),
    ],
)
def test_people_are_told_by_the_first_way_that_reaches_them_in_time(
    office: Office, customer: Customer, starts: str, kind: NoticeKind
) -> None:
    (notice,) = office.notices(office.book("documents", starts, customer=customer))
    assert notice.kind is kind


def test_no_more_people_set_out_on_a_route_than_it_takes(july: Office) -> None:
    """Four on the entrance route within any ten minutes, at counters and rooms together."""
    for minute, resource in ((0, "counter-1"), (0, "counter-2"), (5, "counter-3"), (5, "entrance-room-1")):
        july.book("benefit_emergency", f"2020-07-21 09:{minute:02}", resource=resource)
    for minute in (0, 5):
        with pytest.raises(RouteFull) as caught:
            july.book("benefit_emergency", f"2020-07-21 09:{minute:02}", resource="entrance-room-2")
        assert caught.value.details["route"] == "entrance"
        assert caught.value.details["alternatives"]
    july.book("benefit_emergency", "2020-07-21 09:10", resource="entrance-room-2")


def set_out_at_once(office: Office) -> int:
    """How many of ten get a visit who ask at once for other places and times on the same route."""
    places = ("counter-1", "counter-2", "counter-3", "entrance-room-1", "entrance-room-2")
    asked = [(place, minute) for place in places for minute in (0, 5)]
    together = Barrier(len(asked))

    def book(wish: tuple[str, int]) -> bool:
        request = BookingRequest(
            "benefit_emergency",
            at(f"2020-07-21 09:{wish[1]:02}"),
            Role.RECEPTION,
            ADA,
            wish[0],
        )
        together.wait()
        for _ in range(20):
            try:
                with office.database.transaction() as session:
                    bookings.book(session, request, actor=RECEPTION, now=office.now)
                return True
            except Busy:
                continue
            except (RouteFull, SlotTaken):
                return False
        raise AssertionError("never got an answer")

    with ThreadPoolExecutor(len(asked)) as threads:
        return sum(threads.map(book, asked))


def test_who_sets_out_at_once_takes_turns_on_the_route(july: Office) -> None:
    assert set_out_at_once(july) == 4


def take_no_turns(session: Session, _plan: Plan, visits: Iterable[Visit]) -> dict[str, int]:
    keys = [place.key for place, _ in visits]
    found = session.execute(select(ResourceRow.key, ResourceRow.id).where(ResourceRow.key.in_(keys)))
    return dict(found.all())


def look_for_long(*looked: Any, **for_what: Any) -> Occupancy:
    """So that others look before this one writes, on however busy a machine."""
    seen = occupancy(*looked, **for_what)
    time.sleep(0.5)
    return seen


def test_without_turns_a_route_would_be_overrun(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test before: no constraint counts arrivals, so the turns alone do."""
    monkeypatch.setattr(bookings, "take_turns", take_no_turns)
    monkeypatch.setattr(bookings, "occupancy", look_for_long)
    july = opened(postgresql_database, "2020-07-17 08:00", whole_plan())
    assert set_out_at_once(july) > 4


def test_before_routes_are_prescribed_nobody_counts_arrivals(office: Office) -> None:
    for resource in ("counter-1", "counter-2", "counter-3", "entrance-room-1", "entrance-room-2"):
        office.book("benefit_emergency", "2020-03-12 09:00", resource=resource)


@pytest.mark.parametrize("day", ["2020-03-30", "2020-10-26"])
def test_the_days_after_the_clocks_change_have_their_local_hours(office: Office, day: str) -> None:
    office.plan(plan_with("regular"))
    booked = office.book("general", f"{day} 08:00")
    assert booked.starts_at.astimezone(whole_plan().zone).strftime("%H:%M") == "08:00"
    with pytest.raises(OutsideHours):
        office.book("general", f"{day} 07:55")


def test_visits_over_a_change_of_the_clocks_last_as_long_as_any(office: Office) -> None:
    """An office that never closes: its visits are measured in hours that pass, not on the wall clock."""
    whole_days = dict.fromkeys(range(7), ((0, 1440),))
    plan = plan_with("regular")
    office.plan(replace(plan, office=replace(plan.office, week=whole_days), hours=()))
    for starts in (
        "2020-03-29T01:30:00+01:00",
        "2020-10-25T01:30:00+02:00",
        "2020-10-25T02:45:00+02:00",
    ):
        booked = office.book("complex_matter", starts, resource="office-201")
        assert booked.ends_at - booked.starts_at == timedelta(hours=1)
    with pytest.raises(SlotTaken):  # the second time that the clock shows a quarter to three
        office.book("urgent_benefit", "2020-10-25T02:45:00+01:00", resource="office-201")
    office.book("urgent_benefit", "2020-10-25T03:00:00+01:00", resource="office-201")


def _claim_again(database: Database, claimed: Claim, *, hours: int, change: str = "") -> None:
    """Writes a copy of a claim so much later, then perhaps changes it, by plain SQL."""
    booking_id = claimed.booking_id
    assert booking_id is not None
    with database.transaction() as session:
        values = {
            "booking": booking_id.hex if database.is_sqlite else booking_id,
            "resource": claimed.resource_id,
            "starts": _stored(database, claimed, hours, until=False),
            "until": _stored(database, claimed, hours, until=True),
        }
        session.execute(
            text(
                "INSERT INTO claims (booking_id, resource_id, starts_at, occupied_until, occupies)"
                " VALUES (:booking, :resource, :starts, :until, true)"
            ),
            values,
        )
        if change:
            session.execute(text(change))


def _stored(database: Database, claimed: Claim, hours: int, *, until: bool) -> object:
    instant = (claimed.occupied_until if until else claimed.starts_at) + timedelta(hours=hours)
    return instant.strftime("%Y-%m-%d %H:%M:%S.%f") if database.is_sqlite else instant


@pytest.mark.parametrize(
    "hours, change",
    [
        (0, ""),
        (1, "UPDATE claims SET starts_at = (SELECT min(starts_at) FROM claims)"),
        (1, "UPDATE claims SET occupied_until = (SELECT max(occupied_until) FROM claims)"),
    ],
)
def test_the_database_itself_refuses_an_overlap(office: Office, hours: int, change: str) -> None:
    booked = office.book()
    with office.database.reading() as session:
        claimed = session.scalars(select(Claim).where(Claim.booking_id == booked.id)).one()
    with pytest.raises(SlotTaken):
        _claim_again(office.database, claimed, hours=hours, change=change)


def test_the_database_refuses_that_a_freed_claim_comes_back_into_another(office: Office) -> None:
    first = office.book(resource="counter-1")
    office.do(bookings.cancel, first, by=Party.CUSTOMER)
    office.book(resource="counter-1")
    with pytest.raises(SlotTaken), office.database.transaction() as session:
        session.execute(text("UPDATE claims SET occupies = true"))


def test_claims_that_touch_or_do_not_occupy_are_no_overlap(office: Office) -> None:
    office.book("general", "2020-03-11 09:00", resource="counter-1")
    office.book("general", "2020-03-11 09:15", resource="counter-1")
    office.book("general", "2020-03-11 08:45", resource="counter-1")


def _rows(database: Database) -> list[int]:
    """How many rows there are of all that a booking writes."""
    tables = (Booking, Claim, Person, OutboxRow, AuditRecord, IdempotencyRecord)
    with database.reading() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


_FAILURES = {
    "sqlite": [
        "CREATE TRIGGER broken BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'broken'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION break() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'broken' USING ERRCODE = '23514'; END $$",
        "CREATE TRIGGER broken BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION break()",
    ],
}


@pytest.mark.parametrize("table", ["people", "bookings", "claims", "outbox", "audit_records"])
def test_booking_notice_record_and_key_are_written_together_or_not_at_all(office: Office, table: str) -> None:
    engine = "sqlite" if office.database.is_sqlite else "postgresql"
    with office.database.transaction() as session:
        for statement in _FAILURES[engine]:
            session.execute(text(statement.format(table=table)))
    before = _rows(office.database)
    request = BookingRequest("general", at("2020-03-11 09:00"), Role.RECEPTION, ADA)
    with pytest.raises(DBAPIError, match="broken"), office.database.transaction() as session:
        answered_once(
            session,
            actor=RECEPTION,
            key="k1",
            request="book",
            work=lambda: (
                201,
                {"id": str(bookings.book(session, request, actor=RECEPTION, now=office.now).id)},
            ),
        )
    assert _rows(office.database) == before


def test_nothing_remains_of_a_booking_whose_answer_cannot_be_kept(office: Office) -> None:
    before = _rows(office.database)
    request = BookingRequest("general", at("2020-03-11 09:00"), Role.RECEPTION, ADA)

    def work() -> tuple[int, dict[str, object]]:
        booked = bookings.book(session, request, actor=RECEPTION, now=office.now)
        return 201, {"id": booked.id}  # no JSON

    with pytest.raises(TypeError), office.database.transaction() as session:
        answered_once(session, actor=RECEPTION, key="k1", request="book", work=work)
    assert _rows(office.database) == before


# --------------------------------------------------------------------------------------------- moving


def test_a_move_is_one_change_told_with_the_time_before(office: Office) -> None:
    booked = office.book(starts="2020-03-11 09:00", resource="counter-1")
    moved = office.move(booked, "2020-03-12 10:00", resource="counter-2")
    assert (moved.id, moved.ical_uid, moved.ical_sequence) == (booked.id, booked.ical_uid, 1)
    seen = office.see(booked)
    assert (seen.starts_at, seen.ends_at) == (at("2020-03-12 10:00"), at("2020-03-12 10:15"))
    assert seen.resource.key == "counter-2"
    update = office.notices(booked)[1]
    assert (update.template, update.values["method"], update.values["sequence"]) == (
        Template.UPDATE,
        "REQUEST",
        1,
    )
    assert update.values["previous_starts_at"] == at("2020-03-11 09:00").isoformat()
    office.book(starts="2020-03-11 09:00", resource="counter-1")


def test_a_visit_is_not_in_its_own_way(office: Office) -> None:
    booked = office.book("complex_matter", "2020-03-12 09:00", resource="office-201")
    assert office.move(booked, "2020-03-12 09:15", resource="office-201").starts_at == at("2020-03-12 09:15")


def test_a_move_that_is_refused_leaves_the_visit_where_it_was(office: Office) -> None:
    office.book(starts="2020-03-12 09:00", resource="counter-1")
    booked = office.book(starts="2020-03-11 09:00", resource="counter-1")
    with pytest.raises(SlotTaken):
        office.move(booked, "2020-03-12 09:00", resource="counter-1")
    with pytest.raises(OutsideHours):
        office.move(booked, "2020-03-12 07:00")
    seen = office.see(booked)
    assert (seen.starts_at, seen.ical_sequence) == (at("2020-03-11 09:00"), 0)
    assert len(office.notices(booked)) == 1


def test_a_moved_visit_is_judged_anew_for_whoever_booked_it(july: Office) -> None:
    asked = july.book("integration", "2020-07-21 09:00", by=Role.CUSTOMER, actor=CUSTOMER)
    with pytest.raises(PhaseRefused):
        july.move(asked, "2020-07-17 09:00")
    moved = july.move(asked, "2020-07-22 09:00")
    assert moved.status is Status.REQUESTED
    assert [row.template for row in july.notices(asked)] == [Template.RECEIPT, Template.RECEIPT]


def test_a_reason_once_given_goes_on_counting(july: Office) -> None:
    booked = july.book("integration", "2020-07-21 09:00", justification=REASON)
    july.move(booked, "2020-07-22 09:00")
    other = Justification(Category.PERSONAL_CONTACT, "kein Telefon")
    july.move(booked, "2020-07-23 09:00", justification=other)
    seen = july.see(booked)
    assert (seen.justification_category, seen.justification_text) == (other.category, other.text)


def test_a_move_ends_doubt_and_brings_a_call_back_into_the_office(office: Office) -> None:
    doubted = office.book("urgent_benefit", "2020-06-08 09:00", resource="entrance-room-1")
    called = office.book("complex_matter", "2020-06-09 09:00", customer=EMRE, resource="office-201")
    office.switch_into("preventive", "appointments_cancelled", "closed", "phase_1")
    assert office.see(doubted).standing is Standing.IN_QUESTION
    assert office.see(called).channel is Channel.PHONE
    office.wait_until("2020-07-13 09:00")
    office.plan(whole_plan())
    office.move(called, "2020-07-21 09:00", justification=REASON)
    seen = office.see(called)
    assert (seen.channel, seen.standing, seen.ical_sequence) == (Channel.IN_PERSON, Standing.VALID, 2)
    with pytest.raises(SlotTaken):
        office.book("complex_matter", "2020-07-21 09:00", resource=seen.resource.key, justification=REASON)
    office.move(doubted, "2020-07-21 10:00", justification=REASON)
    assert office.see(doubted).standing is Standing.VALID


def test_the_rules_of_the_new_time_come_before_the_state(office: Office) -> None:
    """The contract's order: a cancelled visit cannot be moved, but the past is answered first."""
    booked = office.book()
    office.do(bookings.cancel, booked, by=Party.OFFICE)
    with pytest.raises(InThePast):
        office.move(booked, "2020-03-06 09:00")
    with pytest.raises(WrongState):
        office.move(booked, "2020-03-12 09:00")


# ------------------------------------------------------------------------------- cancelling, answering


@pytest.mark.parametrize("by", list(Party))
def test_a_cancelled_visit_frees_its_place_and_says_who_cancelled(office: Office, by: Party) -> None:
    booked = office.book(resource="counter-1")
    office.do(bookings.cancel, booked, by=by, reason=" Krankheit ")
    seen = office.see(booked)
    assert (seen.status, seen.cancelled_by, seen.reason, seen.ical_sequence) == (
        Status.CANCELLED,
        by,
        "Krankheit",
        1,
    )
    notice = office.notices(booked)[1]
    assert (notice.template, notice.values["method"], notice.values["sequence"]) == (
        Template.CANCELLATION,
        "CANCEL",
        1,
    )
    assert notice.values["reason"] == ("Krankheit" if by is Party.OFFICE else None)
    assert notice.uid == booked.ical_uid
    office.book(resource="counter-1")
    with pytest.raises(WrongState):
        office.do(bookings.cancel, booked, by=by)


def test_a_request_that_is_cancelled_has_no_calendar_entry_to_end(july: Office) -> None:
    asked = july.book("integration", "2020-07-21 09:00", by=Role.CUSTOMER, actor=CUSTOMER)
    july.do(bookings.cancel, asked, by=Party.CUSTOMER)
    assert [row.values["method"] for row in july.notices(asked)] == [None, None]


def test_a_declined_request_is_cancelled_by_the_office_with_its_reason(july: Office) -> None:
    asked = july.book("integration", "2020-07-21 09:00", by=Role.CUSTOMER, actor=CUSTOMER)
    with pytest.raises(Invalid):
        july.do(bookings.decline, asked, reason=" ", actor=CASEWORKER)
    july.do(bookings.decline, asked, reason="bitte anrufen", actor=CASEWORKER)
    seen = july.see(asked)
    assert (seen.status, seen.cancelled_by, seen.reason) == (Status.CANCELLED, Party.OFFICE, "bitte anrufen")
    notice = july.notices(asked)[1]
    assert (notice.template, notice.values["method"], notice.values["reason"]) == (
        Template.DECLINED,
        None,
        "bitte anrufen",
    )


def test_an_approved_request_is_invited(july: Office) -> None:
    asked = july.book("integration", "2020-07-21 09:00", by=Role.CUSTOMER, actor=CUSTOMER)
    july.do(bookings.approve, asked, actor=CASEWORKER)
    assert july.see(asked).status is Status.BOOKED
    assert [row.template for row in july.notices(asked)] == [Template.RECEIPT, Template.INVITATION]
    assert july.notices(asked)[1].values["method"] == "REQUEST"
    with pytest.raises(WrongState):
        july.do(bookings.approve, asked, actor=CASEWORKER)


def test_a_request_is_judged_anew_when_it_is_approved(july: Office) -> None:
    asked = july.book("integration", "2020-07-21 09:00", by=Role.CUSTOMER, actor=CUSTOMER)
    plan = whole_plan()
    phases = tuple(replace(phase, rules=()) if phase.key == "phase_2" else phase for phase in plan.phases)
    july.plan(replace(plan, phases=phases))
    with pytest.raises(PhaseRefused):
        july.do(bookings.approve, asked, actor=CASEWORKER)
    assert july.see(asked).status is Status.REQUESTED


def test_a_request_that_became_a_call_is_approved_as_one(july: Office) -> None:
    asked = july.book("integration", "2020-07-23 09:00", by=Role.CUSTOMER, actor=CUSTOMER, customer=CHEN)
    plan = whole_plan()
    by_phone = Rule(Decision.REDIRECT, channels=("phone",), on_start=Effect.PHONE)
    starts = asked.starts_at - timedelta(hours=8)
    pause = replace(plan.phases[-1], key="pause", starts=starts, announce_at=july.now, rules=(by_phone,))
    july.plan(replace(plan, phases=(*plan.phases, pause)))
    apply_due(july.database, clock=july.clock)
    july.do(bookings.approve, asked, actor=CASEWORKER)
    seen = july.see(asked)
    assert (seen.status, seen.channel, seen.standing) == (Status.BOOKED, Channel.PHONE, Standing.VALID)
    assert [row.template for row in july.notices(asked)] == [Template.RECEIPT, Template.PHONE, Template.PHONE]
    assert july.notices(asked)[2].values["method"] == "REQUEST"


def test_requests_are_answered_until_the_visit_would_begin(july: Office) -> None:
    plan = whole_plan()
    july.plan(replace(plan, office=replace(plan.office, soonest=timedelta(days=1))))
    asked = july.book("integration", "2020-07-21 09:00", by=Role.CUSTOMER, actor=CUSTOMER)
    late = july.book("integration", "2020-07-21 09:00", by=Role.CUSTOMER, actor=CUSTOMER)
    july.wait_until("2020-07-21 08:59")
    july.do(bookings.approve, asked, actor=CASEWORKER)
    july.wait_until("2020-07-21 09:00")
    with pytest.raises(InThePast):
        july.do(bookings.approve, late, actor=CASEWORKER)


# ---------------------------------------------------------------------------------------- on the day


def test_a_visit_runs_from_check_in_to_its_end_and_frees_the_place(office: Office) -> None:
    booked = office.book(starts="2020-03-09 09:30", resource="counter-1")
    steps: list[tuple[Callable[..., Booking], Status]] = [
        (bookings.check_in, Status.CHECKED_IN),
        (bookings.call, Status.CALLED),
        (bookings.call, Status.CALLED),
        (bookings.serve, Status.IN_SERVICE),
    ]
    for change, status in steps:
        office.do(change, booked)
        assert office.see(booked).status is status
    with pytest.raises(SlotTaken):
        office.book(starts="2020-03-09 09:30", resource="counter-1")
    office.do(bookings.finish, booked)
    assert office.see(booked).status is Status.DONE
    office.book(starts="2020-03-09 09:30", resource="counter-1")
    assert len(office.notices(booked)) == 1


def test_people_are_checked_in_on_the_day_alone(office: Office) -> None:
    booked = office.book(starts="2020-03-11 09:00")
    for moment in ("2020-03-10 23:59", "2020-03-12 00:00"):
        office.wait_until(moment)
        with pytest.raises(WrongState) as caught:
            office.do(bookings.check_in, booked)
        assert caught.value.details["why"] == "another_day"
    office.wait_until("2020-03-11 00:00")
    office.do(bookings.check_in, booked)


def test_nobody_has_missed_a_visit_that_has_not_begun(office: Office) -> None:
    booked = office.book(starts="2020-03-11 09:00")
    office.wait_until("2020-03-11 08:59")
    with pytest.raises(WrongState) as caught:
        office.do(bookings.no_show, booked, reason="nicht da")
    assert caught.value.details["why"] == "not_begun"
    office.wait_until("2020-03-11 09:10")
    with pytest.raises(Invalid):
        office.do(bookings.no_show, booked, reason="")
    office.do(bookings.no_show, booked, reason=" aufgerufen ")
    seen = office.see(booked)
    assert (seen.status, seen.reason, seen.cancelled_by) == (Status.NO_SHOW, "aufgerufen", None)


def test_a_no_show_who_comes_the_same_day_is_checked_in(office: Office) -> None:
    booked = office.book(starts="2020-03-11 09:00", resource="counter-1")
    office.wait_until("2020-03-11 09:10")
    office.do(bookings.no_show, booked, reason="aufgerufen")
    office.do(bookings.check_in, booked)
    seen = office.see(booked)
    assert (seen.status, seen.reason) == (Status.CHECKED_IN, None)


def test_a_no_show_whose_place_was_given_away_stays_one(office: Office) -> None:
    booked = office.book("general", "2020-03-11 09:30", resource="counter-1")
    office.wait_until("2020-03-11 09:30")
    office.do(bookings.no_show, booked, reason="aufgerufen")
    office.book("documents", "2020-03-11 09:40", resource="counter-1")
    with pytest.raises(SlotTaken):
        office.do(bookings.check_in, booked)
    assert office.see(booked).status is Status.NO_SHOW
    office.wait_until("2020-03-12 09:00")
    with pytest.raises(WrongState):
        office.do(bookings.check_in, booked)


@pytest.mark.parametrize(
    "change, details",
    [
        (bookings.cancel, {"by": Party.OFFICE}),
        (bookings.approve, {}),
        (bookings.decline, {"reason": "nein"}),
        (bookings.check_in, {}),
        (bookings.finish, {}),
    ],
)
def test_a_booking_that_does_not_exist_cannot_be_changed(
    office: Office, change: Callable[..., Booking], details: dict[str, object]
) -> None:
    with pytest.raises(NotFound), office.database.transaction() as session:
        change(session, uuid4(), actor=RECEPTION, now=office.now, **details)


def test_texts_of_the_staff_are_kept_short_and_clean(office: Office) -> None:
    booked = office.book()
    with pytest.raises(Invalid) as caught:
        office.do(bookings.cancel, booked, by=Party.OFFICE, reason="x" * 1001)
    assert caught.value.fields == {"reason": Fault("too_long", longest=1000)}
    with pytest.raises(Invalid) as caught:
        office.do(bookings.cancel, booked, by=Party.OFFICE, reason="a\x07b")
    assert caught.value.fields == {"reason": Fault("control_characters")}
