"""Notices: how somebody is told, and by what."""

from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.domain.people import Customer

LATE_AFTER = timedelta(hours=1)
"""A mail that has not left by then is told by hand as well."""

SOON = timedelta(days=1)
"""Before a visit so near, one failure is enough for that."""


class Reach(StrEnum):
    """How a person can be reached in time, the first that is known."""

    EMAIL = "email"
    LETTER = "letter"
    PHONE = "phone"
    NONE = "none"


class NoticeKind(StrEnum):
    """Mailed, printed, called, or on the list for the door."""

    EMAIL = "email"
    LETTER = "letter"
    PHONE = "phone"
    DOOR = "door"


class Notifying(StrEnum):
    """Whether somebody is told of a change now, once the desk lets the notice go, or not at all."""

    NOW = "now"
    LATER = "later"
    NOT = "not"


class NoticeState(StrEnum):
    """`waiting` to be mailed or ticked off, `sent` when done, `quarantined` where somebody must look.

    `held` waits until somebody at the desk lets it go, `unwanted` never goes: so somebody decided.
    """

    WAITING = "waiting"
    HELD = "held"
    UNWANTED = "unwanted"
    SENT = "sent"
    QUARANTINED = "quarantined"
    WITHDRAWN = "withdrawn"


UNDELIVERED = (NoticeState.WAITING, NoticeState.QUARANTINED, NoticeState.HELD)
"""What nobody has got yet and somebody still is to."""


class Template(StrEnum):
    """What a notice says; each is a folder below `templates/mail`."""

    INVITATION = "invitation"
    UPDATE = "update"
    CANCELLATION = "cancellation"
    PHONE = "phone"
    RECEIPT = "receipt"
    DECLINED = "declined"
    REPLACED = "replaced"
    DELAYED = "delayed"
    REMINDER = "reminder"
    LINK = "link"
    OFFER = "offer"
    ANSWER = "answer"
    FILED = "filed"
    MODE = "mode"
    MODE_BACK = "mode_back"


#: So long before a visit people are reminded, once; whoever booked or moved it later knows it well enough.
REMINDED_BEFORE = timedelta(hours=48)
#: A reminder that comes later than this, as after days without the jobs, helps nobody any more.
LATEST_REMINDER = timedelta(hours=2)


def is_to_be_reminded(starts_at: datetime, *, judged_at: datetime, now: datetime) -> bool:
    """Whether now is the time to remind of a visit that was made or moved at `judged_at`."""
    is_time = now + LATEST_REMINDER <= starts_at <= now + REMINDED_BEFORE
    return is_time and judged_at <= starts_at - REMINDED_BEFORE


KIND_BY_REACH = {
    Reach.EMAIL: NoticeKind.EMAIL,
    Reach.LETTER: NoticeKind.LETTER,
    Reach.PHONE: NoticeKind.PHONE,
    Reach.NONE: NoticeKind.DOOR,
}


def comes_in_time(starts_at: datetime, *, now: datetime, post: timedelta) -> bool:
    """Whether a letter posted now arrives before the visit."""
    return starts_at - now >= post


def reach_of(customer: Customer, *, starts_at: datetime, now: datetime, post: timedelta) -> Reach:
    """How this person is told before the visit; a letter counts while the visit is at least `post` away."""
    if customer.email:
        return Reach.EMAIL
    if customer.address and comes_in_time(starts_at, now=now, post=post):
        return Reach.LETTER
    return Reach.PHONE if customer.phone else Reach.NONE
