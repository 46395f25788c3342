"""Group events by program: planned, signed up for, waited for, and given up like any visit."""

from typing import Any

from scheduler.queries.accesses import accesses_to
from tests.web.api.conftest import ADA, Programs, code

DATE = {"service": "group_information", "starts_at": "2020-03-18T10:00", "led_by": "Frau Berger"}


def planned(programs: Programs, **wish: Any) -> str:
    answer = programs.post("/events", "caseworker", json=DATE | wish)
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["ids"][0])


def sign_up(
    programs: Programs, event: str, role: str = "reception", *, key: str | None = None, **wish: Any
) -> Any:
    return programs.post(f"/events/{event}/sign-up", role, key=key, json={"customer": ADA} | wish)


def test_a_series_is_planned_and_listed_by_time(programs: Programs) -> None:
    ids = programs.post("/events", "manager", json=DATE | {"dates": 2, "seats": 5}).get_json()["ids"]
    found = programs.get("/events").get_json()["events"]

    assert [one["id"] for one in found] == ids
    assert [one["starts_at"] for one in found] == ["2020-03-18T10:00:00+01:00", "2020-03-25T10:00:00+01:00"]
    assert [(one["seats"], one["taken"], one["waiting"]) for one in found] == [(5, 0, 0)] * 2


def test_who_finds_no_seat_waits_and_gets_the_one_that_is_given_up(programs: Programs) -> None:
    event = planned(programs, seats=1)
    first = sign_up(programs, event, key="one")
    again = sign_up(programs, event, key="one")
    full = sign_up(programs, event, customer={"name": "Bruno Beck"})
    waits = sign_up(programs, event, customer={"name": "Bruno Beck"}, waits=True)

    assert (first.status_code, again.get_json()) == (201, first.get_json())
    assert (code(full), full.get_json()["why"]) == ("wrong_state", "event_full")
    assert (waits.status_code, waits.get_json()["status"]) == (202, "requested")
    seen = programs.get(f"/events/{event}").get_json()
    assert seen["led_by"] == "Frau Berger"
    assert [(one["seat"], one["booking"]["customer"]["name"]) for one in seen["signed_up"]] == [
        (1, "Ada Arendt"),
        (None, "Bruno Beck"),
    ]
    programs.change(first.get_json()["id"], "cancel", by="customer")
    (left,) = programs.get(f"/events/{event}").get_json()["signed_up"]
    assert (left["seat"], left["booking"]["status"]) == (1, "booked")


def test_customers_programs_see_and_take_public_events_alone(programs: Programs) -> None:
    public, hidden = planned(programs), planned(programs, starts_at="2020-03-19T10:00", public=False)

    assert [one["id"] for one in programs.get("/events", "customer").get_json()["events"]] == [public]
    assert sign_up(programs, public, "customer").status_code == 201
    assert code(sign_up(programs, hidden, "customer")) == "not_found"
    assert code(programs.get(f"/events/{public}", "customer")) == "forbidden"
    assert code(sign_up(programs, public, "customer", booked_by="manager")) == "forbidden"


def test_an_event_needs_a_group_service_and_seats_that_fit(programs: Programs) -> None:
    assert programs.post("/events", json=DATE | {"service": "general"}).get_json()["faults"] == {
        "service": "unknown"
    }
    assert programs.post("/events", json=DATE | {"dates": 27}).get_json()["faults"] == {
        "dates": "out_of_range"
    }
    assert code(sign_up(programs, "00000000-0000-4000-8000-000000000000")) == "not_found"


def test_what_a_program_reads_of_those_who_signed_up_is_noted(programs: Programs) -> None:
    event = planned(programs)
    visit = sign_up(programs, event).get_json()["id"]
    programs.get(f"/events/{event}")

    with programs.office.database.reading() as session:
        assert [one.page for one in accesses_to(session, f"booking:{visit}")] == ["events.event"]
