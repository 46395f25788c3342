"""As of: who may look at the office so, and how far."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.domain.as_of import check_reach, may_look_as_of
from scheduler.domain.errors import Invalid
from scheduler.domain.roles import Role

NOW = datetime(2020, 3, 9, 8, tzinfo=UTC)


def test_managers_look_at_other_dates_and_nobody_else_does() -> None:
    assert {role for role in Role if may_look_as_of(role, demo=False)} == {Role.MANAGER}


def test_in_the_demonstration_everybody_does() -> None:
    assert all(may_look_as_of(role, demo=True) for role in Role)


@pytest.mark.parametrize("days", [-3000, 0, 3000])
def test_the_past_and_the_future_are_within_reach(days: int) -> None:
    check_reach(NOW + timedelta(days=days), UTC, now=NOW)


@pytest.mark.parametrize("days", [-5000, 5000])
def test_what_is_further_than_ten_years_is_not(days: int) -> None:
    with pytest.raises(Invalid) as refused:
        check_reach(NOW + timedelta(days=days), UTC, now=NOW)

    assert refused.value.fields["seen_at"].values == {"least": 2010, "most": 2030}
