"""What programs read of people is noted as well."""

from scheduler.queries.accesses import accesses_to
from tests.web.api.conftest import Programs


def test_what_a_program_reads_is_noted_under_its_name(programs: Programs) -> None:
    ids = [programs.book(starts_at=f"2020-03-10T09:{quarter}").get_json()["id"] for quarter in ("00", "15")]

    programs.get(f"/bookings/{ids[0]}")
    programs.get("/bookings", **{"from": "2020-03-10", "to": "2020-03-10"})
    programs.get("/slots", service="general", **{"from": "2020-03-10", "to": "2020-03-10"})

    with programs.office.database.reading() as session:
        found = [[access.page for access in accesses_to(session, f"booking:{id_}")] for id_ in ids]
        actors = {access.actor for access in accesses_to(session, f"booking:{ids[0]}")}
    assert found == [["bookings.booking", "bookings.bookings"], ["bookings.bookings"]]
    assert actors == {"token:reception"}
