"""The day list of the cash desk."""

import pytest

from scheduler.domain.bookings import Party
from scheduler.domain.errors import UnsuitablePlace
from scheduler.usecases import bookings
from tests.cast import CHEN, DORIT
from tests.factories import Office
from tests.web.pages import Reader


def test_who_picks_up_a_payment_stands_on_the_list_of_the_cash_desk(
    reception: Reader, desk_office: Office
) -> None:
    """A pick-up finds the counter that has a cash desk, and no other."""
    coming = desk_office.book("cash_pickup", "2020-03-11 09:00", customer=CHEN)
    cancelled = desk_office.book("cash_pickup", "2020-03-11 10:00", customer=DORIT)
    desk_office.do(bookings.cancel, cancelled, by=Party.OFFICE)
    desk_office.book("general", "2020-03-11 11:00", customer=DORIT)
    with pytest.raises(UnsuitablePlace):
        desk_office.book("cash_pickup", "2020-03-11 09:30", resource="counter-2")

    page = reception.get("/cash-desk?date=2020-03-11")

    assert "1 pick-up" in page.said()
    assert f"09:00 {coming.reference} Chen Li Counter 1" in page.said()
    assert "Dorit" not in page.said()
    assert "Nobody picks up a payment on this day." in reception.get("/cash-desk").said()
    reception.get("/cash-desk?date=tomorrow", 422)
