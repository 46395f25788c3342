"""`flask worklist`: visits to decide about, and deciding."""

import click

from scheduler.cli.commands import THE_OPERATOR, Group, office
from scheduler.domain.worklist import Reason, WorklistDecision
from scheduler.queries import worklist as queries
from scheduler.queries.bookings import by_reference
from scheduler.queries.plans import current_plan
from scheduler.usecases.worklist import DECISIONS

worklist = Group("worklist", help="Visits about which somebody has to decide.")


@worklist.command("list")
@click.option("--reason", type=click.Choice([reason.value for reason in Reason]), help="Without it: all.")
def list_(reason: str | None) -> None:
    """Print the visits to decide about, the soonest first; no names."""
    at = office()
    wanted = queries.Wanted(Reason(reason) if reason else None)
    with at.database.reading() as session:
        plan = current_plan(session)
        after, is_first = None, True
        while is_first or after is not None:
            found = queries.cases(session, plan, wanted, now=at.clock.office(), after=after)
            for one in found.cases:
                begins = one.booking.starts_at.astimezone(plan.zone).isoformat(timespec="minutes")
                words = (one.booking.reference, begins, one.booking.service_key, one.booking.resource.key)
                click.echo("  ".join((*words, one.reason, one.reach)))
            if is_first and not found.cases:
                click.echo("Nothing is to be decided about.", err=True)
            after, is_first = found.next_cursor, False


@worklist.command()
@click.argument("reference")
@click.argument("decision", type=click.Choice([decision.value for decision in WorklistDecision]))
def decide(reference: str, decision: str) -> None:
    """Decide about the visit REFERENCE: let it stand, doubt it, make it a call, tick it off."""
    at = office()
    with at.database.transaction() as session:
        found = by_reference(session, reference)
        act = DECISIONS[WorklistDecision(decision)]
        changed = act(session, found.id, actor=THE_OPERATOR, now=at.clock.office())
        click.echo(f"{changed.reference}: {changed.status}, {changed.standing}, {changed.channel}")
