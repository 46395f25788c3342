"""What all commands share: the office they work on, and errors as one line each, without traceback."""

from collections.abc import Callable, Sequence
from typing import IO, Any, Protocol, cast

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError

from config import Config
from models.database import Database
from scheduler.adapters.clock import Clock
from scheduler.adapters.languages import CUSTOMER_LANGUAGES
from scheduler.adapters.words import error_in_words, fault_in_words
from scheduler.domain.errors import (
    Busy,
    DomainError,
    DoubledLocalTime,
    Fault,
    Invalid,
    NotFound,
    SkippedLocalTime,
    Unavailable,
)
from scheduler.domain.planfaults import PlanFaults, printable
from scheduler.domain.roles import Actor, Role
from scheduler.queries.health import database_shortcomings, missing_file

OFFICE = "theke"
SETTINGS_FAULTS = "theke_settings_faults"
STANDARD_INPUT = "-"
#: Who acts when somebody with access to the machine does.
THE_OPERATOR = Actor("operator", Role.ADMINISTRATOR)

_LARGEST_FILE = 2 * 1024 * 1024

language_option = click.option(
    "--language",
    type=click.Choice(CUSTOMER_LANGUAGES),
    default=CUSTOMER_LANGUAGES[0],
    show_default=True,
    help="Of the plan's texts.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


class Office(Protocol):
    """What the process stands on; the app holds one."""

    @property
    def config(self) -> Config: ...

    @property
    def database(self) -> Database: ...

    @property
    def clock(self) -> Clock: ...


class Faults(click.ClickException):
    """Ends a command with one line for each fault."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines

    def show(self, file: IO[Any] | None = None) -> None:
        for line in self.lines:
            click.echo(line, file=file, err=True)


class WrongUsage(Faults):
    exit_code = 2


class Command(click.Command):
    """A command whose errors are lines."""

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        return cast(click.Context, _in_one_line(lambda: super(Command, self).make_context(*args, **options)))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (DomainError, DBAPIError, OSError) as error:
            raise Faults(lines_of(error)) from None


class Group(AppGroup):
    """Commands of one noun."""

    command_class = Command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        return _in_one_line(lambda: super(Group, self).resolve_command(ctx, args))


def configured_office() -> Office:
    """The office as the settings name it. Raises Faults where they are wrong."""
    if SETTINGS_FAULTS in current_app.extensions:
        raise Faults(current_app.extensions[SETTINGS_FAULTS])
    return cast(Office, current_app.extensions[OFFICE])


def office() -> Office:
    """The office, with a database that can be worked with. Raises Faults that say what to do."""
    found = configured_office()
    if wrong := database_shortcomings(found.database):
        raise Faults([f"database: {shortcoming.in_full}" for shortcoming in wrong])
    return found


def require_file(database: Database) -> None:
    """Raises Faults where an SQLite file is not there yet."""
    if missing := missing_file(database):
        raise Faults([f"database: {missing.in_full}"])


def read_file(name: str) -> bytes:
    """The file's content; `-` is standard input."""
    with click.open_file(name, "rb") as file:
        return cast(bytes, file.read(_LARGEST_FILE))


def lines_of(error: Exception) -> list[str]:
    """One line for each thing that is wrong, naming it."""
    if isinstance(error, PlanFaults):
        return [str(fault) for fault in error.faults]
    if isinstance(error, Invalid):
        return [
            f"{path}: {fault_in_words(fault, 'en')}{_known(fault)}" for path, fault in error.fields.items()
        ]
    if isinstance(error, SkippedLocalTime | DoubledLocalTime):
        return [f"{error.details['field']}: {error_in_words(error, 'en')}"]
    if isinstance(error, NotFound) and error.details["what"] == "run":
        return [f"phase {printable(str(error.details['key']))}: its effects were never applied"]
    if isinstance(error, NotFound):
        return [f"{error.details['what']} {printable(str(error.details['key']))}: does not exist"]
    if isinstance(error, Busy):
        return ["database: others hold what this needs; try again in a few seconds"]
    if isinstance(error, Unavailable) and error.details.get("what") == "database":
        return [f"database: {_cause(error.__cause__)}; check THEKE_DATABASE_URL and that the database runs"]
    if isinstance(error, DomainError):
        return [error_in_words(error, "en")]
    if isinstance(error, OSError):
        return [f"{error.filename}: {error.strerror}" if error.filename else str(error)]
    return [f"database: {_cause(error)}"]


def _known(fault: Fault) -> str:
    known = fault.values.get("known") if fault.why == "unknown" else None
    return f" Known are: {', '.join(known)}." if known else ""


def _cause(error: BaseException | None) -> str:
    """What the driver says, in one line; its first says it all, and never holds a password."""
    said = str(getattr(error, "orig", None) or error or "does not answer").strip()
    return printable(said.splitlines()[0].removesuffix(";"))


def _in_one_line(work: Callable[[], object]) -> object:
    try:
        return work()
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "flask"
        raise WrongUsage([f"{path}: {error.format_message()} See `{path} --help`."]) from None
