"""`flask events`: which group events are to come, and how full they are."""

import click

from scheduler.cli.commands import Group, office
from scheduler.queries.events import events_from
from scheduler.queries.plans import current_plan

events = Group("events", help="Group events.")


@events.command("list")
def list_() -> None:
    """Print the events to come with their seats; no names."""
    at = office()
    with at.database.reading() as session:
        plan = current_plan(session)
        found = events_from(session, plan, at.clock.office())
    for one in found:
        begins = one.booking.starts_at.astimezone(plan.zone).isoformat(timespec="minutes")
        click.echo(
            f"{one.booking.reference}  {begins}  {one.booking.service_key}  {one.booking.resource.key}  "
            f"{one.booking.status}  seats {one.seats}, taken {one.taken}, waiting {one.waiting}"
        )
    if not found:
        click.echo("No event is to come.", err=True)
