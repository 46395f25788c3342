"""Questions from customers: asked without an account, seen at the desk, answered as the person wishes."""

import pytest
from flask import Flask
from sqlalchemy import select

from models.enquiries import Enquiry
from models.outbox import OutboxRow
from scheduler.domain.enquiries import Medium
from scheduler.domain.roles import Role
from scheduler.queries.enquiries import open_enquiries
from scheduler.usecases.staff import MOST_TRIES
from tests.factories import Office, at
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Page, Reader

QUESTION = {"text": "When is my letter coming?", "name": "Karla Kern"}


@pytest.fixture
def app(desk_office: Office, open_web: OpenWeb) -> Flask:
    return open_web(desk_office)


def asked(reader: Reader, answer_by: str, status: int = 303, /, **typed: str) -> Page:
    form = reader.get("/termin/frage")
    fields = {**QUESTION, "key": form.value("key"), "answer_by": answer_by} | typed
    return reader.post("/termin/frage", status, **fields, do="send")


def the_question(office: Office) -> Enquiry:
    with office.database.reading() as session:
        (found,) = open_enquiries(session).enquiries
    return found


def test_a_question_gets_a_reference_and_is_nobodys_yet(desk_office: Office, app: Flask) -> None:
    reader = Reader(app)
    done = reader.follow(asked(reader, "email", email="karla@example.org", phone="030 999999", number="7"))
    found = the_question(desk_office)
    assert found.reference in done.said()
    assert "karla@example.org" in done.said()
    assert (found.medium, found.owner, found.call_by) == (Medium.ONLINE, None, None)
    assert found.person is not None
    assert (found.person.email, found.person.phone, found.person.language) == (
        "karla@example.org",
        None,
        "en",
    )
    desk = signed_in(app, Role.RECEPTION)
    assert "nobody yet" in desk.get("/enquiries").said()


def test_whoever_wants_a_call_is_promised_one(desk_office: Office, app: Flask) -> None:
    reader = Reader(app)
    done = reader.follow(asked(reader, "phone", phone="030 123456")).said()
    assert the_question(desk_office).call_by == at("2020-03-10 16:00")
    assert "We call you no later than this: Tuesday, 10 March 2020, 16:00" in done


def test_whoever_wants_neither_asks_with_the_reference(desk_office: Office, app: Flask) -> None:
    reader = Reader(app)
    done = reader.follow(asked(reader, "asking", phone="030 123456")).said()
    assert "Please note the reference" in done
    assert the_question(desk_office).call_at is None


def test_it_is_answered_by_mail_from_the_desk(desk_office: Office, app: Flask) -> None:
    asked(Reader(app), "email", email="karla@example.org")
    desk = signed_in(app, Role.CASEWORKER)
    own = f"/enquiries/{the_question(desk_office).id}"
    assert "karla@example.org" in desk.get(own).said()
    wrong = desk.post(f"{own}/answer", 422, text="", by_mail="y")
    assert wrong.problem("text")
    done = desk.follow(desk.post(f"{own}/answer", text="Tomorrow.", by_mail="y")).said()
    assert "Answer by e-mail" in done
    with desk_office.database.reading() as session:
        row = session.scalars(select(OutboxRow)).one()
    assert (row.values["recipient"], row.values["answer"]) == ("karla@example.org", ["Tomorrow."])


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(app: Flask) -> None:
    reader = Reader(app)
    wrong = asked(reader, "", 422, text="", name="", number="7")
    for field in ("text", "name", "answer_by"):
        assert wrong.problem(field)
    assert wrong.value("number") == "7"
    assert asked(reader, "email", 422).problem("email")
    assert asked(reader, "phone", 422).problem("phone")
    assert asked(reader, "email", 422, email="nobody").problem("email")
    assert asked(reader, "asking", 422, service="nonsense").problem("service")


def test_sending_it_twice_is_asking_once(desk_office: Office, app: Flask) -> None:
    reader = Reader(app)
    key = reader.get("/termin/frage").value("key")
    for _ in range(2):
        reader.post("/termin/frage", **QUESTION, key=key, answer_by="asking", do="send")
    assert the_question(desk_office).text == QUESTION["text"]


def test_another_language_keeps_what_is_typed(app: Flask) -> None:
    reader = Reader(app)
    reader.get("/termin/frage?service=general")
    page = reader.post("/termin/frage", 200, **QUESTION, service="general", speak="de")
    assert page.value("text") == QUESTION["text"]
    assert page.value("service") == "general"
    assert page.all("html")[0].get("lang") == "de"
    assert page.said("h1") == "Eine Frage stellen"


def test_one_address_asks_only_so_often(app: Flask) -> None:
    reader = Reader(app)
    for _ in range(MOST_TRIES):
        asked(reader, "asking")
    refused = asked(reader, "asking", 429)
    assert refused.response.headers["Retry-After"]
    assert refused.value("text") == QUESTION["text"]


def test_nobody_sees_what_another_asked(app: Flask) -> None:
    asked(Reader(app), "asking")
    page = Reader(app).get("/termin/frage/gesendet", 303)
    assert page.response.headers["Location"] == "/termin/"
