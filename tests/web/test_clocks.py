"""The demonstration's bar: moving the office's clock on a page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from models.clocks import OfficeClock
from tests.applications import config_for, lent_app
from tests.factories import Office, at
from tests.web.pages import Reader


@pytest.fixture
def demonstration(desk_office: Office, tmp_path: Path) -> Iterator[Flask]:
    """The office as a demonstration, with the clock that the database keeps."""
    with desk_office.database.transaction() as session:
        session.add(OfficeClock(id=1, ahead_seconds=0))
    with lent_app(config_for(desk_office.database, tmp_path, demo=True)) as app:
        yield app


def test_the_clock_is_set_to_a_stop_and_every_page_shows_it(demonstration: Flask) -> None:
    reader = Reader(demonstration)
    reader.sign_in("reception")

    moved = reader.post("/clock", 200, stop="2020-03-16T09:00", next="/to-be-told")
    page = reader.get("/")

    assert "to Monday, 16 March 2020, 09:00" in moved.said()
    assert page.said("h1").startswith("Monday, 16 March 2020")
    assert any(link.get("href") == "/to-be-told" for link in moved.all("a"))


def test_setting_the_clock_back_says_that_nothing_is_undone(demonstration: Flask) -> None:
    reader = Reader(demonstration)
    reader.get("/sign-in")

    page = reader.post("/clock", 200, instant="2019-06-01T12:00")

    assert "undoes nothing" in page.said()


@pytest.mark.parametrize("instant", ["", "soon", "2020-03-29T02:30"])
def test_an_instant_that_is_none_is_explained(demonstration: Flask, instant: str) -> None:
    reader = Reader(demonstration)
    reader.get("/sign-in")

    assert reader.post("/clock", 422, instant=instant).said()


def test_the_bar_offers_when_each_phase_became_known(demonstration: Flask) -> None:
    page = Reader(demonstration).get("/sign-in")

    bar = page.all("section", class_="demo")[0]
    stops = [button.get("value") for button in bar.iter("button") if button.get("name") == "stop"]
    assert {"2020-03-11T15:00", "2020-03-13T16:00", "2020-05-20T10:00", "2020-07-10T10:00"} <= set(stops)
    assert stops == sorted(stops, key=lambda value: at(value or ""))
