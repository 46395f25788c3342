"""Bookings made and changed by programs: shapes, statuses, every error in its order, and keys that repeat."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from werkzeug.test import TestResponse

from scheduler.usecases.switches import apply_due
from tests.factories import Office, at, plan_with, whole_plan
from tests.web.api.conftest import ADA, Programs, code, wanted

EVERYTHING = {
    "name": "Fatma Fuchs",
    "email": "fatma@example.org",
    "phone": "030 777777",
    "address": "Musterallee 5\n12345 Musterstadt",
    "number": "123A456789",
    "born": "1980-05-31",
    "language": "en",
    "household": "BG 7",
    "interpreter": False,
    "companion": True,
    "step_free": False,
    "on_file": True,
}
NO_NEEDS = dict.fromkeys(("interpreter", "companion", "step_free", "on_file"), False)
LATER = "2020-07-21T09:00"
"""A day of phase II, in which staff justify and customers ask."""


def test_a_booking_has_the_shape_of_the_contract(programs: Programs) -> None:
    response = programs.book(customer=EVERYTHING, resource="counter-2")
    made = response.get_json()

    assert response.status_code == 201
    assert response.headers["Location"] == f"/api/v1/bookings/{made['id']}"
    assert made == {
        "id": str(UUID(made["id"])),
        "reference": made["reference"],
        "service": "general",
        "resource": "counter-2",
        "kind": "counter",
        "starts_at": "2020-03-10T09:00:00+01:00",
        "ends_at": "2020-03-10T09:15:00+01:00",
        "status": "booked",
        "standing": "valid",
        "origin": "appointment",
        "channel": "in_person",
        "phase": "regular",
        "booked_by": "reception",
        "customer": EVERYTHING,
        "ical": {"uid": made["ical"]["uid"], "sequence": 0},
        "cancelled_by": None,
        "persons": 1,
        "others": None,
    }
    assert not set(made["reference"]) & set("0O1IL2Z5S8B")
    assert programs.get(f"/bookings/{made['id']}").get_json() == made


def test_a_person_needs_a_name_alone(programs: Programs) -> None:
    customer = programs.book(customer={"name": "  Dorit Dahl "}).get_json()["customer"]

    assert customer == dict.fromkeys(ADA | EVERYTHING) | {"name": "Dorit Dahl", "language": "de"} | NO_NEEDS


def test_without_a_place_the_first_free_one_in_the_plans_order_is_taken(programs: Programs) -> None:
    taken = [programs.book().get_json()["resource"] for _ in range(3)]

    assert taken == ["counter-1", "counter-2", "counter-3"]


@pytest.mark.parametrize("starts", ["2020-03-10T08:00Z", "2020-03-10T09:00:00+01:00", "2020-03-10 09:00"])
def test_an_instant_may_be_written_with_or_without_its_offset(starts: str, sqlite_programs: Programs) -> None:
    assert sqlite_programs.book(starts_at=starts).get_json()["starts_at"] == "2020-03-10T09:00:00+01:00"


def test_what_needs_approval_becomes_a_request(july_programs: Programs) -> None:
    response = july_programs.book("customer", service="integration", starts_at=LATER)

    assert (response.status_code, response.get_json()["status"]) == (202, "requested")


@pytest.mark.parametrize(
    "justification", [{"category": "integration"}, {"category": "other", "text": "the court asked for it"}]
)
def test_a_justification_lets_staff_book_what_needs_one(
    justification: dict[str, str], july_programs: Programs
) -> None:
    wish = {"service": "integration", "starts_at": LATER}

    assert code(july_programs.book(**wish)) == "justification_required"
    assert july_programs.book(**wish, justification=justification).status_code == 201


def test_a_justification_that_is_not_needed_is_kept(programs: Programs) -> None:
    made = programs.book(justification={"category": "complex_matter", "text": "many papers"}).get_json()

    booking = programs.office.see(UUID(made["id"]))
    assert (booking.justification_category, booking.justification_text) == ("complex_matter", "many papers")


@pytest.mark.parametrize(
    "wish, fault",
    [
        ({"service": None}, {"service": "missing"}),
        ({"service": 5}, {"service": "not_text"}),
        ({"service": "nothing", "resource": "nowhere"}, {"service": "unknown", "resource": "unknown"}),
        ({"starts_at": "soon"}, {"starts_at": "not_an_instant"}),
        ({"starts_at": 1583827200}, {"starts_at": "not_text"}),
        ({"resource": ["counter-1"]}, {"resource": "not_text"}),
        ({"customer": None}, {"customer": "missing"}),
        ({"customer": "Ada"}, {"customer": "not_an_object"}),
        ({"customer": [ADA]}, {"customer": "not_an_object"}),
        ({"customer": {}}, {"customer.name": "missing"}),
        ({"customer": {"name": "  "}}, {"customer.name": "missing"}),
        ({"customer": {"name": True}}, {"customer.name": "not_text"}),
        ({"customer": {"name": "x" * 121}}, {"customer.name": "too_long"}),
        ({"customer": {"name": "Ada\r\nBcc: x"}}, {"customer.name": "control_characters"}),
        ({"customer": {"name": "Ada\u2028x"}}, {"customer.name": "control_characters"}),
        ({"customer": {"name": "a\x00b"}}, {"customer.name": "control_characters"}),
        ({"customer": {"name": "Ada \ud800"}}, {"customer.name": "control_characters"}),
        (
            {
                "customer": ADA
                | {"email": "ada@", "phone": "call me", "born": "2021-01-01", "language": "German"}
            },
            {
                "customer.email": "not_an_email",
                "customer.phone": "not_a_phone",
                "customer.born": "not_a_birth_date",
                "customer.language": "not_a_language",
            },
        ),
        ({"customer": ADA | {"born": "31.05.1980"}}, {"customer.born": "not_a_date"}),
        ({"customer": ADA | {"shoe": 44}}, {"customer.shoe": "unknown_field"}),
        ({"status": "done"}, {"status": "unknown_field"}),
        ({"ends_at": "2020-03-10T10:00"}, {"ends_at": "unknown_field"}),
        ({"justification": {}}, {"justification.category": "missing"}),
        ({"justification": {"category": "boredom"}}, {"justification.category": "not_a_word"}),
        ({"justification": {"category": "other"}}, {"justification.text": "missing"}),
        ({"justification": {"category": "other", "text": " "}}, {"justification.text": "missing"}),
        (
            {"justification": {"category": "other", "text": "x" * 1001}},
            {"justification.text": "too_long"},
        ),
    ],
)
def test_every_wrong_field_is_named_and_nothing_is_booked(
    wish: dict[str, Any], fault: dict[str, str], sqlite_programs: Programs
) -> None:
    response = sqlite_programs.book(**wish)

    assert (response.status_code, code(response)) == (422, "invalid")
    assert response.get_json()["faults"] == fault
    assert response.get_json()["fields"].keys() == fault.keys()
    assert count(sqlite_programs) == 0


@pytest.mark.parametrize(
    "wish, status, expected",
    [
        ({"starts_at": "2020-03-29T02:30"}, 422, "skipped_local_time"),
        ({"starts_at": "2020-10-25T02:30"}, 422, "doubled_local_time"),
        ({"starts_at": "2020-03-09T08:00"}, 422, "in_the_past"),
        ({"starts_at": "2021-03-10T09:00"}, 422, "outside_window"),
        ({"starts_at": "2020-03-10T09:01"}, 422, "off_grid"),
        ({"resource": "office-201"}, 422, "unsuitable_place"),
        ({"service": "cash_pickup", "booked_by": "customer"}, 422, "phase_refused"),
        ({"starts_at": "2020-03-10T12:00"}, 422, "outside_hours"),
        ({"starts_at": "2020-11-12T14:00"}, 422, "closed"),
        ({"starts_at": "2020-05-01T09:00"}, 422, "public_holiday"),
    ],
)
def test_each_rule_has_its_code(wish: dict[str, Any], status: int, expected: str, programs: Programs) -> None:
    response = programs.book(**wish)

    assert (response.status_code, code(response)) == (status, expected)
    assert count(programs) == 0


def test_what_the_phase_refuses_comes_with_the_whole_decision(programs: Programs) -> None:
    wish = wanted(service="cash_pickup", booked_by="customer")

    problem = programs.post("/bookings?language=en", json=wish).get_json()

    assert problem["decision"] == {
        "phase": "regular",
        "decision": "redirect",
        "channels": ["phone"],
        "kinds": ["counter"],
        "rule": 1,
        "text": problem["detail"],
    }
    assert "Phone 030 23125-100" in problem["detail"]


def test_a_taken_slot_comes_with_those_near_by(programs: Programs) -> None:
    wish = {"service": "cash_pickup", "starts_at": "2020-03-11T09:00"}
    programs.book(**wish)

    response = programs.book(**wish)

    assert (response.status_code, code(response)) == (409, "slot_taken")
    near = response.get_json()["alternatives"]
    assert near[0]["resource"] == "counter-1"
    assert programs.book(service="cash_pickup", starts_at=near[0]["starts_at"]).status_code == 201


def test_a_full_route_is_told_from_a_taken_place(july_programs: Programs) -> None:
    for place in ("counter-1", "counter-2", "entrance-room-1", "entrance-room-2"):
        made = july_programs.book(service="benefit_emergency", starts_at="2020-07-21T09:00", resource=place)
        assert made.status_code == 201

    response = july_programs.book(
        service="benefit_emergency", starts_at="2020-07-21T09:05", resource="counter-3"
    )

    assert (response.status_code, code(response)) == (409, "route_full")
    assert response.get_json()["alternatives"]


PAIRS = [
    ("invalid", {"customer": {}}, {"starts_at": "2020-03-29T02:30"}),
    ("skipped_local_time", {"starts_at": "2020-03-29T02:30"}, {"resource": "office-201"}),
    ("in_the_past", {"starts_at": "2020-03-09T08:01"}, {"resource": "office-201"}),
    ("outside_window", {"starts_at": "2021-05-01T09:01"}, {"resource": "office-201"}),
    ("off_grid", {"starts_at": "2020-05-01T09:01"}, {"resource": "office-201"}),
    ("unsuitable_place", {"resource": "office-201"}, {"service": "cash_pickup", "booked_by": "customer"}),
    ("phase_refused", {"service": "cash_pickup", "booked_by": "customer"}, {"starts_at": "2020-05-01T09:00"}),
]


@pytest.mark.parametrize("expected, first, second", PAIRS)
def test_of_two_errors_the_contracts_first_is_told(
    expected: str, first: dict[str, Any], second: dict[str, Any], sqlite_programs: Programs
) -> None:
    assert code(sqlite_programs.book(**(second | first))) == expected


def test_hours_go_before_a_missing_justification(july_programs: Programs) -> None:
    assert code(july_programs.book(service="integration", starts_at="2020-07-21T07:00")) == "outside_hours"


def test_a_missing_justification_goes_before_a_taken_place(july_programs: Programs) -> None:
    wish = {"service": "integration", "starts_at": LATER, "resource": "office-201"}
    july_programs.book(**wish, justification={"category": "integration"})

    assert code(july_programs.book(**wish)) == "justification_required"
    assert code(july_programs.book(**wish, justification={"category": "integration"})) == "slot_taken"


def test_what_does_not_exist_goes_before_what_is_wrong(sqlite_programs: Programs) -> None:
    for sent in ({"data": b"x" * 70_000}, {"data": b"x", "content_type": "text/plain"}, {"json": {"x": 1}}):
        response = sqlite_programs.post(f"/bookings/{uuid4()}/move", **sent)
        assert (response.status_code, code(response)) == (404, "not_found")


def test_a_large_body_goes_before_its_type(sqlite_programs: Programs) -> None:
    assert (
        code(sqlite_programs.post("/bookings", data=b"x" * 70_000, content_type="text/plain")) == "too_large"
    )


# ------------------------------------------------------------------------------------------------ keys


def test_the_same_key_gives_the_same_answer_and_one_booking(programs: Programs) -> None:
    first, second = programs.book(key="k1"), programs.book(key="k1")

    assert first.status_code == second.status_code == 201
    assert first.data == second.data
    assert first.headers["Location"] == second.headers["Location"]
    assert count(programs) == 1


def test_a_request_is_repeated_as_a_request(july_programs: Programs) -> None:
    wish = {"service": "integration", "starts_at": LATER}

    assert [july_programs.book("customer", key="k", **wish).status_code for _ in range(2)] == [202, 202]


def test_a_key_means_the_same_however_the_body_is_written(programs: Programs) -> None:
    body = b'{"starts_at":"2020-03-10T09:00" ,"customer":{"name":"Ada"},"service":"general"}'
    other = b'{"service":"general","customer":{"name":"\\u0041da"},"starts_at":"2020-03-10T09:00"}'

    sent = [
        programs.post("/bookings", key="k", data=b, content_type="application/json") for b in (body, other)
    ]

    assert sent[0].data == sent[1].data


def test_another_request_under_a_key_is_an_error(programs: Programs) -> None:
    booking_id = programs.book(key="k1").get_json()["id"]

    answers = [
        programs.book(key="k1", starts_at="2020-03-10T10:00"),
        programs.post(f"/bookings/{booking_id}/cancel", key="k1"),
    ]

    assert [(a.status_code, code(a)) for a in answers] == [(422, "idempotency_mismatch")] * 2
    assert count(programs) == 1


def test_another_program_may_use_the_same_key(programs: Programs) -> None:
    first, second = programs.book("reception", key="k1"), programs.book("manager", key="k1")

    assert first.get_json()["id"] != second.get_json()["id"]


def test_validation_goes_before_the_key_and_the_key_before_the_rules(programs: Programs) -> None:
    programs.book(key="k1")

    assert code(programs.book(key="k1", customer={})) == "invalid"
    assert code(programs.book(key="k1", starts_at="2020-03-29T02:30")) == "skipped_local_time"
    assert code(programs.book(key="k1", starts_at="2020-03-01T09:00")) == "idempotency_mismatch"


def test_a_refused_request_leaves_its_key_free(programs: Programs) -> None:
    assert code(programs.book(key="k1", starts_at="2020-03-10T12:00")) == "outside_hours"
    assert programs.book(key="k1").status_code == 201


def test_a_change_under_a_key_is_done_once(programs: Programs) -> None:
    booking_id = programs.book().get_json()["id"]

    first, second = (
        programs.post(f"/bookings/{booking_id}/cancel", "manager", key="c", json={"reason": "ill"})
        for _ in range(2)
    )

    assert (first.status_code, first.data) == (200, second.data)
    assert code(programs.change(booking_id, "cancel")) == "wrong_state"


@pytest.mark.parametrize("key", ["", "x" * 201, "with blank", "ümlaut", "a\tb"])
def test_a_key_is_up_to_200_visible_characters(key: str, sqlite_programs: Programs) -> None:
    response = sqlite_programs.book(key=key)

    assert (response.status_code, code(response)) == (422, "invalid")
    assert response.get_json()["faults"] == {"Idempotency-Key": "not_a_header"}
    assert sqlite_programs.book(key="~" * 200).status_code == 201


# --------------------------------------------------------------------------------------------- changes


def test_a_visit_goes_its_way(programs: Programs) -> None:
    booking_id = programs.book().get_json()["id"]
    programs.office.wait_until("2020-03-10 08:55")

    way = [programs.change(booking_id, step) for step in ("check-in", "call", "call", "serve", "finish")]

    assert [step.status_code for step in way] == [200] * 5
    assert [step.get_json()["status"] for step in way] == [
        "checked_in",
        "called",
        "called",
        "in_service",
        "done",
    ]


def test_a_change_may_be_made_on_condition_of_what_was_seen(programs: Programs) -> None:
    made = programs.book()
    path = f"/bookings/{made.get_json()['id']}"

    def cancel(seen: str) -> TestResponse:
        return programs.post(f"{path}/cancel", headers={"If-Match": seen}, json={})

    moved = programs.post(
        f"{path}/move",
        headers={"If-Match": made.headers["ETag"]},
        json={"starts_at": "2020-03-10T10:00"},
    )
    assert moved.status_code == 200
    assert moved.headers["ETag"] == programs.get(path).headers["ETag"] != made.headers["ETag"]
    told = cancel(made.headers["ETag"])
    assert (told.status_code, told.get_json()["code"]) == (412, "changed_meanwhile")
    wrong = cancel("W/x")
    assert (wrong.status_code, wrong.get_json()["faults"]) == (422, {"If-Match": "unknown"})
    assert programs.get(path).get_json()["status"] == "booked"
    weakened = f"W/{made.headers['ETag']}"
    assert cancel(weakened).get_json()["code"] == "changed_meanwhile"
    assert cancel(f"W/{moved.headers['ETag']}").get_json()["status"] == "cancelled"


def test_a_no_show_is_taken_back_by_checking_in(programs: Programs) -> None:
    booking_id = programs.book().get_json()["id"]
    programs.office.wait_until("2020-03-10 09:10")

    missed = programs.change(booking_id, "no-show", reason="nobody came to the counter")
    back = programs.change(booking_id, "check-in")

    assert (missed.get_json()["status"], back.get_json()["status"]) == ("no_show", "checked_in")


def test_a_visit_is_moved_as_one_change(programs: Programs) -> None:
    made = programs.book().get_json()

    moved = programs.change(made["id"], "move", starts_at="2020-03-11T10:00", resource="counter-3").get_json()

    changed = {"starts_at", "ends_at", "resource", "ical"}
    assert {key: moved[key] for key in moved if key not in changed} == {
        key: made[key] for key in made if key not in changed
    }
    assert (moved["starts_at"], moved["resource"]) == ("2020-03-11T10:00:00+01:00", "counter-3")
    assert moved["ical"] == {"uid": made["ical"]["uid"], "sequence": 1}


@pytest.mark.parametrize(
    "sent, expected, fault",
    [
        ({}, "invalid", {"starts_at": "missing"}),
        ({"starts_at": "2020-03-11T10:00", "service": "general"}, "invalid", {"service": "unknown_field"}),
        ({"starts_at": "2020-03-29T02:30"}, "skipped_local_time", None),
        ({"starts_at": "2020-03-11T13:00"}, "outside_hours", None),
        ({"starts_at": "2020-03-11T10:00", "resource": "nowhere"}, "invalid", {"resource": "unknown"}),
    ],
)
def test_a_move_is_judged_like_a_new_booking(
    sent: dict[str, str], expected: str, fault: dict[str, str] | None, sqlite_programs: Programs
) -> None:
    made = sqlite_programs.book().get_json()

    response = sqlite_programs.change(made["id"], "move", **sent)

    assert (response.status_code, code(response)) == (422, expected)
    assert response.get_json().get("faults") == fault
    assert sqlite_programs.get(f"/bookings/{made['id']}").get_json() == made


@pytest.mark.parametrize(
    "sent, by", [({}, "office"), ({"by": "customer"}, "customer"), ({"by": "office"}, "office")]
)
def test_a_cancellation_knows_on_whose_word_it_was(sent: dict[str, str], by: str, programs: Programs) -> None:
    booking_id = programs.book().get_json()["id"]

    cancelled = programs.change(booking_id, "cancel", **sent).get_json()

    assert (cancelled["status"], cancelled["cancelled_by"], cancelled["ical"]["sequence"]) == (
        "cancelled",
        by,
        1,
    )


def test_a_cancellation_needs_no_body(programs: Programs) -> None:
    booking_id = programs.book().get_json()["id"]

    assert programs.post(f"/bookings/{booking_id}/cancel").get_json()["status"] == "cancelled"


def test_a_request_is_approved_or_declined(july_programs: Programs) -> None:
    wish = {"service": "integration", "starts_at": LATER}
    first, second = (july_programs.book("customer", **wish).get_json() for _ in range(2))

    approved = july_programs.change(first["id"], "approve").get_json()
    declined = july_programs.change(second["id"], "decline", reason="We can do this by phone.").get_json()

    assert (approved["status"], approved["cancelled_by"]) == ("booked", None)
    assert (declined["status"], declined["cancelled_by"]) == ("cancelled", "office")


@pytest.mark.parametrize("change", ["decline", "no-show"])
@pytest.mark.parametrize(
    "sent", [{}, {"reason": ""}, {"reason": "  "}, {"reason": None}, {"reason": 5}, {"reason": "a\x07b"}]
)
def test_a_decline_and_a_no_show_need_a_reason(
    change: str, sent: dict[str, Any], sqlite_programs: Programs
) -> None:
    booking_id = sqlite_programs.book().get_json()["id"]

    response = sqlite_programs.change(booking_id, change, **sent)

    assert (response.status_code, code(response)) == (422, "invalid")
    assert list(response.get_json()["fields"]) == ["reason"]


@pytest.mark.parametrize("change", ["cancel", "approve", "check-in", "call", "serve", "finish"])
def test_a_change_takes_nothing_that_it_does_not_know(change: str, sqlite_programs: Programs) -> None:
    booking_id = sqlite_programs.book().get_json()["id"]

    response = sqlite_programs.change(booking_id, change, status="done")

    assert response.get_json()["faults"] == {"status": "unknown_field"}


@pytest.mark.parametrize(
    "change, sent",
    [
        ("approve", {}),
        ("decline", {"reason": "no"}),
        ("call", {}),
        ("serve", {}),
        ("finish", {}),
        ("check-in", {}),
        ("no-show", {"reason": "no"}),
    ],
)
def test_what_the_status_does_not_allow_is_a_wrong_state(
    change: str, sent: dict[str, str], programs: Programs
) -> None:
    booking_id = programs.book().get_json()["id"]

    response = programs.change(booking_id, change, **sent)

    assert (response.status_code, code(response)) == (409, "wrong_state")


# --------------------------------------------------------------------------------------------- looking


@pytest.mark.parametrize("given", ["x", "1", "{{{}}}", "urn:uuid:{}", "%00", "-"])
def test_what_is_no_id_is_not_found(given: str, sqlite_programs: Programs) -> None:
    booking_id = sqlite_programs.book().get_json()["id"]

    response = sqlite_programs.get(f"/bookings/{given.replace('{}', booking_id)}")

    assert (response.status_code, code(response)) == (404, "not_found")


def test_bookings_come_by_start_page_by_page(programs: Programs) -> None:
    starts = [
        "2020-03-10T09:00",
        "2020-03-10T08:00",
        "2020-03-11T08:00",
        "2020-03-12T08:00",
        "2020-03-10T09:00",
    ]
    for start in starts:
        assert programs.book(starts_at=start).status_code == 201

    pages = list(walk(programs, **{"from": "2020-03-10", "to": "2020-03-11", "limit": 2}))

    assert [len(page) for page in pages] == [2, 2]
    assert [booking["starts_at"][:16] for page in pages for booking in page] == [
        "2020-03-10T08:00",
        "2020-03-10T09:00",
        "2020-03-10T09:00",
        "2020-03-11T08:00",
    ]


def test_bookings_of_one_status(programs: Programs) -> None:
    kept, gone = (programs.book().get_json()["id"] for _ in range(2))
    programs.change(gone, "cancel")
    days = {"from": "2020-03-10", "to": "2020-03-10"}

    by_status = {
        status: [
            found["id"] for found in programs.get("/bookings", **days, status=status).get_json()["bookings"]
        ]
        for status in ("booked", "cancelled", "done")
    }

    assert by_status == {"booked": [kept], "cancelled": [gone], "done": []}


@pytest.mark.parametrize(
    "changes, fault",
    [
        ({"from": "yesterday"}, {"from": "not_a_date"}),
        ({"to": "2020-03-09"}, {"to": "reversed"}),
        ({"status": "lost"}, {"status": "not_a_word"}),
        ({"cursor": "nonsense"}, {"cursor": "unknown"}),
        ({"cursor": "ä"}, {"cursor": "unknown"}),
        ({"limit": "-1"}, {"limit": "out_of_range"}),
        ({"page": "2"}, {"page": "unknown_field"}),
        ({"from": "9999-12-31", "to": "9999-12-31"}, None),
        ({"from": "0001-01-01"}, None),
    ],
)
def test_a_wrong_list_names_the_field(
    changes: dict[str, str], fault: dict[str, str] | None, sqlite_programs: Programs
) -> None:
    response = sqlite_programs.get("/bookings", **({"from": "2020-03-10", "to": "2020-03-10"} | changes))

    assert (response.status_code, code(response)) == (422, "invalid")
    assert fault is None or response.get_json()["faults"] == fault


def test_a_booking_of_a_retired_place_is_still_told(programs: Programs, office: Office) -> None:
    made = programs.book(resource="counter-3").get_json()
    plan = plan_with("regular")
    kept = tuple(place for place in plan.resources if place.key != "counter-3")
    office.plan(replace(plan, resources=kept, closures=plan.closures[:1]))

    assert programs.get(f"/bookings/{made['id']}").get_json() == made
    assert code(programs.book(resource="counter-3")) == "invalid"


def test_a_visit_that_became_a_call_says_so(programs: Programs) -> None:
    made = programs.book(starts_at="2020-07-08T09:00", customer=ADA | {"phone": "030 123456"}).get_json()
    programs.office.plan(whole_plan())
    programs.office.clock.office_now = at("2020-05-26 09:00")
    apply_due(programs.office.database, clock=programs.office.clock)

    told = programs.get(f"/bookings/{made['id']}").get_json()

    assert (told["channel"], told["phase"], told["status"]) == ("phone", "phase_1", "booked")


def walk(programs: Programs, **query: Any) -> Any:
    """The pages of a list, as a program fetches them."""
    answer = programs.get("/bookings", **query).get_json()
    yield answer["bookings"]
    while answer["next_cursor"] is not None:
        answer = programs.get("/bookings", **query, cursor=answer["next_cursor"]).get_json()
        yield answer["bookings"]


def count(programs: Programs) -> int:
    listed: TestResponse = programs.get("/bookings", **{"from": "2020-01-01", "to": "2021-12-31"})
    return len(listed.get_json()["bookings"])


def test_a_customers_program_is_capped_and_those_of_the_staff_are_not(sqlite_programs: Programs) -> None:
    times = [f"2020-03-{day}T{hour:02}:00" for day in (10, 11, 12, 13) for hour in (9, 10, 11)]

    answers = [sqlite_programs.book("customer", starts_at=starts) for starts in times]
    staff = sqlite_programs.book("reception", starts_at=times[-1])

    assert [answer.status_code for answer in answers] == [201] * 10 + [429] * 2
    assert code(answers[-1]) == "limit_reached"
    assert "Retry-After" not in answers[-1].headers
    assert staff.status_code == 201


def test_needs_and_company_are_told_and_given_back(programs: Programs) -> None:
    customer = EVERYTHING | {"interpreter": True, "step_free": True}
    made = programs.book(customer=customer, persons=3, others="Bea\nCem").get_json()
    asked = {"service": "general", "from": "2020-03-10", "to": "2020-03-10", "interpreter": "true"}
    slot = programs.get("/slots", **asked).get_json()["slots"][0]

    assert made["ends_at"] == "2020-03-10T09:30:00+01:00"
    assert made["customer"] == customer
    assert (made["persons"], made["others"]) == (3, "Bea\nCem")
    assert slot["ends_at"][11:16] == "08:30"


@pytest.mark.parametrize(
    "sent, field",
    [
        ({"persons": 0}, "persons"),
        ({"persons": "2"}, "persons"),
        ({"others": "Bea"}, "persons"),
        ({"customer": {"name": "Ada", "interpreter": "yes"}}, "customer.interpreter"),
    ],
)
def test_needs_and_company_that_cannot_be_are_named(
    programs: Programs, sent: dict[str, Any], field: str
) -> None:
    response = programs.book(**sent)

    assert response.status_code == 422
    assert list(response.get_json()["fields"]) == [field]
