"""What the office offers: services, decisions, slots, as programs see them."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scheduler.web.api.answers import local
from tests.factories import plan_with, rows
from tests.web.api.conftest import Programs, code


def test_the_services_come_with_names_minutes_and_kinds(programs: Programs) -> None:
    services = programs.get("/services").get_json()["services"]

    assert [service["key"] for service in services][:2] == ["benefit_emergency", "cash_pickup"]
    assert services[2] == {
        "key": "urgent_benefit",
        "name": "Dringendes leistungsrechtliches Anliegen",
        "plain": "Dringende Frage zu Ihrem Geld",
        "names": {"de": "Dringendes leistungsrechtliches Anliegen", "en": "Urgent benefit matter"},
        "minutes": 30,
        "kinds": ["counter", "entrance_room", "office"],
    }


@pytest.mark.parametrize(
    "query, header, name",
    [
        ({}, {}, "Allgemeines Anliegen"),
        ({"language": "en"}, {}, "General concern"),
        ({}, {"Accept-Language": "en-GB,en;q=0.9,de;q=0.5"}, "General concern"),
        ({"language": "de"}, {"Accept-Language": "en"}, "Allgemeines Anliegen"),
        ({"language": "fr"}, {}, "Allgemeines Anliegen"),
        ({}, {"Accept-Language": "fr, *;q=0"}, "Allgemeines Anliegen"),
    ],
)
def test_the_language_is_the_querys_else_the_headers_else_german(
    query: dict[str, str], header: dict[str, str], name: str, sqlite_programs: Programs
) -> None:
    services = sqlite_programs.get("/services", headers=header, **query).get_json()["services"]

    assert services[5]["name"] == name


def test_the_year_is_decided_as_the_table_says(july_programs: Programs) -> None:
    table = rows("decisions.csv")
    asked = [{key: row[key] for key in ("service", "at", "booked_by", "kind")} for row in table]

    answers = [july_programs.get("/decision", "manager", **question).get_json() for question in asked]

    assert [
        (answer["phase"], answer["decision"], answer["channels"], answer["kinds"]) for answer in answers
    ] == [(row["phase"] or None, row["decision"], row["channels"].split(), [row["kind"]]) for row in table]
    assert len(answers) == 286


def test_without_a_kind_the_most_permissive_decision_comes(july_programs: Programs) -> None:
    asked = {
        "service": "benefit_emergency",
        "at": "2020-03-17T09:00",
        "booked_by": "reception",
        "language": "en",
    }

    answer = july_programs.get("/decision", **asked).get_json()

    assert answer == {
        "phase": "appointments_cancelled",
        "decision": "allow",
        "channels": [],
        "kinds": ["counter"],
        "rule": 1,
        "text": answer["text"],
    }


def test_before_the_first_phase_everything_is_refused(programs: Programs) -> None:
    answer = programs.get("/decision", service="general", at="2019-12-31T23:59").get_json()

    assert (answer["phase"], answer["decision"], answer["rule"], answer["channels"]) == (
        None,
        "refuse",
        None,
        [],
    )


def test_a_refusal_says_what_to_do_instead(july_programs: Programs) -> None:
    asked = {"service": "group_information", "at": "2020-07-21T09:00", "language": "en"}

    text = july_programs.get("/decision", **asked).get_json()["text"]

    assert "Phone 030 23125-100, E-mail service@example.org or jobcenter.digital" in text
    assert text.endswith("You can file an application at any time, without any form.")


@pytest.mark.parametrize(
    "asked, fault",
    [
        ({"at": "2020-03-10T09:00"}, {"service": "missing"}),
        ({"service": "general"}, {"at": "missing"}),
        ({"service": "nothing", "at": "2020-03-10T09:00"}, {"service": "unknown"}),
        ({"service": "general", "at": "tomorrow"}, {"at": "not_an_instant"}),
        ({"service": "general", "at": "2020-02-30T09:00"}, {"at": "not_an_instant"}),
        ({"service": "general", "at": "2020-03-10"}, {"at": "not_an_instant"}),
        ({"service": "general", "at": "2020-03-10T09:00", "kind": "balcony"}, {"kind": "not_a_word"}),
        ({"service": "general", "at": "2020-03-10T09:00", "site": "moon"}, {"site": "not_a_word"}),
        ({"service": "general", "at": "2020-03-10T09:00", "knid": "office"}, {"knid": "unknown_field"}),
        ({"service": "x" * 65, "at": "2020-03-10T09:00"}, {"service": "too_long"}),
        ({"service": "a\x00b", "at": "\x00"}, {"service": "control_characters", "at": "control_characters"}),
    ],
)
def test_a_wrong_question_names_every_wrong_field(
    asked: dict[str, str], fault: dict[str, str], sqlite_programs: Programs
) -> None:
    response = sqlite_programs.get("/decision", **asked)

    assert (response.status_code, code(response)) == (422, "invalid")
    assert response.get_json()["faults"] == fault
    assert response.get_json()["fields"].keys() == fault.keys()


def test_a_question_asked_twice_at_once_is_invalid(sqlite_programs: Programs) -> None:
    response = sqlite_programs.send("GET", "/decision?service=general&at=2020-03-10T09:00&service=documents")

    assert response.get_json()["faults"] == {"service": "repeated"}


@pytest.mark.parametrize(
    "at, expected",
    [("2020-03-29T02:30", "skipped_local_time"), ("2020-10-25T02:30", "doubled_local_time")],
)
def test_local_times_that_the_clock_change_takes_or_doubles_are_refused(
    at: str, expected: str, sqlite_programs: Programs
) -> None:
    response = sqlite_programs.get("/decision", service="general", at=at)

    assert (response.status_code, code(response)) == (422, expected)
    assert sqlite_programs.get("/decision", service="general", at=f"{at}+01:00").status_code == 200


def test_slots_come_by_time_then_in_the_plans_order_of_places(programs: Programs) -> None:
    answer = programs.get(
        "/slots", service="general", **{"from": "2020-03-10", "to": "2020-03-10", "limit": "5"}
    ).get_json()

    assert [(slot["starts_at"], slot["resource"]) for slot in answer["slots"]] == [
        ("2020-03-10T08:00:00+01:00", "counter-1"),
        ("2020-03-10T08:00:00+01:00", "counter-2"),
        ("2020-03-10T08:00:00+01:00", "counter-3"),
        ("2020-03-10T08:15:00+01:00", "counter-1"),
        ("2020-03-10T08:15:00+01:00", "counter-2"),
    ]
    assert answer["slots"][0] == {
        "starts_at": "2020-03-10T08:00:00+01:00",
        "ends_at": "2020-03-10T08:15:00+01:00",
        "resource": "counter-1",
        "kind": "counter",
        "decision": "allow",
    }
    assert answer["refusals"] == []


def test_every_slot_can_be_booked_and_is_gone_then(programs: Programs) -> None:
    days = {"service": "cash_pickup", "from": "2020-03-11", "to": "2020-03-11"}
    first = programs.get("/slots", **days).get_json()["slots"][0]

    made = programs.book(service="cash_pickup", starts_at=first["starts_at"], resource=first["resource"])

    assert made.status_code == 201
    assert first not in programs.get("/slots", **days).get_json()["slots"]


def test_refusals_are_half_open_spans_of_what_no_kind_may_be_booked_in(july_programs: Programs) -> None:
    asked = {"service": "general", "from": "2020-07-19", "to": "2020-07-20", "language": "en"}

    customer = july_programs.get("/slots", "customer", **asked).get_json()
    reception = july_programs.get("/slots", "reception", **asked).get_json()

    assert [(span["from"], span["to"]) for span in customer["refusals"]] == [
        ("2020-07-19T00:00:00+02:00", "2020-07-20T00:00:00+02:00"),
        ("2020-07-20T00:00:00+02:00", "2020-07-21T00:00:00+02:00"),
    ]
    assert customer["refusals"][0].keys() == {"from", "to", "decision", "channels", "text"}
    assert customer["slots"] == []
    assert [span["to"] for span in reception["refusals"]] == ["2020-07-20T00:00:00+02:00"]
    assert {slot["decision"] for slot in reception["slots"]} == {"justify"}


def test_kind_and_place_narrow_the_search(programs: Programs) -> None:
    days = {"service": "benefit_emergency", "from": "2020-03-10", "to": "2020-03-10"}

    by_kind = programs.get("/slots", **days, kind="entrance_room").get_json()["slots"]
    by_place = programs.get("/slots", **days, resource="entrance-room-2").get_json()["slots"]

    assert {slot["resource"] for slot in by_kind} == {"entrance-room-1", "entrance-room-2"}
    assert {slot["resource"] for slot in by_place} == {"entrance-room-2"}


@pytest.mark.parametrize(
    "changes, fault",
    [
        ({"from": None}, {"from": "missing"}),
        ({"to": None}, {"to": "missing"}),
        ({"from": "2020-03-11"}, {"to": "reversed"}),
        ({"to": "2020-06-10"}, {"to": "span_too_long"}),
        ({"from": "10.03.2020"}, {"from": "not_a_date"}),
        ({"service": "nothing"}, {"service": "unknown"}),
        ({"kind": "nothing"}, {"kind": "not_a_word"}),
        ({"resource": "nothing"}, {"resource": "unknown"}),
        ({"limit": "0"}, {"limit": "out_of_range"}),
        ({"limit": "501"}, {"limit": "out_of_range"}),
        ({"limit": "many"}, {"limit": "not_a_number"}),
        ({"limit": "1.5"}, {"limit": "not_a_number"}),
    ],
)
def test_a_wrong_search_names_the_field(
    changes: dict[str, Any], fault: dict[str, str], sqlite_programs: Programs
) -> None:
    asked = {"service": "general", "from": "2020-03-10", "to": "2020-03-10"} | changes

    response = sqlite_programs.get(
        "/slots", **{name: value for name, value in asked.items() if value is not None}
    )

    assert (response.status_code, code(response)) == (422, "invalid")
    assert response.get_json()["faults"] == fault


def test_92_days_can_be_searched(programs: Programs) -> None:
    response = programs.get("/slots", service="general", **{"from": "2020-03-10", "to": "2020-06-09"})

    assert response.status_code == 200


def test_the_phases_come_in_order_with_their_rules(july_programs: Programs) -> None:
    phases = july_programs.get("/phases", "manager", language="en").get_json()["phases"]

    assert [phase["key"] for phase in phases if phase["in_force"]] == ["phase_1"]
    assert phases[5]["starts"] == "2020-07-20T00:00:00+02:00"
    assert phases[5]["ends"] is None
    assert phases[2]["rules"][0] == {
        "decision": "allow",
        "services": ["benefit_emergency", "cash_pickup"],
        "booked_by": ["caseworker", "manager", "reception"],
        "kinds": ["counter"],
        "sites": None,
        "needs": [],
        "channels": [],
        "on_start": "flag",
    }


def test_a_preview_counts_what_the_switch_would_do(programs: Programs) -> None:
    made = programs.book(service="group_information", starts_at="2020-03-12T14:00").get_json()
    programs.office.plan(plan_with("regular", "preventive"))

    answer = programs.get("/phases/preventive/preview", "manager").get_json()

    assert answer == {
        "phase": "preventive",
        "announce_at": "2020-03-11T15:00:00+01:00",
        "applied": False,
        "counts": {"keep": 0, "flag": 0, "phone": 0, "cancel": 1},
        "reach": {"email": 1, "letter": 0, "phone": 0, "none": 0},
        "bookings": [
            {
                "id": made["id"],
                "reference": made["reference"],
                "starts_at": "2020-03-12T14:00:00+01:00",
                "service": "group_information",
                "effect": "cancel",
                "reach": "email",
            }
        ],
    }


def test_an_unknown_phase_is_not_found(programs: Programs) -> None:
    response = programs.get("/phases/nothing/preview", "manager")

    assert (response.status_code, code(response)) == (404, "not_found")


def test_instants_before_there_were_zones_are_said_in_utc() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert local(datetime(5, 1, 1, tzinfo=berlin), berlin) == "0004-12-31T23:06:32+00:00"
    assert local(datetime(2020, 3, 10, 9, tzinfo=berlin), berlin) == "2020-03-10T09:00:00+01:00"
