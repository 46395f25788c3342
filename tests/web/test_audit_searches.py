"""Searches by employee on a page: filed by one, granted by another, seen by the first alone, for a day."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models.audit_searches import AuditSearch
from scheduler.domain.roles import Role
from tests.cast import ADA, DORIT
from tests.factories import Office
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Page, Reader, words_of

FIELDS = {
    "login": "reception",
    "purpose": "A complaint about a visit that was cancelled",
    "first": "2020-03-09",
    "last": "2020-03-09",
}


@pytest.fixture
def auditor(desk_office: Office, open_web: OpenWeb) -> Reader:
    return signed_in(open_web(desk_office), Role.AUDITOR)


@pytest.fixture
def administrator(auditor: Reader) -> Reader:
    return signed_in(auditor.client.application, Role.ADMINISTRATOR)


def file_one(reader: Reader, **fields: str) -> Page:
    page = reader.get("/office/audit/searches")
    return reader.post("/office/audit/searches", key=page.value("key"), **FIELDS | fields)


def forms(page: Page, end: str) -> list[str]:
    found = [form.get("action") or "" for form in page.all("form")]
    return [action for action in found if action.endswith(end)]


def granted(auditor: Reader, administrator: Reader) -> str:
    """The address of the results."""
    file_one(auditor)
    (decide,) = forms(administrator.get("/office/audit/searches"), "/decide")
    administrator.post(decide, decision="granted")
    (look,) = forms(auditor.get("/office/audit/searches"), "/look")
    return look


def test_the_filer_sees_the_results_once_a_second_person_agrees(
    desk_office: Office, auditor: Reader, administrator: Reader
) -> None:
    reception = signed_in(auditor.client.application, Role.RECEPTION)
    reception.get("/")
    reception.post("/contacts", kind="question", site="main")
    desk_office.book(customer=ADA)

    filed = auditor.follow(file_one(auditor))
    waiting = administrator.get("/office/audit/searches")
    assert "It shows nothing until a second person grants it." in filed.said()
    assert "waits for a second person" in filed.said()
    assert forms(filed, "/decide") == forms(filed, "/look") == []
    assert FIELDS["purpose"] in waiting.said()
    (decide,) = forms(waiting, "/decide")
    assert "Your decision is recorded." in administrator.follow(
        administrator.post(decide, decision="granted")
    ).said("body")
    (look,) = forms(auditor.get("/office/audit/searches"), "/look")
    found = auditor.post(look, 200)

    rows = [words_of(row) for row in found.all("tr")[1:]]
    assert len(rows) == 1
    assert "contact" in rows[0]
    assert "That you looked has been recorded." in found.said()
    assert "results open until Tuesday, 10 March 2020, 09:00" in auditor.get("/office/audit/searches").said()
    records = [words_of(row) for row in auditor.get("/office/audit?subject=audit_search").all("tr")[1:]]
    assert [deed in row for deed, row in zip(("looked", "granted", "filed"), records, strict=True)] == [
        True
    ] * 3


def test_who_granted_it_is_shown_no_results(auditor: Reader, administrator: Reader) -> None:
    look = granted(auditor, administrator)
    page = administrator.get("/office/audit/searches")

    assert forms(page, "/look") == []
    assert administrator.send(look).status_code == 403


def test_results_close_after_a_day_and_the_search_is_listed_as_run_out(
    desk_office: Office, auditor: Reader, administrator: Reader
) -> None:
    look = granted(auditor, administrator)
    desk_office.clock.office_now += timedelta(hours=24)
    page = auditor.get("/office/audit/searches")

    assert forms(page, "/look") == []
    assert "run out" in page.said()
    assert "24 hours" in auditor.post(look, 409).said()


def test_what_was_declined_is_listed_and_shows_nothing(auditor: Reader, administrator: Reader) -> None:
    file_one(auditor)
    (decide,) = forms(administrator.get("/office/audit/searches"), "/decide")
    administrator.post(decide, decision="declined")
    page = auditor.get("/office/audit/searches")

    assert "declined" in page.said()
    assert "decided by administrator" in page.said()
    assert forms(page, "/look") == []


def test_the_own_search_cannot_be_granted(auditor: Reader, administrator: Reader) -> None:
    file_one(auditor)
    (decide,) = forms(administrator.get("/office/audit/searches"), "/decide")

    assert "This is your own search" in auditor.post(decide, 409, decision="granted").said()


@pytest.mark.parametrize(
    "field, typed, said",
    [
        ("purpose", "why not", "too short"),
        ("login", "", "fill this in"),
        ("login", "nobody", "not known"),
        ("first", "yesterday", "not a date"),
        ("first", "", "fill this in"),
        ("last", "2020-03-08", "before the beginning"),
        ("first", "2019-01-01", "more than 92 days"),
    ],
)
def test_what_is_missing_is_said_beside_its_field_and_nothing_typed_is_lost(
    auditor: Reader, field: str, typed: str, said: str
) -> None:
    page = auditor.get("/office/audit/searches")
    fields = FIELDS | {field: typed}

    refused = auditor.post("/office/audit/searches", 422, key=page.value("key"), **fields)

    assert said in refused.problem("last" if typed == "2019-01-01" else field)
    assert refused.value("purpose") == fields["purpose"]
    assert refused.value("last") == fields["last"]


def test_a_form_that_is_sent_twice_files_one_search(desk_office: Office, auditor: Reader) -> None:
    key = auditor.get("/office/audit/searches").value("key")
    for _ in range(2):
        auditor.post("/office/audit/searches", key=key, **FIELDS)

    with desk_office.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AuditSearch)) == 1


def test_looking_at_the_list_shows_nothing_that_an_employee_did(
    desk_office: Office, auditor: Reader, administrator: Reader
) -> None:
    visit = desk_office.book(customer=DORIT)
    granted(auditor, administrator)

    for page in (auditor.get("/office/audit/searches"), administrator.get("/office/audit/searches")):
        assert str(visit.id) not in page.text
        assert DORIT.name not in page.text


def test_as_of_another_date_nothing_is_filed(auditor: Reader, desk_office: Office, open_web: OpenWeb) -> None:
    reader = signed_in(open_web(desk_office, demo=True), Role.AUDITOR)
    key = reader.get("/office/audit/searches").value("key")
    reader.post("/as-of", seen_at="2020-03-18T10:00")

    reader.post("/office/audit/searches", 409, key=key, **FIELDS)

    with desk_office.database.reading() as session:
        assert not session.scalar(select(func.count()).select_from(AuditSearch))
