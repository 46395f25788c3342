"""Tokens, and on whose word somebody asks; who may call what stands in tests/web/access.py."""

from uuid import UUID

import pytest

from models.tokens import ApiToken
from scheduler.domain.roles import Role
from tests.web.api.conftest import Programs, code, wanted

SOME_ID = "0b1f9a2e-5c0d-4b8e-9a57-2f6d3c1e8a90"


def test_a_program_without_a_token_learns_how_to_show_one(sqlite_programs: Programs) -> None:
    response = sqlite_programs.get("/services", None)

    assert (response.status_code, code(response)) == (401, "unauthorized")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="theke"'


@pytest.mark.parametrize("sent", ["Bearer wrong", "Bearer", "Bearer  ", "Basic dTpw", "Bearer ä", "x"])
def test_a_wrong_token_is_no_token(sent: str, sqlite_programs: Programs) -> None:
    response = sqlite_programs.get(
        "/services", None, headers={"Authorization": sent.encode("utf-8").decode("latin-1")}
    )

    assert (response.status_code, code(response)) == (401, "unauthorized")
    assert "WWW-Authenticate" in response.headers


def test_a_revoked_token_is_no_token_from_the_next_call_on(programs: Programs) -> None:
    assert programs.get("/services").status_code == 200

    with programs.office.database.transaction() as session:
        for row in session.query(ApiToken):
            row.revoked_at = programs.office.now

    assert programs.get("/services").status_code == 401


def test_a_token_is_kept_as_a_digest_alone(programs: Programs) -> None:
    with programs.office.database.reading() as session:
        kept = [(row.digest, row.name) for row in session.query(ApiToken)]

    assert not {value for row in kept for value in row} & set(programs.tokens.values())


@pytest.mark.parametrize("booker", ["customer", "reception", "caseworker", "manager", "hotline"])
@pytest.mark.parametrize("role", ["reception", "caseworker", "manager", "hotline"])
def test_staff_who_may_book_say_on_whose_word(role: str, booker: str, sqlite_programs: Programs) -> None:
    response = sqlite_programs.book(role, booked_by=booker)

    assert (response.status_code, response.get_json()["booked_by"]) == (201, booker)


@pytest.mark.parametrize("role", ["customer", "reception", "caseworker", "manager", "hotline"])
def test_who_says_nothing_books_on_the_own_word(role: str, sqlite_programs: Programs) -> None:
    assert sqlite_programs.book(role).get_json()["booked_by"] == role


@pytest.mark.parametrize("booker", ["reception", "caseworker", "manager", "hotline", "entrance"])
def test_a_customers_token_gives_nobody_elses_word(booker: str, sqlite_programs: Programs) -> None:
    ask = {"service": "general", "at": "2020-03-10T09:00", "booked_by": booker}
    search = {"service": "general", "from": "2020-03-10", "to": "2020-03-10", "booked_by": booker}
    answers = [
        sqlite_programs.book("customer", booked_by=booker),
        sqlite_programs.get("/decision", "customer", **ask),
        sqlite_programs.get("/slots", "customer", **search),
    ]

    assert [(answer.status_code, code(answer)) for answer in answers] == [(403, "forbidden")] * 3


def test_who_may_not_book_asks_on_the_own_word_alone(sqlite_programs: Programs) -> None:
    ask = {"service": "general", "at": "2020-03-10T09:00"}

    assert sqlite_programs.get("/decision", "auditor", **ask).status_code == 200
    assert sqlite_programs.get("/decision", "auditor", **ask, booked_by="auditor").status_code == 200
    assert sqlite_programs.get("/decision", "auditor", **ask, booked_by="customer").status_code == 403


@pytest.mark.parametrize("booker", ["entrance", "auditor", "king", "", 3, []])
def test_a_word_that_nobody_gives_is_invalid(booker: object, sqlite_programs: Programs) -> None:
    response = sqlite_programs.book("manager", booked_by=booker)

    assert (response.status_code, code(response)) == (422, "invalid")
    assert list(response.get_json()["fields"]) == ["booked_by"]


def test_what_is_forbidden_goes_before_what_is_wrong(sqlite_programs: Programs) -> None:
    assert (
        code(sqlite_programs.post("/bookings", "customer", json={"booked_by": "manager", "x": 1}))
        == "forbidden"
    )
    assert code(sqlite_programs.post("/bookings", "auditor", data=b"{")) == "forbidden"
    assert code(sqlite_programs.post(f"/bookings/{SOME_ID}/move", "customer", data=b"{")) == "forbidden"


def test_actor_and_booker_are_both_recorded(programs: Programs) -> None:
    made = programs.post("/bookings", "hotline", json=wanted(booked_by="customer")).get_json()

    booking = programs.office.see(UUID(made["id"]))
    assert (booking.made_by, booking.booked_by) == ("token:hotline", Role.CUSTOMER)
