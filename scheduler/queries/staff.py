"""Who works at the office, and who is signed in where."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.staff import StaffAccount, StaffSession
from scheduler.adapters.tokens import digest


def accounts(session: Session) -> list[StaffAccount]:
    """All accounts by login, those locked left out."""
    return [account for account in all_accounts(session) if account.locked_at is None]


def all_accounts(session: Session) -> list[StaffAccount]:
    return list(session.scalars(select(StaffAccount).order_by(StaffAccount.login)))


def session_of(session: Session, token: str, *, real_now: datetime) -> StaffSession | None:
    """The session that the token belongs to; None once it has ended or the account is locked."""
    found = session.get(StaffSession, digest(token))
    if found is None or found.expires_at <= real_now or found.staff.locked_at is not None:
        return None
    return found
