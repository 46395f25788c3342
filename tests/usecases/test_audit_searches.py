"""Searches by employee: nothing is seen before a second person's word, and every step leaves a record."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.audit import AuditRecord
from models.audit_searches import AuditSearch
from models.database import Database
from scheduler.domain.audit_searches import SearchRequest
from scheduler.domain.errors import Invalid, NotFound, WrongState
from scheduler.domain.retention import BLANK, DEFAULT
from scheduler.domain.roles import Actor, Role
from scheduler.queries.audit import Records
from scheduler.usecases import audit_searches, bookings
from scheduler.usecases.audit import record
from scheduler.usecases.audit_searches import decide, file_search, look
from scheduler.usecases.retention import erase_person, forget_due
from scheduler.usecases.staff import add_staff
from tests.cast import ADA, ADMINISTRATOR, AUDITOR, MANAGER, RECEPTION
from tests.factories import Office, opened, plan_with, whole_plan

ZONE = whole_plan().zone
OTHER_AUDITOR = Actor("staff:revision2", Role.AUDITOR)
PURPOSE = "A complaint about a visit that was cancelled"


@pytest.fixture
def staffed(office: Office) -> Office:
    return with_reception(office)


def with_reception(office: Office) -> Office:
    with office.database.transaction() as session:
        add_staff(session, "empfang", Role.RECEPTION, "a long enough password", actor=MANAGER, now=office.now)
    return office


def filed(office: Office, login: str = "empfang", days: int = 0) -> UUID:
    today = office.now.astimezone(ZONE).date()
    asked = SearchRequest(login, PURPOSE, today - timedelta(days=days), today)
    with office.database.transaction() as session:
        return file_search(session, asked, zone=ZONE, actor=AUDITOR, now=office.now).id


def decided(office: Office, search: UUID, decision: str = "granted", by: Actor = ADMINISTRATOR) -> None:
    with office.database.transaction() as session:
        decide(session, search, decision, actor=by, now=office.now)


def looked(office: Office, search: UUID, by: Actor = AUDITOR, before: int | None = None) -> Records:
    with office.database.transaction() as session:
        return look(session, search, before=before, zone=ZONE, actor=by, now=office.now)[1]


def told(office: Office, search: UUID) -> list[tuple[str, str, dict[str, Any]]]:
    with office.database.reading() as session:
        wanted = select(AuditRecord).where(AuditRecord.subject == f"audit_search:{search}")
        found = session.scalars(wanted.order_by(AuditRecord.id))
        return [(one.action, one.actor, one.details) for one in found]


def test_whoever_filed_sees_what_the_employee_changed_on_those_days(staffed: Office) -> None:
    visit = staffed.book(customer=ADA)
    staffed.do(bookings.cancel, visit, by="customer", actor=RECEPTION)
    staffed.book(starts="2020-03-11 10:00", customer=ADA, actor=MANAGER)
    search = filed(staffed)
    decided(staffed, search)

    found = looked(staffed, search)

    assert [one.action for one in found.records] == ["booking.cancel", "booking.book"]
    assert {one.actor for one in found.records} == {RECEPTION.name}


def test_when_the_employee_came_to_work_is_not_shown(staffed: Office) -> None:
    with staffed.database.transaction() as session:
        record(session, RECEPTION, "staff.sign_in", "staff:empfang", now=staffed.now)
    search = filed(staffed)
    decided(staffed, search)

    assert not looked(staffed, search).records


def test_what_was_done_on_other_days_is_not_shown(staffed: Office) -> None:
    staffed.book(customer=ADA)
    staffed.clock.office_now += timedelta(days=1)
    search = filed(staffed)
    decided(staffed, search)
    wider = filed(staffed, days=1)
    decided(staffed, wider)

    assert not looked(staffed, search).records
    assert looked(staffed, wider).records


def test_many_results_come_in_pages(staffed: Office) -> None:
    for minute in range(26):
        visit = staffed.book("documents", f"2020-03-1{minute % 3} 09:00", customer=ADA)
        staffed.do(bookings.cancel, visit, by="customer", actor=RECEPTION)
    search = filed(staffed)
    decided(staffed, search)

    first = looked(staffed, search)
    second = looked(staffed, search, before=first.next_before)

    assert (len(first.records), len(second.records)) == (50, 2)
    assert second.next_before is None


def test_request_grant_and_every_look_are_recorded_without_the_purpose(staffed: Office) -> None:
    search = filed(staffed)
    decided(staffed, search, by=OTHER_AUDITOR)
    looked(staffed, search)
    looked(staffed, search)

    about = {"login": "empfang", "first": "2020-03-09", "last": "2020-03-09"}
    assert told(staffed, search) == [
        ("audit_search.file", AUDITOR.name, about),
        ("audit_search.grant", OTHER_AUDITOR.name, about),
        ("audit_search.look", AUDITOR.name, about | {"records": 0}),
        ("audit_search.look", AUDITOR.name, about | {"records": 0}),
    ]


def test_nothing_is_seen_before_a_second_person_has_granted_it(staffed: Office) -> None:
    search = filed(staffed)

    with pytest.raises(WrongState) as refused:
        looked(staffed, search)

    assert refused.value.details["why"] == "search_not_open"
    assert [action for action, *_ in told(staffed, search)] == ["audit_search.file"]


def test_nothing_is_seen_of_what_was_declined(staffed: Office) -> None:
    search = filed(staffed)
    decided(staffed, search, "declined")

    with pytest.raises(WrongState):
        looked(staffed, search)


def test_after_a_day_the_results_are_closed(staffed: Office) -> None:
    search = filed(staffed)
    decided(staffed, search)
    staffed.clock.office_now += timedelta(hours=24)

    with pytest.raises(WrongState):
        looked(staffed, search)


@pytest.mark.parametrize("by", [OTHER_AUDITOR, ADMINISTRATOR])
def test_nobody_but_the_filer_sees_the_results(staffed: Office, by: Actor) -> None:
    search = filed(staffed)
    decided(staffed, search)

    with pytest.raises(NotFound):
        looked(staffed, search, by=by)


def test_nobody_grants_the_own_search(staffed: Office) -> None:
    search = filed(staffed)

    with pytest.raises(WrongState) as refused:
        decided(staffed, search, by=AUDITOR)

    assert refused.value.details["why"] == "own_search"


def test_the_database_itself_asks_for_a_second_person(staffed: Office) -> None:
    search = filed(staffed)
    alone = {"decision": "granted", "decided_by": AUDITOR.name, "decided_at": staffed.now}

    with pytest.raises(IntegrityError), staffed.database.transaction() as session:
        session.execute(update(AuditSearch).where(AuditSearch.id == search).values(alone))


def test_nobody_decides_about_a_search_for_themselves(staffed: Office) -> None:
    with staffed.database.transaction() as session:
        role, password = Role.ADMINISTRATOR, "a long enough password"
        add_staff(session, "verwaltung", role, password, actor=MANAGER, now=staffed.now)
    search = filed(staffed, "verwaltung")

    with pytest.raises(WrongState) as refused:
        decided(staffed, search, by=ADMINISTRATOR)

    assert refused.value.details["why"] == "search_about_you"


@pytest.mark.parametrize("first", ["granted", "declined"])
def test_a_decision_stands(staffed: Office, first: str) -> None:
    search = filed(staffed)
    decided(staffed, search, first)

    with pytest.raises(WrongState):
        decided(staffed, search, "granted", by=OTHER_AUDITOR)


def test_what_nobody_decided_in_a_week_is_decided_no_more(staffed: Office) -> None:
    search = filed(staffed)
    staffed.clock.office_now += timedelta(days=7)

    with pytest.raises(WrongState):
        decided(staffed, search)


def test_a_decision_is_one_of_two_words(staffed: Office) -> None:
    with pytest.raises(Invalid):
        decided(staffed, filed(staffed), "perhaps")


def test_an_employee_whom_nobody_knows_is_refused(staffed: Office) -> None:
    with pytest.raises(Invalid) as refused:
        filed(staffed, "nobody")

    assert refused.value.fields["login"].why == "unknown"


def test_searches_are_forgotten_after_their_time(staffed: Office) -> None:
    filed(staffed)
    staffed.clock.office_now += timedelta(days=DEFAULT.searches - 1)
    forget_due(staffed.database, DEFAULT, clock=staffed.clock)
    with staffed.database.reading() as session:
        assert session.scalars(select(AuditSearch)).all()

    staffed.clock.office_now += timedelta(days=1)
    forget_due(staffed.database, DEFAULT, clock=staffed.clock)

    with staffed.database.reading() as session:
        assert not session.scalars(select(AuditSearch)).all()


def test_a_person_who_is_erased_is_named_in_no_purpose(staffed: Office) -> None:
    visit = staffed.book(customer=ADA)
    staffed.do(bookings.cancel, visit, by="customer", actor=RECEPTION)
    search = filed(staffed)
    with staffed.database.transaction() as session:
        session.get_one(AuditSearch, search).purpose = f"Why was {ADA.name}’s visit cancelled?"
        erase_person(session, [visit.person_id], actor=MANAGER, now=staffed.now)

    with staffed.database.reading() as session:
        assert session.get_one(AuditSearch, search).purpose == BLANK


# --------------------------------------------------------------------------------- two decide at once


def both_decide(office: Office, search: UUID) -> list[bool]:
    """Whether each of two who decide at once was heard."""

    def heard(decision: str, by: Actor) -> bool:
        try:
            decided(office, search, decision, by)
        except WrongState:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        asked = [("granted", ADMINISTRATOR), ("declined", OTHER_AUDITOR)]
        return sorted(one.result() for one in [threads.submit(heard, *each) for each in asked])


def test_of_two_who_decide_at_once_one_is_heard(staffed: Office) -> None:
    search = filed(staffed)

    assert both_decide(staffed, search) == [False, True]
    assert len(told(staffed, search)) == 2


def test_without_the_lock_both_are_heard(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: both look before either writes."""
    office = with_reception(opened(postgresql_database, "2020-03-09 09:00", plan_with("regular")))
    search, both = filed(office), Barrier(2)

    def look_and_wait(session: Session, search_id: UUID) -> AuditSearch:
        found = session.get_one(AuditSearch, search_id)
        both.wait(30)
        return found

    _swap(monkeypatch, look_and_wait)

    assert both_decide(office, search) == [True, True]
    assert len(told(office, search)) == 3


def _swap(monkeypatch: pytest.MonkeyPatch, instead: Callable[[Session, UUID], AuditSearch]) -> None:
    monkeypatch.setattr(audit_searches, "_to_decide", instead)
