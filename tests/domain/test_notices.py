"""By which way somebody is told."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.domain.notices import KIND_BY_REACH, NoticeKind, Reach, reach_of
from scheduler.domain.people import Customer
from tests.cast import ADA, BRUNO, CHEN, DORIT, EMRE, FATMA

NOW = datetime(2020, 3, 9, 8, tzinfo=UTC)
POST = timedelta(days=3)
SOON, LATER = NOW + POST - timedelta(seconds=1), NOW + POST


@pytest.mark.parametrize(
    "customer, soon, later",
    [
        (ADA, Reach.EMAIL, Reach.EMAIL),
        (EMRE, Reach.EMAIL, Reach.EMAIL),
        (BRUNO, Reach.NONE, Reach.LETTER),
        (FATMA, Reach.PHONE, Reach.LETTER),
        (CHEN, Reach.PHONE, Reach.PHONE),
        (DORIT, Reach.NONE, Reach.NONE),
    ],
)
def test_the_first_way_that_is_known_and_in_time(customer: Customer, soon: Reach, later: Reach) -> None:
    assert reach_of(customer, starts_at=SOON, now=NOW, post=POST) is soon
    assert reach_of(customer, starts_at=LATER, now=NOW, post=POST) is later


def test_every_way_is_mailed_printed_called_or_at_the_door() -> None:
    assert KIND_BY_REACH == {
        Reach.EMAIL: NoticeKind.EMAIL,
        Reach.LETTER: NoticeKind.LETTER,
        Reach.PHONE: NoticeKind.PHONE,
        Reach.NONE: NoticeKind.DOOR,
    }
