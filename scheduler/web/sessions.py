"""Who is signed in: the browser keeps a token in its signed cookie, the rest stands in the database."""

from contextlib import suppress
from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network
from secrets import token_hex
from typing import cast

from flask import g, request, session
from sqlalchemy.orm import Session

from models.staff import StaffAccount
from scheduler.adapters.tokens import digest
from scheduler.domain.errors import Busy, Unauthorized, Unavailable
from scheduler.domain.factors import is_due
from scheduler.domain.roles import Actor
from scheduler.queries.staff import session_of
from scheduler.usecases import staff
from scheduler.usecases.factors import show_factor, tries_of
from scheduler.web.frame import ask_no_more_after_failure, frame, office_now

_TOKEN = "sid"  # noqa: S105  # the name of the entry
_IPV6_NETWORK = 64
_PATIENCE_S = 0.5
#: Where the computer stands, for alarms; whoever signs in there.
PLACE = "place"
#: Tells one computer from another where both have the same login; an alarm is heard at every other one.
_BROWSER = "browser"
#: Whoever has sat at the same page for hours can call for help from it, and hears whoever does.
_ALSO_IDLE = ("desk.raise_alarm", "desk.alarms_now")
#: What stands in a browser's own name for itself; the first that does names it.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_KEPT = ("language", "theme", "keys", PLACE, _BROWSER)


def current_account() -> StaffAccount | None:
    """Whoever is signed in here and now; nobody as long as there is something to do first."""
    account = arriving_account()
    return None if account is None or first_step() is not None else account


def arriving_account() -> StaffAccount | None:
    """Whoever has shown who they are, also with a password to be changed, or a factor to be set up."""
    account = _known_account()
    return None if g.awaits_code else account


def account_at_the_door() -> StaffAccount | None:
    """Whoever has shown the password here, and not yet the code of the second factor."""
    account = _known_account()
    return account if g.awaits_code else None


def first_step() -> str | None:
    """The page that whoever comes in has to pass before any other; None for none, and for strangers."""
    account = _known_account()
    if account is None:
        return None
    if g.awaits_code:
        return "desk.ask_for_code"
    if account.one_time_until is not None:
        return "desk.own_password"
    due = is_due(frame().config.second_factor, account.role, since=account.factor_since)
    return "desk.own_factor" if due else None


def _known_account() -> StaffAccount | None:
    """Whoever has a session of any kind here, read once for each request."""
    if "account" not in g:
        g.awaits_code = False
        g.account = _read_account()
    return cast(StaffAccount | None, g.account)


def here() -> str:
    """The digest of the session that asks."""
    return digest(str(session.get(_TOKEN, "")))


def kept_as_of() -> datetime | None:
    """As of which instant whoever is signed in here looks at the office; None for now, and for nobody."""
    return None if current_account() is None else cast(datetime | None, g.get("kept_as_of"))


def signed_in_actor() -> Actor | None:
    account = current_account()
    return None if account is None else staff.actor_of(account)


def begin(account: StaffAccount, *, proved: bool = False) -> None:
    """Signs somebody in here, under a fresh session that takes over the reader's choices alone.

    Where the account has a second factor that was not `proved`, the session waits for its code.
    """
    with frame().database.transaction() as rows:
        token = _new_session(rows, account, proved=proved)
    _take_over(account, token)
    g.awaits_code = account.factor_secret is not None and not proved


def let_in(code: str) -> None:
    """Signs in whoever stands at the door, by the code of the second factor, under another session.

    Raises Invalid, TooManyRequests, Unauthorized.
    """
    account = account_at_the_door()
    if account is None:
        raise Unauthorized
    count_code(account)
    now, real_now = office_now(), frame().clock.real()
    with frame().database.transaction() as rows:
        shown = show_factor(rows, account.login, code, factors=frame().factors, now=now, real_now=real_now)
        token = _new_session(rows, account, proved=True)
        staff.sign_out(rows, session[_TOKEN])
    _take_over(shown, token)


def count_code(account: StaffAccount) -> None:
    """Counts a try before its code is looked at. Raises TooManyRequests."""
    with frame().database.transaction() as rows:
        staff.throttle(rows, tries_of(account), address=address(), real_now=frame().clock.real())


def _new_session(rows: Session, account: StaffAccount, *, proved: bool) -> str:
    return staff.sign_in(
        rows,
        account,
        address=address(),
        now=office_now(),
        real_now=frame().clock.real(),
        device=_device(),
        proved=proved,
    )


def _take_over(account: StaffAccount, token: str) -> None:
    _forget()
    session[_TOKEN] = token
    session.setdefault(_BROWSER, token_hex(8))
    g.account, g.awaits_code, g.kept_as_of = account, False, None


def browser() -> str:
    """A name for the browser that asks, made at its first sign-in; empty before."""
    return str(session.get(_BROWSER, ""))


def end() -> None:
    """Signs whoever is signed in here out, for this token everywhere."""
    if token := session.get(_TOKEN):
        with frame().database.transaction() as rows:
            staff.sign_out(rows, token)
    _forget()
    g.account, g.awaits_code = None, False


def address() -> str:
    """Where the request comes from, to count tries by; of IPv6 the network, since a caller has all of one."""
    given = (request.remote_addr or "unknown")[:45]
    try:
        parsed = ip_address(given)
    except ValueError:
        return given
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((parsed, _IPV6_NETWORK), strict=False))
    return given


def _device() -> str:
    """Browser and system as far as the browser says, so that people know their own devices in a list."""
    told = request.user_agent.string
    named = (next((name for mark, name in marks if mark in told), "") for marks in (_BROWSERS, _SYSTEMS))
    return " · ".join(filter(None, named))


def _read_account() -> StaffAccount | None:
    token = session.get(_TOKEN)
    if not isinstance(token, str):
        return None
    ask_no_more_after_failure()
    real_now = frame().clock.real()
    with frame().database.reading() as rows:
        found = session_of(rows, token, real_now=real_now, also_idle=request.endpoint in _ALSO_IDLE)
    if found is None:
        return None
    # What a page asks by itself puts no end off: nobody needs to be there.
    if "Theke-Live" not in request.headers and staff.is_worth_noting(found, real_now=real_now):
        # Whoever only looks shall see the page also while nothing can be written; the next look notes it.
        with suppress(Busy, Unavailable), frame().database.brief_transaction(_PATIENCE_S) as rows:
            staff.note_use(rows, found, real_now=real_now)
    g.kept_as_of, g.awaits_code = found.as_of, found.awaits_code
    return found.staff


def _forget() -> None:
    kept = {choice: session[choice] for choice in _KEPT if choice in session}
    session.clear()
    session.update(kept)
