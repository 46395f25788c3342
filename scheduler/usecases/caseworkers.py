"""Keeps the caseworkers, notes when they are away, and gives visits to somebody.

Nobody is cancelled by an absence: whose talk lies in one stands on the worklist until somebody decides.
"""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.caseworkers import Absence, Caseworker
from models.staff import StaffAccount
from scheduler.domain.caseworkers import (
    HANDED,
    KEEP_ABSENCES,
    AbsenceRequest,
    CaseworkerRequest,
    check_may_hand_over,
)
from scheduler.domain.errors import (
    ChangedMeanwhile,
    WrongState,
    invalid,
)
from scheduler.domain.hours import written_week
from scheduler.domain.intervals import Interval
from scheduler.domain.roles import Actor
from scheduler.queries.caseworkers import absence, calendars, caseworker, lock_caseworkers
from scheduler.queries.plans import current_plan
from scheduler.usecases.audit import record
from scheduler.usecases.bookings import locked
from scheduler.usecases.participants import is_group
from scheduler.usecases.talks import check_caseworker


def keep_caseworker(
    session: Session,
    caseworker_id: int | None,
    request: CaseworkerRequest,
    *,
    seen: int | None = None,
    actor: Actor,
    now: datetime,
) -> Caseworker:
    """Adds a caseworker (None) or changes one as it was `seen`.

    Raises Invalid, NotFound, ChangedMeanwhile. Other hours move no talk that is settled.
    """
    asked = request.checked()
    if caseworker_id is None:
        row = Caseworker(name="", team="", hours={}, version=0)
    else:
        row = caseworker(session, caseworker_id, lock=True)
        if seen is not None and row.version != seen:
            raise ChangedMeanwhile(version=row.version, changes=[])
    if asked.deputy_id is not None and (
        asked.deputy_id == caseworker_id or session.get(Caseworker, asked.deputy_id) is None
    ):
        raise invalid("deputy", "unknown", value=str(asked.deputy_id))
    same_name = select(Caseworker.id).where(
        Caseworker.name == asked.name, Caseworker.id.is_distinct_from(row.id)
    )
    if session.scalar(same_name) is not None:
        raise invalid("name", "taken")
    staff_id = _account(session, asked.login, row)
    before = _facts(row)
    row.name, row.team, row.hours = asked.name, asked.team, written_week(asked.week)
    row.staff_id, row.deputy_id, row.version = staff_id, asked.deputy_id, row.version + 1
    session.add(row)
    session.flush()
    action = "caseworker.add" if caseworker_id is None else "caseworker.change"
    record(session, actor, action, f"caseworker:{row.id}", now=now, before=before, after=_facts(row))
    return row


def _account(session: Session, login: str | None, row: Caseworker) -> int | None:
    if login is None:
        return None
    found = session.scalar(select(StaffAccount.id).where(StaffAccount.login == login))
    if found is None:
        raise invalid("login", "unknown", value=login[:40])
    other = select(Caseworker.id).where(Caseworker.staff_id == found, Caseworker.id.is_distinct_from(row.id))
    if session.scalar(other) is not None:
        raise invalid("login", "taken")
    return found


def _facts(row: Caseworker) -> dict[str, object]:
    return {"name": row.name, "team": row.team, "hours": dict(row.hours or {}), "deputy": row.deputy_id}


def retire(session: Session, caseworker_id: int, *, actor: Actor, now: datetime) -> Caseworker:
    """Gives them nothing new any more; what is booked stays. Raises WrongState where that was done before."""
    row = caseworker(session, caseworker_id, lock=True)
    if row.retired_at is not None:
        raise WrongState(change="retire", why="status", status="retired")
    row.retired_at, row.version = now, row.version + 1
    record(session, actor, "caseworker.retire", f"caseworker:{row.id}", now=now)
    return row


def bring_back(session: Session, caseworker_id: int, *, actor: Actor, now: datetime) -> Caseworker:
    row = caseworker(session, caseworker_id, lock=True)
    if row.retired_at is None:
        raise WrongState(change="bring-back", why="nothing_to_take_back", status="active")
    row.retired_at, row.version = None, row.version + 1
    record(session, actor, "caseworker.bring-back", f"caseworker:{row.id}", now=now)
    return row


def hand_over(
    session: Session, booking_id: UUID, caseworker_id: int | None, *, actor: Actor, now: datetime
) -> Booking:
    """Gives a visit or a call to a caseworker, or (None) to nobody in particular.

    Nobody is told, since time and place stay. Raises NotFound, WrongState, CaseworkerAway, CaseworkerBusy.
    """
    plan, found = current_plan(session), locked(session, booking_id)
    check_may_hand_over(found.status, ends_at=found.ends_at, now=now, is_group=is_group(plan, found))
    if caseworker_id == found.caseworker_id:
        return found
    if caseworker_id is not None:
        visit = Interval(found.starts_at, found.ends_at)
        check_caseworker(session, plan, caseworker_id, visit, leaving_out=found.id)
    _give(session, found, caseworker_id, actor, now)
    session.flush()
    return found


def _give(session: Session, booking: Booking, caseworker_id: int | None, actor: Actor, now: datetime) -> None:
    left, booking.caseworker_id = booking.caseworker_id, caseworker_id
    subject = f"booking:{booking.id}"
    record(session, actor, "booking.hand-over", subject, now=now, left=left, caseworker=caseworker_id)


def report_absent(
    session: Session, caseworker_id: int, request: AbsenceRequest, *, actor: Actor, now: datetime
) -> Absence:
    """Notes that a caseworker is away; where that is known for so long already, that is the answer.

    Whoever gives them a talk takes a turn first, as this does. Raises NotFound, Invalid.
    """
    plan = current_plan(session)
    found = caseworker(session, caseworker_id, lock=True)
    span = request.span(now=now, zone=plan.zone)
    known = session.scalar(
        select(Absence)
        .where(Absence.caseworker_id == found.id)
        .where(Absence.starts_at <= span.start, Absence.ends_at >= span.end)
        .limit(1)
    )
    if known is not None:
        return known
    made = Absence(
        caseworker_id=found.id, starts_at=span.start, ends_at=span.end, made_by=actor.name, made_at=now
    )
    session.add(made)
    session.flush()
    _record_absence(session, made, "caseworker.away", actor, now)
    return made


def end_absence(session: Session, absence_id: int, *, actor: Actor, now: datetime) -> Absence:
    """They are back: it ends now, or is taken back where it had not begun. Raises NotFound, WrongState."""
    found = absence(session, absence_id, lock=True)
    if found.ends_at <= now:
        raise WrongState(change="end-absence", why="lifted_before")
    found.ends_at = max(found.starts_at, now.replace(second=0, microsecond=0))
    found.ended_by, found.ended_at = actor.name, now
    _record_absence(session, found, "caseworker.back", actor, now)
    return found


def forget_absences(session: Session, *, now: datetime) -> int:
    """Deletes those that ended more than `KEEP_ABSENCES` ago; answers how many."""
    gone = session.execute(delete(Absence).where(Absence.ends_at < now - KEEP_ABSENCES))
    return cast(CursorResult[Any], gone).rowcount


def _record_absence(session: Session, row: Absence, action: str, actor: Actor, now: datetime) -> None:
    record(
        session,
        actor,
        action,
        f"caseworker:{row.caseworker_id}",
        now=now,
        starts_at=row.starts_at.isoformat(),
        ends_at=row.ends_at.isoformat(),
    )


def hand_over_all(
    session: Session, absence_id: int, *, actor: Actor, now: datetime
) -> tuple[list[Booking], list[Booking]]:
    """Gives what lies in an absence to the deputy where that works; answers what was, and what was not.

    Raises NotFound, WrongState where there is no deputy.
    """
    plan, found = current_plan(session), absence(session, absence_id)
    deputy = caseworker(session, found.caseworker_id).deputy
    if deputy is None or deputy.retired_at is not None:
        raise WrongState(change="hand-over", why="no_deputy")
    lying = session.scalars(
        select(Booking)
        .where(Booking.caseworker_id == found.caseworker_id)
        .where(Booking.status.in_(HANDED), Booking.ends_at > now)
        .where(Booking.starts_at < found.ends_at, Booking.ends_at > found.starts_at)
        .order_by(Booking.starts_at, Booking.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if not lying:
        return [], []
    lock_caseworkers(session, [deputy.id])
    within = Interval(lying[0].starts_at, max(one.ends_at for one in lying))
    calendar = calendars(session, plan, [deputy], within)[deputy.id]
    # Talks of one caseworker never overlap, so that none of them is in another's way.
    given = [one for one in lying if calendar.is_free(Interval(one.starts_at, one.ends_at))]
    for one in given:
        _give(session, one, deputy.id, actor, now)
    session.flush()
    return given, [one for one in lying if one not in given]
