"""`flask outbox`: shows and delivers the notices that have not reached anybody yet."""

import click

from scheduler.adapters.languages import CUSTOMER_LANGUAGES
from scheduler.adapters.letters import edition
from scheduler.adapters.links import Links
from scheduler.adapters.mail import mailbox_from_url
from scheduler.cli.commands import THE_OPERATOR, Group, office
from scheduler.domain.notices import Template
from scheduler.queries import notices
from scheduler.usecases import outbox as usecases
from scheduler.usecases.requests import cancel_unanswered
from scheduler.usecases.switches import apply_due

outbox = Group("outbox", help="Notices on their way.")


@outbox.command("list")
def list_() -> None:
    """Print undelivered notices with their state; no names, no addresses."""
    at = office()
    with at.database.reading() as session:
        rows = notices.undelivered(session)
        for row in rows:
            retry = f"next try {row.retry_at.isoformat(timespec='seconds')}" if row.retry_at else ""
            words = (
                str(row.id),
                row.state,
                row.kind,
                row.template,
                f"{row.attempts} tries",
                retry,
                row.problem or "",
            )
            click.echo("  ".join(word for word in words if word))
    if not rows:
        click.echo("Everything is delivered.", err=True)


@outbox.command()
def editions() -> None:
    """Print which edition of its wording each notice has now, by language; sent ones name theirs."""
    for template in Template:
        for language in CUSTOMER_LANGUAGES:
            click.echo(f"{template}  {language}  {edition(template, language)}")


@outbox.command()
def deliver() -> None:
    """Send every mail that is due now."""
    at = office()
    links = Links(at.config.base_url, at.config.secret_key)
    done = usecases.deliver_due(
        at.database, mailbox_from_url(at.config.mail_url), clock=at.clock, links=links
    )
    click.echo(f"sent {done.sent}, failed {done.failed}, quarantined {done.quarantined}")


@outbox.command()
@click.argument("notice", metavar="[ID]", type=click.IntRange(1, 2**31 - 1), required=False)
def retry(notice: int | None) -> None:
    """Make quarantined or waiting mails due at once: one, or all."""
    at = office()
    with at.database.transaction() as session:
        due = usecases.retry(session, notice, actor=THE_OPERATOR, now=at.clock.office())
    click.echo(f"due {due}")


@outbox.command()
def hold() -> None:
    """After a restore: do what fell due, and set every mail aside, so that none leaves a second time."""
    at = office()
    apply_due(at.database, clock=at.clock)
    cancel_unanswered(at.database, clock=at.clock)
    with at.database.transaction() as session:
        held = usecases.hold(session, actor=THE_OPERATOR, now=at.clock.office())
    click.echo(f"held {held}")
