"""Who may see and do what: every address with every role, held against the one table (access.py)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, select
from werkzeug.test import TestResponse

from models.feeds import Feed
from models.hotlines import Shift
from models.measures import MeasureParticipant
from models.statements import Feedback
from models.tokens import ApiToken
from scheduler.adapters.mail import Maildir
from scheduler.app import create_app
from scheduler.domain.applications import Filing, ReceivedBy
from scheduler.domain.audit_searches import SearchRequest
from scheduler.domain.caseworkers import AbsenceRequest, CaseworkerRequest
from scheduler.domain.closures import id_of
from scheduler.domain.contacts import ContactKind
from scheduler.domain.enquiries import EnquiryRequest, Medium
from scheduler.domain.errors import Forbidden
from scheduler.domain.events import EventRequest
from scheduler.domain.roles import Role
from scheduler.domain.walk_ins import EmergencyRequest
from scheduler.queries.plans import current_plan
from scheduler.usecases.applications import file_of
from scheduler.usecases.audit_searches import file_search
from scheduler.usecases.caseworkers import keep_caseworker, report_absent
from scheduler.usecases.contacts import count
from scheduler.usecases.drafts import begin_draft
from scheduler.usecases.enquiries import take_in
from scheduler.usecases.events import plan_events
from scheduler.usecases.feeds import add_feed
from scheduler.usecases.hotlines import import_roster
from scheduler.usecases.measures import import_participants
from scheduler.usecases.outbox import deliver_due
from scheduler.usecases.staff import STAFF_ROLES, change_role, lock
from scheduler.usecases.statements import report
from scheduler.usecases.tokens import add_token, revoke_token
from scheduler.usecases.walk_ins import admit_emergency
from scheduler.web.frame import EXTENSION
from tests.applications import config_for
from tests.cast import ADA, AUDITOR, CUSTOMER, MANAGER, RECEPTION
from tests.factories import Office, at
from tests.web.access import ANSWERING, DAY, STAFF, TABLE, Door, Of, Row
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Reader

UNKNOWN: Mapping[str, Any] = {
    "booking_id": "00000000-0000-4000-8000-000000000000",
    "id": "00000000-0000-4000-8000-000000000000",
    "walk_in_id": "00000000-0000-4000-8000-000000000000",
    "contact_id": "00000000-0000-4000-8000-000000000000",
    "deed": "finish",
    "mistake": "call",
    "person_id": "00000000-0000-4000-8000-000000000000",
    "other_id": "00000000-0000-4000-8000-000000000000",
    "row_id": 2_147_483_647,
    "on": "2020-02-30",
    "number": 99,
    "name": "impressum",
    "page": "secrets",
    "tongue": "de",
    "report_id": "00000000-0000-4000-8000-000000000000",
    "event_id": "00000000-0000-4000-8000-000000000000",
    "feed_id": "00000000-0000-4000-8000-000000000000",
    "secret": "made-up",
    "route": "nonsense",
    "enquiry_id": "00000000-0000-4000-8000-000000000000",
    "step": "take",
    "shift_id": 2_147_483_647,
    "caseworker_id": 2_147_483_647,
    "absence_id": 2_147_483_647,
    "settlement": "end",
    "employment": "retire",
    "application_id": "00000000-0000-4000-8000-000000000000",
    "decision": "keep",
    "search_id": "00000000-0000-4000-8000-000000000000",
    "key": "nonsense",
    "closure_id": "nonsense",
    "measure": "nonsense",
    "participant_id": "00000000-0000-4000-8000-000000000000",
    "filename": "nothing.css",
    "change": "cancel",
    "suffix": "eml",
    "token": "A" * 43,
    "login": "nobody",
}
PAGES = [row for row in TABLE if row.door is Door.PAGE]
CALLS = [row for row in TABLE if row.door is Door.API]


@dataclass
class House:
    """An office on the web with one of everything in it; the booking was made by a customer's program."""

    app: Flask
    office: Office
    tokens: Mapping[Role, str]
    known: Mapping[str, Any]

    def address(self, row: Row, values: Mapping[str, Any] = UNKNOWN) -> str:
        rules = self.app.url_map.iter_rules(row.endpoint)
        arguments = {name for rule in rules for name in rule.arguments}
        adapter = self.app.url_map.bind("localhost")
        return adapter.build(row.endpoint, {name: values[name] for name in arguments}, method=row.method)

    def ask(self, row: Row, reader: Reader, values: Mapping[str, Any] = UNKNOWN) -> TestResponse:
        """By a browser, with the CSRF token of its own session."""
        address = self.address(row, values)
        return reader.send(address) if row.changes else reader.client.get(address)

    def call(self, row: Row, token: str | None, values: Mapping[str, Any] = UNKNOWN) -> TestResponse:
        """By a program."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        address = self.address(row, values)
        return self.app.test_client().open(address, method=row.method, headers=headers)


@pytest.fixture
def house(desk_office: Office, open_web: OpenWeb, tmp_path: Path) -> House:
    return furnished(open_web(desk_office), desk_office, tmp_path)


@pytest.fixture
def own_house(desk_office: Office, tmp_path: Path) -> Iterator[House]:
    """The same under an application that a test may break."""
    app = create_app(config_for(desk_office.database, tmp_path, base_url="http://localhost"))
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], clock=desk_office.clock)
    yield furnished(app, desk_office, tmp_path)
    app.extensions[EXTENSION].database.dispose()


def furnished(app: Flask, office: Office, folder: Path) -> House:
    booking = office.book(by=Role.CUSTOMER, actor=CUSTOMER)
    deliver_due(office.database, Maildir(folder / "sent"), clock=office.clock)
    (notice,) = office.notices(booking)
    with office.database.transaction() as session:
        when = {"now": office.now, "real_now": office.now}
        tokens = {role: add_token(session, role, role, actor=MANAGER, **when) for role in Role}
    with office.database.transaction() as session:
        emergency = admit_emergency(session, EmergencyRequest("main"), actor=RECEPTION, now=office.now)
        contact = count(session, ContactKind.QUESTION, site="main", actor=RECEPTION, now=office.now)
    known = {"walk_in_id": emergency.id, "contact_id": contact.id, "deed": "finish", "mistake": "call"}
    known |= {"booking_id": booking.id, "id": booking.id, "row_id": notice.id, "filename": "theke.css"}
    known["person_id"] = booking.person_id
    known |= {"token": tokens[Role.ENTRANCE]}
    known["other_id"] = booking.id
    known["login"] = "reception"
    with office.database.transaction() as session:
        report(session, "The page cannot be read.", None, language="en", now=office.now)
        reported = session.scalars(select(Feedback)).one()
        wish = EventRequest("group_information", at("2020-03-18 10:00"), None, "Frau Berger")
        (event,) = plan_events(session, wish, actor=MANAGER, now=office.now)
        asked = take_in(
            session,
            EnquiryRequest(Medium.PHONE, "When is my letter coming?", customer=ADA),
            owner=RECEPTION.name,
            actor=RECEPTION,
            now=office.now,
        )
        begin_draft(session, actor=MANAGER, now=office.now)
        secret = add_feed(session, None, actor=MANAGER, now=office.now)
        feed = session.scalars(select(Feed)).one()
    known |= {"route": "entrance", "secret": secret, "feed_id": feed.id}
    with office.database.transaction() as session:
        filing = Filing(office.now.date(), ReceivedBy.PHONE)
        filed = file_of(session, filing, booking.person_id, actor=RECEPTION, now=office.now)
        import_roster(session, "additional_number;2020-03-18;08:00;12:00;Ada", actor=MANAGER, now=office.now)
        shift = session.scalars(select(Shift)).one()
        people = "participant;Ada;de;phone;;030 1234;"
        import_participants(session, "language_course", people, actor=MANAGER, now=office.now)
        participant = session.scalars(select(MeasureParticipant)).one()
    with office.database.transaction() as session:
        worker = keep_caseworker(
            session, None, CaseworkerRequest("Ada", "Team 1", {}), actor=MANAGER, now=office.now
        )
        absence = report_absent(session, worker.id, AbsenceRequest(), actor=MANAGER, now=office.now)
    known |= {"caseworker_id": worker.id, "absence_id": absence.id}
    known |= {"settlement": "end", "employment": "retire"}
    known |= {"measure": "language_course", "participant_id": participant.id}
    with office.database.transaction() as session:
        asked_for = SearchRequest("reception", "A complaint of 3 March", office.now.date(), office.now.date())
        search = file_search(session, asked_for, zone=UTC, actor=AUDITOR, now=office.now)
    known |= {"search_id": search.id}
    known |= {"application_id": filed.id, "shift_id": shift.id}
    known |= {"event_id": event.id, "enquiry_id": asked.id, "step": "take", "decision": "keep"}
    known |= {"on": "2020-03-10", "key": "regular", "change": "cancel", "suffix": "eml", "number": 1}
    known |= {"name": "impressum", "page": "privacy", "tongue": "de", "report_id": reported.id}
    with office.database.reading() as session:
        known["closure_id"] = id_of(current_plan(session).closures[0])
    return House(app, office, tokens, known)


# -------------------------------------------------------------------------------------- the table is complete


def not_in_the_table(app: Flask) -> set[tuple[str, str]]:
    found = {
        (method, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    return found ^ {(row.method, row.endpoint) for row in TABLE}


def test_every_address_stands_in_the_table_and_nothing_else(house: House) -> None:
    assert not_in_the_table(house.app) == set()


def test_every_view_says_which_right_it_asks_for_or_that_it_asks_for_none(house: House) -> None:
    views = {row: house.app.view_functions[row.endpoint] for row in TABLE}
    ours = {
        row: view for row, view in views.items() if row.endpoint not in ("static", "api-docs.openapi_json")
    }

    assert {row for row, view in ours.items() if getattr(view, "public", False)} == {
        row for row in ours if row.door is Door.OPEN
    }
    assert {row for row, view in ours.items() if hasattr(view, "permission")} == {*PAGES, *CALLS}


# ------------------------------------------------------------------------------------- and what it says is so


def wrongly_treated(house: House, role: Role) -> set[str]:
    """The addresses where somebody with this role, or a program with it, fares otherwise than the table says.

    What is asked for does not exist: whoever may ask hears so, and nobody else learns even that.
    """
    wrong = set()
    reader = signed_in(house.app, role) if role in STAFF_ROLES else None
    for row in TABLE:
        if row.door is Door.PAGE and reader is not None:
            status = house.ask(row, reader).status_code
        elif row.door is Door.API:
            status = house.call(row, house.tokens[role]).status_code
        else:
            continue
        refused = status in (401, 403) or (status == 303 and row.endpoint != "desk.book" and not row.changes)
        expected = row.of.unknown_answers
        if refused is (role in row.roles) or (not refused and expected is not None and status != expected):
            wrong.add(f"{role}: {row.method} {row.endpoint} answers {status}")
    return wrong


@pytest.mark.parametrize("role", Role)
def test_each_role_is_let_in_where_the_table_says(house: House, role: Role) -> None:
    assert wrongly_treated(house, role) == set()


def heard_by_strangers(house: House, *, cookie: str | None = None, token: str | None = None) -> set[str]:
    """The addresses that answer a stranger otherwise than the table says."""
    wrong = set()
    reader = Reader(house.app)
    if cookie is not None:
        reader.client.set_cookie("theke", cookie)
    reader.get("/sign-in")
    for row in TABLE:
        if row.door is Door.OPEN:
            continue
        answer = (
            house.ask(row, reader, house.known)
            if row.door is Door.PAGE
            else house.call(row, token, house.known)
        )
        if answer.status_code != row.strangers_hear or "Ada Arendt" in answer.text:
            wrong.add(f"{row.method} {row.endpoint} answers {answer.status_code}")
    return wrong


def test_strangers_see_nothing(house: House) -> None:
    assert heard_by_strangers(house) == set()


def cookie_of(reader: Reader) -> str:
    cookie = reader.client.get_cookie("theke")
    assert cookie is not None
    return cookie.value


@pytest.mark.parametrize("end", ["signed out", "ran out", "locked", "another role"])
def test_whose_session_ended_is_a_stranger_everywhere(house: House, end: str) -> None:
    office, reader = house.office, signed_in(house.app, Role.MANAGER)
    cookie = cookie_of(reader)
    with office.database.transaction() as session:
        if end == "locked":
            lock(session, "manager", actor=MANAGER, now=office.now)
        if end == "another role":
            change_role(session, "manager", Role.CASEWORKER, actor=MANAGER, now=office.now)
    if end == "signed out":
        reader.post("/sign-out")
    if end == "ran out":
        office.clock.real_now += timedelta(hours=12)

    assert heard_by_strangers(house, cookie=cookie) == set()


@pytest.mark.parametrize("token", ["revoked", "never given out", "a session's"])
def test_a_token_that_is_none_makes_a_stranger(house: House, token: str) -> None:
    given = {
        "revoked": house.tokens[Role.MANAGER],
        "never given out": "A" * 43,
        "a session's": cookie_of(signed_in(house.app, Role.MANAGER)),
    }
    assert house.call(row_of("offers.services"), house.tokens[Role.MANAGER]).status_code == 200
    with house.office.database.transaction() as session:
        revoke_token(session, Role.MANAGER, actor=MANAGER, now=house.office.now, real_now=house.office.now)

    assert heard_by_strangers(house, token=given[token]) == set()


def test_calls_take_no_cookies_and_pages_no_tokens(house: House) -> None:
    reader = signed_in(house.app, Role.MANAGER)
    bearer = {"Authorization": f"Bearer {house.tokens[Role.MANAGER]}"}

    calls = {reader.client.open(house.address(row), method=row.method).status_code for row in CALLS}
    pages = {
        house.app.test_client().get(house.address(row), headers=bearer).status_code
        for row in PAGES
        if not row.changes
    }

    assert (calls, pages) == ({401}, {303})


def test_what_others_made_is_the_offices_and_what_does_not_exist_is_nobodys(house: House) -> None:
    """A booking that a customer's program made, asked for by somebody who may, and by those who may not."""
    readers = {role: signed_in(house.app, role) for role in (Role.MANAGER, Role.ADMINISTRATOR)}
    looks = [
        row for row in TABLE if row.of is not Of.NOTHING and not row.changes and row.door is not Door.OPEN
    ]

    for row in looks:
        page, api = row.door is Door.PAGE, house.tokens[Role.MANAGER]
        reader = readers[Role.MANAGER if Role.MANAGER in row.roles else Role.ADMINISTRATOR]
        there = house.ask(row, reader, house.known) if page else house.call(row, api, house.known)
        assert there.status_code == 200, row
    for role in set(Role) - DAY:
        answer = house.call(row_of("bookings.booking"), house.tokens[role], house.known)
        assert answer.status_code == 403
        assert "Ada" not in answer.text


def row_of(endpoint: str) -> Row:
    (found,) = (row for row in TABLE if row.endpoint == endpoint)
    return found


# ----------------------------------------------------------------------------------------- the table can fail


def test_an_address_that_nobody_reviewed_is_found(own_house: House) -> None:
    own_house.app.add_url_rule("/forgotten", "forgotten", lambda: "everything")

    assert not_in_the_table(own_house.app) == {("GET", "forgotten")}


def test_a_page_that_forgets_to_ask_is_found(own_house: House) -> None:
    """The negative control: the guards of one page and one call are taken off."""
    for endpoint in ("desk.booking", "bookings.cancel"):
        view = own_house.app.view_functions[endpoint]
        own_house.app.view_functions[endpoint] = lambda **_values: "everything"
        assert hasattr(view, "permission")

    assert heard_by_strangers(own_house) == {
        "GET desk.booking answers 200",
        "POST bookings.cancel answers 200",
    }
    assert wrongly_treated(own_house, Role.ENTRANCE) == {
        "entrance: GET desk.booking answers 200",
        "entrance: POST bookings.cancel answers 200",
    }


def test_a_page_that_asks_for_too_much_is_found(own_house: House) -> None:
    def narrow(**_values: str) -> str:
        raise Forbidden

    own_house.app.view_functions["desk.day"] = narrow

    assert "hotline: GET desk.day answers 403" in wrongly_treated(own_house, Role.HOTLINE)


# ----------------------------------------------------------------------------- what one sent, sent by another


def unprotected(app: Flask, reader: Reader, token: str) -> set[str]:
    """The pages that take a change under a CSRF token that is not of the reader's own session."""
    adapter = app.url_map.bind("localhost")
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
        if not rule.rule.startswith("/api/")
        for address in [
            adapter.build(rule.endpoint, {name: UNKNOWN[name] for name in rule.arguments}, method)
        ]
        for answer in [reader.client.open(address, method=method, data={"csrf_token": token})]
        if answer.status_code != 400
    }


@pytest.mark.parametrize("token", ["guessed", "", "another's"])
def test_nothing_is_changed_without_the_token_of_the_readers_own_form(house: House, token: str) -> None:
    reader, other = (signed_in(house.app, role) for role in (Role.MANAGER, Role.RECEPTION))
    sent = other._token if token == "another's" else token

    assert unprotected(house.app, reader, sent) == set()


def test_a_change_that_asks_for_no_csrf_token_is_found(own_house: House) -> None:
    own_house.app.add_url_rule("/forgotten", "forgotten", lambda: "done", methods=["POST"])

    assert unprotected(own_house.app, signed_in(own_house.app, Role.MANAGER), "guessed") == {"forgotten"}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_nothing_is_changed_for_another_site_even_with_the_right_token(house: House, site: str) -> None:
    reader = signed_in(house.app, Role.RECEPTION)
    sent = {"csrf_token": reader._token, "theme": "dark"}

    by_browser = reader.client.post("/theme", data=sent, headers={"Sec-Fetch-Site": site})
    by_old_browser = reader.client.post("/theme", data=sent, headers={"Origin": "https://evil.example"})
    own = reader.client.post("/theme", data=sent, headers={"Origin": "http://localhost"})

    assert [answer.status_code for answer in (by_browser, by_old_browser, own)] == [400, 400, 303]


def test_an_idempotency_key_answers_nobody_but_who_sent_it_first(house: House) -> None:
    """Two programs and two members of staff under one key and with one body: each hears of the own alone."""
    wish = {"service": "general", "starts_at": "2020-03-12T09:00", "customer": {"name": "Bruno Beck"}}
    form = {"service": "general", "starts_at": "2020-03-12T11:00", "resource": "counter-1", "language": "de"}
    form |= {"booked_by": "reception", "name": "Chen Li", "key": "one-key"}
    answers = [
        house.app.test_client().post(
            "/api/v1/bookings",
            json=wish,
            headers={"Authorization": f"Bearer {house.tokens[role]}", "Idempotency-Key": "one-key"},
        )
        for role in (Role.RECEPTION, Role.CASEWORKER, Role.ENTRANCE)
    ]
    readers = [signed_in(house.app, role) for role in (Role.RECEPTION, Role.CASEWORKER)]
    pages = [reader.send("/bookings/new", **form) for reader in readers]

    assert [answer.status_code for answer in answers] == [201, 201, 403]
    assert answers[0].get_json()["id"] != answers[1].get_json()["id"]
    assert [page.status_code for page in pages] == [303, 409]
    assert pages[0].headers["Location"] not in pages[1].text


# ----------------------------------------------------------------------------------------------- and the rest


@pytest.mark.parametrize("role", sorted(STAFF - ANSWERING))
def test_requests_are_answered_by_those_who_may(house: House, role: Role) -> None:
    reader = signed_in(house.app, role)

    for change in ("approve", "decline"):
        assert reader.send(f"/bookings/{UNKNOWN['booking_id']}/{change}").status_code == 403


@pytest.mark.parametrize("role", sorted(STAFF - DAY - {Role.ENTRANCE}))
def test_who_has_no_day_page_learns_what_there_is_instead(house: House, role: Role) -> None:
    page = signed_in(house.app, role).get("/")

    assert page.said("h1") == "Welcome"


#: What is noted about looking itself: who read whose data, and how often something was asked.
NOTES = ("accesses", "tallies")


def contents(connection: Connection) -> dict[str, list[Any]]:
    """Everything that stands in the database."""
    names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
    return {
        name: [tuple(row) for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"')]  # noqa: S608
        for name in names
        if name not in NOTES
    }


def changed_by_looking(house: House, *endpoints: str) -> Iterator[str]:
    """Those of these addresses, or of all, at which GET, HEAD or OPTIONS changes something that is stored."""
    reader = signed_in(house.app, Role.MANAGER)
    bearer = {"Authorization": f"Bearer {house.tokens[Role.MANAGER]}"}
    adapter = house.app.url_map.bind("localhost")
    looks = [
        (method, rule.endpoint, adapter.build(rule.endpoint, values, method))
        for rule in house.app.url_map.iter_rules()
        if not endpoints or rule.endpoint in endpoints
        for values in [{name: house.known[name] for name in rule.arguments}]
        for method in sorted((rule.methods or set()) & {"GET", "HEAD", "OPTIONS"})
    ]
    with house.office.database.engine.connect() as connection:
        before = contents(connection)
        for method, endpoint, address in looks:
            connection.rollback()  # to see what others committed
            reader.client.open(address, method=method, headers=bearer).close()
            if contents(connection) != before:
                yield f"{method} {endpoint}"
                before = contents(connection)


def test_nothing_is_changed_by_looking(house: House) -> None:
    assert list(changed_by_looking(house)) == []


def test_a_look_that_changes_something_is_found(own_house: House) -> None:
    def sloppy() -> str:
        with own_house.office.database.transaction() as session:
            session.query(ApiToken).filter_by(name="auditor").update({"revoked_at": own_house.office.now})
        return "seen"

    own_house.app.add_url_rule("/seen", "seen", sloppy)

    assert list(changed_by_looking(own_house, "seen", "desk.today")) == ["GET seen"]
