"""What readers see when something cannot be answered."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from models.database import Database
from scheduler.app import create_app
from scheduler.domain.roles import Role
from scheduler.web.frame import EXTENSION, Frame
from tests.applications import config_for
from tests.factories import Office
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Reader, words_of

FORM = {
    "starts_at": "2020-03-11T09:00",
    "resource": "counter-1",
    "service": "general",
    "booked_by": "reception",
    "language": "de",
    "key": "a-key",
}


@pytest.mark.parametrize("language, words", [("en", "This page does not exist"), ("de", "")])
def test_an_unknown_address_is_explained(
    desk_office: Office, open_web: OpenWeb, language: str, words: str
) -> None:
    page = Reader(open_web(desk_office), language).get("/nonsense", 404)

    assert words in page.said()
    assert page.all("html")[0].get("lang") == language


def test_a_page_called_the_wrong_way_says_which_ways_there_are(reception: Reader) -> None:
    page = reception.post("/notices", 405)

    assert set(page.response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_a_form_from_elsewhere_is_refused_with_what_to_do(reception: Reader) -> None:
    reception.get("/bookings/new")
    reception._token = "guessed"

    page = reception.post("/bookings/new", 400, name="Ada")

    assert "open for too long" in page.said()


def test_what_was_typed_is_sent_again_with_one_click(reception: Reader, desk_office: Office) -> None:
    reception.get("/bookings/new")
    reception._token = "stale"
    typed = FORM | {"name": '"><b>Ada</b>', "address": "One\r\nTwo", "do": "book"}

    page = reception.post("/bookings/new", 400, **typed)
    kept = {name: page.value(name) for name in typed}
    booked = reception.follow(reception.post("/bookings/new", **kept))

    assert kept | {"address": typed["address"]} == typed
    assert kept["address"].split() == ["One", "Two"]
    assert [words_of(button) for button in page.all("main")[0].iter("button")] == ["Send again"]
    assert '"><b>Ada</b>' in booked.said()


def test_who_was_signed_out_meanwhile_keeps_what_was_typed(desk_office: Office, open_web: OpenWeb) -> None:
    reader = Reader(open_web(desk_office))
    reader.get("/sign-in")

    page = reader.post("/bookings/new", 401, name="Ada")

    assert page.value("name") == "Ada"
    assert "Sign in in a second window" in page.said()


def test_a_form_of_another_site_is_not_offered_to_be_sent_on(reception: Reader) -> None:
    answer = reception.client.post(
        "/bookings/new", data={"name": "Ada"}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 400
    assert 'value="Ada"' not in answer.text


def test_a_mistake_of_ours_shows_no_traceback(desk_office: Office, tmp_path: Path) -> None:
    app = create_app(config_for(desk_office.database, tmp_path))

    def broken() -> str:
        raise RuntimeError("secret detail")

    app.add_url_rule("/broken", view_func=broken)

    page = Reader(app).get("/broken", 500)

    assert "went wrong on our side. Please try again" in page.said()
    assert "Error number: 500" in page.said()
    assert "secret detail" not in page.text
    assert "Traceback" not in page.text


class CountingDatabase(Database):
    """Counts how often it is asked."""

    asked = 0

    @contextmanager
    def reading(self) -> Iterator[Session]:
        self.asked += 1
        with super().reading() as session:
            yield session


def test_without_a_database_pages_ask_to_try_again(tmp_path: Path) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    reader = Reader(create_app(config_for(nowhere, tmp_path)))
    reader.get("/sign-in")

    page = reader.post("/sign-in", 503, login="reception", password="whatever it is")

    assert page.response.headers["Retry-After"]
    assert "does not answer" in page.said()
    assert "whatever it is" not in page.text
    assert not [field for field in page.all("input", name="login") if field.get("type") == "hidden"]


def test_a_page_asks_a_database_that_is_away_only_once(
    desk_office: Office, open_web: OpenWeb, tmp_path: Path
) -> None:
    app = open_web(desk_office)
    reader = signed_in(app, Role.RECEPTION)
    away = CountingDatabase("postgresql://nobody@127.0.0.1:1/nothing")
    held = app.extensions[EXTENSION]
    app.extensions[EXTENSION] = Frame(held.config, away, held.clock)

    reader.get("/", 503)
    assert away.asked == 1

    page = reader.post("/bookings/new", 503, name="Ada")
    assert away.asked == 2
    assert page.value("name") == "Ada"


def test_before_the_first_plan_pages_say_how_to_get_one(sqlite_database: Database, tmp_path: Path) -> None:
    page = Reader(create_app(config_for(sqlite_database, tmp_path))).get("/sign-in")

    assert page.said("h1") == "Sign in"
