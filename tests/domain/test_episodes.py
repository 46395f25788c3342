"""What happens beside the visits of the invented year: always the same, while the office works."""

import pytest

from scheduler.domain.demonstrations import office_hours
from scheduler.domain.episodes import Asked, Called, Episode, Filed, Rostered, SeenTo, episodes
from scheduler.domain.hotlines import read_roster, state_of
from scheduler.domain.instants import local_date
from tests.factories import whole_plan

PLAN = whole_plan()
NEW_YEAR = local_date(PLAN.phases[0].starts, PLAN.zone)


@pytest.fixture(scope="module")
def year() -> list[Episode]:
    return episodes(PLAN, lambda day: day == NEW_YEAR)


def test_the_episodes_are_always_the_same_and_in_order(year: list[Episode]) -> None:
    assert episodes(PLAN, lambda day: day == NEW_YEAR) == year
    assert [one.at for one in year] == sorted(one.at for one in year)


def test_no_two_enquiries_come_at_once_and_each_step_follows_one(year: list[Episode]) -> None:
    came = [one.at for one in year if isinstance(one, Asked)]
    assert len(set(came)) == len(came) > 300
    steps = [one for one in year if isinstance(one, SeenTo)]
    assert {one.about for one in steps} == set(came)
    assert all(one.at > one.about for one in steps)


def test_everything_happens_while_the_office_works(year: list[Episode]) -> None:
    for one in year:
        if not isinstance(one, Called):
            assert office_hours(PLAN, local_date(one.at, PLAN.zone), lambda day: day == NEW_YEAR), one


def test_hotlines_are_called_while_they_are_open_and_have_a_roster(year: list[Episode]) -> None:
    for one in (one for one in year if isinstance(one, Called)):
        hotline = next(each for each in PLAN.hotlines if each.key == one.hotline)
        assert state_of(hotline, local_date(one.at, PLAN.zone)) == "open"
    rosters = [one for one in year if isinstance(one, Rostered)]
    assert len(rosters) > 35
    assert all(read_roster(PLAN, one.table) for one in rosters)


def test_applications_are_filed_all_year(year: list[Episode]) -> None:
    months = {one.filing.received_on.month for one in year if isinstance(one, Filed)}
    assert months == set(range(1, 13))
