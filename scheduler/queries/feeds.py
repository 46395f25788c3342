"""Looks at calendar feeds: which are given out, and what one shows."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models.bookings import Booking
from models.events import Event
from models.feeds import Feed
from scheduler.adapters.languages import translations
from scheduler.adapters.tokens import digest
from scheduler.domain.bookings import Channel, Status
from scheduler.domain.errors import NotFound
from scheduler.domain.feeds import AFTER, BEFORE, MOST_ENTRIES, Entry, FeedKind
from scheduler.queries.bookings import with_everything
from scheduler.queries.events import is_participant


def feeds(session: Session) -> Sequence[Feed]:
    """Those that hold, the latest first."""
    return session.scalars(
        select(Feed)
        .where(Feed.revoked_at.is_(None))
        .options(joinedload(Feed.resource), joinedload(Feed.caseworker))
        .order_by(Feed.made_at.desc(), Feed.id)
    ).all()


def feed_of(session: Session, token: str) -> Feed:
    """Raises NotFound for one that was never given out, or was revoked."""
    found = session.scalar(
        select(Feed)
        .where(Feed.digest == digest(token), Feed.revoked_at.is_(None))
        .options(joinedload(Feed.resource), joinedload(Feed.caseworker))
    )
    if found is None:
        raise NotFound(what="feed", key="")
    return found


def entries(session: Session, feed: Feed, *, now: datetime, language: str) -> list[Entry]:
    """What the feed shows now, the soonest first; cancelled visits drop out. One statement.

    A caseworker's calls stand there beside the visits.
    """
    wanted = (
        with_everything()
        .where(Booking.starts_at > now - BEFORE, Booking.starts_at < now + AFTER)
        .where(Booking.status != Status.CANCELLED)
        .order_by(Booking.starts_at, Booking.id)
        .limit(MOST_ENTRIES)
    )
    if feed.kind is FeedKind.CASEWORKER:
        wanted = wanted.where(Booking.caseworker_id == feed.caseworker_id)
    else:
        wanted = wanted.where(Booking.channel == Channel.IN_PERSON)
    if feed.kind is FeedKind.EVENTS:
        wanted = wanted.join(Event, Event.booking_id == Booking.id)
    if feed.kind is FeedKind.PLACE:
        wanted = wanted.where(Booking.resource_id == feed.resource_id, ~is_participant())
    return [
        Entry(
            # Of its own, so that no subscription meets an invitation that somebody accepted.
            str(uuid5(feed.id, str(booking.id))),
            booking.starts_at,
            booking.ends_at,
            translations(language).gettext("by phone")
            if booking.channel is Channel.PHONE
            else booking.resource.name.get(language, booking.resource.name["de"]),
            booking.reference,
            booking.ical_sequence,
            max(booking.made_at, booking.judged_at),
        )
        for booking in session.scalars(wanted)
    ]
