"""`flask phases`: carries out the effects of phases that are due, and takes them back."""

import click

from scheduler.cli.commands import THE_OPERATOR, Group, office
from scheduler.usecases import switches, undos

phases = Group("phases", help="The effects of phases on bookings.")


@phases.command()
def switch() -> None:
    """Apply every effect that is due; safe at any time, any number of times, in parallel."""
    at = office()
    reports = switches.apply_due(at.database, clock=at.clock, heard=_say_progress)
    for report in reports:
        counts = ", ".join(f"{effect} {count}" for effect, count in report.counts.items())
        click.echo(
            f"{report.phase_key}: {counts}; told {report.told}, still to be told {report.still_to_be_told}"
        )
    if not reports:
        click.echo("Nothing is due.")


def _say_progress(progress: switches.Progress) -> None:
    click.echo(f"{progress.phase_key}: {progress.judged} of {progress.of} bookings judged", err=True)


@phases.command()
@click.argument("phase")
def undo(phase: str) -> None:
    """Take back the last switch into PHASE; the phase itself stays in force."""
    at = office()
    report = undos.undo(at.database, phase, actor=THE_OPERATOR, clock=at.clock)
    click.echo(
        f"{phase}: {report.restored} restored, {report.invited_anew} of them invited anew, "
        f"{report.withdrawn} notices withdrawn"
    )
    for why, references in report.not_restored.items():
        click.echo(f"not restored ({why}): {', '.join(references)}")
