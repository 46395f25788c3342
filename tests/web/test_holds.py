"""Holds at the desk: an open form says what it holds, colleagues see by whom, and booking uses it."""

from dataclasses import replace
from datetime import timedelta

from scheduler.domain.roles import Role
from scheduler.web.frame import EXTENSION
from tests.factories import Office
from tests.web.conftest import OpenWeb, signed_in
from tests.web.test_bookings import FORM

CELL = "09:00, Counter 1, free"


def test_who_has_the_form_open_has_the_place(desk_office: Office, open_web: OpenWeb) -> None:
    app = open_web(desk_office)
    mine, theirs = signed_in(app, Role.RECEPTION), signed_in(app, Role.MANAGER)
    for reader in (mine, theirs):
        reader.get("/bookings/new?at=2020-03-11T09:00&resource=counter-1")

    assert mine.send("/holds", **FORM).text == "Held for you for 10 minutes."
    assert "somebody else was first" in theirs.send("/holds", **FORM).text
    grid = theirs.get("/day/2020-03-11")
    assert "being given away (reception)" in grid.said()
    assert CELL not in grid.text
    why = theirs.get("/why?at=2020-03-11T09:00&resource=counter-1").said()
    assert "reception is giving it away just now: the form is open." in why
    assert "taken" in theirs.post("/bookings/new", 409, **(FORM | {"key": "theirs"}), do="book").said()

    # The form's own hold is not in its way, whatever it looks for meanwhile.
    page = mine.post("/bookings/new", 200, **FORM, do="check")
    assert page.all("input", id="service-general")
    assert theirs.send("/holds/let-go", **FORM).status_code == 204  # of a form of the same key, and another's
    assert "being given away (reception)" in theirs.get("/day/2020-03-11").said()
    mine.post("/bookings/new", **FORM, do="book")
    assert "being given away" not in theirs.get("/day/2020-03-11").said()


def test_whoever_leaves_the_form_frees_the_place_and_a_wrong_time_holds_nothing(
    desk_office: Office, open_web: OpenWeb
) -> None:
    mine = signed_in(open_web(desk_office), Role.RECEPTION)
    mine.send("/holds", **FORM)
    assert CELL not in mine.get("/day/2020-03-11").text
    assert mine.send("/holds/let-go", **FORM).status_code == 204
    assert CELL in mine.get("/day/2020-03-11").text
    for wrong in ({"starts_at": "soon"}, {"resource": "nowhere"}, {"booked_by": "auditor"}):
        assert mine.send("/holds", **(FORM | wrong)).status_code == 422
    assert CELL in mine.get("/day/2020-03-11").text


def test_an_office_may_do_without(desk_office: Office, open_web: OpenWeb) -> None:
    app = open_web(desk_office)
    frame = app.extensions[EXTENSION]
    app.extensions[EXTENSION] = replace(frame, config=replace(frame.config, hold_for=timedelta(0)))
    mine = signed_in(app, Role.RECEPTION)
    assert mine.send("/holds", **FORM).text == ""
    assert CELL in mine.get("/day/2020-03-11").text
