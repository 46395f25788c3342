"""Looks at the draft of the plan, and how it differs from the plan that holds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.plans import PlanDraft
from models.runs import PhaseRun
from scheduler.domain import drafts
from scheduler.domain.errors import NotFound
from scheduler.domain.phases import Phase
from scheduler.domain.planfiles import PlanFault, changed_past, read_plan
from scheduler.domain.plans import Plan
from scheduler.queries.plans import NEWEST, current_plan

#: There is one draft at a time, which all managers work on.
THE_DRAFT = 1


@dataclass(frozen=True, slots=True)
class Draft:
    """`plan` is what the draft would make of `base`, the plan that holds; `version` counts its changes.

    `outdated` says that another plan has been taken in since the draft was begun.
    """

    plan: Plan
    base: Plan
    document: str
    version: int
    changed_at: datetime
    changed_by: str
    outdated: bool
    applied: Collection[str]

    @property
    def changes(self) -> drafts.Changes:
        return drafts.changes(self.base, self.plan)

    def can_change(self, phase: Phase, *, now: datetime) -> bool:
        return drafts.can_change(phase, self.base, now=now, applied=self.applied)

    def at_once(self, *, now: datetime) -> Sequence[Phase]:
        """The phases whose effects on bookings are due as soon as the draft is adopted."""
        return drafts.takes_effect_at_once(self.base, self.plan, now=now)

    def faults(self, *, now: datetime) -> Sequence[PlanFault]:
        """What by now keeps it from being adopted."""
        return changed_past(self.base, self.plan, now=now, applied=self.applied)


def draft(session: Session) -> Draft | None:
    """The draft, None where nobody has begun one; four statements."""
    row = session.get(PlanDraft, THE_DRAFT)
    return None if row is None else seen(session, row)


def the_draft(session: Session) -> Draft:
    """Raises NotFound where nobody has begun one, or somebody has adopted or dropped it."""
    found = draft(session)
    if found is None:
        raise NotFound(what="draft", key="")
    return found


def seen(session: Session, row: PlanDraft) -> Draft:
    newest = session.connection().execute(NEWEST).first()
    return Draft(
        read_draft(row.document),
        current_plan(session),
        row.document,
        row.version,
        row.changed_at,
        row.changed_by,
        newest is None or newest[0] != row.base_id,
        applied_phases(session),
    )


def applied_phases(session: Session) -> Collection[str]:
    """The keys of phases whose effects were carried out, or are being."""
    return session.scalars(select(PhaseRun.phase_key)).all()


@lru_cache(maxsize=8)
def read_draft(document: str) -> Plan:
    # What is kept has been checked; a region that a newer library no longer knows has no holidays.
    return read_plan(document.encode(), known_holiday_region=lambda region: True)
