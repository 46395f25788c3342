"""Closures on the manager's pages: what a new one would hit, closing, another end, opening again."""

import pytest

from scheduler.domain.bookings import Status
from scheduler.domain.roles import Role
from scheduler.queries.plans import current_plan
from tests.cast import ADA
from tests.factories import Office
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Reader

ASKED = {"scope": "kind:counter", "starts": "2020-03-10T08:00", "to": "2020-03-10T12:00"}


@pytest.fixture
def manager(desk_office: Office, open_web: OpenWeb) -> Reader:
    return signed_in(open_web(desk_office), Role.MANAGER)


def closures(office: Office) -> int:
    with office.database.reading() as session:
        return len(current_plan(session).closures)


def test_what_a_closure_would_hit_is_seen_before_it_is_made(manager: Reader, desk_office: Office) -> None:
    visit = desk_office.book("general", "2020-03-10 09:00", customer=ADA)
    before = closures(desk_office)
    manager.get("/office/closures")
    manager.get("/office/closures/new")
    query = "&".join(f"{name}={value}" for name, value in ASKED.items())
    asked = manager.get(f"/office/closures/new?{query}&reason_de=Umbau")
    assert "Visits that lie in it (1)" in asked.said()
    assert visit.reference in asked.said()
    assert "Opening hours that go: Counters" in asked.said()
    assert closures(desk_office) == before
    done = manager.follow(manager.post("/office/closures", **ASKED, reason_de="Umbau"))
    assert "to be decided about: 1. Nobody was cancelled." in done.said("body")
    assert "Worklist" in done.said("h1")
    assert desk_office.see(visit).status is Status.BOOKED
    assert "Umbau" in manager.get("/office/closures").said()
    why = manager.get("/why?at=2020-03-10T10:00&resource=counter-1").said()
    assert "Umbau" in why
    again = manager.post("/office/closures", 409, **ASKED)
    assert "The same is closed from then on already." in again.said()


def test_what_is_wrong_stands_beside_its_field(manager: Reader) -> None:
    page = manager.get("/office/closures/new?scope=&starts=soon&to=&reason_en=x", 422)
    for name in ("scope", "starts", "to", "reason_de"):
        assert page.problem(name)
    assert page.value("reason_en") == "x"
    reversed_ = manager.get(
        "/office/closures/new?scope=office:&starts=2020-03-10T09:00&to=2020-03-10T08:00", 422
    )
    assert reversed_.problem("to")
    over = manager.post(
        "/office/closures", 422, scope="office:", starts="2020-01-10T09:00", to="2020-01-11T09:00"
    )
    assert over.problem("to")


def test_a_closure_gets_another_end_and_is_taken_back(manager: Reader, desk_office: Office) -> None:
    manager.get("/office/closures")
    manager.post("/office/closures", **ASKED)
    link = manager.get("/office/closures").all("li")
    address = next(
        a.get("href") or "" for item in link for a in item.iter("a") if "10 March 2020" in (a.text or "")
    )
    page = manager.get(address)
    seen = page.value("seen_end")
    wrong = manager.post(address, 422, to="2020-03-01T08:00", seen_end=seen, do="end")
    assert wrong.problem("to")
    manager.follow(manager.post(address, to="2020-03-10T13:00", seen_end=seen, do="end"))
    changed = manager.post(address, 412, to="2020-03-10T14:00", seen_end=seen, do="end")
    assert "Somebody changed this meanwhile." in changed.said()
    assert changed.value("to") == "2020-03-10T14:00"
    done = manager.follow(manager.post(address, seen_end=changed.value("seen_end"), do="open"))
    assert "can be booked at once" in done.said("body")
    manager.get(address, 404)


def test_reception_sees_no_closures_page(desk_office: Office, open_web: OpenWeb) -> None:
    reader = signed_in(open_web(desk_office), Role.RECEPTION)
    reader.get("/office/closures", 403)
