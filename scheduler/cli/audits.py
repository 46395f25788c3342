"""`flask audit`: checks that nobody has tampered with the log, and tells who read about whom."""

import click

from scheduler.cli.commands import Faults, Group, office
from scheduler.queries.accesses import MOST_ACCESSES, accesses_to
from scheduler.queries.audit import has_seal, verification

audit = Group("audit", help="The log of changes.")


@audit.command()
@click.option(
    "--end", metavar="SEAL", help="An end of the chain noted before, elsewhere; it must still be in it."
)
def verify(end: str | None) -> None:
    """Check the chain of records; name what was edited, deleted, inserted, reordered or cut.

    Prints the end of the chain: noted on paper, it shows later that not even the whole chain was replaced.
    """
    with office().database.reading_one_moment() as session:
        found = verification(session)
        unknown = end is not None and not has_seal(session, end)
    faults = found.faults + ([f"--end {end}: no record has this seal"] if unknown else [])
    if faults:
        raise Faults(faults)
    click.echo("The chain holds.")
    click.echo(
        f"{found.sealed} records, {found.waiting} more wait for their seal. The chain ends in {found.end}"
    )


@audit.command()
@click.argument("subject")
@click.option(
    "--after", metavar="NUMBER", type=click.IntRange(0), default=0, help="Go on behind this number."
)
@click.option("--limit", type=click.IntRange(1, 100_000), default=MOST_ACCESSES, show_default=True)
def reads(subject: str, after: int, limit: int) -> None:
    """Print who read about SUBJECT ("booking:ID" or "day:2020-03-12"): when, who, on which page, of what.

    For a booking those are listed too who looked at a day on which it stands, or stood before a move.
    The oldest come first. Where there are more than are printed, the last line on standard error says how to
    go on.
    """
    with office().database.reading() as session:
        found = accesses_to(session, subject, after=after, limit=limit + 1)
    for access in found[:limit]:
        when = access.at.isoformat(timespec="seconds")
        click.echo(f"{when}  {access.actor}  {access.page}  {access.subject}")
    if len(found) > limit:
        click.echo(f"There are more; go on with --after {found[limit - 1].id}", err=True)
