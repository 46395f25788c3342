"""`flask people`: handed over, erased, and erased again after a restore."""

import json

from scheduler.domain.bookings import Party
from scheduler.usecases import bookings
from tests.cast import ADA
from tests.cli.conftest import Desk
from tests.factories import Office


def test_a_person_is_exported_and_erased_by_a_reference(office: Office, desk: Desk) -> None:
    visit = office.book("general", "2020-03-10 09:00", customer=ADA)
    found = json.loads(desk.out("people", "export", visit.reference.lower()))
    assert [one["email"] for one in found["entries"]] == [ADA.email]
    (fault,) = desk.faults("people", "erase", visit.reference)
    assert "Cancel it first" in fault
    office.do(bookings.cancel, visit, by=Party.CUSTOMER)
    assert desk.out("people", "erase", visit.reference) == "Erased entries: 1\n"
    listed = desk.out("people", "erased")
    assert listed == f"{visit.person_id}\n"
    assert desk.out("people", "erase", "--list", "-", input=listed) == "Erased entries: 0\n"


def test_what_cannot_be_erased_is_said(office: Office, desk: Desk) -> None:
    (unknown,) = desk.faults("people", "export", "AAAAAAAA")
    assert "AAAAAAAA" in unknown
    assert desk.faults("people", "erase", "--list", "-", input="nonsense") == [
        "-: not a list that `flask people erased` printed"
    ]
    assert desk.run("people", "erase").exit_code == 2
