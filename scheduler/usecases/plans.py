"""Changes the operating plan: takes in a plan file, all or nothing."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from models.audit import AuditRecord
from models.bookings import Booking
from models.bulk import among, insert_many
from models.plans import PhasePlanning, PlanVersion, ResourceRow, ServiceRow
from models.volleys import Ready, ask_later, connection_of
from scheduler.adapters.holidays import known_region
from scheduler.domain.bookings import TO_COME, Channel, Standing
from scheduler.domain.errors import Unavailable
from scheduler.domain.planexports import write_plan
from scheduler.domain.planfaults import PlanFaults
from scheduler.domain.planfiles import changed_past, read_plan
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Actor
from scheduler.domain.switches import extensions
from scheduler.queries.drafts import applied_phases
from scheduler.queries.plans import current_plan, newest_plan, read_version
from scheduler.queries.switches import Switch, judgements, overridden
from scheduler.queries.visits import read_visits, visits
from scheduler.usecases.audit import entry, record

_LOCK = 7_301_947  # any number: imports take turns, with each other and with whoever judges by the plan
# Its function waits for its turn and looks afterwards; one statement by itself would look first.
_HELD = Ready(text(f"SELECT id, digest FROM held_plan_version({_LOCK})"))  # noqa: S608  # our own number
_HOLDING = "held plan"
_LONGEST_IMPORT = timedelta(minutes=5)


def hold_plan(session: Session) -> None:
    """Holds the plan with whatever is asked next; who needs it gets it by `held_plan`."""
    if _HOLDING not in session.info and connection_of(session).dialect.name == "postgresql":
        session.info[_HOLDING] = ask_later(session, _HELD, {})


def held_plan(session: Session) -> Plan:
    """The plan as it stands, which nobody replaces until the transaction ends.

    Else a visit judged by the old plan could appear after the new one's switch has looked for it.
    """
    hold_plan(session)
    if _HOLDING not in session.info:
        return current_plan(session)
    version = session.info[_HOLDING].rows
    if not version:
        raise Unavailable(what="no_plan", retry_after=60)
    return read_version(session, *version[0])


def lock_plan(session: Session) -> None:
    """Waits until nobody judges by the plan or replaces it, and keeps it so until the transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def import_plan(session: Session, source: bytes, *, actor: Actor, now: datetime) -> Plan:
    """Replaces the plan by the file's. Bookings are not touched: the next switch does that.

    But where a phase whose switch was carried out lasts longer than before, visits that it does not allow
    are put in question, since no switch will look at them. Raises PlanFaults with every fault of the file;
    importing what already holds changes nothing.
    """
    plan = read_plan(source, known_holiday_region=known_region)
    lock_plan(session)
    old = newest_plan(session)
    if old == plan:
        return old
    faults = changed_past(old, plan, now=now, applied=applied_phases(session))
    if faults:
        raise PlanFaults(faults)
    version = _add_version(session, plan, _known_from(session, now))
    _note_plannings(session, old, plan, version)
    _note_resources(session, plan, now)
    _note_services(session, plan, now)
    if old is not None:
        _doubt_what_is_covered_anew(session, old, plan, actor, now)
    record(session, actor, "plan.import", f"plan:{version.id}", now=now, digest=version.digest)
    return plan


def _doubt_what_is_covered_anew(session: Session, old: Plan, plan: Plan, actor: Actor, now: datetime) -> None:
    """Somebody decides about each on the worklist; nobody is cancelled, and nobody is told."""
    for extension in extensions(old, plan, applied_phases(session)):
        phase = extension.phase
        wanted = visits().where(
            Booking.status.in_(TO_COME),
            Booking.channel == Channel.IN_PERSON,
            Booking.standing == Standing.VALID,
            Booking.starts_at >= max(extension.start, now),
        )
        if extension.end is not None:
            wanted = wanted.where(Booking.starts_at < extension.end)
        wanted = wanted.order_by(Booking.starts_at, Booking.id)
        found = read_visits(session, wanted.with_for_update(of=Booking))
        kept = overridden(session, phase.key)
        doubted = [
            visit.id
            for visit, judgement in judgements(Switch(plan, phase, now), found, kept=kept)
            if visit.id not in kept and (judgement.ruling is None or not judgement.ruling.decision.lets_book)
        ]
        session.execute(
            update(Booking).where(among(session, Booking.id, doubted)).values(standing=Standing.IN_QUESTION),
            execution_options={"synchronize_session": False},
        )
        records = [
            entry(actor, "booking.doubt", f"booking:{one}", now=now, phase=phase.key) for one in doubted
        ]
        insert_many(session, AuditRecord, records)


def _known_from(session: Session, now: datetime) -> datetime:
    """When the plan counts as known: after all that was judged by the old one while this one was read."""
    meanwhile = select(func.max(Booking.judged_at)).where(
        Booking.judged_at > now, Booking.judged_at <= now + _LONGEST_IMPORT
    )
    return session.scalar(meanwhile) or now


def _add_version(session: Session, plan: Plan, planned_at: datetime) -> PlanVersion:
    document = write_plan(plan)
    version = PlanVersion(
        planned_at=planned_at, document=document, digest=hashlib.sha256(document.encode()).hexdigest()
    )
    session.add(version)
    session.flush()
    return version


def _note_plannings(session: Session, old: Plan | None, plan: Plan, version: PlanVersion) -> None:
    before = old.phases_by_key if old else {}
    rows = {row.phase_key: row for row in session.scalars(select(PhasePlanning))}
    for key, phase in plan.phases_by_key.items():
        if key in rows and before.get(key) == phase:
            continue
        row = rows.get(key) or PhasePlanning(phase_key=key)
        row.planned_at, row.version_id = version.planned_at, version.id
        session.add(row)
    for key in rows.keys() - plan.phases_by_key.keys():
        session.delete(rows[key])


def _note_resources(session: Session, plan: Plan, now: datetime) -> None:
    rows = {row.key: row for row in session.scalars(select(ResourceRow))}
    for resource in plan.resources:
        row = rows.get(resource.key) or ResourceRow(key=resource.key)
        row.kind, row.site, row.name, row.retired_at = resource.kind, resource.site, dict(resource.name), None
        session.add(row)
    _retire(rows, plan.resources_by_key, now)


def _note_services(session: Session, plan: Plan, now: datetime) -> None:
    rows = {row.key: row for row in session.scalars(select(ServiceRow))}
    for service in plan.services:
        row = rows.get(service.key) or ServiceRow(key=service.key)
        row.name, row.retired_at = dict(service.name), None
        session.add(row)
    _retire(rows, plan.services_by_key, now)


def _retire(
    rows: Mapping[str, ResourceRow] | Mapping[str, ServiceRow], kept: Mapping[str, object], now: datetime
) -> None:
    """Bookings may refer to what the plan no longer has, so it stays, out of use."""
    for key, row in rows.items():
        if key not in kept and row.retired_at is None:
            row.retired_at = now
