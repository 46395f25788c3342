"""Gives out calendar feeds, and takes them back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.feeds import Feed
from models.plans import ResourceRow
from scheduler.adapters.tokens import digest, new_token
from scheduler.domain.errors import NotFound, invalid
from scheduler.domain.feeds import FeedKind
from scheduler.domain.roles import Actor
from scheduler.queries.caseworkers import caseworker
from scheduler.usecases.audit import record


def add_feed(
    session: Session, place: str | None, *, caseworker_id: int | None = None, actor: Actor, now: datetime
) -> str:
    """The secret of a new feed of a caseworker, of the place with this key, or else of all group events.

    It cannot be seen again. Raises Invalid for a place that there is not, NotFound for a caseworker.
    """
    if caseworker_id is not None:
        caseworker(session, caseworker_id)
        return _given_out(session, FeedKind.CASEWORKER, None, caseworker_id, actor, now)
    row = session.scalar(select(ResourceRow).where(ResourceRow.key == place)) if place else None
    if place and row is None:
        raise invalid("place", "unknown", value=place[:40])
    return _given_out(session, FeedKind.PLACE if row else FeedKind.EVENTS, row, None, actor, now)


def _given_out(
    session: Session,
    kind: FeedKind,
    place: ResourceRow | None,
    caseworker_id: int | None,
    actor: Actor,
    now: datetime,
) -> str:
    token = new_token()
    feed = Feed(
        kind=kind,
        resource_id=place.id if place else None,
        caseworker_id=caseworker_id,
        digest=digest(token),
        made_by=actor.name,
        made_at=now,
    )
    session.add(feed)
    session.flush()
    record(
        session, actor, "feed.add", f"feed:{feed.id}", now=now, kind=kind, place=place.key if place else ""
    )
    return token


def revoke_feed(session: Session, feed_id: UUID, *, actor: Actor, now: datetime) -> None:
    """From the next time on nobody finds anything there. Raises NotFound."""
    found = session.scalar(
        select(Feed).where(Feed.id == feed_id, Feed.revoked_at.is_(None)).with_for_update()
    )
    if found is None:
        raise NotFound(what="feed", key=str(feed_id))
    found.revoked_at, found.revoked_by = now, actor.name
    record(session, actor, "feed.revoke", f"feed:{feed_id}", now=now)
