"""`flask people`: what is known of one person, and erasing it."""

import json
from uuid import UUID

import click

from scheduler.cli.commands import THE_OPERATOR, Faults, Group, office, read_file
from scheduler.queries.people import person
from scheduler.queries.retention import entry_of, erased, person_file
from scheduler.usecases.accesses import note_accesses
from scheduler.usecases.retention import erase_again, erase_person

people = Group("people", help="The data of one person.")


@people.command("export")
@click.argument("reference")
def export_person(reference: str) -> None:
    """Print all that is stored of the person who has the visit REFERENCE, as JSON."""
    at = office()
    with at.database.transaction() as session:
        ids = person(session, entry_of(session, reference)).ids
        found = person_file(session, ids)
        subjects = [f"person:{one}" for one in ids]
        note_accesses(session, THE_OPERATOR, "flask people export", subjects, now=at.clock.office())
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))


@people.command("erase")
@click.argument("reference", required=False)
@click.option(
    "--list",
    "file",
    metavar="FILE",
    help="Erase again all that `flask people erased` listed.",
)
def erase(reference: str | None, file: str | None) -> None:
    """Erase all that is stored of the person who has the visit REFERENCE; there is no way back."""
    at = office()
    if (reference is None) == (file is None):
        raise click.UsageError("Give the reference of a visit, or --list FILE.")
    with at.database.transaction() as session:
        if file is not None:
            found = erase_again(session, _ids(file), actor=THE_OPERATOR, now=at.clock.office())
        else:
            ids = person(session, entry_of(session, str(reference))).ids
            erase_person(session, ids, actor=THE_OPERATOR, now=at.clock.office())
            found = len(ids)
    click.echo(f"Erased entries: {found}")


@people.command("erased")
def list_erased() -> None:
    """List the numbers of all erased entries, to be kept elsewhere and erased again after a restore."""
    with office().database.reading() as session:
        for one in erased(session):
            click.echo(one)


def _ids(file: str) -> list[UUID]:
    lines = read_file(file).decode("utf-8", "replace").split()
    try:
        return [UUID(line) for line in lines]
    except ValueError:
        raise Faults([f"{file}: not a list that `flask people erased` printed"]) from None
