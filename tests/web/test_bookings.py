"""Booking, looking at and changing visits on the pages of the desk."""

from datetime import timedelta
from xml.etree.ElementTree import Element

import pytest

from scheduler.domain.bookings import Standing, Status
from scheduler.domain.notices import Template
from scheduler.domain.roles import Role
from tests.cast import DORIT, EMRE
from tests.factories import Office, at
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Page, Reader

FORM = {
    "starts_at": "2020-03-11T09:00",
    "resource": "counter-1",
    "service": "general",
    "booked_by": "reception",
    "name": "Ada Arendt",
    "email": "ada@example.org",
    "phone": "",
    "address": "",
    "number": "",
    "born": "",
    "language": "de",
    "category": "",
    "text": "",
    "key": "a-key",
}


def refused(reader: Reader, status: int, **changed: str) -> Page:
    """The form as it comes back; what was typed must still be there."""
    reader.get("/bookings/new")
    page = reader.post("/bookings/new", status, **(FORM | changed))
    for name, typed in (FORM | changed).items():
        if name != "service":
            assert page.value(name) == typed, name
    assert page.all("div", id="problems")
    return page


def count(office: Office) -> int:
    with office.database.reading() as session:
        return len(session.connection().exec_driver_sql("SELECT id FROM bookings").all())


def test_a_visit_is_booked_and_its_page_tells_everything(reception: Reader) -> None:
    reception.get("/bookings/new?at=2020-03-11T09:00&resource=counter-1")
    page = reception.follow(reception.post("/bookings/new", **FORM, do="book"))

    said = page.said()
    for words in ("Ada Arendt", "Wednesday, 11 March 2020, 09:00", "Kundentheke 1", "booked", "Invitation"):
        assert words in said or words.replace("Kundentheke", "Counter") in said


def test_the_form_offers_what_the_rules_allow_and_says_why_the_rest_is_refused(
    summer_office: Office, open_web: OpenWeb
) -> None:
    reader = signed_in(open_web(summer_office), Role.RECEPTION)

    page = reader.get("/bookings/new?at=2020-07-20T09:00&resource=counter-1&booked_by=customer")

    offered = {radio.get("value") for radio in page.all("input", name="service")}
    assert offered == {"benefit_emergency", "urgent_benefit"}
    assert "A visit can be requested" in page.said()
    assert "You can file an application at any time" in page.said()


def test_a_visit_that_needs_a_reason_is_booked_with_one(summer_office: Office, open_web: OpenWeb) -> None:
    reader = signed_in(open_web(summer_office), Role.CASEWORKER)
    form = FORM | {
        "starts_at": "2020-07-20T09:00",
        "resource": "office-201",
        "service": "integration",
        "booked_by": "caseworker",
    }
    without = refused(reader, 422, **form)

    page = reader.follow(reader.post("/bookings/new", **(form | {"category": "integration"})))

    assert "Say why this visit is necessary" in without.problem("category")
    assert "Integration into work" in page.said()


def test_a_request_is_approved_or_declined_by_those_who_may(summer_office: Office, open_web: OpenWeb) -> None:
    asked = [
        summer_office.book("integration", when, by=Role.CUSTOMER, customer=EMRE)
        for when in ("2020-07-20 08:00", "2020-07-20 10:00")
    ]
    reader = signed_in(open_web(summer_office), Role.CASEWORKER)

    assert "requested" in reader.get(f"/bookings/{asked[0].id}").said()
    reader.post(f"/bookings/{asked[0].id}/approve")
    reader.get(f"/bookings/{asked[1].id}/decline")
    empty = reader.post(f"/bookings/{asked[1].id}/decline", 422, reason=" ")
    reader.post(f"/bookings/{asked[1].id}/decline", reason="Please call us.")

    assert empty.problem("reason")
    assert summer_office.see(asked[0]).status is Status.BOOKED
    assert summer_office.see(asked[1]).status is Status.CANCELLED


@pytest.mark.parametrize(
    "changed, field, words",
    [
        ({"name": ""}, "who", "fill this in"),
        ({"name": "x" * 121}, "name", "too long"),
        ({"email": "nobody"}, "email", "not an e-mail address"),
        ({"phone": "call me"}, "phone", "not a phone number"),
        ({"address": "x" * 301}, "address", "too long"),
        ({"number": "x" * 41}, "number", "too long"),
        ({"born": "2021-01-01"}, "born", "not a birth date"),
        ({"born": "yesterday"}, "born", "not a date"),
        ({"service": "haircut"}, "service", "not known"),
        ({"service": ""}, "service", "fill this in"),
        ({"starts_at": ""}, "starts_at", "fill this in"),
        ({"starts_at": "soon"}, "starts_at", "not a date and time"),
        ({"starts_at": "2020-03-29T02:30"}, "starts_at", "does not exist"),
        ({"starts_at": "2020-10-25T02:30"}, "starts_at", "exists twice"),
        ({"starts_at": "2020-03-06T09:00"}, "starts_at", "has passed"),
        ({"starts_at": "2022-03-11T09:00"}, "starts_at", "can be booked from"),
        ({"starts_at": "2020-03-11T09:03"}, "starts_at", "minutes from midnight"),
        ({"starts_at": "2020-03-11T12:30"}, "starts_at", "opening hours"),
        ({"starts_at": "2020-04-13T09:00"}, "starts_at", "public holiday"),
        ({"starts_at": "2020-12-24T09:00"}, "starts_at", "closed"),
        ({"starts_at": "2020-11-12T14:00"}, "starts_at", "Staff meeting"),
        ({"resource": "group-room"}, "resource", "does not suit"),
        ({"category": "other"}, "text", "fill this in"),
        ({"category": "other", "text": "x" * 1001}, "text", "too long"),
    ],
)
def test_a_wrong_entry_is_explained_beside_its_field(
    reception: Reader, desk_office: Office, changed: dict[str, str], field: str, words: str
) -> None:
    page = refused(reception, 422, **changed)

    assert words in page.problem(field)
    assert count(desk_office) == 0


def test_a_control_character_is_explained_and_never_sent_back(reception: Reader) -> None:
    reception.get("/bookings/new")

    page = reception.post("/bookings/new", 422, **(FORM | {"name": "A\x07da", "text": "a\x00b"}))

    assert "characters" in page.problem("name")
    assert page.value("name") == "A\ufffdda"


def test_all_wrong_entries_are_explained_at_once(reception: Reader) -> None:
    page = refused(reception, 422, name="", email="nobody", starts_at="soon", born="x")

    assert {link.get("href") for link in page.all("a", class_="kern-link")} >= {
        "#who",
        "#email",
        "#starts_at",
        "#born",
    }


@pytest.mark.parametrize(
    "name, value",
    [("resource", "moon"), ("booked_by", "nobody"), ("language", "klingon!"), ("category", "because")],
)
def test_a_word_that_no_page_offers_is_explained_and_books_nothing(
    reception: Reader, desk_office: Office, name: str, value: str
) -> None:
    reception.get("/bookings/new")

    page = reception.post("/bookings/new", 422, **(FORM | {name: value}))

    assert page.problem(name)
    assert count(desk_office) == 0


def test_what_the_phase_refuses_says_what_to_do_instead(desk_office: Office, open_web: OpenWeb) -> None:
    desk_office.switch_into("preventive", "appointments_cancelled")
    reader = signed_in(open_web(desk_office), Role.RECEPTION)

    page = refused(reader, 422, starts_at="2020-03-17T09:00")

    assert "030 23125-100" in page.problem("service")
    assert "You can file an application at any time" in page.problem("service")


def test_a_taken_time_offers_others_that_are_booked_by_one_press(
    reception: Reader, desk_office: Office
) -> None:
    desk_office.book("general", "2020-03-11 09:00", resource="counter-1")
    page = refused(reception, 409)
    offered = [button.get("value") or "" for button in page.all("button", name="take")]
    when, _, where = offered[0].partition("|")
    desk_office.book("general", when, resource=where)

    again = reception.post("/bookings/new", 409, **(FORM | {"take": offered[0]}))
    booked = reception.follow(reception.post("/bookings/new", **(FORM | {"take": offered[1]})))

    assert "just taken" in page.problem("starts_at")
    assert (again.value("starts_at"), again.value("resource")) == (when, where)
    assert again.value("name") == "Ada Arendt"
    assert "booked" in booked.said()


def test_a_full_way_offers_other_times(summer_office: Office, open_web: OpenWeb) -> None:
    for place in ("counter-1", "counter-2", "counter-3", "entrance-room-1"):
        summer_office.book("benefit_emergency", "2020-07-20 09:00", resource=place, customer=DORIT)
    reader = signed_in(open_web(summer_office), Role.RECEPTION)

    page = refused(
        reader, 409, starts_at="2020-07-20T09:00", resource="entrance-room-2", service="benefit_emergency"
    )

    assert "Too many people arrive" in page.problem("starts_at")
    assert page.all("button", name="take")


def test_sending_the_form_twice_books_once(reception: Reader, desk_office: Office) -> None:
    key = reception.get("/bookings/new").value("key")

    first = reception.post("/bookings/new", **(FORM | {"key": key}))
    second = reception.post("/bookings/new", **(FORM | {"key": key}))

    assert first.response.headers["Location"] == second.response.headers["Location"]
    assert count(desk_office) == 1


def test_entries_changed_after_they_were_sent_are_kept_and_can_be_sent_anew(
    reception: Reader, desk_office: Office
) -> None:
    changed = FORM | {"key": reception.get("/bookings/new").value("key"), "name": "Somebody Else"}
    reception.post("/bookings/new", **(changed | {"name": "Ada"}))

    page = reception.post("/bookings/new", 422, **changed)
    again = changed | {"key": page.value("key"), "starts_at": "2020-03-11T10:00"}
    reception.post("/bookings/new", **again)

    assert "were sent before and changed since" in page.said()
    assert page.value("name") == "Somebody Else"
    assert page.value("key") != changed["key"]
    assert count(desk_office) == 2


@pytest.mark.parametrize("key", ["", "a" * 201, "with blank", "umläut"])
def test_a_key_that_is_none_is_replaced(reception: Reader, key: str) -> None:
    reception.get("/bookings/new")

    page = reception.post("/bookings/new", 422, **(FORM | {"key": key, "name": ""}))

    assert page.value("key") not in ("", key)


def test_checking_books_nothing(reception: Reader, desk_office: Office) -> None:
    reception.get("/bookings/new")

    page = reception.post("/bookings/new", 200, **(FORM | {"do": "check"}))

    assert page.value("name") == "Ada Arendt"
    assert count(desk_office) == 0


def test_too_long_a_form_is_refused(reception: Reader) -> None:
    reception.get("/bookings/new")

    page = reception.post("/bookings/new", 413, **(FORM | {"text": "x" * 1_100_000}))

    assert "too much at once" in page.said()


def test_what_was_typed_is_never_taken_for_markup(reception: Reader) -> None:
    name = "<script>alert(1)</script>\"'&"
    reception.get("/bookings/new")
    page = reception.follow(reception.post("/bookings/new", **(FORM | {"name": name})))

    day = reception.get("/day/2020-03-11")

    assert name in page.said()
    assert name in day.said()


def test_a_visit_goes_its_way_from_check_in_to_finish(reception: Reader, desk_office: Office) -> None:
    visit = desk_office.book("general", "2020-03-09 09:30")
    states = []
    for change in ("check-in", "call", "serve", "finish"):
        reception.post(f"/bookings/{visit.id}/{change}")
        states.append(desk_office.see(visit).status)

    assert states == [Status.CHECKED_IN, Status.CALLED, Status.IN_SERVICE, Status.DONE]
    refused_change = reception.post(f"/bookings/{visit.id}/check-in", 409)
    assert "done" in refused_change.said()


def test_who_did_not_appear_is_noted_with_how_that_was_found(reception: Reader, desk_office: Office) -> None:
    visit = desk_office.book("general", "2020-03-09 09:30")
    desk_office.wait_until("2020-03-09 10:00")
    reception.get(f"/bookings/{visit.id}/no-show")

    without = reception.post(f"/bookings/{visit.id}/no-show", 422, reason="")
    reception.post(f"/bookings/{visit.id}/no-show", reason="called twice")

    assert without.problem("reason")
    assert desk_office.see(visit).status is Status.NO_SHOW


def test_a_visit_is_cancelled_on_somebodys_wish(reception: Reader, desk_office: Office) -> None:
    visit = desk_office.book("general")
    reception.get(f"/bookings/{visit.id}/cancel")

    nobodys = reception.post(f"/bookings/{visit.id}/cancel", 422, by="", reason="ill")
    page = reception.follow(reception.post(f"/bookings/{visit.id}/cancel", by="customer", reason="ill"))

    assert nobodys.problem("by")
    assert nobodys.value("reason") == "ill"
    assert "cancelled" in page.said()
    assert desk_office.see(visit).cancelled_by == "customer"


def test_a_visit_is_moved_and_a_wrong_time_explained(reception: Reader, desk_office: Office) -> None:
    visit = desk_office.book("general", resource="counter-1")
    form = reception.get(f"/bookings/{visit.id}/move")

    wrong = reception.post(f"/bookings/{visit.id}/move", 422, starts_at="2020-03-11T12:30", resource="")
    reception.post(f"/bookings/{visit.id}/move", starts_at="2020-03-12T10:00", resource="counter-2")

    assert form.value("starts_at") == "2020-03-11T09:00"
    assert "opening hours" in wrong.problem("starts_at")
    assert desk_office.see(visit).starts_at == at("2020-03-12 10:00")


def test_moving_twice_tells_the_person_once(reception: Reader, desk_office: Office) -> None:
    visit = desk_office.book("general", resource="counter-1")
    reception.get(f"/bookings/{visit.id}/move")
    for place in ("counter-2", "counter-2", ""):
        reception.post(f"/bookings/{visit.id}/move", starts_at="2020-03-12T10:00", resource=place)

    assert [notice.template for notice in desk_office.notices(visit)].count(Template.UPDATE) == 1


def test_a_visit_in_question_says_so(desk_office: Office, open_web: OpenWeb) -> None:
    visit = desk_office.book("benefit_emergency", "2020-03-16 09:00", resource="counter-1")
    desk_office.switch_into("preventive", "appointments_cancelled")
    reader = signed_in(open_web(desk_office), Role.RECEPTION)

    page, day = reader.get(f"/bookings/{visit.id}"), reader.get("/day/2020-03-16")

    assert desk_office.see(visit).standing is Standing.IN_QUESTION
    assert "This visit is in question" in page.said()
    assert "in question" in day.said()


def test_a_reference_said_on_the_phone_leads_to_the_booking(reception: Reader, desk_office: Office) -> None:
    visit = desk_office.book("general")
    spoken = f"{visit.reference[:4].lower()} {visit.reference[4:]}"

    found = reception.get(f"/bookings?reference={spoken}", 303)

    assert found.response.headers["Location"].endswith(str(visit.id))
    assert "no booking" in reception.get("/bookings?reference=%3Cb%3E", 404).said()


def test_while_others_write_the_form_keeps_what_was_typed(reception: Reader, desk_office: Office) -> None:
    reception.get("/bookings/new")
    with desk_office.database.transaction() as session:
        session.connection()
        page = reception.post("/bookings/new", 503, **FORM)

    assert page.response.headers["Retry-After"]
    assert page.value("name") == "Ada Arendt"


def test_a_booking_that_does_not_exist_is_not_found(reception: Reader) -> None:
    reception.get("/bookings/00000000-0000-0000-0000-000000000000", 404)
    reception.get("/bookings/1", 404)


def test_who_changes_what_a_colleague_has_changed_is_told_and_loses_nothing(
    desk_office: Office, open_web: OpenWeb
) -> None:
    """With a form and by one click; done again on purpose it is done."""
    visit = desk_office.book("general", "2020-03-09 10:00", resource="counter-1")
    app = open_web(desk_office)
    mine, theirs = signed_in(app, Role.RECEPTION), signed_in(app, Role.MANAGER)
    address = f"/bookings/{visit.id}"
    old = mine.get(f"{address}/cancel").value("version")
    theirs.get(f"{address}/move")
    theirs.post(f"{address}/move", starts_at="2020-03-09T11:00", resource="counter-2", version=old)

    told = mine.post(f"{address}/cancel", 412, by="customer", reason="is ill", version=old)
    assert desk_office.see(visit).status is Status.BOOKED
    assert "moved · manager" in told.said("section")
    assert "11:00, Counter 2" in told.said("section")
    assert (told.value("by"), told.value("reason")) == ("customer", "is ill")

    shown = mine.get(address).value("version")
    theirs.get(address)
    theirs.post(f"{address}/check-in", version=shown)
    clicked = mine.post(f"{address}/check-in", 412, version=shown)
    assert "checked in · manager" in clicked.said("section")
    mine.post(f"{address}/cancel", by="customer", reason="is ill", version=clicked.value("version"))
    assert desk_office.see(visit).status is Status.CANCELLED


def test_every_form_that_changes_a_booking_says_what_it_showed(
    reception: Reader, desk_office: Office
) -> None:
    visit = desk_office.book("general", "2020-03-09 10:00")
    address, shown = f"/bookings/{visit.id}", str(desk_office.see(visit).version)
    for path in ("", "/move", "/cancel", "/no-show"):
        page = reception.get(address + path)
        forms = [form for form in page.all("form", method="post") if _leads_to(form, address, path)]
        assert forms, path
        for form in forms:
            (field,) = [one for one in form.iter("input") if one.get("name") == "version"]
            assert field.get("value") == shown


def _leads_to(form: Element, address: str, path: str) -> bool:
    return (form.get("action") or address + path).startswith(address)


def test_a_change_is_undone_by_one_button_or_says_why_not(reception: Reader, desk_office: Office) -> None:
    visit = desk_office.book("general", resource="counter-1")
    address, day = f"/bookings/{visit.id}", "/day/2020-03-11"

    def move() -> dict[str, str]:
        """Moves the visit; the fields of the undo that is offered."""
        reception.get(f"{address}/move")
        moved = reception.post(
            f"{address}/move", starts_at="2020-03-11T10:00", resource="counter-2", notifying="later", next=day
        )
        page = reception.follow(moved)
        assert "held back" in page.said()
        (form,) = page.all("form", action=f"{address}/undo")
        fields = {one.get("name") or "": one.get("value") or "" for one in form.iter("input")}
        return {name: fields[name] for name in ("mistake", "version", "next")}

    page = reception.follow(reception.post(f"{address}/undo", **move()))
    assert "Taken back. Booking" in page.said()
    assert desk_office.see(visit).resource.key == "counter-1"

    fields = move()
    desk_office.book("general", resource="counter-1")
    page = reception.follow(reception.post(f"{address}/undo", **fields))
    assert "This was not taken back" in page.said()
    assert desk_office.see(visit).resource.key == "counter-2"
    reception.post(f"{address}/check-in", 409)
    page = reception.follow(reception.post(f"{address}/undo", mistake="nonsense"))
    assert "This was not taken back" in page.said()


def test_a_notice_is_held_back_and_let_go_from_the_list(reception: Reader, desk_office: Office) -> None:
    visit = desk_office.book("general", "2020-03-09 11:00")
    reception.get(f"/bookings/{visit.id}/cancel")
    wrong = reception.post(f"/bookings/{visit.id}/cancel", 422, by="office", notifying="maybe")
    assert wrong.problem("notifying")
    reception.post(f"/bookings/{visit.id}/cancel", by="office", notifying="later")

    desk_office.clock.real_now += timedelta(seconds=10)
    assert "1 person to be told by hand" in reception.get("/").said("aside")
    page = reception.get("/to-be-told")
    assert "Held back" in page.said()
    (form,) = [form for form in page.all("form") if (form.get("action") or "").endswith("/release")]
    assert "leaves within a minute" in reception.follow(reception.post(form.get("action") or "")).said()
    assert reception.get(f"/bookings/{visit.id}").said().count("waiting") == 2
