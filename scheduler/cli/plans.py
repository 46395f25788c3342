"""`flask plan`: takes in the operating plan, shows it, and asks it for decisions."""

import json
from datetime import datetime

import click

from scheduler.cli.commands import (
    THE_OPERATOR,
    Faults,
    Group,
    json_option,
    language_option,
    lines_of,
    office,
    read_file,
)
from scheduler.domain.errors import invalid
from scheduler.domain.instants import parse_instant
from scheduler.domain.phases import Phase, Rule, phase_at, span_end
from scheduler.domain.planexports import write_plan
from scheduler.domain.planfaults import PlanFaults
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Kind
from scheduler.domain.roles import Role
from scheduler.queries import switches
from scheduler.queries.decisions import ruling_values
from scheduler.queries.plans import current_plan, newest_plan
from scheduler.usecases.plans import import_plan

plan = Group("plan", help="The operating plan.")


@plan.command("import")
@click.argument("file")
def import_(file: str) -> None:
    """Replace the plan by FILE (`-` is standard input), all or nothing."""
    source, at = read_file(file), office()
    with at.database.reading() as session:
        before = newest_plan(session)
    try:
        with at.database.transaction() as session:
            after = import_plan(session, source, actor=THE_OPERATOR, now=at.clock.office())
    except PlanFaults as error:
        raise Faults([f"{file}: {line}" for line in lines_of(error)]) from None
    click.echo(f"{'Nothing changed' if before == after else 'Imported'}: {_counts(after)}.")


@plan.command()
def export() -> None:
    """Print the plan in the format that the import reads."""
    click.echo(write_plan(_current()), nl=False)


@plan.command()
@click.option("--at", metavar="INSTANT", help="Another instant than now.")
@language_option
def show(at: str | None, language: str) -> None:
    """Print the phase in force and its rules."""
    current = _current()
    instant = _instant(at, current) if at else office().clock.office()
    phase = phase_at(current.phases, instant)
    if phase is None:
        click.echo(f"{_local(instant, current)}: no phase; nothing can be booked before the first.")
    else:
        click.echo("\n".join(_description(current, phase, language)))


@plan.command()
@click.option("--at", metavar="INSTANT", required=True, help="When the visit would be.")
@click.option("--service", metavar="KEY", required=True)
@click.option("--booked-by", type=click.Choice([role.value for role in Role]), required=True)
@click.option(
    "--kind", type=click.Choice([kind.value for kind in Kind]), help="Without it: any of the service."
)
@click.option("--site", metavar="KEY", help="Without it: any.")
@json_option
@language_option
def decide(
    at: str, service: str, booked_by: str, kind: str | None, site: str | None, as_json: bool, language: str
) -> None:
    """Print what the phase rules say to a visit, and why."""
    current = _current()
    if site is not None and site not in current.sites_by_key:
        raise invalid("--site", "unknown", value=site, known=sorted(current.sites_by_key))
    ruling = current.decide(
        current.service(service),
        at=_instant(at, current),
        booked_by=Role(booked_by),
        kind=Kind(kind) if kind else None,
        site=site,
    )
    values = ruling_values(current, ruling, language)
    click.echo(json.dumps(values, ensure_ascii=False) if as_json else _decision_lines(values))


@plan.command()
@click.argument("phase")
@json_option
def preview(phase: str, as_json: bool) -> None:
    """Print what the effects of PHASE would do to the bookings now."""
    at = office()
    with at.database.reading() as session:
        values = switches.preview(session, phase, now=at.clock.office()).to_values()
    if as_json:
        click.echo(json.dumps(values, ensure_ascii=False))
        return
    click.echo(
        f"{phase}, announced at {values['announce_at']}: {'applied' if values['applied'] else 'not applied'}"
    )
    click.echo(_pairs(values["counts"]))
    click.echo(f"told by {_pairs(values['reach'])}")
    for row in values["bookings"]:
        click.echo("  ".join(row[key] for key in ("reference", "starts_at", "service", "effect", "reach")))


def _current() -> Plan:
    with office().database.reading() as session:
        return current_plan(session)


def _instant(text: str, current: Plan) -> datetime:
    return parse_instant(text, current.zone, field="--at")


def _local(instant: datetime, current: Plan) -> str:
    return instant.astimezone(current.zone).isoformat()


def _pairs(counts: dict[str, int]) -> str:
    return ", ".join(f"{word} {count}" for word, count in counts.items())


def _counts(current: Plan) -> str:
    parts = {
        "sites": current.sites,
        "places": current.resources,
        "routes": current.routes,
        "services": current.services,
        "channels": current.channels,
        "phases": current.phases,
    }
    return ", ".join(f"{len(things)} {name}" for name, things in parts.items())


def _decision_lines(values: dict[str, object]) -> str:
    rule = f"rule {values['rule']} of " if values["rule"] else ""
    where = f"{rule}phase {values['phase']}" if values["phase"] else "before the first phase"
    return f"{values['decision']} ({where})\n{values['text']}"


def _description(current: Plan, phase: Phase, language: str) -> list[str]:
    ends = span_end(current.phases, phase)
    return [
        f"{phase.key}: {phase.name.in_(language)}",
        f"from {_local(phase.starts, current)} until {_local(ends, current) if ends else 'further notice'}",
        f"announced at {_local(phase.announce_at, current)}",
        f"walk-ins: {phase.walk_ins}",
        *(["routes are prescribed"] if phase.prescribed_routes else []),
        *([f"notice: {phase.notice.in_(language)}"] if phase.notice else []),
        *(f"{position}. {_rule_line(rule)}" for position, rule in enumerate(phase.rules, start=1)),
        "otherwise refuse",
    ]


def _rule_line(rule: Rule) -> str:
    """One rule as a line, as in "redirect general, documents, booked by customer; to phone"."""
    conditions = [
        ", ".join(sorted(rule.services)) if rule.services is not None else "any service",
        f"booked by {', '.join(sorted(rule.booked_by))}" if rule.booked_by is not None else "",
        f"at {', '.join(sorted(rule.kinds))}" if rule.kinds is not None else "",
        f"in {', '.join(sorted(rule.sites))}" if rule.sites is not None else "",
        f"with {', '.join(sorted(rule.needs))}" if rule.needs else "",
        f"to {', '.join(rule.channels)}" if rule.channels else "",
        f"on start {rule.on_start}" if rule.on_start else "",
    ]
    return f"{rule.decision}: {'; '.join(condition for condition in conditions if condition)}"
