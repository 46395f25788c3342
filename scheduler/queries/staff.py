"""Who works at the office, and who is signed in where."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.staff import RecoveryCode, StaffAccount, StaffSession
from scheduler.adapters.tokens import digest
from scheduler.domain.errors import NotFound

#: A working day, however busy.
SESSION_LENGTH = timedelta(hours=12)
#: For a browser that nobody uses any more; it may still call for help until SESSION_LENGTH is over.
IDLE_LENGTH = timedelta(hours=2)


def accounts(session: Session) -> list[StaffAccount]:
    """All accounts by login, those locked left out."""
    return [account for account in all_accounts(session) if account.locked_at is None]


def all_accounts(session: Session) -> list[StaffAccount]:
    return list(session.scalars(select(StaffAccount).order_by(StaffAccount.login)))


def account_of(session: Session, login: str) -> StaffAccount:
    """Raises NotFound."""
    account = session.scalar(select(StaffAccount).where(StaffAccount.login == login))
    if account is None:
        raise NotFound(what="staff", key=login)
    return account


def sessions_of(session: Session, account: StaffAccount, *, real_now: datetime) -> list[StaffSession]:
    """Where the account is signed in, the latest first; who has shown the password alone is not yet."""
    found = (
        select(StaffSession)
        .where(
            StaffSession.staff_id == account.id,
            StaffSession.expires_at > real_now,
            StaffSession.awaits_code.is_(False),
        )
        .order_by(StaffSession.begun_at.desc(), StaffSession.digest)
    )
    return list(session.scalars(found))


def used_at(found: StaffSession) -> datetime:
    """When the session was last used, as far as that was noted; in its last two hours it is not any more."""
    return found.expires_at - IDLE_LENGTH


def session_of(
    session: Session, token: str, *, real_now: datetime, also_idle: bool = False
) -> StaffSession | None:
    """The session that the token belongs to; None once it has ended or the account is locked.

    One that nobody has used for long counts with `also_idle` to the end of its day.
    """
    found = session.get(StaffSession, digest(token))
    if found is None or found.staff.locked_at is not None:
        return None
    lasts = also_idle and not found.awaits_code
    ends_at = found.begun_at + SESSION_LENGTH if lasts else found.expires_at
    return found if real_now < ends_at else None


def recovery_codes_left(session: Session, account: StaffAccount) -> int:
    """How many of the codes on paper were not used yet."""
    left = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.staff_id == account.id)
    return session.scalar(left) or 0
