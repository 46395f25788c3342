"""The records of changes on a page: for auditors alone, searched by what and when, and checked."""

from sqlalchemy import text

from scheduler.domain.bookings import Party
from scheduler.domain.roles import Role
from scheduler.usecases import bookings
from scheduler.usecases.audit import seal_records
from tests.cast import ADA
from tests.factories import Office
from tests.tampering import lift_guards
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Page, words_of


def rows(page: Page) -> list[str]:
    return [words_of(row) for row in page.all("tr")[1:]]


def test_an_auditor_finds_what_was_done_to_a_visit(desk_office: Office, open_web: OpenWeb) -> None:
    visit = desk_office.book(customer=ADA)
    desk_office.do(bookings.cancel, visit, by=Party.OFFICE, reason="ill")
    auditor = signed_in(open_web(desk_office), Role.AUDITOR)
    assert "/office/audit" in [link.get("href") for link in auditor.get("/").all("a")]

    found = rows(auditor.get(f"/office/audit?subject=booking:{visit.id}"))
    assert len(found) == 2
    assert "cancelled" in found[0]
    assert "was: booked" in found[0]
    assert ADA.name not in " ".join(found)
    (one,) = rows(auditor.get(f"/office/audit?subject=booking:{visit.id}&action=booking.cancel"))
    assert rows(auditor.get("/office/audit?day=2020-03-08")) == []
    assert one in rows(auditor.get("/office/audit?day=2020-03-09"))
    assert "No record of that." in auditor.get("/office/audit?action=%25").said()
    wrong = auditor.get("/office/audit?day=yesterday", 422)
    assert wrong.problem("day")
    assert wrong.value("day") == "yesterday"


def test_many_records_go_on_on_further_pages(desk_office: Office, open_web: OpenWeb) -> None:
    for minute in range(0, 60):
        visit = desk_office.book("documents", f"2020-03-{10 + minute % 3} 09:00", customer=ADA)
        desk_office.do(bookings.cancel, visit, by=Party.CUSTOMER)
    auditor = signed_in(open_web(desk_office), Role.AUDITOR)
    first = auditor.get("/office/audit?action=booking.")
    further = next(link.get("href") or "" for link in first.all("a") if "before=" in (link.get("href") or ""))
    second = auditor.get(further)
    assert len(rows(first)) == len(rows(second)) == 50
    assert rows(first) != rows(second)


def test_the_chain_is_checked_by_one_press_and_what_was_changed_is_named(
    desk_office: Office, open_web: OpenWeb
) -> None:
    desk_office.book(customer=ADA)
    seal_records(desk_office.database)
    auditor = signed_in(open_web(desk_office), Role.AUDITOR)
    auditor.get("/office/audit")
    assert "The chain holds" in auditor.follow(auditor.post("/office/audit/verify")).said("body")
    with desk_office.database.transaction() as session:
        lift_guards(session)
        session.execute(text("UPDATE audit_records SET actor = 'staff:nobody' WHERE position = 1"))
    assert "record 1" in auditor.follow(auditor.post("/office/audit/verify")).said("body")
