"""Hotlines by program: how they stand, calls counted once each, and the roster in whole or not at all."""

from typing import Any

import pytest

from tests.factories import Office
from tests.web.api.conftest import Programs, code

OWN, OTHERS = "additional_number", "nationwide"
SHIFT = {"hotline": OWN, "day": "2020-04-06", "starts": "08:00", "ends": "12:00", "name": "Ada"}


@pytest.fixture
def april(office: Office, programs: Programs) -> Programs:
    """On Monday, 6 April 2020, when both hotlines are open."""
    office.wait_until("2020-04-06 09:30")
    return programs


def hotline(programs: Programs, key: str = OWN) -> Any:
    found = programs.get("/hotlines", "hotline").get_json()["hotlines"]
    return next(one for one in found if one["key"] == key)


def test_a_call_is_counted_once_under_its_key_and_taken_back(april: Programs) -> None:
    answers = [april.post(f"/hotlines/{OWN}/calls", "hotline", key="call-1") for _ in range(2)]
    april.post(f"/hotlines/{OWN}/calls", "reception")

    assert [answer.get_json() for answer in answers] == [{"hotline": OWN, "calls_today": 1}] * 2
    assert hotline(april)["calls_today"] == 2
    assert hotline(april)["weeks"][-1] == {"monday": "2020-04-06", "calls": 2, "whole": False}
    assert april.post(f"/hotlines/{OWN}/calls/take-back").get_json()["calls_today"] == 1


def test_what_cannot_be_counted_is_said(april: Programs) -> None:
    assert code(april.post("/hotlines/nonsense/calls", json={"unknown": 1})) == "not_found"
    assert code(april.post(f"/hotlines/{OTHERS}/calls/take-back")) == "wrong_state"
    april.office.wait_until("2020-03-20 10:00")
    assert code(april.post(f"/hotlines/{OTHERS}/calls")) == "wrong_state"


def test_a_shift_goes_on_the_roster_and_off_it(april: Programs) -> None:
    added = april.post("/roster", "manager", json=SHIFT)

    assert added.status_code == 201
    shift = added.get_json()
    assert shift["starts_at"] == "2020-04-06T08:00:00+02:00"
    assert hotline(april)["now_on"] == ["Ada"]
    listed = april.get("/roster", "manager", **{"from": "2020-04-06", "to": "2020-04-06"})
    assert listed.get_json() == {"shifts": [shift]}
    removed = april.post(f"/roster/{shift['id']}/remove", "manager")
    assert removed.get_json() == {"removed": shift["id"]}
    for gone in (shift["id"], "nonsense", 2**31):
        assert code(april.post(f"/roster/{gone}/remove", "manager")) == "not_found"


def test_a_shift_says_all_that_is_wrong_with_it(april: Programs) -> None:
    wrong = april.post(
        "/roster", "manager", json=SHIFT | {"hotline": OTHERS, "day": "30.02.2020", "ends": "7:00"}
    )

    assert code(wrong) == "invalid"
    assert wrong.get_json()["faults"] == {"hotline": "not_own", "day": "not_a_date", "ends": "reversed"}
    april.post("/roster", "manager", json=SHIFT)
    assert april.post("/roster", "manager", json=SHIFT).get_json()["faults"] == {"name": "shift_taken"}


def test_a_table_is_taken_in_as_a_whole_or_not_at_all(april: Programs) -> None:
    good = f"{OWN};2020-04-06;08:00;12:00;Ada\n{OWN};2020-04-06;08:00;12:00;Bruno"
    wrong = april.post("/roster/import", "manager", json={"table": f"{good}\n{OWN};2020-04-06;x;12:00;Chen"})

    assert wrong.get_json()["faults"] == {"line.3": "not_a_time"}
    assert hotline(april)["now_on"] == []
    assert april.post("/roster/import", "manager", json={"table": good}).get_json() == {"shifts": 2}
    assert hotline(april)["now_on"] == ["Ada", "Bruno"]


def test_the_roster_is_the_managers(april: Programs) -> None:
    for role in ("hotline", "reception", "caseworker", "customer"):
        assert code(april.post("/roster", role, json=SHIFT)) == "forbidden"
        assert code(april.get("/roster", role, **{"from": "2020-04-06", "to": "2020-04-06"})) == "forbidden"
