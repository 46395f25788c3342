"""Second factors of staff accounts: set up, shown at the door, renewed on paper, and taken off.

Whoever types a code is counted first, in a transaction of its own (`usecases.staff.throttle`, `tries_of`).
The account is held while a code is looked at, so that of many who show the same one a single one is let in.
"""

from datetime import datetime
from functools import partial

from sqlalchemy import delete
from sqlalchemy.orm import Session

from models.staff import RecoveryCode, StaffAccount
from scheduler.adapters.factors import Factors, code_of
from scheduler.adapters.tokens import digest, new_password
from scheduler.domain.errors import invalid
from scheduler.domain.factors import RECOVERY_CODES, fitting_period, is_of_a_device, plain
from scheduler.domain.roles import Actor
from scheduler.usecases.staff import actor_of, end_sessions_of, held_account, others_account, record_of


def tries_of(account: StaffAccount) -> str:
    """What the tries of this account's codes are counted under, apart from those of its password."""
    return f"code:{account.id}"


def set_up_factor(
    session: Session,
    login: str,
    secret: str,
    code: str,
    *,
    factors: Factors,
    now: datetime,
    real_now: datetime,
) -> tuple[StaffAccount, list[str]]:
    """Gives the own account a second factor, once its device has shown a code; ends its sessions at once.

    Answers the account and its new recovery codes. Raises Invalid.
    """
    account = held_account(session, login)
    if account.factor_secret is not None:
        raise invalid("code", "factor_there")
    account.factor_period = _period(secret, plain(code), real_now=real_now, after=None)
    account.factor_secret, account.factor_since = factors.seal(secret), real_now
    record_of(session, "set_up_factor", account, actor=actor_of(account), now=now)
    end_sessions_of(session, account)
    return account, _new_codes(session, account)


def show_factor(
    session: Session, login: str, code: str, *, factors: Factors, now: datetime, real_now: datetime
) -> StaffAccount:
    """Takes a code of the account's device, or one from paper, which is used up. Raises Invalid."""
    account, typed = held_account(session, login), plain(code)
    if account.factor_secret is None:
        raise invalid("code", "wrong_code")
    if is_of_a_device(typed):
        # A secret that was sealed under another secret of the office is nobody's: paper still works.
        secret = factors.unseal(account.factor_secret)
        account.factor_period = _period(secret, typed, real_now=real_now, after=account.factor_period)
    else:
        _use_up(session, account, typed)
        record_of(session, "use_recovery_code", account, actor=actor_of(account), now=now)
    return account


def renew_recovery_codes(
    session: Session, login: str, code: str, *, factors: Factors, now: datetime, real_now: datetime
) -> list[str]:
    """New codes on paper for the own account; those before are worth nothing any more. Raises Invalid."""
    account = show_factor(session, login, code, factors=factors, now=now, real_now=real_now)
    record_of(session, "renew_recovery_codes", account, actor=actor_of(account), now=now)
    return _new_codes(session, account)


def take_off_own_factor(
    session: Session, login: str, code: str, *, factors: Factors, now: datetime, real_now: datetime
) -> StaffAccount:
    """Takes the second factor off the own account, for another device; ends its sessions. Raises Invalid."""
    account = show_factor(session, login, code, factors=factors, now=now, real_now=real_now)
    _take_off(session, account, actor=actor_of(account), now=now)
    return account


def take_off_factor(session: Session, login: str, *, actor: Actor, now: datetime) -> None:
    """Takes the second factor off somebody else's account, and ends its sessions at once. Raises Invalid."""
    account = others_account(session, login, actor)
    if account.factor_secret is None:
        raise invalid("account", "no_factor")
    _take_off(session, account, actor=actor, now=now)


def _take_off(session: Session, account: StaffAccount, *, actor: Actor, now: datetime) -> None:
    account.factor_secret = account.factor_since = account.factor_period = None
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == account.id))
    record_of(session, "take_off_factor", account, actor=actor, now=now)
    end_sessions_of(session, account)


def _period(secret: str | None, code: str, *, real_now: datetime, after: int | None) -> int:
    """The period of a device's code, which is then the last one taken."""
    if secret is None:
        raise invalid("code", "wrong_code")
    period = fitting_period(code, partial(code_of, secret), real_now=real_now, after=after)
    if period is None:
        raise invalid("code", "wrong_code")
    return period


def _use_up(session: Session, account: StaffAccount, code: str) -> None:
    used = delete(RecoveryCode).where(RecoveryCode.staff_id == account.id, RecoveryCode.digest == _kept(code))
    if not session.scalars(used.returning(RecoveryCode.digest)).all():
        raise invalid("code", "wrong_code")


def _new_codes(session: Session, account: StaffAccount) -> list[str]:
    """To be shown once; random enough that a quick digest keeps them."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == account.id))
    codes = [new_password() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(staff_id=account.id, digest=_kept(code)) for code in codes)
    session.flush()
    return codes


def _kept(code: str) -> str:
    return digest(f"recovery:{plain(code)}")
