"""The page that closes a place for a while: what it asks, what it says, and where people go on."""

from scheduler.domain.bookings import Status
from tests.cast import CHEN, EMRE
from tests.factories import Office
from tests.web.pages import Reader


def test_a_place_is_closed_its_visits_are_decided_and_it_comes_back(
    reception: Reader, desk_office: Office
) -> None:
    moved = desk_office.book("general", "2020-03-09 10:00", customer=CHEN, resource="counter-1")
    other = desk_office.book("general", "2020-03-09 11:00", customer=EMRE, resource="counter-1")
    reception.get("/interruptions")

    closed = reception.post("/interruptions", resource="counter-1", until="time", ends_at="12:00")
    page = reception.follow(closed)

    assert "Counter 1 is closed until 12:00. Nobody was cancelled." in page.said()
    assert "Visits that lie in it (2)" in page.said()
    assert "Reached by phone. 030 123456" in page.said()
    day = reception.get("/").said()
    assert "2 visits lie in it: decide" in day
    assert "Counter 1: closed for a while 09:00–12:00" in day
    why = reception.get("/why?at=2020-03-09T09:30&resource=counter-1").said()
    assert "Counter 1 is closed for a while then. Choose another time or place." in why
    to_tell = reception.get("/to-be-told").said()
    assert "To be decided first: the place is closed (2)" in to_tell
    assert to_tell.index(f"10:00 {moved.person.name}") < to_tell.index(f"11:00 {other.person.name}")
    reception.get("/interruptions")
    elsewhere = reception.post(f"/bookings/{moved.id}/relocate", resource="counter-3", next="/interruptions")
    page = reception.follow(elsewhere)
    assert f"Booking {moved.reference} is now at Counter 3." in page.said()
    assert "Visits that lie in it (1)" in page.said()
    assert "030 123456" in reception.get("/to-be-told").said()
    back = reception.follow(reception.post("/interruptions/1/lift"))
    assert "Counter 1 is back and can be booked again." in back.said()
    assert "No place is closed for a while." in back.said()
    again = reception.post("/interruptions/1/lift", 409)
    assert "This place has been given back before." in again.said()
    assert desk_office.see(other).status is Status.BOOKED


def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(reception: Reader) -> None:
    reception.get("/interruptions")
    for fields, sentence in (
        ({}, "Please fill this in."),
        ({"resource": "counter-9", "until": "day_end"}, "“counter-9” is not known here."),
        ({"resource": "counter-1", "until": "time", "ends_at": "noon"}, "“noon” is not a time; write it as"),
        (
            {"resource": "counter-1", "until": "time", "ends_at": "08:00"},
            "The end lies before the beginning.",
        ),
        ({"resource": "counter-1", "until": "minutes", "minutes": "ten"}, "This must be a whole number."),
        ({"resource": "counter-1", "until": "minutes", "minutes": "500"}, "This must be between 1 and 240."),
        ({"resource": "counter-1", "until": "day_end", "starts_at": "8:30"}, "This time has passed."),
    ):
        page = reception.post("/interruptions", 422, **fields)
        assert sentence in page.said(), sentence
    assert 'value="8:30"' in page.text
    reception.post("/interruptions/99/lift", 404)
