"""The door, the wall and the paper: what guards, visitors and bystanders may see, and nothing more."""

import re
from datetime import date
from uuid import UUID

import pytest

from scheduler.domain.bookings import Party, Status
from scheduler.domain.roles import Role
from scheduler.domain.walk_ins import EmergencyRequest
from scheduler.usecases import bookings, walk_ins
from scheduler.usecases.tokens import add_token, revoke_token
from tests.cast import ADA, CHEN, EMRE, FATMA, MANAGER, RECEPTION
from tests.factories import Office
from tests.web.conftest import OpenWeb, signed_in

TODAY = "2020-03-09"
#: Of names, ways to reach people, concerns and what was said about them.
PERSONAL = re.compile(
    r"Ada|Arendt|Chen|Emre|Fatma|Fuchs|@example|030 123456|030 654321|030 777777|Musterallee|"
    r"Allgemeines|Notfall|general|emergency|integration|customer number",
    re.IGNORECASE,
)


@pytest.fixture
def busy(desk_office: Office) -> Office:
    desk_office.book("general", f"{TODAY} 10:00", customer=ADA, resource="counter-1")
    desk_office.book("benefit_emergency", f"{TODAY} 09:30", customer=CHEN, resource="counter-2")
    off = desk_office.book("general", f"{TODAY} 11:00", customer=EMRE)
    desk_office.do(bookings.cancel, off, by=Party.OFFICE)
    desk_office.book("general", "2020-03-10 08:00", customer=FATMA)
    return desk_office


def references(office: Office) -> list[str]:
    """By time."""
    with office.database.reading() as session:
        found = session.connection().exec_driver_sql("SELECT reference FROM bookings ORDER BY starts_at")
        return list(found.scalars())


def personal(text: str, office: Office) -> list[str]:
    """What a page says of people, the plan's own addresses, headings and the page's code aside."""
    main = text.partition("<main")[2].partition("</main>")[0]
    for own in references(office):
        main = main.replace(own, "")
    main = re.sub(r"030 23125-100|service@example.org", "", main)
    return PERSONAL.findall(re.sub(r'(href|action|id|class|name|value)="[^"]*"', "", main))


def test_the_entrance_sees_time_reference_and_way_and_nothing_of_people(
    busy: Office, open_web: OpenWeb
) -> None:
    guard = signed_in(open_web(busy), Role.ENTRANCE)
    chen, ada, off, tomorrow = references(busy)

    for address in ("/", "/entrance", f"/entrance?q={tomorrow}", f"/entrance?q={off}&site=main"):
        page = guard.get(address)
        assert personal(page.text, busy) == [], address
        assert page.said().index(chen) < page.said().index(ada), "by time"
        assert "09:30" in page.said()
        assert "Main entrance" in page.said()
    assert "This visit is cancelled. Say instead: Phone" in page.said()
    assert "Expected on Tuesday, 10 March 2020" in guard.get(f"/entrance?q={tomorrow}").said()
    assert "No booking has this reference" in guard.get("/entrance?q=AAAAAAAA").said()
    assert "Nobody is expected today" in guard.get("/entrance?site=annex").said()
    for forbidden in (f"/day/{TODAY}", "/arrivals", f"/day/{TODAY}/list", f"/day/{TODAY}/offline"):
        guard.get(forbidden, 403)


def test_letting_in_is_ticked_recorded_and_taken_back(busy: Office, open_web: OpenWeb) -> None:
    guard, reader = (signed_in(open_web(busy), role) for role in (Role.ENTRANCE, Role.RECEPTION))
    with busy.database.reading() as session:
        rows = session.connection().exec_driver_sql("SELECT id, reference FROM bookings ORDER BY starts_at")
        chen, _ada, off, tomorrow = [str(UUID(row[0])) for row in rows]
    guard.get("/entrance")

    for _ in range(2):
        guard.post(f"/entrance/{chen}/let-in")
    assert "let in 09:00" in guard.get("/entrance").said()
    guard.post(f"/entrance/{chen}/take-back")
    assert "let in 09:00" not in guard.get("/entrance").said()
    for elsewhere in (off, tomorrow):
        guard.post(f"/entrance/{elsewhere}/let-in", 409)
    said = reader.get(f"/bookings/{chen}").said()
    assert said.count("let in at the entrance") == 1
    assert "tick at the entrance taken back" in said


def test_the_wall_shows_number_and_counter_alone(busy: Office, open_web: OpenWeb) -> None:
    app, stranger_token = open_web(busy), "A" * 43
    with busy.database.transaction() as session:
        at = {"now": busy.now, "real_now": busy.now}
        token = add_token(session, "wall", Role.ENTRANCE, actor=MANAGER, **at)
        other = add_token(session, "portal", Role.RECEPTION, actor=MANAGER, **at)
        found = session.connection().exec_driver_sql("SELECT id FROM bookings ORDER BY starts_at")
        first = UUID(found.scalars().all()[0])
    reader, visitor = signed_in(app, Role.RECEPTION), signed_in(app, Role.ENTRANCE, "de")
    visitor.post("/sign-out")
    assert "Gerade wird niemand aufgerufen" in visitor.get(f"/display/{token}").said()
    reader.get("/arrivals")
    for change in ("check-in", "call"):
        reader.post(f"/bookings/{first}/{change}")

    page = visitor.get(f"/display/{token}?theme=dark")
    assert page.said().split() == ["Bitte", "eintreten", "001", "Kundentheke", "2", "09:00"] or (
        "001 Kundentheke 2" in page.said() and personal(page.text, busy) == []
    )
    assert page.all("html")[0].get("data-kern-theme") == "dark"
    assert not any(reference in page.text for reference in references(busy))
    assert "001" not in visitor.get(f"/display/{token}?site=annex").said()
    for wrong in (stranger_token, other):
        visitor.get(f"/display/{wrong}", 404)
    with busy.database.transaction() as session:
        revoke_token(session, "wall", actor=MANAGER, **at)
    visitor.get(f"/display/{token}", 404)
    assert "001" in reader.get("/display").said()
    reader.post(f"/bookings/{first}/serve")
    assert "001" not in reader.get("/display").said()


def test_the_wall_calls_those_without_an_appointment_too(busy: Office, open_web: OpenWeb) -> None:
    with busy.database.transaction() as session:
        asked = EmergencyRequest("main")
        walk_in = walk_ins.admit_emergency(session, asked, actor=RECEPTION, now=busy.now)
        walk_ins.call(session, walk_in.id, resource="counter-3", actor=RECEPTION, now=busy.now)

    said = signed_in(open_web(busy), Role.ENTRANCE).get("/display").said()

    assert "001 Counter 3" in said


def test_what_is_shown_at_the_door_is_only_ever_text(busy: Office, open_web: OpenWeb) -> None:
    live = "<script>alert(1)</script> ' autofocus x={{7*7}}"
    guard, reader = (signed_in(open_web(busy), role) for role in (Role.ENTRANCE, Role.RECEPTION))

    page = guard.get("/entrance", query_string={"q": live, "site": live})
    assert page.value("q") == live
    assert reader.get("/arrivals", 404, query_string={"q": live, "site": live}).value("q") == live
    reader.get(f"/day/{TODAY}/catch-up")
    visit = {"starts": live, "resource": live, "service": live, "name": live, "number": live, "born": live}
    page = reader.post(f"/day/{TODAY}/catch-up/visits", 422, **visit, outcome=live)
    assert page.value("name") == live
    for field in visit:
        long = {"starts": "8:00", "resource": "counter-1", "service": "general", "name": "Ada"}
        long |= {"outcome": "done", field: "7" * 5000}
        assert reader.send(f"/day/{TODAY}/catch-up/visits", **long).status_code == 422, field


def test_lists_are_printed_with_names_and_without(busy: Office, open_web: OpenWeb) -> None:
    reader = signed_in(open_web(busy), Role.RECEPTION)

    without, names = reader.get(f"/day/{TODAY}/list"), reader.get(f"/day/{TODAY}/list?names=1")
    door = reader.get(f"/day/{TODAY}/door")

    assert personal(without.text, busy) == personal(door.text, busy) == []
    assert all(name in names.said() for name in ("Ada Arendt", "Chen Li", "Emre Er"))
    for page in (without, names, door):
        assert set(references(busy)[:3]) <= set(re.findall("[A-Z0-9]{8}", page.said()))
    assert "Main entrance → " in door.said()


def test_the_offline_list_is_one_file_that_needs_nothing(busy: Office, open_web: OpenWeb) -> None:
    answer = signed_in(open_web(busy), Role.RECEPTION).client.get(f"/day/{TODAY}/offline")

    assert answer.headers["Content-Disposition"] == f'attachment; filename="tagesliste-{TODAY}.html"'
    assert not re.search(r"src=|<link|url\(|<script", answer.text)
    assert all(name in answer.text for name in ("Ada Arendt", "Emre Er", *references(busy)[:3]))
    with busy.database.reading() as session:
        found = session.connection().exec_driver_sql("SELECT subject FROM accesses").scalars()
        assert f"day:{date.fromisoformat(TODAY)}" in set(found)


def test_a_move_forgets_that_somebody_was_let_in(busy: Office, open_web: OpenWeb) -> None:
    guard = signed_in(open_web(busy), Role.ENTRANCE)
    booking = busy.book("general", f"{TODAY} 11:30", customer=FATMA)
    guard.get("/entrance")
    guard.post(f"/entrance/{booking.id}/let-in")

    busy.move(booking, "2020-03-12 10:00")

    assert busy.see(booking).let_in_at is None
    assert busy.see(booking).status is Status.BOOKED
