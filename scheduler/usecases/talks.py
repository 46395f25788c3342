"""Asks whether a caseworker can have a talk, and lets nobody else decide about them meanwhile."""

from uuid import UUID

from sqlalchemy.orm import Session

from scheduler.domain.errors import CaseworkerAway
from scheduler.domain.intervals import Interval
from scheduler.domain.plans import Plan
from scheduler.queries.caseworkers import calendars, caseworker


def check_caseworker(
    session: Session, plan: Plan, caseworker_id: int, visit: Interval, *, leaving_out: UUID | None = None
) -> None:
    """Whether they can have this talk, with nobody else deciding about them until the transaction ends.

    Raises NotFound, CaseworkerAway, CaseworkerBusy.
    """
    found = caseworker(session, caseworker_id, lock=True)
    if found.retired_at is not None:
        raise CaseworkerAway(name=found.name, why="absent")
    left_out = [] if leaving_out is None else [leaving_out]
    calendars(session, plan, [found], visit, leaving_out=left_out)[found.id].check(visit)
