"""`flask doctor`: says what is missing or wrong, and what to do about it."""

import os
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from flask import current_app
from flask.cli import with_appcontext

from scheduler.adapters.mail import Maildir, MailServer, describe, mailbox_from_url
from scheduler.cli.commands import SETTINGS_FAULTS, Command, Office, configured_office, lines_of
from scheduler.domain.errors import DomainError
from scheduler.queries import health
from scheduler.queries.plans import newest_plan

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_TIMEOUT_S = 5.0
_OFFICE_ZONE = "Europe/Berlin"


@click.command(cls=Command)
@with_appcontext
def doctor() -> None:
    """Say what is missing or wrong; ends with 1 if anything is."""
    found = list(_diagnosis())
    for subject, faults in found:
        for fault in faults:
            click.echo(f"{subject}: {fault}")
        if not faults:
            click.echo(f"{subject}: ok")
    if any(faults for _, faults in found):
        raise click.exceptions.Exit(1)


def _diagnosis() -> Iterator[tuple[str, list[str]]]:
    faults = current_app.extensions.get(SETTINGS_FAULTS)
    yield "settings", list(faults or ())
    if faults:
        yield "time zone data", _zone_faults(_OFFICE_ZONE)
        return
    office = configured_office()
    found = health.examine(office.database, office.clock)
    for check in found.asked:
        yield check, [line for wrong in found.wrong if wrong.what == check for line in _lines(wrong)]
    for warning in found.warnings:
        yield warning.what, [warning.in_full]
    zone = (_plan_zone(office) if found.asked == health.CHECKS else None) or _OFFICE_ZONE
    yield "time zone data", _zone_faults(zone)
    yield f"mail ({describe(office.config.mail_url)})", _mail_faults(office.config.mail_url)
    yield f"base URL ({office.config.base_url})", _base_url_faults(office.config.base_url)


def _lines(wrong: health.Shortcoming) -> list[str]:
    """What an operator is told, in full, with the cause where the database does not answer."""
    if wrong.error is None:
        return [wrong.in_full]
    return [line.removeprefix("database: ") for line in lines_of(wrong.error)]


def _plan_zone(office: Office) -> str | None:
    try:
        with office.database.reading() as session:
            plan = newest_plan(session)
    except DomainError:  # not migrated yet, which is said elsewhere
        return None
    return plan.office.timezone if plan else None


def _zone_faults(zone: str) -> list[str]:
    try:
        summer = datetime(2020, 7, 1, 12, tzinfo=UTC).astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, OSError):
        return [f"{zone} is not there; install the package tzdata"]
    berlin = zone == _OFFICE_ZONE and summer.hour != 14
    return [f"{zone} is wrong; install the package tzdata anew"] if berlin else []


def _mail_faults(url: str) -> list[str]:
    mailbox = mailbox_from_url(url)
    if isinstance(mailbox, Maildir):
        return _folder_faults(mailbox.path)
    if isinstance(mailbox, MailServer):
        address = (mailbox.host, mailbox.port)
        return _faults_of(lambda: socket.create_connection(address, timeout=_TIMEOUT_S).close())
    return []


def _folder_faults(folder: Path) -> list[str]:
    """The folder is made with the first mail, so what counts is the nearest one above that is there."""
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not nearest.is_dir():
        return [f"{nearest} is not a folder"]
    return [] if os.access(nearest, os.W_OK | os.X_OK) else [f"{nearest} cannot be written to"]


def _base_url_faults(url: str) -> list[str]:
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        return ["http beyond this machine lets others read along; set THEKE_BASE_URL to an https address"]
    return []


def _faults_of(look: Callable[[], object]) -> list[str]:
    try:
        look()
    except OSError as error:
        return lines_of(error)
    return []
