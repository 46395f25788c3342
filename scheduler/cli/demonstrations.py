"""`flask demo`: fills the demonstration, and moves its clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo

import click

from scheduler.adapters.mail import mailbox_from_url
from scheduler.cli.commands import Faults, Group, Office, configured_office, office
from scheduler.domain.instants import parse_instant
from scheduler.queries.plans import newest_plan
from scheduler.usecases import demonstrations

_ELSEWHERE = timezone(timedelta(hours=1))

demo = Group("demo", help="The demonstration; refused where THEKE_DEMO is off.")


@demo.command()
def seed() -> None:
    """Fill an empty database with the year 2020 of a Jobcenter, as it stood on 10 March."""
    at = _demonstration()
    report = demonstrations.seed(at.database, clock=at.clock, mailer=mailbox_from_url(at.config.mail_url))
    click.echo(f"{report.bookings} bookings; the office's clock stands at {_local(at, report.instant)}")
    for login, role in report.accounts:
        click.echo(f"sign-in {login} ({role}), password {report.password}")


@demo.command()
@click.argument("instant", required=False)
def clock(instant: str | None) -> None:
    """Print the office's time, or set it to INSTANT, from which it runs on."""
    at = _demonstration()
    if instant is not None:
        mailer = mailbox_from_url(at.config.mail_url)
        move = demonstrations.set_clock(at.database, at.clock, mailer, _instant(at, instant))
        for line in _news(move):
            click.echo(line, err=True)
    click.echo(_local(at, at.clock.office()))


def _news(move: demonstrations.ClockMove) -> Iterator[str]:
    """What happened on the way, beside the office's time, which alone is the answer."""
    if move.back:
        yield "Set back: what happened meanwhile is not undone."
    if move.told is None:
        return
    told = move.told
    yield f"{told.made} booked, {told.refused} refused, {told.changed} changes, {told.mails} mails sent"
    for run in told.switches:
        effects = ", ".join(f"{effect} {count}" for effect, count in run.counts.items())
        yield f"phase {run.phase_key}: {effects}; still to be told {run.still_to_be_told}"


def _demonstration() -> Office:
    if not configured_office().config.demo:
        raise Faults(
            ["THEKE_DEMO: is off; the demonstration needs it on, and a database without real people"]
        )
    return office()


def _zone(at: Office) -> tzinfo | None:
    with at.database.reading() as session:
        plan = newest_plan(session)
    return plan.zone if plan else None


def _instant(at: Office, text: str) -> datetime:
    """The instant; before there is a plan nobody knows the local time, so it needs an offset."""
    zone = _zone(at)
    instant = parse_instant(text, zone or UTC, field="INSTANT")
    if zone is None and instant != parse_instant(text, _ELSEWHERE, field="INSTANT"):
        raise Faults([f"INSTANT: {text} needs an offset, as in +01:00, while the office has no plan"])
    return instant


def _local(at: Office, instant: datetime) -> str:
    return instant.astimezone(_zone(at) or UTC).isoformat(timespec="seconds")
