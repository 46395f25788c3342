"""Turns: who books at the same place on the same day waits, and nobody else."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from models.database import Database
from scheduler.domain.errors import Busy
from scheduler.domain.intervals import Interval
from scheduler.usecases.claims import Visit, _days, take_turns
from tests.factories import Office, at, opened, whole_plan

COUNTER, NEXT_COUNTER = "counter-1", "counter-2"


def visit(place: str, starts: str, minutes: int = 30) -> Visit:
    return whole_plan().resource(place), Interval(at(starts), at(starts) + timedelta(minutes=minutes))


def have_to_wait(office: Office, mine: Sequence[Visit], others: Sequence[Visit]) -> bool:
    """Whether I have to, while somebody else has taken turns for theirs."""
    with office.database.transaction() as first:
        list(take_turns(first, whole_plan(), others))
        try:
            with office.database.transaction() as second:
                second.execute(text("SET LOCAL lock_timeout = 100"))
                list(take_turns(second, whole_plan(), mine))
        except Busy:
            return True
    return False


@pytest.fixture
def march(postgresql_database: Database) -> Office:
    return opened(postgresql_database, "2020-03-02 08:00", whole_plan())


@pytest.mark.parametrize(
    "mine, others, wait",
    [
        (visit(COUNTER, "2020-03-10 09:00"), visit(COUNTER, "2020-03-10 15:00"), True),
        (visit(COUNTER, "2020-03-10 09:00"), visit(COUNTER, "2020-03-11 09:00"), False),
        (visit(COUNTER, "2020-03-10 09:00"), visit(NEXT_COUNTER, "2020-03-10 09:00"), False),
        # Days are those of UTC: 01:00 in Berlin, whatever the day of the office.
        (visit(COUNTER, "2020-03-10 00:45"), visit(COUNTER, "2020-03-10 01:10"), True),
        # In July ways are prescribed and arrivals limited, so neighbours on the way wait too ...
        (visit(COUNTER, "2020-07-21 09:00"), visit(NEXT_COUNTER, "2020-07-21 09:05"), True),
        # ... but not those of another day.
        (visit(COUNTER, "2020-07-21 09:00"), visit(NEXT_COUNTER, "2020-07-22 09:00"), False),
    ],
)
def test_whoever_might_stand_in_the_way_waits(march: Office, mine: Visit, others: Visit, wait: bool) -> None:
    assert have_to_wait(march, [mine], [others]) is wait


def test_turns_are_told_with_the_rows_of_the_places(office: Office) -> None:
    wanted = [visit(COUNTER, "2020-03-10 09:00"), visit(NEXT_COUNTER, "2020-03-10 23:50")]
    with office.database.transaction() as session:
        ids = dict(take_turns(session, whole_plan(), wanted))
    assert ids.keys() == {COUNTER, NEXT_COUNTER}
    assert len(set(ids.values())) == 2


instants = st.integers(0, 8 * 24 * 60).map(
    lambda minutes: at("2020-01-01 00:00") + timedelta(minutes=minutes)
)


@given(first=instants, second=instants, hours=st.tuples(st.integers(1, 48), st.integers(1, 48)))
def test_two_that_overlap_have_a_day_in_common(
    first: datetime, second: datetime, hours: tuple[int, int]
) -> None:
    one, other = (
        Interval(start, start + timedelta(hours=length))
        for start, length in zip((first, second), hours, strict=True)
    )
    if one.overlaps(other):
        assert set(_days(one)) & set(_days(other))
