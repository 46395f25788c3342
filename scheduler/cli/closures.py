"""`flask closures`: what is closed, what a closure would hit, closing, and opening again."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import click

from scheduler.cli.commands import THE_OPERATOR, Group, language_option, office
from scheduler.domain.closures import ClosureRequest, Scope, closure_of, id_of, places_of
from scheduler.domain.hours import Closure
from scheduler.domain.instants import parse_instant
from scheduler.domain.intervals import Interval
from scheduler.domain.plans import Plan
from scheduler.domain.texts import SOURCE_LANGUAGE, Text
from scheduler.queries import closures as queries
from scheduler.queries.plans import current_plan
from scheduler.usecases import closures as usecases

closures = Group("closures", help="Places that are closed for a time.")


def _asked(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options by which a closure is asked for."""
    for option in (
        click.option("--reason", help="In German, as customers read it."),
        click.option("--to", metavar="INSTANT", required=True),
        click.option("--from", "starts", metavar="INSTANT", required=True),
        click.option("--key", default="", help="Of the site, the kind or the place."),
        click.option("--scope", type=click.Choice([scope.value for scope in Scope]), required=True),
    ):
        command = option(command)
    return command


@closures.command("list")
@language_option
def list_(language: str) -> None:
    """Print the closures that are not over, with what they close."""
    at = office()
    with at.database.reading() as session:
        plan = current_plan(session)
    found = [one for one in plan.closures if one.span.end > at.clock.office()]
    for one in sorted(found, key=lambda one: (one.span.start, one.span.end)):
        click.echo(_line(plan, one, language))
    if not found:
        click.echo("Nothing is closed, and nothing is to be.", err=True)


@closures.command()
@_asked
def preview(scope: str, key: str, starts: str, to: str, reason: str | None) -> None:
    """Print how many visits a closure would hit, and how their people are reached."""
    at = office()
    now = at.clock.office()
    with at.database.reading() as session:
        plan = current_plan(session)
        closure = _request(plan, scope, key, starts, to, reason).closure(plan, now=now)
        found = queries.preview(session, plan, closure, now=now)
    click.echo(f"visits {found.visits}")
    click.echo(f"reached by {', '.join(f'{way} {number}' for way, number in found.reach.items())}")
    for kind, lost in found.lost.items():
        click.echo(f"{kind}: {lost.total_seconds() / 3600:g} hours go")


@closures.command()
@_asked
def close(scope: str, key: str, starts: str, to: str, reason: str | None) -> None:
    """Close; visits that lie in it stand on the worklist, and nobody is cancelled."""
    at = office()
    now = at.clock.office()
    with at.database.transaction() as session:
        plan = current_plan(session)
        request = _request(plan, scope, key, starts, to, reason)
        closed = usecases.close(session, request, actor=THE_OPERATOR, now=now)
        number = queries.lying_in(session, plan, closed, now=now)
    click.echo(f"{id_of(closed)}: closed; visits to be decided about {number}")


@closures.command("open")
@click.argument("closure")
def open_(closure: str) -> None:
    """Open again what CLOSURE closes: from now on, or not at all where it has not begun."""
    at = office()
    now = at.clock.office()
    with at.database.transaction() as session:
        seen_end = closure_of(current_plan(session), closure).span.end
        usecases.open_again(session, closure, seen_end=seen_end, actor=THE_OPERATOR, now=now)
    click.echo(f"{closure}: open again")


def _request(plan: Plan, scope: str, key: str, starts: str, to: str, reason: str | None) -> ClosureRequest:
    span = Interval(
        parse_instant(starts, plan.zone, field="--from"), parse_instant(to, plan.zone, field="--to")
    )
    return ClosureRequest(Scope(scope), key, span, Text({SOURCE_LANGUAGE: reason}) if reason else None)


def _line(plan: Plan, closure: Closure, language: str) -> str:
    places = places_of(plan, closure)
    what = "everything" if len(places) == len(plan.resources) else ", ".join(one.key for one in places)
    reason = f"; {closure.reason.in_(language)}" if closure.reason else ""
    return (
        f"{id_of(closure)}: {_local(closure.span.start, plan)} until {_local(closure.span.end, plan)}; "
        f"{what}{reason}"
    )


def _local(instant: datetime, plan: Plan) -> str:
    return instant.astimezone(plan.zone).isoformat(timespec="minutes")
