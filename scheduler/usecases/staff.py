"""Staff accounts, and signing in and out.

Signing in takes three steps, so that the slow hash is reckoned outside of any transaction: `count_try`, then
`adapters.passwords.fits`, then `sign_in`. A wrong password and an unknown login look the same from outside.
"""

import re
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.staff import LOGIN_LENGTH, SignInTally, StaffAccount, StaffSession
from scheduler.adapters.passwords import hashed
from scheduler.adapters.tokens import digest, new_token
from scheduler.domain.errors import Fault, Invalid, NotFound, TooManyRequests
from scheduler.domain.roles import Actor, Role
from scheduler.usecases.audit import record

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 200
MOST_TRIES, TRIES_WITHIN = 10, timedelta(minutes=5)
#: A working day; nobody is asked for the password in the middle of it.
SESSION_LENGTH = timedelta(hours=12)

_LOGIN = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?")
#: The words of roles that somebody of the staff can have.
STAFF_ROLES = tuple(role for role in Role if role is not Role.CUSTOMER)


def add_staff(
    session: Session, login: str, role: str, password: str, *, actor: Actor, now: datetime
) -> StaffAccount:
    """The new account. Raises Invalid with `login`, `role` and `password` where they cannot be taken."""
    login = login.strip().lower()
    faults: dict[str, Fault] = {}
    if not _LOGIN.fullmatch(login) or len(login) > LOGIN_LENGTH:
        faults["login"] = Fault("not_a_login", longest=LOGIN_LENGTH)
    elif session.scalar(select(StaffAccount.id).where(StaffAccount.login == login)) is not None:
        faults["login"] = Fault("exists", value=login)
    if role not in STAFF_ROLES:
        faults["role"] = Fault("unknown", value=role, known=[str(known) for known in STAFF_ROLES])
    if len(password) < SHORTEST_PASSWORD:
        faults["password"] = Fault("too_short", shortest=SHORTEST_PASSWORD)
    elif len(password) > LONGEST_PASSWORD:
        faults["password"] = Fault("too_long", longest=LONGEST_PASSWORD)
    if faults:
        raise Invalid(fields=faults)
    account = StaffAccount(
        login=login, role=Role(role), password=hashed(password), created_at=now, locked_at=None
    )
    session.add(account)
    _record(session, "add", account, actor=actor, now=now, role=role)
    session.flush()
    return account


def change_role(session: Session, login: str, role: Role, *, actor: Actor, now: datetime) -> None:
    """Gives the account another role and ends its sessions at once."""
    account = _account(session, login)
    account.role = role
    _record(session, "change_role", account, actor=actor, now=now, role=role.value)
    _end_sessions(session, account)


def lock(session: Session, login: str, *, actor: Actor, now: datetime) -> None:
    """Keeps the account from signing in and ends its sessions at once."""
    account = _account(session, login)
    account.locked_at = now
    _record(session, "lock", account, actor=actor, now=now)
    _end_sessions(session, account)


def count_try(session: Session, login: str, *, address: str, real_now: datetime) -> StaffAccount | None:
    """Counts a try before its password is looked at; gives the account, None where there is none to use.

    Raises TooManyRequests after MOST_TRIES from this address within TRIES_WITHIN.
    """
    login = "".join(letter for letter in login.strip().lower() if letter.isprintable())[:LOGIN_LENGTH]
    session.execute(delete(SignInTally).where(SignInTally.since <= real_now - TRIES_WITHIN))
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    first = insert(SignInTally).values(login=login, address=address, since=real_now, tries=0)
    session.execute(first.on_conflict_do_nothing())
    tally = session.get_one(SignInTally, (login, address), with_for_update=True, populate_existing=True)
    if tally.tries >= MOST_TRIES:
        wait = tally.since + TRIES_WITHIN - real_now
        raise TooManyRequests(retry_after=max(1, int(wait.total_seconds())))
    tally.tries += 1
    return session.scalar(
        select(StaffAccount).where(StaffAccount.login == login, StaffAccount.locked_at.is_(None))
    )


def sign_in(
    session: Session, account: StaffAccount, *, address: str, now: datetime, real_now: datetime
) -> str:
    """Begins a session for somebody who has shown who they are; the token of it, which is kept nowhere."""
    session.execute(delete(StaffSession).where(StaffSession.expires_at <= real_now))
    session.execute(
        delete(SignInTally).where(SignInTally.login == account.login, SignInTally.address == address)
    )
    token = new_token()
    session.add(
        StaffSession(
            digest=digest(token),
            staff_id=account.id,
            begun_at=real_now,
            expires_at=real_now + SESSION_LENGTH,
        )
    )
    _record(session, "sign_in", account, actor=actor_of(account), now=now)
    return token


def sign_out(session: Session, token: str) -> None:
    session.execute(delete(StaffSession).where(StaffSession.digest == digest(token)))


def actor_of(account: StaffAccount) -> Actor:
    return Actor(f"staff:{account.login}", account.role)


def _account(session: Session, login: str) -> StaffAccount:
    account = session.scalar(select(StaffAccount).where(StaffAccount.login == login.strip().lower()))
    if account is None:
        raise NotFound(what="staff", key=login)
    return account


def _end_sessions(session: Session, account: StaffAccount) -> None:
    session.execute(delete(StaffSession).where(StaffSession.staff_id == account.id))


def _record(
    session: Session, verb: str, account: StaffAccount, *, actor: Actor, now: datetime, **details: str
) -> None:
    record(session, actor, f"staff.{verb}", f"staff:{account.login}", now=now, **details)
