"""`flask db`: brings the database into the shape that this release needs."""

from pathlib import Path

import click

from models import schema
from scheduler.cli.commands import Faults, Group, configured_office, require_file
from scheduler.queries.health import revision

db = Group("db", help="The database's shape.")


@db.command()
def upgrade() -> None:
    """Migrate the database to the newest shape; makes an SQLite file that is missing."""
    database = configured_office().database
    if database.is_sqlite and database.url.database:
        Path(database.url.database).parent.mkdir(parents=True, exist_ok=True)
    schema.upgrade(database)
    click.echo(f"The database is at {schema.newest_revision()}.")


@db.command()
@click.argument("rev")
def downgrade(rev: str) -> None:
    """Migrate the database back to REV; `base` removes everything."""
    database = configured_office().database
    require_file(database)
    known = schema.revisions()
    if rev != "base" and rev not in known:
        raise Faults([f"{rev}: no such revision; known are: {', '.join(['base', *known])}"])
    schema.downgrade(database, rev)
    click.echo(f"The database is at {rev}.")


@db.command()
def current() -> None:
    """Print the revision that the database stands at."""
    database = configured_office().database
    require_file(database)
    with database.reading() as session:
        stands_at = revision(session)
    newest = schema.newest_revision()
    click.echo(f"{stands_at or 'not migrated'}{'' if stands_at == newest else f' (the newest is {newest})'}")
