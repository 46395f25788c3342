"""`flask hotlines`: how they stand, counting calls, and the roster as a table."""

import csv
import sys
from datetime import timedelta

import click

from scheduler.cli.commands import THE_OPERATOR, Group, language_option, office, read_file
from scheduler.domain.errors import invalid
from scheduler.domain.hotlines import COLUMNS, week_span
from scheduler.domain.instants import local_date, parse_date
from scheduler.queries import hotlines as queries
from scheduler.queries.plans import current_plan
from scheduler.usecases import hotlines as usecases

hotlines = Group("hotlines", help="Numbers that people call.")


@hotlines.command("list")
@language_option
def list_(language: str) -> None:
    """Print each hotline with its state, who answers now and how many called today and this week."""
    at = office()
    with at.database.reading() as session:
        found = queries.hotlines(session, current_plan(session), now=at.clock.office())
    for one in found:
        marks = [", answered now"] * one.is_open_now + [", could be closed"] * one.may_close
        click.echo(
            f"{one.hotline.key}: {one.hotline.name.in_(language)}; {one.state}{''.join(marks)}; "
            f"{len(one.now_on)} on the roster now; calls today {one.today}, this week {one.weeks[-1].calls}"
        )


@hotlines.command()
@click.argument("hotline")
@click.option("--less", is_flag=True, help="One less, where one was counted by mistake.")
def count(hotline: str, less: bool) -> None:
    """Count one more call to HOTLINE."""
    at = office()
    now = at.clock.office()
    with at.database.transaction() as session:
        (usecases.take_call_back if less else usecases.count_call)(session, hotline, now=now)
        today = local_date(now, current_plan(session).zone)
        click.echo(f"{hotline}: calls today {queries.calls_on(session, hotline, today)}")


@hotlines.command()
@click.option("--from", "first", metavar="DATE", help="Without it today.")
@click.option("--days", type=click.IntRange(1, 366), default=queries.DAYS, show_default=True)
def roster(first: str | None, days: int) -> None:
    """Print the roster as a table that `flask hotlines import` reads."""
    at = office()
    with at.database.reading() as session:
        plan = current_plan(session)
        begin = parse_date(first, field="--from") if first else local_date(at.clock.office(), plan.zone)
        shifts = queries.shifts_within(session, week_span(plan, begin, days))
    table = csv.writer(sys.stdout, delimiter=";", lineterminator="\n")
    table.writerow(COLUMNS)
    for one in shifts:
        starts, ends = (instant.astimezone(plan.zone) for instant in (one.starts_at, one.ends_at))
        # A shift up to midnight ends at 24:00 of its own day.
        until = "24:00" if ends.date() - starts.date() == timedelta(days=1) else f"{ends:%H:%M}"
        table.writerow((one.hotline, starts.date().isoformat(), f"{starts:%H:%M}", until, one.name))


@hotlines.command("import")
@click.argument("file")
def import_(file: str) -> None:
    """Take in a table of shifts from FILE (`-` is standard input), all of them or none."""
    at = office()
    try:
        table = read_file(file).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise invalid(file, "not_text") from None
    with at.database.transaction() as session:
        number = usecases.import_roster(session, table, actor=THE_OPERATOR, now=at.clock.office())
    click.echo(f"shifts {number}")
