"""Looks at measures: how each is delivered, what changes next, and who is on file to be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from models.measures import HygienePlan, MeasureParticipant, ModeChangeRow, ModeTelling
from scheduler.domain.instants import local_date, midnight
from scheduler.domain.measures import Side, Step, is_barred, reach_by_wish, step_at, track
from scheduler.domain.notices import Reach
from scheduler.domain.plans import Measure, Plan

#: So many people stand on one page.
PAGE_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Change:
    """A change and how many were told of it; the last of those that hold can be taken back."""

    row: ModeChangeRow
    told: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Sight:
    """A measure as it stands now: what holds, what comes next, and what cannot hold without a hygiene plan.

    `on_file` counts those who are told, by their side.
    """

    measure: Measure
    steps: Sequence[Step]
    current: Step | None
    coming: Step | None
    barred: Step | None
    hygiene_plan: HygienePlan | None
    on_file: Mapping[Side, int]
    changes: Sequence[Change]

    @property
    def is_released(self) -> bool:
        """Whether people are told of the coming change already, or it was taken back."""
        return any(one.row.starts == self.coming.starts for one in self.changes) if self.coming else False


@dataclass(frozen=True, slots=True)
class Page:
    """Some of those on file, by name; there is a next page where `has_more`."""

    people: Sequence[MeasureParticipant]
    number: int
    has_more: bool


def measures(session: Session, plan: Plan, *, now: datetime) -> list[Sight]:
    """All of the plan; three statements."""
    plans = {one.measure: one for one in session.scalars(select(HygienePlan))}
    counts: dict[str, dict[Side, int]] = {}
    for key, side, count in session.execute(
        select(MeasureParticipant.measure, MeasureParticipant.side, func.count())
        .where(MeasureParticipant.left_at.is_(None))
        .group_by(MeasureParticipant.measure, MeasureParticipant.side)
    ):
        counts.setdefault(key, {})[side] = count
    changes = _changes(session)
    return [
        _sight(plan, one, plans.get(one.key), counts.get(one.key, {}), changes.get(one.key, []), now)
        for one in plan.measures
    ]


def measure(session: Session, plan: Plan, wanted: Measure, *, now: datetime) -> Sight:
    """Three statements."""
    return next(one for one in measures(session, plan, now=now) if one.measure == wanted)


def _sight(
    plan: Plan,
    measure: Measure,
    hygiene_plan: HygienePlan | None,
    on_file: Mapping[Side, int],
    changes: Sequence[Change],
    now: datetime,
) -> Sight:
    steps, today, has_plan = track(plan, measure), local_date(now, plan.zone), hygiene_plan is not None
    undone = {one.row.starts for one in changes if one.row.undone_at is not None}
    current = step_at(steps, today, has_hygiene_plan=has_plan, without=undone)
    planned = step_at(steps, today, has_hygiene_plan=True, without=undone)
    barred = planned if planned is not None and is_barred(planned, has_hygiene_plan=has_plan) else None
    coming = next((one for one in steps if one.starts > today), None)
    return Sight(
        measure,
        steps,
        current,
        coming,
        barred,
        hygiene_plan,
        {side: on_file.get(side, 0) for side in Side},
        changes,
    )


def _changes(session: Session) -> dict[str, list[Change]]:
    """The changes of each measure, the latest date first; one statement."""
    told = (
        select(func.count())
        .select_from(ModeTelling)
        .where(ModeTelling.change_id == ModeChangeRow.id)
        .scalar_subquery()
    )
    found: dict[str, list[Change]] = {}
    wanted = select(ModeChangeRow, told).order_by(ModeChangeRow.starts.desc(), ModeChangeRow.id.desc())
    for row, count in session.execute(wanted):
        there = found.setdefault(row.measure, [])
        is_last = row.undone_at is None and all(one.row.undone_at is not None for one in there)
        there.append(Change(row, count, is_last))
    return found


def told_steps(session: Session, plan: Plan, measure: Measure) -> list[tuple[Step, bool]]:
    """The steps of a measure, and of which people are told and nobody took it back."""
    rows = session.scalars(
        select(ModeChangeRow).where(ModeChangeRow.measure == measure.key, ModeChangeRow.undone_at.is_(None))
    )
    told = {(one.starts, one.mode) for one in rows}
    return [(one, (one.starts, one.mode) in told) for one in track(plan, measure)]


def reach_of_change(
    session: Session, plan: Plan, key: str, starts: date, *, now: datetime
) -> Mapping[str, int]:
    """How those on file would be reached if they were told now of a change on that day; one statement."""
    way, has_phone = MeasureParticipant.way, MeasureParticipant.phone.is_not(None)
    counts = dict.fromkeys((Reach.EMAIL.value, Reach.LETTER.value, Reach.PHONE.value), 0)
    for wished, phone, count in session.execute(
        on_file(key).with_only_columns(way, has_phone, func.count()).group_by(way, has_phone)
    ):
        reach = reach_by_wish(
            wished,
            phone=bool(phone),
            starts_at=midnight(starts, plan.zone),
            now=now,
            post=plan.office.post,
        )
        counts[reach] += count
    return counts


def people_of(session: Session, key: str, *, page: int) -> Page:
    """Those on file for a measure, `page` from 1 on; one statement."""
    wanted = on_file(key).order_by(MeasureParticipant.name, MeasureParticipant.id)
    found = session.scalars(wanted.offset((page - 1) * PAGE_LENGTH).limit(PAGE_LENGTH + 1)).all()
    return Page(found[:PAGE_LENGTH], page, len(found) > PAGE_LENGTH)


def on_file(key: str) -> Select[MeasureParticipant]:
    return select(MeasureParticipant).where(
        MeasureParticipant.measure == key, MeasureParticipant.left_at.is_(None)
    )
