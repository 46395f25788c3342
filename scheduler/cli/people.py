"""`flask staff` and `flask tokens`: who may come in, people and programs."""

import click

from scheduler.cli.commands import THE_OPERATOR, Group, office, read_file
from scheduler.domain.errors import invalid
from scheduler.domain.roles import Role
from scheduler.usecases.staff import STAFF_ROLES, add_staff
from scheduler.usecases.tokens import add_token

staff = Group("staff", help="Accounts of the staff.")
tokens = Group("tokens", help="Tokens for other systems.")


@staff.command("add")
@click.argument("login")
@click.option("--role", type=click.Choice([role.value for role in STAFF_ROLES]), required=True)
@click.option("--password-file", metavar="FILE", help="Instead of asking; `-` is standard input.")
def add_account(login: str, role: str, password_file: str | None) -> None:
    """Make an account for LOGIN; asks for the password."""
    at = office()
    password = _read_password(password_file) if password_file else _ask_password()
    with at.database.transaction() as session:
        account = add_staff(session, login, role, password, actor=THE_OPERATOR, now=at.clock.office())
    click.echo(f"{account.login}: {account.role}")


@tokens.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
def add_api_token(name: str, role: str) -> None:
    """Make a token for the system NAME, and print it; it is shown this once."""
    at = office()
    now, real_now = at.clock.office(), at.clock.real()
    with at.database.transaction() as session:
        token = add_token(session, name, Role(role), actor=THE_OPERATOR, now=now, real_now=real_now)
    click.echo(token)


def _read_password(file: str) -> str:
    try:
        return read_file(file).decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise invalid("--password-file", "control_characters") from None


def _ask_password() -> str:
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return answer
