"""`flask enquiries`: the open list, and the steps that are done with one."""

import click

from scheduler.cli.commands import THE_OPERATOR, Group, office
from scheduler.domain.enquiries import EnquiryChange, Step
from scheduler.domain.instants import parse_instant
from scheduler.domain.intervals import Interval
from scheduler.queries import enquiries as queries
from scheduler.queries.plans import current_plan
from scheduler.usecases import enquiries as usecases

enquiries = Group("enquiries", help="Concerns without a visit.")

#: Booking needs a visit, and so a page or a program.
_CHANGES = [change.value for change in EnquiryChange if change is not EnquiryChange.BOOK]


@enquiries.command("list")
def list_() -> None:
    """Print the open enquiries, promised calls on top; no names, no texts, no numbers."""
    at = office()
    with at.database.reading() as session:
        plan, found = current_plan(session), queries.open_enquiries(session)
    for one in found.enquiries:
        came = one.came_at.astimezone(plan.zone).isoformat(timespec="minutes")
        call = one.call_by and one.call_by.astimezone(plan.zone).isoformat(timespec="minutes")
        words = (
            one.reference,
            one.status,
            one.medium,
            one.service_key or "",
            f"since {came}",
            f"call by {call}" if call else "",
            one.forwarded_to or one.owner or "nobody",
        )
        click.echo("  ".join(word for word in words if word))
    if found.more:
        click.echo("There are more.", err=True)
    if not found.enquiries:
        click.echo("No enquiry is open.", err=True)


@enquiries.command()
@click.argument("reference")
@click.argument("change", type=click.Choice(_CHANGES))
@click.option("--text", help="What was answered, or why it is laid aside.")
@click.option("--to", default="", help="To whom it is forwarded.")
@click.option("--call-by", metavar="INSTANT", help="By when a call is promised.")
@click.option("--phone", help="Where the person wants to be called.")
@click.option("--by-mail", is_flag=True, help="Mail the answer.")
def step(
    reference: str,
    change: str,
    text: str | None,
    to: str,
    call_by: str | None,
    phone: str | None,
    by_mail: bool,
) -> None:
    """Do one step with the enquiry REFERENCE: forward it, promise a call, answer it, lay it aside."""
    at = office()
    now = at.clock.office()
    with at.database.transaction() as session:
        by = parse_instant(call_by, current_plan(session).zone, field="--call-by") if call_by else None
        asked = Step(
            EnquiryChange(change),
            text,
            to,
            Interval(min(now, by), by) if by else None,
            phone,
            by_mail=by_mail,
        )
        found = queries.by_reference(session, reference)
        usecases.see_to(session, found.id, asked, actor=THE_OPERATOR, now=now)
        click.echo(f"{found.reference}: {found.status}")
