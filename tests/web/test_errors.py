"""What readers see when something cannot be answered."""

from pathlib import Path

import pytest
from flask import Flask

from config import Config
from models.database import Database
from scheduler.app import create_app
from tests.factories import Office
from tests.web.conftest import OpenWeb
from tests.web.pages import Reader


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


def test_a_mistake_of_ours_shows_no_traceback(desk_office: Office, open_web: OpenWeb) -> None:
    app = open_web(desk_office)

    def broken() -> str:
        raise RuntimeError("secret detail")

    app.add_url_rule("/broken", view_func=broken)

    page = Reader(app).get("/broken", 500)

    assert "Nothing was changed" in page.said()
    assert "secret detail" not in page.text
    assert "Traceback" not in page.text


def web_on(database_url: str, tmp_path: Path) -> Flask:
    return create_app(
        Config(
            database_url=database_url,
            secret_key="0123456789abcdefghijklmnopqrstuvwxyz",
            base_url="http://localhost",
            mail_url=f"maildir:{tmp_path / 'mails'}",
            demo=False,
        )
    )


def test_without_a_database_pages_ask_to_try_again(tmp_path: Path) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    reader = Reader(web_on(nowhere, tmp_path))
    reader.get("/sign-in")

    page = reader.post("/sign-in", 503, login="reception", password="whatever it is")

    assert page.response.headers["Retry-After"]
    assert "does not answer" in page.said()


def test_before_the_first_plan_pages_say_how_to_get_one(sqlite_database: Database, tmp_path: Path) -> None:
    url = sqlite_database.url.render_as_string(hide_password=False)

    page = Reader(web_on(url, tmp_path)).get("/sign-in")

    assert page.said("h1") == "Sign in"
