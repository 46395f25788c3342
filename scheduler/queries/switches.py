"""Looks at switches: which are due, what one would do, and what it did."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Exists, Select, exists, func, select, tuple_
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.outbox import OutboxRow
from models.plans import ServiceRow
from models.runs import Override, PhaseEffect, PhaseRun
from scheduler.domain.bookings import TO_COME, Channel
from scheduler.domain.errors import NotFound
from scheduler.domain.notices import NoticeState, Reach, reach_of
from scheduler.domain.phases import Effect, Phase, span_end
from scheduler.domain.plans import Plan
from scheduler.domain.switches import Judge, Judgement, Visit, due_at
from scheduler.queries.plans import current_plan, newest_plan, plan_known_at, plannings
from scheduler.queries.visits import BookedVisit, read_visits, visits

_LETTING_BE = (Effect.KEEP, Effect.FLAG)
_SOONEST_FIRST = (Booking.starts_at, Booking.id)

Position = tuple[datetime, UUID]
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Switch:
    """A phase whose effects are due: `plan` is the one known at `due_at`, by which the set is fixed."""

    plan: Plan
    phase: Phase
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happens to one booking; `reach` says how its person is, or would be, told.

    `kept` where somebody decided that it is to be kept.
    """

    booking: BookedVisit
    judgement: Judgement
    reach: Reach
    kept: bool

    @property
    def effect(self) -> Effect:
        return self.judgement.effect


@dataclass(frozen=True, slots=True)
class Preview:
    """What the phase's effects would do now: nothing once applied, what is left while it goes on.

    `services` names what the bookings are for, in every language. `plan` is the one that decides.
    """

    phase: Phase
    plan: Plan
    applied: bool
    outcomes: Sequence[Outcome]
    services: Mapping[str, Mapping[str, str]]

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(outcome.effect for outcome in self.outcomes)
        return {effect.value: found[effect] for effect in Effect}

    @property
    def reach(self) -> dict[str, int]:
        """How those would be reached who would be told."""
        told = (Effect.PHONE, Effect.CANCEL)
        found = Counter(outcome.reach for outcome in self.outcomes if outcome.effect in told)
        return {reach.value: found[reach] for reach in Reach}

    @property
    def zone(self) -> tzinfo:
        return self.plan.zone

    def counts_by(self, key: Callable[[Outcome], Key]) -> dict[Key, dict[str, int]]:
        """The counts for each value of `key`, in the order in which the bookings show them."""
        found: dict[Key, Counter[Effect]] = {}
        for outcome in self.outcomes:
            found.setdefault(key(outcome), Counter())[outcome.effect] += 1
        return {value: {effect.value: counts[effect] for effect in Effect} for value, counts in found.items()}

    def to_values(self) -> dict[str, Any]:
        """The preview in the contract's words."""
        return {
            "phase": self.phase.key,
            "announce_at": self.phase.announce_at.astimezone(self.zone).isoformat(),
            "applied": self.applied,
            "counts": self.counts,
            "reach": self.reach,
            "bookings": [
                {
                    "id": str(outcome.booking.id),
                    "reference": outcome.booking.reference,
                    "starts_at": outcome.booking.starts_at.astimezone(self.zone).isoformat(),
                    "service": outcome.booking.service,
                    "effect": outcome.effect.value,
                    "reach": outcome.reach.value,
                }
                for outcome in self.outcomes
            ],
        }


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a switch did: bookings by effect, people by reach, and how many of them have been told.

    `left` is how many bookings a switch that is being carried out has not come to yet. Of one that was taken
    back `restored` have come back, and nobody has looked at `left_to_undo` yet.
    """

    phase_key: str
    due_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    counts: dict[str, int]
    reach: dict[str, int]
    told: int
    still_to_be_told: int
    left: int
    restored: int
    left_to_undo: int

    @property
    def judged(self) -> int:
        return sum(self.counts.values())


def open_switches(session: Session) -> list[tuple[datetime, Phase]]:
    """When each switch is or was due that is not finished, in that order; none before the first plan."""
    plan = newest_plan(session)
    if plan is None:
        return []
    planned = plannings(session)
    finished = set(session.scalars(select(PhaseRun.phase_key).where(PhaseRun.finished_at.is_not(None))))
    found = [
        (due_at(phase, planned[phase.key]), phase)
        for phase in plan.phases
        if phase.key in planned and phase.key not in finished
    ]
    return sorted(found, key=lambda pair: (pair[0], pair[1].starts))


def due_switches(session: Session, *, now: datetime) -> list[Switch]:
    """The switches due by `now` (office time) and not yet carried out, in the order in which they are due."""
    return [
        Switch(plan_known_at(session, instant) or current_plan(session), phase, instant)
        for instant, phase in open_switches(session)
        if instant <= now
    ]


def next_switch(session: Session, *, now: datetime) -> tuple[Phase, datetime] | None:
    """The next phase whose effects are still to come, and when; None where none is planned."""
    coming = ((phase, instant) for instant, phase in open_switches(session) if instant > now)
    return next(coming, None)


def concerned(switch: Switch, bookings: Select[Any]) -> Select[Any]:
    """Those of the bookings that a switch judges: fixed by its instant, whenever it is carried out.

    Booked or requested in person before, their visit after it and inside the phase's span as then known.
    """
    until = span_end(switch.plan.phases, switch.phase)
    found = (
        bookings.where(Booking.judged_at <= switch.due_at)
        .where(Booking.starts_at > switch.due_at, Booking.starts_at >= switch.phase.starts)
        .where(Booking.status.in_(TO_COME))
        .where(Booking.channel == Channel.IN_PERSON)
    )
    return found if until is None else found.where(Booking.starts_at < until)


def stretch_end(session: Session, switch: Switch, *, after: Position | None, limit: int) -> Position | None:
    """Where the next `limit` bookings of whatever state end, from `after` on; None where they are the last.

    A stretch of the index, so that no batch reads more, whatever the database guesses of conditions.
    """
    bookings = select(*_SOONEST_FIRST).where(Booking.starts_at >= max(switch.due_at, switch.phase.starts))
    if after is not None:
        bookings = bookings.where(tuple_(*_SOONEST_FIRST) > tuple_(*after))
    found = session.execute(bookings.order_by(*_SOONEST_FIRST).offset(limit - 1).limit(1)).first()
    return None if found is None else (found[0], found[1])


def not_yet_judged(
    switch: Switch, run_id: int, *, after: Position | None, until: Position | None
) -> Select[Any]:
    """The visits of one stretch that a run has not judged yet, soonest first."""
    found = concerned(switch, visits()).where(~_judged_by(run_id)).order_by(*_SOONEST_FIRST)
    if after is not None:
        found = found.where(tuple_(*_SOONEST_FIRST) > tuple_(*after))
    return found if until is None else found.where(tuple_(*_SOONEST_FIRST) <= tuple_(*until))


def left_to_judge(session: Session, switch: Switch, run_id: int) -> int:
    """How many bookings the run has not come to yet, for people to see; fewer where others change some.

    What it cancelled or turned into calls is no longer concerned; what it let be is taken off. To look for
    each booking among the effects would take minutes where the database has no statistics yet.
    """
    concerned_now = session.scalar(concerned(switch, select(func.count()).select_from(Booking))) or 0
    let_be = select(func.count()).where(PhaseEffect.run_id == run_id, PhaseEffect.effect.in_(_LETTING_BE))
    return max(0, concerned_now - (session.scalar(let_be) or 0))


def _judged_by(run_id: int) -> Exists:
    return exists().where(PhaseEffect.run_id == run_id, PhaseEffect.booking_id == Booking.id)


def overridden(session: Session, phase_key: str) -> frozenset[UUID]:
    """The bookings that the switch into a phase is to keep: few, since somebody decided about each."""
    kept = select(Override.booking_id).where(Override.phase_key == phase_key)
    return frozenset(session.scalars(kept))


def judgements(
    switch: Switch, found: Sequence[BookedVisit], *, kept: frozenset[UUID]
) -> Iterator[tuple[BookedVisit, Judgement]]:
    """Each visit with what the switch does to it: the preview and the run ask here."""
    judge = Judge(switch.plan, switch.phase)
    for one in found:
        place, has_phone = one.place, bool(one.customer.phone)
        yield (
            one,
            judge.judge(
                Visit(
                    one.service,
                    one.booked_by,
                    place.kind,
                    place.site,
                    one.starts_at,
                    has_phone,
                    one.id in kept,
                )
            ),
        )


def preview(session: Session, phase_key: str, *, now: datetime) -> Preview:
    """What the effects of a phase would do if they were carried out now. Raises NotFound."""
    plan = current_plan(session)
    phase = _phase(plan, phase_key)
    run = session.scalar(select(PhaseRun).where(PhaseRun.phase_key == phase_key))
    if run is not None and run.finished_at is not None:
        return Preview(phase, plan, True, (), {})
    due = min(now, due_at(phase, plannings(session)[phase_key]))
    switch = Switch(plan_known_at(session, due) or plan if due < now else plan, phase, due)
    return _preview(session, switch, None if run is None else run.id, now=now)


def preview_of_draft(session: Session, draft: Plan, phase_key: str, *, now: datetime) -> Preview:
    """The same for a phase of a plan that nobody has taken in yet. Raises NotFound."""
    return _preview(session, Switch(draft, _phase(draft, phase_key), now), None, now=now)


def _phase(plan: Plan, phase_key: str) -> Phase:
    phase = plan.phases_by_key.get(phase_key)
    if phase is None:
        raise NotFound(what="phase", key=phase_key[:60])
    return phase


def _preview(session: Session, switch: Switch, run_id: int | None, *, now: datetime) -> Preview:
    wanted = concerned(switch, visits()).order_by(*_SOONEST_FIRST)
    if run_id is not None:
        wanted = wanted.where(~_judged_by(run_id))
    kept, post = overridden(session, switch.phase.key), switch.plan.office.post
    outcomes = [
        Outcome(
            visit,
            judgement,
            reach_of(visit.customer, starts_at=visit.starts_at, now=now, post=post),
            visit.id in kept,
        )
        for visit, judgement in judgements(switch, read_visits(session, wanted), kept=kept)
    ]
    services = {row.key: row.name for row in session.scalars(select(ServiceRow))}
    return Preview(switch.phase, switch.plan, False, outcomes, services)


def runs(session: Session, *, phase_keys: Sequence[str] | None = None) -> list[RunReport]:
    """What the switches did, the latest first; four statements whatever their number, five if one was undone.

    One that is being carried out takes three more, to see how much is left of it.
    """
    wanted = select(PhaseRun).order_by(PhaseRun.due_at.desc(), PhaseRun.id.desc())
    if phase_keys is not None:
        wanted = wanted.where(PhaseRun.phase_key.in_(phase_keys))
    found = session.scalars(wanted).all()
    ids = [run.id for run in found]
    counts = _tally(session, PhaseEffect.run_id, PhaseEffect.effect, ids)
    reach = _tally(session, PhaseEffect.run_id, PhaseEffect.reach, ids)
    states = _tally(session, OutboxRow.run_id, OutboxRow.state, ids)
    undone = [run.id for run in found if run.undone_at is not None]
    undoing = _tally(session, PhaseEffect.run_id, PhaseEffect.undone, undone)
    return [
        RunReport(
            run.phase_key,
            run.due_at,
            run.finished_at,
            run.undone_at,
            {effect.value: counts[run.id, effect] for effect in Effect},
            {way.value: reach[run.id, way] for way in Reach},
            states[run.id, NoticeState.SENT],
            states[run.id, NoticeState.WAITING] + states[run.id, NoticeState.QUARANTINED],
            0 if run.finished_at is not None else _left(session, run),
            undoing[run.id, True],
            undoing[run.id, None],
        )
        for run in found
    ]


def open_undos(session: Session) -> Sequence[PhaseRun]:
    """The switches that somebody began to take back and nobody has ended, the latest first.

    The jobs ask every few seconds, so the runs have to know it themselves: effects are many.
    """
    begun = select(PhaseRun).where(PhaseRun.undone_at.is_not(None), PhaseRun.undo_ended_at.is_(None))
    return session.scalars(begun.order_by(PhaseRun.due_at.desc(), PhaseRun.id.desc())).all()


def _left(session: Session, run: PhaseRun) -> int:
    plan = plan_known_at(session, run.due_at) or current_plan(session)
    phase = plan.phases_by_key.get(run.phase_key)
    return 0 if phase is None else left_to_judge(session, Switch(plan, phase, run.due_at), run.id)


def _tally(session: Session, run_id: Any, column: Any, ids: Sequence[int]) -> Counter[tuple[int, Any]]:
    if not ids:
        return Counter()
    counted = select(run_id, column, func.count()).where(run_id.in_(ids)).group_by(run_id, column)
    rows = session.execute(counted)
    return Counter({(run, value): count for run, value, count in rows})
