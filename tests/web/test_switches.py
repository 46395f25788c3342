"""Switches on the manager's pages: preview, report, and taking one back."""

import pytest

from scheduler.domain.bookings import Standing, Status
from scheduler.domain.roles import Role
from scheduler.usecases import undos
from scheduler.web.desk import switches
from tests.cast import ADA, CHEN
from tests.factories import Office, plan_with
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Reader


@pytest.fixture
def manager(desk_office: Office, open_web: OpenWeb) -> Reader:
    return signed_in(open_web(desk_office), Role.MANAGER)


def test_a_switch_to_come_says_what_it_would_do(manager: Reader, desk_office: Office) -> None:
    visit = desk_office.book("general", "2020-03-17 09:00", customer=ADA)
    desk_office.plan(plan_with("regular", "preventive", "appointments_cancelled"))

    overview = manager.get("/switches")
    page = manager.get("/switches/appointments_cancelled")

    assert "Next: Extended preventive measures" in overview.said()
    assert "cancelled 1" in page.said()
    assert visit.reference in page.said()
    assert desk_office.see(visit).status is Status.BOOKED


def test_a_switch_that_was_carried_out_is_reported_and_taken_back(
    manager: Reader, desk_office: Office
) -> None:
    visit = desk_office.book("general", "2020-03-17 09:00", customer=CHEN)
    desk_office.switch_into("preventive", "appointments_cancelled")

    report = manager.get("/switches/appointments_cancelled")
    manager.get("/switches/appointments_cancelled/undo")
    undone = manager.post("/switches/appointments_cancelled/undo", 200)
    again = manager.post("/switches/appointments_cancelled/undo", 409)

    assert "Still to be told: 1" in report.said()
    assert "Bookings restored 1" in undone.said()
    assert again.status == 409
    assert desk_office.see(visit).standing is Standing.IN_QUESTION
    assert "Taken back on" in manager.get("/switches/appointments_cancelled").said()


def test_taking_back_goes_on_by_itself_when_it_takes_longer_than_a_page_may(
    manager: Reader, desk_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits = [
        desk_office.book("general", f"2020-03-17 {hour}:00", customer=CHEN) for hour in ("09", "10", "11")
    ]
    desk_office.switch_into("preventive", "appointments_cancelled")
    monkeypatch.setattr(undos, "_BATCH", 2)
    monkeypatch.setattr(switches, "_UNDO_S", 0)

    begun = manager.post("/switches/appointments_cancelled/undo", 200)
    overview = manager.get("/switches")
    halfway = manager.get("/switches/appointments_cancelled")
    undos.go_on_undoing(desk_office.database, clock=desk_office.clock)

    assert "Bookings restored 2" in begun.said()
    assert "The rest, 1 bookings, follows by itself within seconds." in begun.said()
    assert "being taken back" in overview.said()
    assert "Being taken back: 2 of 3 bookings so far. Bookings restored: 2." in halfway.said()
    assert {desk_office.see(visit).standing for visit in visits} == {Standing.IN_QUESTION}
    assert "Bookings restored: 3." in manager.get("/switches/appointments_cancelled").said()


def test_what_was_not_carried_out_cannot_be_taken_back(manager: Reader, desk_office: Office) -> None:
    desk_office.plan(plan_with("regular", "preventive"))

    manager.get("/switches/preventive/undo", 404)
    manager.post("/switches/preventive/undo", 404)


def test_a_phase_that_does_not_exist_is_not_found(manager: Reader) -> None:
    manager.get("/switches/moon", 404)
    manager.get("/switches/moon/undo", 404)
    manager.post("/switches/moon/undo", 404)


def test_a_manager_has_a_booking_kept_and_takes_that_back(manager: Reader, desk_office: Office) -> None:
    visit = desk_office.book("general", "2020-03-17 09:00", customer=ADA)
    desk_office.plan(plan_with("regular", "preventive", "appointments_cancelled"))
    at = "/switches/appointments_cancelled"

    before = manager.get(at)
    kept = manager.follow(manager.post(f"{at}/bookings/{visit.id}/keep"))
    back = manager.follow(manager.post(f"{at}/bookings/{visit.id}/keep-no-longer"))

    assert "The notices as they would read" in before.said()
    assert "Capacity before and after" in before.said()
    assert "decided by somebody" in kept.said()
    assert "stay 1" in kept.said()
    assert "cancelled 1" in back.said()


def test_a_switch_that_has_judged_a_booking_is_not_told_to_keep_it(
    manager: Reader, desk_office: Office
) -> None:
    visit = desk_office.book("general", "2020-03-17 09:00", customer=ADA)
    desk_office.switch_into("preventive", "appointments_cancelled")
    manager.get("/switches")
    refused = manager.post(f"/switches/appointments_cancelled/bookings/{visit.id}/keep", 409)
    assert "The switch has judged this booking already." in refused.said()
