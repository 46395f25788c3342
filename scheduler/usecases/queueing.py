"""Gives out the numbers by which people are called, from 1 on each day of the office, and knows a mistake.

A change that is noted by mistake is taken back by whoever noted it, within some minutes.
"""

from datetime import date, datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.audit import AuditRecord
from models.queueing import CallDay
from scheduler.domain.bookings import TAKING_BACK
from scheduler.domain.errors import WrongState
from scheduler.domain.roles import Actor
from scheduler.queries.audit import latest_record


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


def check_mistake(
    session: Session,
    subject: str,
    action: str,
    status: str | None,
    actor: Actor,
    now: datetime,
    *,
    also: str = "",
) -> AuditRecord:
    """The record of `action` or `also`, done to the subject last, by the same person, minutes ago.

    Raises WrongState where it was not; `status` is that of a visit, None where the subject is none.
    """
    details = {} if status is None else {"status": status}
    latest = latest_record(session, subject)
    change = action.partition(".")[2]
    if latest is None or latest.action not in (action, also):
        raise WrongState(**details, change=change, why="nothing_to_take_back")
    if latest.actor != actor.name:
        raise WrongState(**details, change=change, why="not_yours_to_take_back")
    if now - latest.at > TAKING_BACK:
        raise WrongState(**details, change=change, why="too_late_to_take_back")
    return latest
