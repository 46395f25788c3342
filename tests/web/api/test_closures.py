"""Closures and the worklist by program: seen before, closed, decided about, opened again."""

from typing import Any

from tests.web.api.conftest import ADA, Programs, code

MORNING = {"from": "2020-03-10T08:00", "to": "2020-03-10T12:00"}
ASKED = {"scope": "place", "key": "counter-1", "reason": {"de": "Wasserschaden"}} | MORNING


def booked(programs: Programs, starts: str = "2020-03-10T09:00") -> Any:
    customer = ADA | {"phone": "030 1234567"}
    return programs.book(resource="counter-1", starts_at=starts, customer=customer).get_json()


def closed(programs: Programs, **asked: Any) -> Any:
    answer = programs.post("/closures", "manager", json=ASKED | asked)
    assert answer.status_code == 201, answer.text
    return answer.get_json()


def test_what_a_closure_would_hit_is_seen_before_and_nobody_is_cancelled(programs: Programs) -> None:
    visit = booked(programs)
    query = {"scope": "place", "key": "counter-1"} | MORNING
    before = programs.get("/closures/preview", "manager", **query).get_json()

    assert (before["visits"], before["reach"]["email"]) == (1, 1)
    assert [one["id"] for one in before["bookings"]] == [visit["id"]]
    assert before["lost_minutes"].keys() == {"counter"}
    closure = closed(programs)
    assert (closure["id"], closure["visits"], closure["reason"]) == (before["id"], 1, "Wasserschaden")
    assert programs.get(f"/closures/{closure['id']}", "manager").get_json()["visits"] == 1
    assert closure["id"] in [one["id"] for one in programs.get("/closures", "manager").get_json()["closures"]]
    assert programs.get(f"/bookings/{visit['id']}").get_json()["status"] == "booked"
    assert code(programs.post("/closures", "manager", json=ASKED)) == "wrong_state"


def test_a_closure_is_given_another_end_and_opened_by_who_saw_the_last(programs: Programs) -> None:
    closure = closed(programs)
    path = f"/closures/{closure['id']}"

    longer = programs.post(
        f"{path}/end", "manager", json={"to": "2020-03-10T13:00", "seen_to": closure["ends_at"]}
    )
    assert longer.get_json()["closure"]["ends_at"] == "2020-03-10T13:00:00+01:00"
    late = programs.post(f"{path}/open", "manager", json={"seen_to": closure["ends_at"]})
    assert (late.status_code, code(late)) == (412, "changed_meanwhile")
    opened = programs.post(f"{path}/open", "manager", json={"seen_to": "2020-03-10T13:00"})
    assert opened.get_json() == {"closure": None}
    assert code(programs.get(path, "manager")) == "not_found"


def test_what_cannot_be_closed_is_said_by_field(programs: Programs) -> None:
    for wrong, faults in (
        ({"to": "2020-03-10T07:00"}, {"to": "reversed"}),
        ({"scope": "room"}, {"scope": "not_a_word"}),
        ({"reason": {"en": "Flood"}}, {"reason.de": "missing"}),
        ({"scope": "site", "key": "nowhere"}, {"scope": "unknown"}),
    ):
        answer = programs.post("/closures", "manager", json=ASKED | wrong)
        assert answer.get_json()["faults"] == faults
    assert code(programs.post("/closures", "caseworker", json=ASKED)) == "forbidden"


def test_what_lies_in_a_closure_is_decided_about(programs: Programs) -> None:
    first, second = booked(programs), booked(programs, "2020-03-10T10:00")
    closed(programs)
    listed = programs.get("/worklist", reason="place").get_json()

    assert [one["booking"]["id"] for one in listed["cases"]] == [first["id"], second["id"]]
    assert {(one["reason"], one["closure"], one["reach"]) for one in listed["cases"]} == {
        ("place", "Wasserschaden", "email")
    }
    assert (listed["to_decide"], listed["to_call"], listed["next_cursor"]) == (2, 0, None)
    assert all(one["proposals"] for one in listed["cases"])
    phone = programs.post(f"/worklist/{first['id']}/decide", json={"decision": "phone"})
    assert (phone.get_json()["channel"], phone.get_json()["standing"]) == ("phone", "valid")
    assert programs.post(f"/worklist/{second['id']}/decide", json={"decision": "keep"}).status_code == 200
    assert programs.get("/worklist").get_json()["cases"] == []
    assert [one["id"] for one in programs.get("/worklist/calls").get_json()["bookings"]] == [first["id"]]
    assert code(programs.post(f"/worklist/{first['id']}/decide", json={"decision": "phone"})) == "wrong_state"


def test_who_was_cancelled_waits_for_a_new_time_until_settled(programs: Programs) -> None:
    visit = booked(programs)
    etag = programs.get(f"/bookings/{visit['id']}").headers["ETag"]
    programs.change(visit["id"], "cancel", by="office", reason="Ill.")

    (waiting,) = programs.get("/worklist/without-time").get_json()["waiting"]
    assert waiting["booking"]["id"] == visit["id"]
    assert waiting["proposals"]
    path = f"/worklist/{visit['id']}/decide"
    stale = programs.post(path, json={"decision": "settle"}, headers={"If-Match": etag})
    assert code(stale) == "changed_meanwhile"
    assert programs.post(path, json={"decision": "settle"}).status_code == 200
    without = programs.get("/worklist/without-time").get_json()
    assert (without["waiting"], [one["id"] for one in without["settled"]]) == ([], [visit["id"]])
