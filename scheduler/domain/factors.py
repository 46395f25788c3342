"""The second factor of a staff account: codes that a device reckons from the time (RFC 6238), good once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest

from scheduler.domain.roles import Role

PERIOD = timedelta(seconds=30)
#: Devices' clocks may be off by so many periods.
DRIFT = 1
DIGITS = 6
#: So many codes on paper for whoever has lost the device.
RECOVERY_CODES = 10
#: So long a session waits for its code after the password was right.
CODE_WAIT = timedelta(minutes=10)
#: Who can change the office's rules or its accounts.
GUARDED_ROLES = frozenset({Role.MANAGER, Role.ADMINISTRATOR})


class SecondFactor(StrEnum):
    """Whether the guarded roles have to have one; others may always."""

    REQUIRED = "required"
    OPTIONAL = "optional"


def is_due(rule: SecondFactor, role: Role, *, since: datetime | None) -> bool:
    """Whether somebody of this role has to set one up before anything else; `since` is when it was."""
    return since is None and rule is SecondFactor.REQUIRED and role in GUARDED_ROLES


def period_of(instant: datetime) -> int:
    return int(instant.timestamp() // PERIOD.total_seconds())


def plain(code: str) -> str:
    """The code as it is compared: people type blanks and hyphens, or none, and capitals on paper."""
    return "".join(letter for letter in code.lower() if letter.isalnum())


def is_of_a_device(code: str) -> bool:
    """Whether this looks like a device's code; what else somebody types is one from paper."""
    return len(code) == DIGITS and code.isdecimal() and code.isascii()


def fitting_period(
    code: str, code_of: Callable[[int], str], *, real_now: datetime, after: int | None
) -> int | None:
    """The period whose code this is; None for none close to now, or none after that of the last code taken.

    So a code works once, and one that is older than it no more.
    """
    this = period_of(real_now)
    fitting = [
        period
        for period in range(this - DRIFT, this + DRIFT + 1)
        if compare_digest(code_of(period).encode(), code.encode())
    ]
    return next((period for period in fitting if after is None or period > after), None)
