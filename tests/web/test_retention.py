"""What is kept of people: seen by managers, handed over, erased for good on one page."""

from uuid import UUID

from models.people import Person
from scheduler.domain.bookings import Party
from scheduler.domain.retention import BLANK
from scheduler.domain.roles import Role
from scheduler.usecases import bookings as usecases
from tests.cast import ADA
from tests.factories import Office
from tests.web.conftest import OpenWeb, signed_in


def name_of(office: Office, person_id: UUID) -> str:
    with office.database.reading() as session:
        return session.get_one(Person, person_id).name


def test_a_person_is_handed_over_and_erased_once_nothing_is_to_come(
    desk_office: Office, open_web: OpenWeb
) -> None:
    visit, leading = desk_office.book(customer=ADA), signed_in(open_web(desk_office), Role.MANAGER)
    page = leading.get(f"/people/{visit.person_id}")
    assert f"/people/{visit.person_id}/erase" in [link.get("href") for link in page.all("a")]
    handed = leading.client.get(f"/people/{visit.person_id}/file")
    assert handed.headers["Content-Disposition"].startswith("attachment")
    assert handed.get_json()["entries"][0]["email"] == ADA.email

    leading.get(f"/people/{visit.person_id}/erase")
    refused = leading.post(f"/people/{visit.person_id}/erase", 409)
    assert "Cancel it first" in refused.said()
    assert name_of(desk_office, visit.person_id) == ADA.name

    desk_office.do(usecases.cancel, visit, by=Party.CUSTOMER)
    done = leading.follow(leading.post(f"/people/{visit.person_id}/erase"))
    assert "is erased" in done.said("body")
    assert name_of(desk_office, visit.person_id) == BLANK
    assert BLANK in leading.get(f"/bookings/{visit.id}").said()
    (notice, *_) = desk_office.notices(visit)
    assert "forgotten on" in leading.get(f"/notices/{notice.id}").said()


def test_other_periods_are_tried_before_anybody_sets_them(desk_office: Office, open_web: OpenWeb) -> None:
    desk_office.book("general", "2020-03-10 09:00", customer=ADA)
    desk_office.wait_until("2020-03-12 09:00")
    leading = signed_in(open_web(desk_office), Role.MANAGER)

    def due(address: str) -> list[str]:
        rows = leading.get(address).all("tr")[1:]
        return ["".join(row[-1].itertext()).strip() for row in rows]

    assert due("/office/retention")[0] == "0"
    assert due("/office/retention?contact=1")[0] == "1"
    assert due("/office/retention?contact=nonsense&person=999999")[0] == "0"


def test_the_desk_neither_hands_over_nor_erases(desk_office: Office, open_web: OpenWeb) -> None:
    visit, reader = desk_office.book(customer=ADA), signed_in(open_web(desk_office), Role.RECEPTION)
    page = reader.get(f"/people/{visit.person_id}")
    assert f"/people/{visit.person_id}/erase" not in [link.get("href") for link in page.all("a")]
    reader.get(f"/people/{visit.person_id}/file", 403)
