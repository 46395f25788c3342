"""Patience with the database: what is given up, what is not even sent, and whom it does not concern."""

import time
from contextlib import ExitStack

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from models.database import Database
from models.patience import OutOfTime, answering_within
from scheduler.domain.errors import Busy

TURN = text("SELECT pg_advisory_xact_lock(7)")


def test_what_cannot_be_answered_in_time_is_not_sent(postgresql_database: Database) -> None:
    """A COMMIT sent too late would be carried out, and its caller told to ask again."""
    with postgresql_database.transaction() as session:
        session.execute(text("CREATE TABLE told (word text)"))

    def tell_late() -> None:
        with answering_within(0.3), postgresql_database.transaction() as session:
            session.execute(text("INSERT INTO told VALUES ('perhaps')"))
            time.sleep(0.4)

    with pytest.raises(Busy):
        tell_late()

    with postgresql_database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM told")) == 0


def test_who_waits_for_others_in_vain_shuts_nobody_out(postgresql_database: Database) -> None:
    with postgresql_database.transaction() as holder:
        holder.execute(TURN)
        with pytest.raises(Busy), answering_within(0.5), postgresql_database.transaction() as waiter:
            waiter.execute(TURN)
        with postgresql_database.reading() as bystander:
            assert bystander.scalar(text("SELECT 1")) == 1


@pytest.mark.parametrize("own, callers", [(0.3, 60), (60, 0.3)])
def test_what_may_be_left_out_is_given_up_before_the_lock_is(
    postgresql_database: Database, own: float, callers: float
) -> None:
    """The shorter patience counts, its own or that of whoever waits for the whole answer."""
    with postgresql_database.transaction() as holder:
        holder.execute(TURN)
        with (
            pytest.raises(Busy) as caught,
            answering_within(callers),
            postgresql_database.brief_transaction(own) as waiter,
        ):
            waiter.execute(TURN)

    assert isinstance(caught.value.__cause__, OperationalError)
    assert isinstance(caught.value.__cause__.orig, OutOfTime)


def test_who_tries_after_a_pause_may_ask_twice(postgresql_database: Database) -> None:
    postgresql_database._pause.begin()
    time.sleep(1.1)
    with ExitStack() as stack:
        outer = stack.enter_context(postgresql_database.reading())
        inner = stack.enter_context(postgresql_database.reading())
        assert (outer.scalar(text("SELECT 1")), inner.scalar(text("SELECT 1"))) == (1, 1)
