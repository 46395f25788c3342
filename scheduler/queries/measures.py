"""Looks at measures: how each is delivered, what changes next, and who is on file to be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from models.measures import HygienePlan, MeasureParticipant
from scheduler.domain.instants import local_date
from scheduler.domain.measures import Side, Step, is_barred, step_at, track
from scheduler.domain.plans import Measure, Plan

#: So many people stand on one page.
PAGE_LENGTH = 100


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


@dataclass(frozen=True, slots=True)
class Page:
    """Some of those on file, by name; there is a next page where `has_more`."""

    people: Sequence[MeasureParticipant]
    number: int
    has_more: bool


def measures(session: Session, plan: Plan, *, now: datetime) -> list[Sight]:
    """All of the plan; two statements."""
    plans = {one.measure: one for one in session.scalars(select(HygienePlan))}
    counts: dict[str, dict[Side, int]] = {}
    for key, side, count in session.execute(
        select(MeasureParticipant.measure, MeasureParticipant.side, func.count())
        .where(MeasureParticipant.left_at.is_(None))
        .group_by(MeasureParticipant.measure, MeasureParticipant.side)
    ):
        counts.setdefault(key, {})[side] = count
    return [_sight(plan, one, plans.get(one.key), counts.get(one.key, {}), now) for one in plan.measures]


def measure(session: Session, plan: Plan, wanted: Measure, *, now: datetime) -> Sight:
    """Two statements."""
    return next(one for one in measures(session, plan, now=now) if one.measure == wanted)


def _sight(
    plan: Plan,
    measure: Measure,
    hygiene_plan: HygienePlan | None,
    on_file: Mapping[Side, int],
    now: datetime,
) -> Sight:
    steps, today, has_plan = track(plan, measure), local_date(now, plan.zone), hygiene_plan is not None
    current = step_at(steps, today, has_hygiene_plan=has_plan)
    planned = step_at(steps, today, has_hygiene_plan=True)
    barred = planned if planned is not None and is_barred(planned, has_hygiene_plan=has_plan) else None
    coming = next((one for one in steps if one.starts > today), None)
    return Sight(
        measure, steps, current, coming, barred, hygiene_plan, {side: on_file.get(side, 0) for side in Side}
    )


def people_of(session: Session, key: str, *, page: int) -> Page:
    """Those on file for a measure, `page` from 1 on; one statement."""
    wanted = on_file(key).order_by(MeasureParticipant.name, MeasureParticipant.id)
    found = session.scalars(wanted.offset((page - 1) * PAGE_LENGTH).limit(PAGE_LENGTH + 1)).all()
    return Page(found[:PAGE_LENGTH], page, len(found) > PAGE_LENGTH)


def on_file(key: str) -> Select[MeasureParticipant]:
    return select(MeasureParticipant).where(
        MeasureParticipant.measure == key, MeasureParticipant.left_at.is_(None)
    )
