"""Counts calls to hotlines, and keeps the roster of who answers them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.hotlines import HotlineCalls, Shift
from scheduler.domain.errors import Fault, Invalid, NotFound, WrongState
from scheduler.domain.hotlines import (
    HotlineState,
    ShiftRequest,
    hotline_of,
    overlaps,
    read_roster,
    read_shift,
    state_of,
)
from scheduler.domain.instants import local_date
from scheduler.domain.intervals import Interval
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Actor
from scheduler.queries.hotlines import shifts_within
from scheduler.usecases.audit import record
from scheduler.usecases.plans import held_plan

_LOCK = 7_301_951  # any number: rosters are written one after the other
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(:key)")


def count_call(session: Session, key: str, *, now: datetime) -> None:
    """One more has called, also a hotline that is closed by now. Who counted it stands nowhere.

    Raises NotFound, and WrongState before it opens.
    """
    plan = held_plan(session)
    hotline = hotline_of(plan, key)
    local = now.astimezone(plan.zone)
    if state_of(hotline, local.date()) is HotlineState.TO_COME:
        raise WrongState(change="count", why="hotline_to_come")
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    first = insert(HotlineCalls).values(hotline=key, day=local.date(), hour=local.hour, calls=1)
    session.execute(
        first.on_conflict_do_update(
            index_elements=[HotlineCalls.hotline, HotlineCalls.day, HotlineCalls.hour],
            set_={"calls": HotlineCalls.calls + 1},
        )
    )


def take_call_back(session: Session, key: str, *, now: datetime) -> None:
    """One less, of the last hour of today in which somebody called. Raises NotFound, WrongState."""
    plan = held_plan(session)
    hotline_of(plan, key)
    latest = (
        select(HotlineCalls.hour)
        .where(HotlineCalls.hotline == key, HotlineCalls.day == local_date(now, plan.zone))
        .where(HotlineCalls.calls > 0)
        .order_by(HotlineCalls.hour.desc())
        .limit(1)
        .scalar_subquery()
    )
    taken = session.execute(
        update(HotlineCalls)
        .where(HotlineCalls.hotline == key, HotlineCalls.day == local_date(now, plan.zone))
        .where(HotlineCalls.hour == latest, HotlineCalls.calls > 0)
        .values(calls=HotlineCalls.calls - 1)
        .returning(HotlineCalls.calls),
        execution_options={"synchronize_session": False},
    ).first()
    if taken is None:
        raise WrongState(change="count", why="no_call_today")


def add_shift(session: Session, typed: dict[str, str], *, actor: Actor, now: datetime) -> Shift:
    """One shift, as typed into the fields of a page or sent by a program. Raises Invalid."""
    shift = read_shift(held_plan(session), typed)
    if _taken(session, [shift]):
        raise Invalid(fields={"name": Fault("shift_taken", name=shift.name)})
    (added,) = _write(session, [shift], actor, now)
    return added


def import_roster(session: Session, table: str, *, actor: Actor, now: datetime) -> int:
    """All shifts of a table or none; answers how many. Raises Invalid with a fault for each wrong line."""
    plan = held_plan(session)
    shifts = read_roster(plan, table)
    if taken := _taken(session, shifts):
        # Which line that is nobody asks: name and time say it.
        faults = {
            f"shift.{n}": Fault("shift_taken_then", name=one.name, at=_local(one.span.start, plan))
            for n, one in enumerate(taken)
        }
        raise Invalid(fields=faults)
    _write(session, shifts, actor, now)
    return len(shifts)


def remove_shift(session: Session, shift_id: int, *, actor: Actor, now: datetime) -> None:
    """Raises NotFound."""
    found = session.scalar(select(Shift).where(Shift.id == shift_id).with_for_update())
    if found is None:
        raise NotFound(what="shift", key=str(shift_id))
    session.delete(found)
    record(session, actor, "roster.remove", f"shift:{shift_id}", now=now, hotline=found.hotline)


def _taken(session: Session, shifts: Sequence[ShiftRequest]) -> list[ShiftRequest]:
    """Those whose people answer already at that time; rosters are written one at a time from here on."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_ONE_AT_A_TIME, {"key": _LOCK})
    span = Interval(min(one.span.start for one in shifts), max(one.span.end for one in shifts))
    there = [
        ShiftRequest(one.hotline, one.name, Interval(one.starts_at, one.ends_at))
        for one in shifts_within(session, span)
    ]
    return [shift for shift in shifts if any(overlaps(shift, one) for one in there)]


def _local(instant: datetime, plan: Plan) -> str:
    return f"{instant.astimezone(plan.zone):%d.%m.%Y, %H:%M}"


def _write(session: Session, shifts: Sequence[ShiftRequest], actor: Actor, now: datetime) -> list[Shift]:
    added = [
        Shift(
            hotline=one.hotline,
            name=one.name,
            starts_at=one.span.start,
            ends_at=one.span.end,
            made_by=actor.name,
        )
        for one in shifts
    ]
    session.add_all(added)
    session.flush()
    record(session, actor, "roster.add", "roster:hotlines", now=now, shifts=len(shifts))
    return added
