"""The pages of the caseworkers: entered, given a visit, away today, and what goes to the deputy."""

from scheduler.domain.roles import Role
from tests.cast import CHEN, EMRE
from tests.factories import Office
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Reader


def entered(manager: Reader, name: str, **fields: str) -> None:
    manager.get("/caseworkers/new")
    page = manager.follow(manager.post("/caseworkers/new", name=name, **fields))
    assert name in page.said()


def test_a_visit_is_given_and_goes_to_the_deputy(
    reception: Reader, desk_office: Office, open_web: OpenWeb
) -> None:
    manager = signed_in(open_web(desk_office), Role.MANAGER)
    assert "Nobody is entered yet." in reception.get("/caseworkers").said()
    entered(manager, "Ben Beck", team="Team 1")
    entered(manager, "Ada Arendt", team="Team 1", deputy="1", hours_mon="9:00-12:00")
    inside = desk_office.book("general", "2020-03-09 10:00", customer=CHEN)
    other = desk_office.book("general", "2020-03-09 10:00", customer=EMRE)

    reception.get(f"/bookings/{inside.id}")
    page = reception.follow(reception.post(f"/bookings/{inside.id}/hand-over", caseworker="2"))
    assert "The visit is given. Nobody is told" in page.said()
    assert "With whom Ada Arendt" in page.said()
    reception.get(f"/bookings/{other.id}")
    page = reception.follow(reception.post(f"/bookings/{other.id}/hand-over", caseworker="2"))
    assert "The person in charge has another talk at that time." in page.said()
    assert "10:00" in reception.get("/caseworkers/2?date=2020-03-09").said()

    page = reception.get("/caseworkers/2/absence")
    assert "1 talk lies in it. Ben Beck stands in and could have 1 of them." in page.said()
    page = reception.follow(reception.post("/caseworkers/2/absence"))
    assert "The absence is noted. Nobody was cancelled" in page.said()
    assert "away until" in reception.get("/caseworkers").said()
    worklist = reception.get("/worklist?reason=caseworker").said()
    assert inside.reference in worklist
    assert "The caseworker is away at that time." in worklist
    reception.get("/caseworkers/2")
    page = reception.follow(reception.post("/absences/1/hand-over"))
    assert "1 talk was given to the deputy. Left on the worklist: 0." in page.said()
    page = reception.follow(reception.post("/absences/1/end"))
    assert "The absence has ended." in page.said()
    assert desk_office.see(inside).caseworker_id == 1


def test_a_visit_is_booked_with_ones_own_caseworker(
    reception: Reader, desk_office: Office, open_web: OpenWeb
) -> None:
    assert "With whom" not in reception.get("/bookings/new?at=2020-03-09T10:00").said()
    manager = signed_in(open_web(desk_office), Role.MANAGER)
    entered(manager, "Ada Arendt", hours_mon="9:00-11:00")
    fields = {
        "language": "en",
        "service": "general",
        "starts_at": "2020-03-09T11:45",
        "booked_by": "reception",
        "who": "Nora Neu",
    }
    assert "With whom" in reception.get("/bookings/new?at=2020-03-09T10:00").said()
    page = reception.post("/bookings/new", 409, caseworker="1", do="book", **fields)
    assert "The person in charge is not there at that time." in page.said()
    made = reception.post(
        "/bookings/new", caseworker="1", do="book", **(fields | {"starts_at": "2020-03-09T10:00"})
    )
    page = reception.follow(made)
    assert "With whom Ada Arendt" in page.said()
    assert "Nora Neu" in page.said()


def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(
    desk_office: Office, open_web: OpenWeb
) -> None:
    manager = signed_in(open_web(desk_office), Role.MANAGER)
    manager.get("/caseworkers/new")
    page = manager.post("/caseworkers/new", 422, team="Team 7", hours_mon="nine", hours_fri="12:00-9:00")
    for sentence in (
        "Please fill this in.",
        "“nine” is no span of hours; write it as 9:00-12:00.",
        "The end lies before the beginning.",
    ):
        assert sentence in page.said()
    assert 'value="Team 7"' in page.text
    entered(manager, "Ada Arendt")
    manager.get("/caseworkers/1/absence")
    page = manager.post("/caseworkers/1/absence", 422, starts="2020-03-12T10:00", to="2020-03-12T09:00")
    assert "The end lies before the beginning." in page.said()
    page = manager.get("/caseworkers/1/absence?to=soon", 422)
    assert 'value="soon"' in page.text


def test_whoever_is_given_nothing_new_stands_apart_and_comes_back(
    desk_office: Office, open_web: OpenWeb
) -> None:
    manager = signed_in(open_web(desk_office), Role.MANAGER)
    entered(manager, "Ada Arendt")
    page = manager.follow(manager.post("/caseworkers/1/retire"))
    assert "Get nothing new any more" in page.said()
    manager.get("/caseworkers/1")
    page = manager.follow(manager.post("/caseworkers/1/bring-back"))
    assert "Ada Arendt is back and can be given visits." in page.said()
