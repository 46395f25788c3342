"""People on the pages: found from the box in the head and from that of the booking form, noted as read."""

import re

from scheduler.domain.people import Customer
from scheduler.domain.roles import Role
from tests.cast import ADA
from tests.factories import Office
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Page, Reader
from tests.web.test_accesses import readings

JUERGEN = Customer("Jürgen Groß", number="123K45", phone="030 12345", household="BG 7")


def test_the_box_in_the_head_leads_to_the_person_with_all_visits(
    desk_office: Office, open_web: OpenWeb
) -> None:
    first = desk_office.book("general", "2020-03-09 09:30", customer=JUERGEN)
    second = desk_office.book("general", "2020-03-11 09:00", customer=JUERGEN)
    desk_office.wait_until("2020-03-10 08:00")

    reader = signed_in(open_web(desk_office), Role.RECEPTION)

    page = reader.follow(reader.get("/bookings?reference=juergen+gros", 303))

    said = page.said()
    assert said.index("To come (1)") < said.index(second.reference) < said.index("Past (1)")
    assert said.index("Past (1)") < said.index(first.reference)
    assert all(known in said for known in ("123K45", "030 12345", "BG 7"))


def test_who_can_be_several_people_is_asked_back(reception: Reader, desk_office: Office) -> None:
    desk_office.book("general", customer=JUERGEN)
    desk_office.book("general", "2020-03-11 10:00", customer=Customer("Jürgen Groß", number="9"))

    page = reception.get("/bookings?reference=Gross")

    assert len(page.all("ul", class_="found")[0].findall("li")) == 2
    assert "customer number 123K45" in page.said()


def test_who_is_not_known_is_told_what_can_be_typed(reception: Reader) -> None:
    page = reception.get("/bookings?reference=Nobody", 404)

    assert "no person for “Nobody”" in page.said()
    assert "small mistakes in a name" in page.said()


def test_who_searched_has_read_about_the_persons_visits(desk_office: Office, open_web: OpenWeb) -> None:
    booking = desk_office.book("general", customer=JUERGEN)
    desk_office.book("general", "2020-03-11 10:00", customer=JUERGEN)
    other = desk_office.book("general", "2020-03-11 11:00", customer=ADA)
    reader = signed_in(open_web(desk_office), Role.RECEPTION)

    reader.client.get("/people/suggestions?q=gross")

    subject = f"booking:{booking.id}"
    assert readings(desk_office.database, subject) == [("staff:reception", "desk.suggestions")]
    assert readings(desk_office.database, f"booking:{other.id}") == []


def test_suggestions_carry_what_the_form_takes_over(reception: Reader, desk_office: Office) -> None:
    desk_office.book("general", customer=JUERGEN)

    piece = reception.client.get("/people/suggestions?q=123K").text

    assert piece.count('role="option"') == 1
    assert dict(re.findall(r'data-(\w+)="([^"]*)"', piece)) | {"person": ""} == {
        **{"person": "", "name": "Jürgen Groß", "number": "123K45", "household": "BG 7", "born": ""},
        **{"language": "de", "email": "", "phone": "030 12345", "address": "", "ticked": ""},
    }


def test_somebody_is_searched_chosen_and_booked_without_scripts(
    reception: Reader, desk_office: Office
) -> None:
    desk_office.book("general", customer=JUERGEN)
    form = {"starts_at": "2020-03-11T09:30", "resource": "counter-1", "booked_by": "reception"}
    form |= {"language": "de", "service": "general", "text": "see file"}
    form["key"] = reception.get("/bookings/new?at=2020-03-11T09:30&resource=counter-1").value("key")

    searched = reception.post("/bookings/new", 200, **form, who="gross", do="find")
    button = searched.all("button", name="choose")[0]
    chosen = reception.post("/bookings/new", 200, **form, who="gross", choose=button.get("value") or "")
    fields = ("who", "name", "number", "household", "phone", "born")
    taken = {name: chosen.value(name) for name in fields}
    booked = reception.follow(reception.post("/bookings/new", **form, **taken, do="book"))

    assert taken["number"] == "123K45"
    assert (chosen.value("service"), chosen.value("text")) == ("general", "see file")
    assert "Jürgen Groß" in booked.said()
    assert "123K45" in booked.said()


def test_a_new_person_is_booked_from_the_box_alone(reception: Reader) -> None:
    form = {"starts_at": "2020-03-11T09:30", "resource": "counter-1", "booked_by": "reception"}
    reception.get("/bookings/new")

    page = reception.post(
        "/bookings/new", **form, service="general", language="de", who="Eva Neu 5.3.1980 0171 5555"
    )

    said = reception.follow(page).said()
    assert all(known in said for known in ("Eva Neu", "5 Mar 1980", "0171 5555"))


def test_a_person_who_is_not_there_any_more_cannot_be_chosen(reception: Reader) -> None:
    reception.get("/bookings/new")

    reception.post("/bookings/new", 404, choose="nobody")
    reception.post("/bookings/new", 404, choose="00000000-0000-4000-8000-000000000000")


def test_the_next_free_slots_and_those_near_a_time_lead_to_the_form(
    reception: Reader, desk_office: Office
) -> None:
    desk_office.book("general", "2020-03-11 10:00", resource="counter-1")

    page = reception.get("/slots?service=general&on=2020-03-11&at=10:00")
    first = page.all("ol", class_="found")[0].find("li/a")
    assert first is not None
    form = reception.get(first.get("href") or "")

    assert [len(one.findall("li")) for one in page.all("ol", class_="found")] == [3, 5]
    assert (form.value("starts_at"), form.value("service")) == ("2020-03-11T10:00", "general")
    assert form.value("resource") != "counter-1"


def test_needs_choose_the_slots_and_go_along_to_the_form(reception: Reader) -> None:
    """Counter 3 has steps; with an interpreter the visit is a quarter of an hour longer."""
    asked = "/slots?service=general&on=2020-03-11&at=11:45"
    plain, needing = reception.get(asked), reception.get(f"{asked}&step_free=y&interpreter=y")

    assert "11:45, Counter 3" in plain.said()
    assert "Counter 3" not in needing.said().partition("The next that are free")[0].partition("Nearest")[2]
    assert "11:45" not in needing.said().partition("Nearest")[2]
    link = needing.all("ol", class_="found")[0].find("li/a")
    assert link is not None
    form = reception.get(link.get("href") or "")
    checked = [
        form.all("input", id=need)[0].get("checked") for need in ("interpreter", "companion", "step_free")
    ]
    assert [one is not None for one in checked] == [True, False, True]


def test_a_search_that_finds_nothing_or_cannot_be_read_says_why(
    desk_office: Office, open_web: OpenWeb
) -> None:
    desk_office.switch_into("preventive", "appointments_cancelled")
    reader = signed_in(open_web(desk_office), Role.RECEPTION)

    refused = reader.get("/slots?service=general&on=2020-03-17")
    wrong = reader.get("/slots?service=general&on=soon&at=late", 422)

    assert "Nothing is free" in refused.said()
    assert "Please use instead" in refused.said()
    assert wrong.problem("on")


def test_needs_are_typed_once_and_taken_over_the_next_time(reception: Reader) -> None:
    form = {"starts_at": "2020-03-11T09:30", "resource": "counter-1", "booked_by": "reception"}
    form |= {"language": "de", "service": "general", "who": "Eva Neu"}
    reception.get("/bookings/new")

    wrong = reception.post("/bookings/new", 422, **form, persons="1", others="Bea\nCem")
    first = reception.follow(
        reception.post(
            "/bookings/new", **form, interpreter="y", companion="y", others="Bea\nCem", on_file="y"
        )
    )
    piece = reception.client.get("/people/suggestions?q=eva").text

    assert "More people are named" in wrong.problem("persons")
    assert "Needs an interpreter · Comes with a companion" in first.said()
    assert "How many come 3" in first.said()
    assert "On file since Mon, 9 Mar 2020, by the person’s own wish" in first_person(reception).said()
    assert 'data-ticked="interpreter companion on_file"' in piece


def first_person(reception: Reader) -> Page:
    return reception.follow(reception.get("/bookings?reference=Eva+Neu", 303))


def test_the_desk_notes_who_wishes_to_stay_on_file_and_who_no_longer_does(
    desk_office: Office, open_web: OpenWeb
) -> None:
    desk_office.book("general", "2020-03-11 09:00", customer=JUERGEN)
    reader = signed_in(open_web(desk_office), Role.RECEPTION)
    page = reader.follow(reader.get("/bookings?reference=juergen+gros", 303))
    address = page.response.request.path
    assert "On file no: contact data go 7 days after the visit" in page.said()
    kept = reader.follow(reader.post(f"{address}/on-file", wished="yes"))
    assert "by the person’s own wish" in kept.said()
    assert "On file no" in reader.follow(reader.post(f"{address}/on-file", wished="no")).said()


def test_where_steps_are_in_the_way_the_form_says_so(reception: Reader) -> None:
    form = {"starts_at": "2020-03-11T09:30", "resource": "office-201", "booked_by": "reception"}
    form |= {"language": "de", "service": "general", "who": "Eva Neu", "step_free": "y"}
    reception.get("/bookings/new")

    page = reception.post("/bookings/new", 200, **form, do="check")

    assert "cannot be reached without steps" in page.said()
