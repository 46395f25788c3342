"""`flask staff` and `flask tokens`: who may come in, people and programs."""

import click

from scheduler.cli.commands import THE_OPERATOR, Group, office, read_file
from scheduler.domain.errors import invalid
from scheduler.domain.roles import Role
from scheduler.queries.staff import all_accounts
from scheduler.queries.tokens import all_tokens
from scheduler.usecases.factors import take_off_factor
from scheduler.usecases.staff import STAFF_ROLES, add_staff, change_password, change_role, lock, unlock
from scheduler.usecases.tokens import add_token, revoke_token

staff = Group("staff", help="Accounts of the staff.")
tokens = Group("tokens", help="Tokens for other systems.")


_role_of_staff = click.option(
    "--role", type=click.Choice([role.value for role in STAFF_ROLES]), required=True
)
_password_file = click.option(
    "--password-file", metavar="FILE", help="Instead of asking; `-` is standard input."
)


@staff.command("list")
def list_accounts() -> None:
    """List the accounts with their roles, which have a second factor, and which are locked."""
    with office().database.reading() as session:
        for account in all_accounts(session):
            marks = [", second factor"] * (account.factor_since is not None)
            marks += [", locked"] * (account.locked_at is not None)
            click.echo(f"{account.login}: {account.role}{''.join(marks)}")


@staff.command("add")
@click.argument("login")
@_role_of_staff
@_password_file
def add_account(login: str, role: str, password_file: str | None) -> None:
    """Make an account for LOGIN; asks for the password."""
    at = office()
    password = _read_password(password_file) if password_file else _ask_password()
    with at.database.transaction() as session:
        account = add_staff(session, login, role, password, actor=THE_OPERATOR, now=at.clock.office())
    click.echo(f"{account.login}: {account.role}")


@staff.command("role")
@click.argument("login")
@_role_of_staff
def give_role(login: str, role: str) -> None:
    """Give the account LOGIN another role; whoever is signed in with it is signed out."""
    at = office()
    with at.database.transaction() as session:
        change_role(session, login, role, actor=THE_OPERATOR, now=at.clock.office())


@staff.command("password")
@click.argument("login")
@_password_file
def give_password(login: str, password_file: str | None) -> None:
    """Give the account LOGIN another password; whoever is signed in with it is signed out."""
    at = office()
    password = _read_password(password_file) if password_file else _ask_password()
    with at.database.transaction() as session:
        change_password(session, login, password, actor=THE_OPERATOR, now=at.clock.office())


@staff.command("factor-off")
@click.argument("login")
def take_factor_off(login: str) -> None:
    """Take the second factor off LOGIN, who has lost the device and the recovery codes."""
    at = office()
    with at.database.transaction() as session:
        take_off_factor(session, login, actor=THE_OPERATOR, now=at.clock.office())


@staff.command("lock")
@click.argument("login")
def lock_account(login: str) -> None:
    """Sign LOGIN out everywhere, and let nobody sign in with it."""
    at = office()
    with at.database.transaction() as session:
        lock(session, login, actor=THE_OPERATOR, now=at.clock.office())


@staff.command("unlock")
@click.argument("login")
def unlock_account(login: str) -> None:
    """Let LOGIN sign in again."""
    at = office()
    with at.database.transaction() as session:
        unlock(session, login, actor=THE_OPERATOR, now=at.clock.office())


@tokens.command("list")
def list_tokens() -> None:
    """List the names of the tokens with their roles, and which are revoked."""
    with office().database.reading() as session:
        for token in all_tokens(session):
            click.echo(f"{token.name}: {token.role}{', revoked' if token.revoked_at else ''}")


@tokens.command("revoke")
@click.argument("name")
def revoke_api_token(name: str) -> None:
    """Take the token of the system NAME back, at once."""
    at = office()
    now, real_now = at.clock.office(), at.clock.real()
    with at.database.transaction() as session:
        revoke_token(session, name, actor=THE_OPERATOR, now=now, real_now=real_now)


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
