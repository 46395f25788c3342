"""The poster for the door: every language of customers, what holds, and how the office is reached."""

import pytest
from flask import Flask

from scheduler.adapters.languages import CUSTOMER_LANGUAGES, direction
from scheduler.adapters.posters import poster
from scheduler.domain.roles import Role
from tests.factories import Office, plan_with, whole_plan
from tests.web.conftest import OpenWeb, signed_in


@pytest.fixture
def app(desk_office: Office, open_web: OpenWeb) -> Flask:
    return open_web(desk_office)


def test_a_poster_speaks_to_everybody_and_is_found_beside_its_phase(app: Flask) -> None:
    manager = signed_in(app, Role.MANAGER)
    assert manager.get("/switches/regular").all("a", href="/office/posters/regular")
    page = manager.get("/office/posters/regular")
    passages = page.all("section", class_="poster__passage")
    assert [(one.get("lang"), one.get("dir")) for one in passages] == [
        (language, direction(language)) for language in CUSTOMER_LANGUAGES
    ]
    assert "You may come in without an appointment." in page.said()
    assert "/termin/" in page.said()
    manager.get("/office/posters/nonsense", 404)


def test_each_policy_has_its_own_words_in_each_language() -> None:
    plan = whole_plan()
    said = {phase.walk_ins: [one.walk_ins for one in poster(plan, phase)] for phase in plan.phases}
    assert len(said) == 3
    for sentences in said.values():
        assert len(set(sentences)) == len(CUSTOMER_LANGUAGES)


def test_what_the_office_has_not_translated_is_left_to_the_german_above() -> None:
    plan = plan_with("preventive")
    told = {one.language: one.notice for one in poster(plan, plan.phases[0])}
    assert told["de"]
    assert told["en"]
