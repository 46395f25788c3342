"""Staff accounts, and signing in and out.

Signing in takes three steps, so that the slow hash is reckoned outside of any transaction: `count_try`, then
`adapters.passwords.fits`, then `sign_in`; a second factor is a step of its own (scheduler.usecases.factors).
A wrong password and an unknown login look the same from outside.
"""

import re
from datetime import datetime, timedelta

from sqlalchemy import case, delete, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.staff import LOGIN_LENGTH, SignInTally, StaffAccount, StaffSession
from scheduler.adapters.passwords import hashed
from scheduler.adapters.tokens import digest, new_password, new_token
from scheduler.domain.errors import Fault, Invalid, NotFound, TooManyRequests, Unauthorized, invalid
from scheduler.domain.factors import CODE_WAIT
from scheduler.domain.roles import Actor, Role
from scheduler.queries.staff import IDLE_LENGTH, SESSION_LENGTH
from scheduler.usecases.audit import record

#: So long somebody can sign in with a password that an administrator gave out.
ONE_TIME_LENGTH = timedelta(days=3)
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 200
MOST_TRIES, TRIES_WITHIN = 10, timedelta(minutes=5)
#: So much use goes unnoted, so that not every look at a page writes.
_UNNOTED = timedelta(minutes=10)

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
    if fault := _fault_of_password(password):
        faults["password"] = fault
    if faults:
        raise Invalid(fields=faults)
    account = StaffAccount(
        login=login, role=Role(role), password=hashed(password), created_at=now, locked_at=None
    )
    session.add(account)
    record_of(session, "add", account, actor=actor, now=now, role=role)
    session.flush()
    return account


def change_role(session: Session, login: str, role: str, *, actor: Actor, now: datetime) -> None:
    """Gives the account another role and ends its sessions at once. Raises Invalid for a role of no staff."""
    if role not in STAFF_ROLES:
        raise Invalid(
            fields={"role": Fault("unknown", value=role, known=[str(known) for known in STAFF_ROLES])}
        )
    account = others_account(session, login, actor)
    account.role = Role(role)
    record_of(session, "change_role", account, actor=actor, now=now, role=role)
    end_sessions_of(session, account)


def change_password(session: Session, login: str, password: str, *, actor: Actor, now: datetime) -> None:
    """Gives the account another password and ends its sessions at once. Raises Invalid."""
    if fault := _fault_of_password(password):
        raise Invalid(fields={"password": fault})
    account = held_account(session, login)
    account.password, account.one_time_until = hashed(password), None
    record_of(session, "change_password", account, actor=actor, now=now)
    end_sessions_of(session, account)


def change_own_password(
    session: Session, seen: StaffAccount, password: str, *, actor: Actor, now: datetime
) -> StaffAccount:
    """Changes the password of somebody who has shown the old one (`seen`), as `change_password` does.

    Raises Unauthorized where the account was locked, or got another password, since then.
    """
    account = held_account(session, seen.login)
    if account.locked_at is not None or account.password != seen.password:
        raise Unauthorized
    change_password(session, seen.login, password, actor=actor, now=now)
    session.flush()
    return account


def add_with_one_time_password(
    session: Session, login: str, role: str, *, actor: Actor, now: datetime, real_now: datetime
) -> str:
    """Adds an account; its password, to be told once and changed at the first sign-in. Raises Invalid."""
    password = new_password()
    account = add_staff(session, login, role, password, actor=actor, now=now)
    account.one_time_until = real_now + ONE_TIME_LENGTH
    return password


def reset_password(session: Session, login: str, *, actor: Actor, now: datetime, real_now: datetime) -> str:
    """Gives the account a password to be told once and changed at the first sign-in; ends its sessions."""
    password = new_password()
    account = others_account(session, login, actor)
    account.password, account.one_time_until = hashed(password), real_now + ONE_TIME_LENGTH
    record_of(session, "reset_password", account, actor=actor, now=now)
    end_sessions_of(session, account)
    return password


def one_time_is_over(account: StaffAccount, real_now: datetime) -> bool:
    """Whether the password was for one time and opens the door no more."""
    return account.one_time_until is not None and account.one_time_until <= real_now


def end_session(session: Session, login: str, session_digest: str, *, actor: Actor, now: datetime) -> None:
    """Signs the account out in one place; one that has ended meanwhile is none to end any more."""
    account = held_account(session, login)
    ended = delete(StaffSession).where(
        StaffSession.staff_id == account.id, StaffSession.digest == session_digest
    )
    if session.scalars(ended.returning(StaffSession.digest)).all():
        record_of(session, "end_session", account, actor=actor, now=now)


def end_all_sessions(session: Session, login: str, *, but: str = "", actor: Actor, now: datetime) -> None:
    """Signs the account out everywhere, but for the session with the digest `but`."""
    account = held_account(session, login)
    session.execute(
        delete(StaffSession).where(StaffSession.staff_id == account.id, StaffSession.digest != but)
    )
    record_of(session, "end_sessions", account, actor=actor, now=now)


def lock(session: Session, login: str, *, actor: Actor, now: datetime) -> None:
    """Keeps the account from signing in and ends its sessions at once."""
    account = others_account(session, login, actor)
    account.locked_at = now
    record_of(session, "lock", account, actor=actor, now=now)
    end_sessions_of(session, account)


def unlock(session: Session, login: str, *, actor: Actor, now: datetime) -> None:
    """Lets the account sign in again; what ended stays ended."""
    account = held_account(session, login)
    account.locked_at = None
    record_of(session, "unlock", account, actor=actor, now=now)


def count_try(session: Session, login: str, *, address: str, real_now: datetime) -> StaffAccount | None:
    """Counts a try before its password is looked at; gives the account, None where there is none to use.

    Raises TooManyRequests after MOST_TRIES from this address within TRIES_WITHIN. Counting is one statement,
    so that of many tries at once no more pass. Others' tries elsewhere keep nobody out of the own account.
    """
    login = "".join(letter for letter in login.strip().lower() if letter.isprintable())[:LOGIN_LENGTH]
    throttle(session, login, address=address, real_now=real_now)
    return session.scalar(
        select(StaffAccount).where(StaffAccount.login == login, StaffAccount.locked_at.is_(None))
    )


def throttle(session: Session, what: str, *, address: str, real_now: datetime) -> None:
    """Counts one more try of something from an address; raises TooManyRequests where it is one too many.

    `what` is a login, or a word with a colon, which no login has.
    """
    over = real_now - TRIES_WITHIN
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    counted = insert(SignInTally).values(login=what, address=address, since=real_now, tries=1)
    is_over = SignInTally.since <= over
    tries, since = session.execute(
        counted.on_conflict_do_update(
            index_elements=[SignInTally.login, SignInTally.address],
            set_={
                "tries": case((is_over, 1), else_=SignInTally.tries + 1),
                "since": case((is_over, real_now), else_=SignInTally.since),
            },
        ).returning(SignInTally.tries, SignInTally.since)
    ).one()
    if tries > MOST_TRIES:
        wait = since + TRIES_WITHIN - real_now
        raise TooManyRequests(retry_after=max(1, int(wait.total_seconds())))


def sign_in(
    session: Session,
    account: StaffAccount,
    *,
    address: str,
    now: datetime,
    real_now: datetime,
    device: str = "",
    proved: bool = False,
) -> str:
    """Begins a session for somebody who has shown who they are; the token of it, which is kept nowhere.

    Where the account has a second factor that was not `proved`, the session waits for its code.
    Raises Unauthorized where the account was locked, or got another password, since it was looked up.
    """
    current = session.scalar(select(StaffAccount).where(StaffAccount.id == account.id).with_for_update())
    if current is None or current.locked_at is not None or current.password != account.password:
        raise Unauthorized
    session.execute(
        delete(SignInTally).where(SignInTally.login == account.login, SignInTally.address == address)
    )
    token, awaits = new_token(), current.factor_secret is not None and not proved
    session.add(
        StaffSession(
            digest=digest(token),
            staff_id=account.id,
            begun_at=real_now,
            expires_at=real_now + (CODE_WAIT if awaits else IDLE_LENGTH),
            device=device,
            awaits_code=awaits,
        )
    )
    if not awaits:
        record_of(session, "sign_in", account, actor=actor_of(account), now=now)
    return token


def clear_sessions(session: Session, real_now: datetime, *, at_most: int) -> int:
    """Deletes sessions that have ended, even for calling for help; answers how many."""
    ended = (
        select(StaffSession.digest)
        .where(StaffSession.expires_at <= real_now, StaffSession.begun_at <= real_now - SESSION_LENGTH)
        .order_by(StaffSession.expires_at, StaffSession.digest)
        .limit(at_most)
        .with_for_update(skip_locked=True)
    )
    digests = session.scalars(ended).all()
    session.execute(delete(StaffSession).where(StaffSession.digest.in_(digests)))
    return len(digests)


def clear_tries(session: Session, real_now: datetime, *, at_most: int) -> int:
    """Deletes tries to sign in that count no more; answers how many."""
    over = (
        select(SignInTally.login, SignInTally.address)
        .where(SignInTally.since <= real_now - TRIES_WITHIN)
        .order_by(SignInTally.since, SignInTally.login, SignInTally.address)
        .limit(at_most)
        .with_for_update(skip_locked=True)
    )
    tries = [tuple(row) for row in session.execute(over)]
    session.execute(delete(SignInTally).where(tuple_(SignInTally.login, SignInTally.address).in_(tries)))
    return len(tries)


def is_worth_noting(found: StaffSession, *, real_now: datetime) -> bool:
    """Whether using this session now puts off its end by more than goes unnoted."""
    return not found.awaits_code and _end_of(found, real_now) - found.expires_at > _UNNOTED


def note_use(session: Session, found: StaffSession, *, real_now: datetime) -> None:
    """Puts off the end of a session that is being used, never beyond SESSION_LENGTH."""
    session.execute(
        update(StaffSession)
        .where(StaffSession.digest == found.digest, StaffSession.expires_at > real_now)
        .values(expires_at=_end_of(found, real_now))
    )


def _end_of(found: StaffSession, real_now: datetime) -> datetime:
    return min(found.begun_at + SESSION_LENGTH, real_now + IDLE_LENGTH)


def sign_out(session: Session, token: str) -> None:
    session.execute(delete(StaffSession).where(StaffSession.digest == digest(token)))


def actor_of(account: StaffAccount) -> Actor:
    return Actor(f"staff:{account.login}", account.role)


def _fault_of_password(password: str) -> Fault | None:
    if len(password) < SHORTEST_PASSWORD:
        return Fault("too_short", shortest=SHORTEST_PASSWORD)
    return Fault("too_long", longest=LONGEST_PASSWORD) if len(password) > LONGEST_PASSWORD else None


def held_account(session: Session, login: str) -> StaffAccount:
    """The account, kept from others until the transaction ends. Raises NotFound."""
    account = session.scalar(
        select(StaffAccount).where(StaffAccount.login == login.strip().lower()).with_for_update()
    )
    if account is None:
        raise NotFound(what="staff", key=login)
    return account


def others_account(session: Session, login: str, actor: Actor) -> StaffAccount:
    """Raises Invalid for the actor's own: nobody locks or demotes the last administrator by mistake."""
    account = held_account(session, login)
    if actor_of(account).name == actor.name:
        raise invalid("account", "own_account")
    return account


def end_sessions_of(session: Session, account: StaffAccount) -> None:
    session.execute(delete(StaffSession).where(StaffSession.staff_id == account.id))


def record_of(
    session: Session, verb: str, account: StaffAccount, *, actor: Actor, now: datetime, **details: str
) -> None:
    record(session, actor, f"staff.{verb}", f"staff:{account.login}", now=now, **details)
