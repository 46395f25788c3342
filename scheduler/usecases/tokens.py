"""Gives API tokens to other systems, and takes them back."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from models.tokens import ApiToken
from scheduler.adapters.tokens import digest, new_token
from scheduler.domain.errors import Invalid, NotFound, invalid
from scheduler.domain.people import fault_of_text
from scheduler.domain.roles import Actor, Role
from scheduler.usecases.audit import record

NAME_LENGTH = 60


def add_token(
    session: Session, name: str, role: Role, *, actor: Actor, now: datetime, real_now: datetime
) -> str:
    """A new token for the system `name`; this is the only time that it can be seen.

    Raises Invalid for a name that is empty, too long or taken.
    """
    name = name.strip()
    fault = fault_of_text(name, longest=NAME_LENGTH)
    if fault is not None:
        raise Invalid(fields={"name": fault})
    if not name:
        raise invalid("name", "missing")
    if session.scalar(select(exists().where(ApiToken.name == name))):
        raise invalid("name", "taken", value=name)
    token = new_token()
    session.add(ApiToken(name=name, role=role, digest=digest(token), created_at=real_now))
    record(session, actor, "token.add", f"token:{name}", now=now, role=role)
    return token


def revoke_token(session: Session, name: str, *, actor: Actor, now: datetime, real_now: datetime) -> None:
    """Takes a token back; from its next call on it is none. Raises NotFound for one that nobody has."""
    token = session.scalar(
        select(ApiToken).where(ApiToken.name == name.strip(), ApiToken.revoked_at.is_(None)).with_for_update()
    )
    if token is None:
        raise NotFound(what="token", key=name[:NAME_LENGTH])
    token.revoked_at = real_now
    record(session, actor, "token.revoke", f"token:{token.name}", now=now)
