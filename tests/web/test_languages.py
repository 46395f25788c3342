"""Customers read everything in their own language, and are written to in the one that they wish."""

from uuid import uuid4

import pytest
from flask import Flask

from models.outbox import OutboxRow
from scheduler.adapters.languages import CATALOGUES, CUSTOMER_LANGUAGES, LANGUAGE_NAMES, direction
from scheduler.adapters.letters import text
from scheduler.adapters.notices import Notice
from scheduler.domain.events import EventRequest
from scheduler.domain.roles import Role
from scheduler.usecases.events import plan_events
from scripts.catalogues import read, stored_in
from tests.cast import MANAGER
from tests.factories import Office, at
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Page, Reader

FORM = {"name": "Olena Kern", "email": "olena@example.org", "born": "1980-05-31", "phone": "030 123"}
LEAST = 12


@pytest.fixture
def app(desk_office: Office, open_web: OpenWeb) -> Flask:
    wish = EventRequest("group_information", at("2020-03-18 10:00"), None, "Frau Berger", seats=1)
    with desk_office.database.transaction() as session:
        plan_events(session, wish, actor=MANAGER, now=desk_office.now)
    return open_web(desk_office)


def walked(reader: Reader) -> list[Page]:
    """Every page on the way to a visit, to moving it and to cancelling it, some of them refused."""
    pages = [reader.get(address) for address in ("/termin/", "/termin/6", "/termin/2", "/termin/6/zeiten")]
    pages.append(reader.get("/termin/6/zeiten?on=2030-01-02&step_free=y"))
    pages += [reader.get("/termin/nonsense", 404), reader.get("/termin/8", 404)]
    pages += [reader.get(f"/termin/{about}") for about in ("datenschutz", "impressum", "barrierefreiheit")]
    pages += [reader.get("/termin/link"), reader.get("/termin/link/gesendet")]
    pages += events_walked(reader)
    pages += question_walked(reader)
    reader.get("/termin/6/zeiten?on=2020-03-11")
    taken = pages[3].all("button", name="take")[-1].get("value") or ""
    details = reader.follow(reader.post("/termin/6/zeiten", take=taken))
    chosen = {name: details.value(name) for name in ("starts_at", "resource", "key", "language")}
    address = "/termin/6/angaben"
    pages += [details, reader.post(address, 422, **chosen, email="nobody", born="3000-01-01", do="check")]
    pages.append(reader.post(address, 200, **chosen, **FORM, step_free="y", interpreter="y", do="check"))
    done = reader.follow(reader.post(address, **chosen, **FORM, do="book"))
    link = next(one for one in done.all("a") if "/termin/b/" in (one.get("href") or "")).get("href") or ""
    pages += [done, reader.get("/termin/zettel"), reader.get(link)]
    pages.append(reader.follow(reader.post(f"{link}/frueher", do="ask")))
    moving = reader.get(f"{link}/verlegen?on=2020-03-12")
    taken = moving.all("button", name="take")[0].get("value") or ""
    pages += [moving, reader.follow(reader.post(f"{link}/verlegen", take=taken))]
    pages += [reader.get(f"{link}/absagen"), reader.follow(reader.post(f"{link}/absagen"))]
    return pages


def question_walked(reader: Reader) -> list[Page]:
    """Every page on the way of a question, however its answer is wanted."""
    pages = []
    for way in ("email", "phone", "asking"):
        form = reader.get("/termin/frage")
        pages += [form, reader.post("/termin/frage", 422, email="nobody", answer_by="email", do="send")]
        typed = {**FORM, "phone": "030 123456", "text": "?", "key": form.value("key"), "answer_by": way}
        pages.append(reader.follow(reader.post("/termin/frage", **typed, do="send")))
    return pages


def events_walked(reader: Reader) -> list[Page]:
    """Every page on the way to a seat, and to the waiting list of an event that is full."""
    events = reader.get("/termin/gruppen")
    address = events.all("a", class_="public__choice")[0].get("href") or ""
    free = reader.get(address)
    typed = {name: free.value(name) for name in ("key", "language")}
    pages = [events, free, reader.post(address, 422, **typed, email="nobody", do="check")]
    pages.append(reader.post(address, 200, **typed, **FORM, step_free="y", do="check"))
    pages.append(reader.follow(reader.post(address, **typed, **FORM, do="book")))
    pages += [reader.get("/termin/gruppen"), reader.get(address)]
    pages.append(reader.post(address, 409, **{**typed, "key": str(uuid4())}, **FORM, do="book"))
    return pages


@pytest.mark.parametrize("language", CUSTOMER_LANGUAGES[1:])
def test_hotlines_are_spoken_of_in_the_language_that_the_browser_asks_for(
    desk_office: Office, app: Flask, language: str
) -> None:
    desk_office.wait_until("2020-07-02 10:00")
    shown = Reader(app, language).get("/termin/").said()
    assert "Bitte nutzen Sie" not in shown
    assert "Zusätzliche Rufnummer" not in shown
    assert "030 23125-200" in shown


@pytest.mark.parametrize("language", CUSTOMER_LANGUAGES)
def test_every_page_is_in_the_language_that_the_browser_asks_for(app: Flask, language: str) -> None:
    pages = walked(Reader(app, language))
    for page in pages:
        (html,) = page.all("html")
        assert (html.get("lang"), html.get("dir") or "ltr") == (language, direction(language)), page.said()
    if language == "en":
        return
    catalogue = next(
        name for name in CATALOGUES if name.startswith(language[:2]) and len(name) >= len(language)
    )
    stored = read(stored_in(catalogue), CATALOGUES[catalogue])
    english = {one.id: one.string for one in stored if isinstance(one.id, str) and "%" not in one.id}
    for page in pages:
        words = page.said("body")
        left = [one for one, own in english.items() if len(one) >= LEAST and one != own and one in words]
        assert left == []


def test_no_page_for_customers_is_left_out_above(app: Flask) -> None:
    addresses = app.url_map.bind("")
    seen = {
        addresses.match(page.response.request.path)[0]
        for page in walked(Reader(app, "de"))
        if page.status == 200 and page.response.request.method == "GET"
    }
    there_are = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("public.") and "GET" in (rule.methods or ()) and ".ics" not in rule.rule
    }
    assert there_are - seen == set()


def test_what_the_office_has_not_translated_is_marked_as_german(app: Flask) -> None:
    """The scenario's office has no plain word for its own name."""
    (own,) = Reader(app, "de-simple").get("/termin/").all("a", class_="public__name")
    assert [(part.attrib, part.text) for part in own] == [({"lang": "de", "dir": "ltr"}, "Terminservice")]
    assert "Служба запису" in Reader(app, "uk").get("/termin/").said("header")
    for language in CUSTOMER_LANGUAGES:
        if language != "de-simple":
            assert not Reader(app, language).get("/termin/").all("span", lang="de")


def test_the_chosen_language_stays_and_each_is_offered_in_itself(app: Flask) -> None:
    reader = Reader(app, "en")
    offered = reader.get("/termin/").all("button", name="language")
    assert {one.get("value"): one.text for one in offered} == LANGUAGE_NAMES
    assert [one.get("lang") for one in offered] == list(CUSTOMER_LANGUAGES)
    page = reader.follow(reader.post("/language", language="uk", next="/termin/6"))
    assert page.all("html")[0].get("lang") == "uk"
    assert reader.get("/termin/").all("button", aria_current="true")[0].get("value") == "uk"
    reader.post("/language", 422, language="xx")


def test_the_desk_speaks_german_or_english_whatever_was_chosen_for_customers(app: Flask) -> None:
    reader = Reader(app, "en")
    for chosen, spoken in (("uk", "en"), ("de-simple", "de"), ("en", "en")):
        reader.get("/termin/")
        reader.post("/language", language=chosen, next="/termin/")
        assert reader.get("/sign-in").all("html")[0].get("lang") == spoken


def test_another_language_keeps_what_is_typed_and_becomes_the_wish(app: Flask) -> None:
    reader = Reader(app, "de")
    taken = reader.get("/termin/6/zeiten").all("button", name="take")[-1].get("value") or ""
    page = reader.follow(reader.post("/termin/6/zeiten", take=taken))
    chosen = {name: page.value(name) for name in ("starts_at", "resource", "key", "language")}
    typed = reader.post("/termin/6/angaben", 200, **chosen, **FORM, speak="tr")
    assert typed.all("html")[0].get("lang") == "tr"
    assert (typed.value("name"), typed.value("email")) == ("Olena Kern", "olena@example.org")
    assert typed.value("language") == "tr"
    check = reader.post("/termin/6/angaben", 200, **chosen, **FORM, stay="check", speak="ar")
    assert check.all("button", value="book")
    assert "العربية" in check.said()
    event = reader.get("/termin/gruppen").all("a", class_="public__choice")[0].get("href") or ""
    seat = reader.post(event, 200, **FORM, key=reader.get(event).value("key"), speak="uk")
    assert (seat.all("html")[0].get("lang"), seat.value("name")) == ("uk", "Olena Kern")


def test_notices_and_the_page_of_the_link_follow_the_wish(app: Flask, desk_office: Office) -> None:
    reader = Reader(app, "uk")
    done = [page for page in walked(reader) if page.response.request.path == "/termin/fertig"][-1]
    with desk_office.database.reading() as session:
        rows = session.query(OutboxRow).order_by(OutboxRow.id).all()
        # That of the event itself is to nobody, that of the seat is the first.
        subjects = [text(Notice.from_values(row.values))[0] for row in rows[2:]]
    assert [subject.partition(":")[0].partition(" ")[0] for subject in subjects] == [
        "Ваша",
        "Змінено",
        "Скасовано",
    ]
    link = next(one for one in done.all("a") if "/termin/b/" in (one.get("href") or "")).get("href") or ""
    assert Reader(app, "de").get(link).all("html")[0].get("lang") == "uk"
    chosen = Reader(app, "de")
    chosen.get("/termin/")
    chosen.post("/language", language="de", next="/termin/")
    assert chosen.get(link).all("html")[0].get("lang") == "de"


def test_reception_notes_every_language_that_customers_are_written_to_in(app: Flask) -> None:
    page = signed_in(app, Role.RECEPTION).get("/bookings/new")
    (offered,) = page.all("select", name="language")
    assert [option.get("value") for option in offered] == list(CUSTOMER_LANGUAGES)
