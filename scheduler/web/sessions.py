"""Who is signed in: the browser keeps a token in its signed cookie, the rest stands in the database."""

from typing import cast

from flask import g, request, session

from models.staff import StaffAccount
from scheduler.domain.roles import Actor
from scheduler.queries.staff import account_of
from scheduler.usecases import staff
from scheduler.web.frame import ask_no_more_after_failure, frame, office_now

_TOKEN = "sid"  # noqa: S105  # the name of the entry
_KEPT = ("language", "theme", "keys")


def current_account() -> StaffAccount | None:
    """Whoever is signed in here and now, read once for each request."""
    if "account" not in g:
        g.account = _read_account()
    return cast(StaffAccount | None, g.account)


def signed_in_actor() -> Actor | None:
    account = current_account()
    return None if account is None else staff.actor_of(account)


def begin(account: StaffAccount) -> None:
    """Signs somebody in here, under a fresh session that takes over the reader's choices alone."""
    now, real_now = office_now(), frame().clock.real()
    _forget()
    with frame().database.transaction() as rows:
        session[_TOKEN] = staff.sign_in(rows, account, address=address(), now=now, real_now=real_now)
    g.account = account


def end() -> None:
    """Signs whoever is signed in here out, for this token everywhere."""
    if token := session.get(_TOKEN):
        with frame().database.transaction() as rows:
            staff.sign_out(rows, token)
    _forget()
    g.account = None


def address() -> str:
    """Where the request comes from, to count tries by."""
    return (request.remote_addr or "unknown")[:45]


def _read_account() -> StaffAccount | None:
    token = session.get(_TOKEN)
    if not isinstance(token, str):
        return None
    ask_no_more_after_failure()
    with frame().database.reading() as rows:
        return account_of(rows, token, real_now=frame().clock.real())


def _forget() -> None:
    kept = {choice: session[choice] for choice in _KEPT if choice in session}
    session.clear()
    session.update(kept)
