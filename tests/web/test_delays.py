"""The page of a visit that takes longer."""

from scheduler.usecases import bookings
from tests.cast import ADA, BRUNO, CHEN
from tests.factories import Office
from tests.web.pages import Reader


def test_whom_a_longer_visit_hits_is_shown_told_and_given_another_place(
    reception: Reader, desk_office: Office
) -> None:
    served = desk_office.book("general", "2020-03-09 09:00", customer=ADA, resource="counter-1")
    chen = desk_office.book("general", "2020-03-09 09:15", customer=CHEN, resource="counter-1")
    desk_office.book("general", "2020-03-09 09:30", customer=BRUNO, resource="counter-1")
    address = f"/bookings/{served.id}/delay"
    assert "Only a visit that is called up" in reception.get(address).said()
    for change in (bookings.check_in, bookings.serve):
        desk_office.do(change, served)
    assert "Takes longer" in reception.get(f"/bookings/{served.id}").said()
    reception.get(address)

    page = reception.follow(reception.post(address, minutes="10"))

    assert "Expected to last until 09:25." in page.said()
    assert "Who has to wait at this place (2)" in page.said()
    assert "Begins at about 09:40" in page.said()
    assert "begins about 09:25" in reception.get("/").said()
    reception.get(address)
    page = reception.follow(reception.post(f"{address}/tell/{chen.id}"))
    assert f"A notice for {chen.reference} is written" in page.said()
    said = reception.get("/to-be-told").said()
    assert "Begins later" in said
    assert "Ihr Termin beginnt voraussichtlich später, etwa um 09:25 Uhr" in said
    reception.get(address)
    page = reception.follow(reception.post(f"{address}/make-way"))
    assert "1 visit has another place now." in page.said()
    assert "Nobody has to wait." in page.said()
    page = reception.post(address, 422, minutes="ten")
    assert "This must be a whole number." in page.said()
    assert 'value="ten"' in page.text
