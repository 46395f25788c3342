"""The invented year: always the same, by people who reach nobody, at times that the office has."""

import re
from random import Random

import pytest

from scheduler.domain.casts import invented
from scheduler.domain.demonstrations import Ending, Stage, Wish, read_bookings, read_stages
from scheduler.domain.instants import local_date
from scheduler.domain.roles import Role
from scheduler.domain.stories import invent
from tests.factories import SCENARIO, at, whole_plan

NEW_YEAR = local_date(at("2020-01-01 12:00"), whole_plan().zone)


def told() -> list[Wish]:
    plan, random = whole_plan(), Random(2020)
    people = invented(random)
    stages = read_stages((SCENARIO / "stages.csv").read_text(encoding="utf-8"), plan.zone)
    given = read_bookings((SCENARIO / "bookings.csv").read_text(encoding="utf-8"), plan.zone, people)
    scenario = [wish for _, wish in given]
    return invent(
        plan, stages, scenario, people=people, random=random, is_holiday=lambda day: day == NEW_YEAR
    )


@pytest.fixture(scope="module")
def year() -> list[Wish]:
    return told()


def test_the_story_is_always_the_same(year: list[Wish]) -> None:
    assert told() == year


def test_nobody_asks_twice_at_the_same_instant_and_everybody_before_the_visit(year: list[Wish]) -> None:
    assert len({wish.made_at for wish in year}) == len(year)
    assert all(wish.made_at < wish.request.starts_at for wish in year)
    assert year == sorted(year, key=lambda wish: wish.made_at)


def test_every_visit_fits_the_hours_of_a_place_and_the_grid(year: list[Wish]) -> None:
    plan = whole_plan()
    for wish in year:
        start = wish.request.starts_at
        service = plan.services_by_key[wish.request.service]
        places = [wish.request.resource] if wish.request.resource else list(plan.resources_by_key)
        spans = [
            span
            for place in places
            for span in plan.opening_hours[place].spans(
                local_date(start, plan.zone), service.length, lambda day: day == NEW_YEAR
            )
        ]
        assert any(span.start <= start and start + service.length <= span.end for span in spans), wish
        assert start.minute % 5 == start.second == 0


def test_the_staff_book_while_the_office_is_open(year: list[Wish]) -> None:
    plan = whole_plan()
    hours = plan.opening_hours["counter-1"]
    for wish in year:
        if wish.request.booked_by is Role.CUSTOMER or wish.course.ending is Ending.UNTOUCHED:
            continue
        day = local_date(wish.made_at, plan.zone)
        spans = hours.on(day, lambda day: day == NEW_YEAR).spans
        assert any(span.start <= wish.made_at < span.end for span in spans), wish


def test_the_people_have_names_of_their_own_and_reach_nobody(year: list[Wish]) -> None:
    people = [wish.request.customer for wish in year]
    assert len({person.name for person in people}) == len(people)
    for person in people:
        assert person.email is None or re.fullmatch(r"[a-z.'-]+@example\.(org|net)", person.email)
        assert person.phone is None or re.fullmatch(r"030 23125-[2-9]\d\d|0171 39200\d\d", person.phone)
        assert person.address is None or person.address.endswith(", 12345 Musterstadt")


def test_people_can_be_reached_in_every_way_and_some_not_at_all(year: list[Wish]) -> None:
    people = [wish.request.customer for wish in year]
    count = len(people)
    only_letter = [person for person in people if person.address and not person.email]
    only_phone = [person for person in people if person.phone and not (person.email or person.address)]
    nothing = [person for person in people if not (person.email or person.address or person.phone)]
    assert all(len(some) > count * 0.04 for some in (only_letter, only_phone, nothing))
    assert len([person for person in people if person.email]) > count / 2
    assert count * 0.02 < len([person for person in people if person.born and person.number]) < count * 0.09
    assert {person.language for person in people} == {"de", "en"}


def test_stages_are_read_in_local_time() -> None:
    stages = read_stages("known_at,phase\n2020-07-10T10:00:00,b\n2020-01-10T10:00:00,a\n", whole_plan().zone)
    assert stages == [Stage(at("2020-01-10 10:00"), "a"), Stage(at("2020-07-10 10:00"), "b")]
