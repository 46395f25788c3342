"""What strangers may type comes out as text everywhere: on pages, in mails, calendars, letters, exports."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import product
from pathlib import Path
from typing import Any

import html5lib
import pytest
from flask import Flask
from html5lib.html5parser import ParseError
from icalendar import Calendar

from models.outbox import OutboxRow
from models.staff import LOGIN_LENGTH
from scheduler.adapters import letters
from scheduler.adapters.mail import Maildir
from scheduler.adapters.notices import Notice
from scheduler.app import create_app
from scheduler.domain.bookings import Category, Justification, Party
from scheduler.domain.people import Customer
from scheduler.domain.planexports import write_plan
from scheduler.domain.planfaults import PlanFaults
from scheduler.domain.planfiles import read_plan
from scheduler.domain.roles import Actor, Role
from scheduler.domain.texts import Text
from scheduler.queries.plans import current_plan
from scheduler.usecases import bookings
from scheduler.usecases.outbox import deliver_due
from scheduler.usecases.tokens import add_token
from scheduler.web.frame import EXTENSION
from tests.applications import config_for
from tests.cast import MANAGER
from tests.factories import Office, plan_with
from tests.itip import faults_of_invitation
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Page, Reader

#: Each is alive somewhere: in a page, a template, a database, a sheet, a calendar, a mail, a format.
CANARIES = {
    "page": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "attribute": "\"' autofocus onfocus=alert(1) x='",
    "template": "{{7*7}}${7*7}#{7*7}{% raw %}{{config}}",
    "sql": "Robert'); DROP TABLE bookings;-- \\",
    "sheet": "=cmd|'/c calc'!A0",
    "calendar": "x;CN=y:z\\nATTENDEE:mailto:evil@example.com",
    "mail": "x>, <evil@example.com> =?utf-8?q?=0D=0ABcc:_evil?=",
    "format": "%s %(name)s %n {0} {name!r}",
    "astral": "\U0001d504da \U0001f600 e\u0301 \u05d0",
}
#: Each short enough for a name, and what a sheet takes for a formula at the beginning.
TOGETHER = [
    " ".join(CANARIES[name] for name in names.split())
    for names in ("page template", "sheet format attribute", "calendar mail", "sql astral")
]
#: What ends a line somewhere, means its end, or turns the direction of writing.
UNSEEN = ["\r", "\n", "\r\nBcc: evil@example.com", "\x85", "\u2028", "\u2029", "\x0b", "\x00", "\x1b[2J"]
UNSEEN += ["\u202e", "\u2066", "\ud800"]
SINGLE_LINES = ("name", "email", "phone", "number", "language")


def customer(canary: str) -> Customer:
    return Customer(canary, "ada@example.org", None, f"{canary}\nZeile 2", canary[:40].strip(), None, "en")


def marked(page: Page, canary: str) -> bool:
    """Whether the page says it, letter for letter but for blanks."""
    return " ".join(canary.split()) in page.said("html")


@pytest.mark.parametrize("canary", TOGETHER)
def test_what_was_typed_comes_out_as_text_everywhere(
    desk_office: Office, open_web: OpenWeb, tmp_path: Path, canary: str
) -> None:
    system = Actor(f"token:{canary[:60].strip()}", Role.RECEPTION)
    reader = signed_in(open_web(desk_office), Role.MANAGER)
    why = Justification(Category.OTHER, canary)
    booking = desk_office.book(customer=customer(canary), justification=why, actor=system)
    told = desk_office.book(
        "general", "2020-03-12 09:00", customer=replace(customer(canary), email=None), justification=why
    )
    deliver_due(desk_office.database, Maildir(tmp_path / "sent"), clock=desk_office.clock)
    desk_office.do(bookings.cancel, booking, by=Party.OFFICE, reason=canary)
    deliver_due(desk_office.database, Maildir(tmp_path / "sent"), clock=desk_office.clock)

    for address in (f"/bookings/{booking.id}", f"/bookings/{told.id}", "/day/2020-03-12", "/to-be-told"):
        assert marked(reader.get(address), canary), address
    for notice in desk_office.notices(booking):
        assert marked(reader.get(f"/notices/{notice.id}"), canary) or notice.template == "invitation"
        check_mail(notice, canary)
    reader.get("/notices")
    (letter,) = desk_office.notices(told)
    assert canary in "\n".join(letters.text(Notice.from_values(letter.values)))


def check_mail(notice: OutboxRow, canary: str) -> None:
    """One recipient, no header more than ours, no element that runs or loads, one attendee."""
    assert notice.rendered is not None
    assert faults_of_invitation(notice.rendered) == []
    message = message_from_bytes(notice.rendered, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert [str(value) for value in message.get_all("To", [])] == ["ada@example.org"] or (
        message["To"].addresses[0].addr_spec == "ada@example.org" and len(message["To"].addresses) == 1
    )
    assert message["Bcc"] is None
    assert message["Cc"] is None
    for part in message.walk():
        if part.get_content_type() == "text/html":
            root = html5lib.HTMLParser(namespaceHTMLElements=False).parse(part.get_content())
            assert not {element.tag for element in root.iter()} & {"script", "img", "iframe", "form", "link"}
            assert not [key for element in root.iter() for key in element.attrib if str(key).startswith("on")]
        if part.get_content_type() == "text/calendar":
            (event,) = Calendar.from_ical(part.get_content()).walk("VEVENT")
            attendee = event["ATTENDEE"]
            assert not isinstance(attendee, list)
            assert str(attendee).lower() == "mailto:ada@example.org"


@pytest.mark.parametrize("canary", TOGETHER)
def test_what_is_asked_for_in_an_address_comes_back_as_text(reception: Reader, canary: str) -> None:
    asked = {"query_string": {"reference": canary, "at": canary, "resource": canary, "date": canary}}

    assert marked(reception.get("/bookings", 404, **asked), canary[:40].strip())
    reception.get("/why", 422, **asked)
    reception.get("/day", 422, **asked)
    reception.get("/to-be-told", 422, query_string={"after": canary})
    form = reception.get("/bookings/new", query_string={"name": canary, "text": canary, "key": canary})
    assert (form.value("name"), form.value("text")) == (canary, canary)
    reception.post("/sign-out")
    page = reception.get("/sign-in", query_string={"login": canary, "next": "/" + canary})
    assert page.value("login") == canary
    page = reception.post("/sign-in", 422, login=canary, password="x", next="//" + canary)
    assert page.value("login") == canary


@pytest.mark.parametrize("name", ["page", "attribute"])
def test_a_page_on_which_one_is_alive_is_found(desk_office: Office, tmp_path: Path, name: str) -> None:
    """The negative control."""
    app = create_app(config_for(desk_office.database, tmp_path))
    app.jinja_env.autoescape = False
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], clock=desk_office.clock)
    reader = Reader(app)

    with pytest.raises((AssertionError, ParseError)):
        reader.get("/sign-in", query_string={"login": CANARIES[name], "next": '"' + CANARIES[name]})
    app.extensions[EXTENSION].database.dispose()


def test_what_a_header_says_is_never_repeated_alive(desk_office: Office, open_web: OpenWeb) -> None:
    client = open_web(desk_office).test_client()
    headers = ("Accept-Language", "User-Agent", "Referer", "X-Request-ID", "Host")

    for header, name in product(headers, ("page", "template", "format")):
        for address in ("/sign-in", "/nonsense", "/api/v1/services", "/healthz"):
            answer = client.get(address, headers={header: CANARIES[name]})
            assert answer.status_code in (200, 400, 401, 404)
            assert "<script>alert" not in answer.text
            assert not [value for _, value in answer.headers if CANARIES[name] in value]


# ---------------------------------------------------------------------------------------- refused at entry


def call(app: Flask, token: str, body: Any, key: str = "a-key") -> Any:
    return app.test_client().post(
        "/api/v1/bookings",
        data=json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key},
    )


@pytest.fixture
def api(desk_office: Office, open_web: OpenWeb) -> tuple[Flask, str]:
    with desk_office.database.transaction() as session:
        at = {"now": desk_office.now, "real_now": desk_office.now}
        token = add_token(session, "desk", Role.RECEPTION, actor=MANAGER, **at)
    return open_web(desk_office), token


def test_what_nobody_can_see_is_refused_by_every_call_with_one_sentence(api: tuple[Flask, str]) -> None:
    wish = {"service": "general", "starts_at": "2020-03-10T09:00", "customer": {"name": "Ada"}}
    for unseen in UNSEEN:
        typed = f"A{unseen}da"
        people = {field: {"name": "Ada", field: typed} for field in SINGLE_LINES}
        wrong = {f"customer.{field}": wish | {"customer": person} for field, person in people.items()}
        wrong |= {field: wish | {field: typed} for field in ("service", "starts_at", "resource", "booked_by")}
        if "\n" not in unseen:
            wrong["customer.address"] = wish | {"customer": {"name": "Ada", "address": typed}}
            wrong["justification.text"] = wish | {"justification": {"category": "other", "text": typed}}
        for path, body in wrong.items():
            answer = call(*api, body)
            assert answer.status_code == 422, (path, unseen)
            (sentence,) = answer.get_json(force=True)["fields"].values()
            assert answer.get_json(force=True)["fields"].keys() == {path}, (path, unseen)
            assert sentence.endswith(".")
            assert len(sentence) < 200


def test_what_nobody_can_see_is_refused_by_every_form(reception: Reader, desk_office: Office) -> None:
    form = {"starts_at": "2020-03-11T09:00", "service": "general", "booked_by": "reception"}
    form |= {"name": "Ada", "language": "de", "key": "a-key"}
    booking = desk_office.book("general", "2020-03-12 09:00")
    reception.get("/bookings/new")
    for unseen in ("\n", "\u2028", "\x00", "\u202e"):
        typed, lines = f"A{unseen}da", unseen == "\n"
        for field in SINGLE_LINES if lines else (*SINGLE_LINES, "address", "text"):
            answer = reception.send("/bookings/new", **(form | {"category": "other", field: typed}))
            assert (answer.status_code, 'id="problems"' in answer.text) == (422, True), (field, unseen)
        for change in () if lines else ("cancel", "no-show"):
            answer = reception.send(f"/bookings/{booking.id}/{change}", by="office", reason=typed)
            assert answer.status_code == 422, (change, unseen)
    reception.post("/bookings/new", 303, **form)


def test_a_key_is_visible_and_short(api: tuple[Flask, str]) -> None:
    wish = {"service": "general", "starts_at": "2020-03-10T09:00", "customer": {"name": "Ada"}}

    for key in ("a b", "é", "x" * 201, "\x7f", "<script>alert(1)</script>" * 9):
        answer = call(*api, wish, key)
        assert answer.status_code == 422, key
        assert answer.get_json(force=True)["fields"].keys() == {"Idempotency-Key"}


# ----------------------------------------------------------------------------------------- nothing is endless


def texts(schema: Any, components: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every text that a schema of the description takes, by its path."""
    if "$ref" in schema:
        schema = components[schema["$ref"].rpartition("/")[2]]
    for option in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from texts(option, components, path)
    if "string" in (schema.get("type") if isinstance(schema.get("type"), list) else [schema.get("type")]):
        yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from texts(inner, components, f"{path}.{name}")


def test_every_text_of_every_call_has_a_longest(api: tuple[Flask, str]) -> None:
    description = api[0].test_client().get("/api/v1/openapi.json").get_json()
    components = description["components"]["schemas"]
    found: list[tuple[str, Any]] = []
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            if method == "parameters":
                continue
            for parameter in (*operation.get("parameters", ()), *methods.get("parameters", ())):
                found += texts(parameter["schema"], components, f"{method} {path} {parameter['name']}")
            for content in operation.get("requestBody", {}).get("content", {}).values():
                found += texts(content["schema"], components, f"{method} {path} body")

    endless = [path for path, text in found if not {"maxLength", "enum", "pattern"} & text.keys()]
    assert len(found) > 50
    # Of an address: a longer one names nothing, and the server takes no line of more than 4 KB.
    assert {path for path in endless if not path.endswith((" id", "_id", " key"))} == set()


FIELDS = "starts_at resource category text service booked_by name email phone address number born language"


def test_every_field_of_a_form_has_a_longest(reception: Reader) -> None:
    form = {"starts_at": "2020-03-11T09:00", "service": "general", "booked_by": "reception", "name": "Ada"}
    form |= {"language": "de", "key": "a-key", "category": "other", "text": "why"}
    reception.get("/bookings/new")

    for field in FIELDS.split():
        assert reception.send("/bookings/new", **(form | {field: "7" * 5000})).status_code == 422, field


def test_signing_in_takes_nothing_endless(reception: Reader, desk_office: Office) -> None:
    reception.post("/sign-out")
    reception.get("/sign-in")

    answer = reception.send("/sign-in", login="x" * 100_000, password="y" * 500_000, next="/" + "z" * 5000)

    assert answer.status_code == 422
    with desk_office.database.reading() as session:
        logins = session.connection().exec_driver_sql("SELECT login FROM sign_in_tallies").scalars()
        assert max(len(login) for login in logins) == LOGIN_LENGTH


# ------------------------------------------------------------------------------------- the office's own texts


def test_the_offices_own_texts_come_out_as_text_and_its_export_says_the_same(
    desk_office: Office, open_web: OpenWeb, tmp_path: Path
) -> None:
    """Whoever writes the plan is trusted with rules, not with scripts."""
    everything = " ".join(CANARIES[name] for name in ("page", "attribute", "template", "sheet", "format"))
    plan = plan_with("regular")
    live = Text({"de": everything, "en": everything})
    office = replace(plan.office, name=live, mail_name=live)
    services = tuple(replace(service, name=live, plain=live) for service in plan.services)
    resources = tuple(replace(resource, name=live) for resource in plan.resources)
    channels = tuple(replace(channel, neutral=live) for channel in plan.channels)
    marked_plan = replace(plan, office=office, services=services, resources=resources, channels=channels)
    written = write_plan(marked_plan)
    assert read_plan(written.encode(), known_holiday_region=lambda region: True) == marked_plan

    desk_office.plan(marked_plan)
    with desk_office.database.reading() as session:
        assert write_plan(current_plan(session)) == written
    booking = desk_office.book()
    deliver_due(desk_office.database, Maildir(tmp_path / "sent"), clock=desk_office.clock)
    reader = signed_in(open_web(desk_office), Role.MANAGER)
    for address in ("/", f"/bookings/{booking.id}", "/bookings/new?at=2020-03-11T10:00", "/switches"):
        assert marked(reader.get(address), everything), address
    for notice in desk_office.notices(booking):
        check_mail(notice, everything)


def test_no_text_of_the_plan_that_goes_into_a_header_ends_its_line() -> None:
    plan = plan_with("regular")
    for unseen in ("\r\nBcc: evil@example.com", "\n", "\x85", "\u2028", "\x00", "\u202e"):
        broken = replace(plan, office=replace(plan.office, mail_name=Text({"de": f"Amt{unseen}Eins"})))
        escaped = re.sub("[^ -~\n]", lambda found: f"\\u{ord(found[0]):04x}", write_plan(broken))

        with pytest.raises(PlanFaults) as caught:
            read_plan(escaped.encode(), known_holiday_region=lambda region: True)

        assert {fault.where for fault in caught.value.faults} == {"office: mail.name.de"}
