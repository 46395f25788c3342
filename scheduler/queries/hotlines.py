"""Looks at hotlines: who answers, where nobody does, how many call, and which could be closed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.hotlines import HotlineCalls, Shift
from scheduler.adapters.holidays import holiday_question
from scheduler.domain.hotlines import (
    Gap,
    HotlineState,
    Volume,
    gaps,
    hours_of,
    is_own,
    may_close,
    state_of,
    volume,
    week_span,
)
from scheduler.domain.instants import local_date
from scheduler.domain.intervals import Interval
from scheduler.domain.plans import Hotline, Plan

WEEKS, DAYS = 12, 7


class Day(NamedTuple):
    """One day of a hotline: its hours, who answers, and where too few do."""

    day: date
    hours: Sequence[Interval]
    shifts: Sequence[Shift]
    gaps: Sequence[Gap]


class Sight(NamedTuple):
    """A hotline as it stands now; `now_on` are those who answer, `today` how many have called today."""

    hotline: Hotline
    state: HotlineState
    is_open_now: bool
    now_on: Sequence[Shift]
    days: Sequence[Day]
    weeks: Sequence[Volume]
    today: int
    may_close: bool


def hotlines(session: Session, plan: Plan, *, now: datetime) -> list[Sight]:
    """All of the plan, with the coming week and the last ones; two statements."""
    today = local_date(now, plan.zone)
    shifts, counts = shifts_within(session, week_span(plan, today, DAYS)), _counts(session, today)
    return [_sight(plan, hotline, shifts, counts[hotline.key], today, now) for hotline in plan.hotlines]


def _sight(
    plan: Plan,
    hotline: Hotline,
    shifts: Sequence[Shift],
    counts: dict[date, int],
    today: date,
    now: datetime,
) -> Sight:
    own = [shift for shift in shifts if shift.hotline == hotline.key]
    weeks = volume(counts, hotline, today=today, weeks=WEEKS)
    state, is_holiday = state_of(hotline, today), holiday_question(plan.office.holidays)
    days = []
    for day in (today + timedelta(days=n) for n in range(DAYS)) if is_own(hotline) else ():
        span, hours = week_span(plan, day, 1), hours_of(plan, hotline, day, is_holiday)
        on = [one for one in own if one.starts_at < span.end and span.start < one.ends_at]
        spans = [Interval(one.starts_at, one.ends_at) for one in on]
        days.append(Day(day, hours, on, gaps(hours, spans, hotline.planned_staff or 1)))
    return Sight(
        hotline,
        state,
        any(span.start <= now < span.end for span in hours_of(plan, hotline, today, is_holiday)),
        [one for one in own if one.starts_at <= now < one.ends_at],
        days,
        weeks,
        counts.get(today, 0),
        state is HotlineState.OPEN and may_close(weeks, hotline),
    )


def shifts_within(session: Session, span: Interval) -> Sequence[Shift]:
    """Those that touch this time, by their beginning."""
    return session.scalars(
        select(Shift)
        .where(Shift.starts_at < span.end, Shift.ends_at > span.start)
        .order_by(Shift.starts_at, Shift.name, Shift.id)
    ).all()


def calls_on(session: Session, key: str, day: date) -> int:
    """How many have called a hotline on a local day; one statement."""
    calls = select(func.sum(HotlineCalls.calls))
    return session.scalar(calls.where(HotlineCalls.hotline == key, HotlineCalls.day == day)) or 0


def _counts(session: Session, today: date) -> defaultdict[str, dict[date, int]]:
    """How many called each hotline on each day of the last weeks, by its key."""
    since = today - timedelta(days=today.weekday() + 7 * WEEKS)
    found: defaultdict[str, dict[date, int]] = defaultdict(dict)
    for key, day, calls in session.execute(
        select(HotlineCalls.hotline, HotlineCalls.day, func.sum(HotlineCalls.calls))
        .where(HotlineCalls.day >= since)
        .group_by(HotlineCalls.hotline, HotlineCalls.day)
    ):
        found[key][day] = calls
    return found
