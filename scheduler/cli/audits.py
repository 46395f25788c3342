"""`flask audit`: checks that nobody has tampered with the log."""

import click

from scheduler.cli.commands import Faults, Group, office
from scheduler.queries.audit import verify as broken_links

audit = Group("audit", help="The log of changes.")


@audit.command()
def verify() -> None:
    """Check the chain of records; name what was edited, deleted, inserted or cut."""
    with office().database.reading() as session:
        faults = broken_links(session)
    if faults:
        raise Faults(faults)
    click.echo("The chain holds.")
