"""Looks at the API tokens: whose token this is."""

from typing import cast

from sqlalchemy import Table, bindparam, select, true
from sqlalchemy.orm import Session

from models.tokens import ApiToken
from models.volleys import Ready, ask
from scheduler.adapters.tokens import digest
from scheduler.domain.errors import Unauthorized
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Actor
from scheduler.queries.plans import NEWEST, read_version

_tokens = cast(Table, ApiToken.__table__)
_newest = NEWEST.subquery()
_CALLER = Ready(
    select(_tokens.c.name, _tokens.c.role, _newest.c.id, _newest.c.digest)
    .outerjoin(_newest, true())
    .where(_tokens.c.digest == bindparam("sent"), _tokens.c.revoked_at.is_(None))
)


def caller(session: Session, token: str) -> tuple[Actor, Plan | None]:
    """Who sends this token, and the plan as it stands (None before the first import); one statement.

    Raises Unauthorized for a token that was never given out, or was revoked.
    """
    found = ask(session, _CALLER, {"sent": digest(token)})
    if not found:
        raise Unauthorized
    name, role, *version = found[0]
    return Actor(f"token:{name}", role), read_version(session, *version) if version[0] is not None else None


def all_tokens(session: Session) -> list[ApiToken]:
    """All tokens by name, revoked ones too."""
    return list(session.scalars(select(ApiToken).order_by(ApiToken.name)))
