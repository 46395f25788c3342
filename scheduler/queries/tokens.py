"""Looks at the API tokens: whose token this is."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.tokens import ApiToken
from scheduler.adapters.tokens import digest
from scheduler.domain.errors import Unauthorized
from scheduler.domain.roles import Actor


def actor_of(session: Session, token: str) -> Actor:
    """Who sends this token. Raises Unauthorized for one that was never given out, or was revoked."""
    row = session.execute(
        select(ApiToken.name, ApiToken.role).where(
            ApiToken.digest == digest(token), ApiToken.revoked_at.is_(None)
        )
    ).first()
    if row is None:
        raise Unauthorized
    return Actor(f"token:{row.name}", row.role)


def all_tokens(session: Session) -> list[ApiToken]:
    """All tokens by name, revoked ones too."""
    return list(session.scalars(select(ApiToken).order_by(ApiToken.name)))
