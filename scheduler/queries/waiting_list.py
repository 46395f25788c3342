"""Looks at the waiting list: who waits, what one is offered, and what was freed just now."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models.base import RealNow
from models.bookings import Claim
from models.plans import ResourceRow
from models.waiting_list import Offer, Wish
from scheduler.domain.intervals import Interval
from scheduler.domain.waiting_list import COOLING, LONGEST_COOL_DOWN

_MOST = 500


class Waiting(NamedTuple):
    """How one visit stands: whether somebody waits for an earlier time, what is offered, how often it was."""

    wishes: bool
    offer: Offer | None
    offers: int


def waiting(session: Session, booking_id: UUID, now: datetime) -> Waiting:
    """Two statements."""
    asked_at = session.scalar(select(Wish.asked_at).where(Wish.booking_id == booking_id))
    offers = session.scalars(
        select(Offer)
        .where(Offer.booking_id == booking_id)
        .options(joinedload(Offer.resource))
        .order_by(Offer.made_at)
    ).all()
    current = [one for one in offers if one.answer is None and one.until > now]
    made = [one for one in offers if asked_at is not None and one.made_at >= asked_at]
    return Waiting(asked_at is not None, current[-1] if current else None, len(made))


def in_turn(session: Session) -> Sequence[UUID]:
    """The bookings whose people wait, whoever has waited longest first."""
    return session.scalars(
        select(Wish.booking_id).order_by(Wish.asked_at, Wish.booking_id).limit(_MOST)
    ).all()


def cooling(session: Session, cool_down: timedelta) -> Mapping[str, Sequence[Interval]]:
    """What was freed within the cool-down, by the place's key; nothing is asked where there is none."""
    found: dict[str, list[Interval]] = {}
    if not cool_down:
        return found
    rows = session.execute(
        select(ResourceRow.key, Claim.starts_at, Claim.occupied_until, Claim.held_until, RealNow())
        .join(ResourceRow, ResourceRow.id == Claim.resource_id)
        .where(Claim.held_by == COOLING, Claim.held_until > RealNow())
    )
    for key, start, end, until, real_now in rows:
        if until is not None and until - LONGEST_COOL_DOWN + cool_down > real_now:
            found.setdefault(key, []).append(Interval(start, end))
    return found
