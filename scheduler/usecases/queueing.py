"""Gives out the numbers by which people are called, from 1 on each day of the office."""

from datetime import date

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.queueing import CallDay


def give_number(session: Session, on: date) -> int:
    """The next number of the day; whoever asks meanwhile waits until this transaction ends.

    A number whose arrival is taken back is not given again: somebody may hold a slip with it.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    first = insert(CallDay).values(day=on, last_number=1)
    next_one = first.on_conflict_do_update(
        index_elements=[CallDay.day], set_={"last_number": CallDay.last_number + 1}
    )
    return session.execute(next_one.returning(CallDay.last_number)).scalar_one()
