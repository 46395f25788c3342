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
from scheduler.usecases.audit import record


def add_feed(session: Session, place: str | None, *, actor: Actor, now: datetime) -> str:
    """The secret of a new feed of the place with this key, or with None of all group events.

    It cannot be seen again. Raises Invalid for a place that there is not.
    """
    row = session.scalar(select(ResourceRow).where(ResourceRow.key == place)) if place else None
    if place and row is None:
        raise invalid("place", "unknown", value=place[:40])
    token = new_token()
    feed = Feed(
        kind=FeedKind.PLACE if row else FeedKind.EVENTS,
        resource_id=row.id if row else None,
        digest=digest(token),
        made_by=actor.name,
        made_at=now,
    )
    session.add(feed)
    session.flush()
    record(session, actor, "feed.add", f"feed:{feed.id}", now=now, kind=feed.kind, place=place or "")
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
