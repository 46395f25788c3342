"""Looks at enquiries: the open list, one with its steps, and those of a person."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from models.enquiries import Enquiry, EnquiryStep
from models.outbox import OutboxRow
from scheduler.domain.bookings import REFERENCE_LENGTH
from scheduler.domain.errors import NotFound
from scheduler.domain.notices import NoticeState

_MOST = 200
_MOST_OF_ONE = 20


class Open(NamedTuple):
    """The enquiries that somebody has to see to; `more` where the list is cut."""

    enquiries: Sequence[Enquiry]
    more: bool


class Load(NamedTuple):
    """How many are open, and how many of them should have been called back by now."""

    open: int
    overdue: int


def with_everything() -> Select[Enquiry]:
    return select(Enquiry).options(joinedload(Enquiry.person), joinedload(Enquiry.service))


def open_enquiries(session: Session, *, owner: str | None = None) -> Open:
    """Calls that were promised first, the longest due on top, then the others by age.

    With `owner` those alone that they see to, or that nobody does.
    """
    wanted = with_everything().where(Enquiry.closed_at.is_(None))
    if owner is not None:
        nobodys = Enquiry.owner.is_(None) & Enquiry.forwarded_to.is_(None)
        wanted = wanted.where(or_(Enquiry.owner == owner, nobodys))
    found = session.scalars(
        wanted.order_by(Enquiry.call_by.is_(None), Enquiry.call_by, Enquiry.came_at, Enquiry.id).limit(
            _MOST + 1
        )
    ).all()
    return Open(found[:_MOST], len(found) > _MOST)


def closed_lately(session: Session) -> Sequence[Enquiry]:
    """What was dealt with last, the latest first."""
    return session.scalars(
        with_everything()
        .where(Enquiry.closed_at.is_not(None))
        .order_by(Enquiry.closed_at.desc(), Enquiry.id)
        .limit(_MOST_OF_ONE)
    ).all()


def not_arrived(session: Session) -> Sequence[Enquiry]:
    """Those whose answer could not be mailed, the oldest first: somebody has to tell them otherwise."""
    return (
        session.scalars(
            with_everything()
            .join(OutboxRow, OutboxRow.enquiry_id == Enquiry.id)
            .where(OutboxRow.state == NoticeState.QUARANTINED)
            .order_by(OutboxRow.id)
            .limit(_MOST_OF_ONE)
        )
        .unique()
        .all()
    )


def mails_of(session: Session, enquiry_id: UUID) -> Sequence[OutboxRow]:
    """The answers that were mailed, or are to be, the oldest first."""
    return session.scalars(
        select(OutboxRow).where(OutboxRow.enquiry_id == enquiry_id).order_by(OutboxRow.id)
    ).all()


def load(session: Session, *, now: datetime) -> Load:
    """One statement."""
    counted = session.execute(
        select(func.count(), func.count().filter(Enquiry.call_by <= now))
        .select_from(Enquiry)
        .where(Enquiry.closed_at.is_(None))
    ).one()
    return Load(*counted)


def enquiry(session: Session, enquiry_id: UUID) -> Enquiry:
    """Raises NotFound."""
    found = session.scalar(with_everything().where(Enquiry.id == enquiry_id))
    if found is None:
        raise NotFound(what="enquiry", key=str(enquiry_id))
    return found


def by_reference(session: Session, text: str) -> Enquiry:
    """The one that somebody names; blanks, hyphens and small letters are theirs. Raises NotFound."""
    reference = "".join(letter for letter in text.upper() if letter.isalnum())[: REFERENCE_LENGTH + 1]
    found = session.scalar(with_everything().where(Enquiry.reference == reference))
    if found is None:
        raise NotFound(what="enquiry", key=reference[:20])
    return found


def steps_of(session: Session, enquiry_id: UUID) -> Sequence[EnquiryStep]:
    """What was done with one, the oldest first; also what was taken back."""
    return session.scalars(
        select(EnquiryStep).where(EnquiryStep.enquiry_id == enquiry_id).order_by(EnquiryStep.id)
    ).all()


def enquiries_of(session: Session, people: Collection[UUID]) -> Sequence[Enquiry]:
    """Those of somebody who is known by these entries, the latest first."""
    return session.scalars(
        with_everything()
        .where(Enquiry.person_id.in_(people))
        .order_by(Enquiry.came_at.desc(), Enquiry.id)
        .limit(_MOST_OF_ONE)
    ).all()
