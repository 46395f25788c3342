"""Looks at applications: one, by its id or reference, and those of a person."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from models.applications import Application
from scheduler.domain.bookings import REFERENCE_LENGTH
from scheduler.domain.errors import NotFound

_MOST = 50


def application(session: Session, application_id: UUID) -> Application:
    """Raises NotFound."""
    return _the(session, _with_person().where(Application.id == application_id), str(application_id))


def by_reference(session: Session, text: str) -> Application:
    """The one that somebody names; blanks, hyphens and small letters are theirs. Raises NotFound."""
    reference = "".join(letter for letter in text.upper() if letter.isalnum())[: REFERENCE_LENGTH + 1]
    return _the(session, _with_person().where(Application.reference == reference), reference[:20])


def applications_of(session: Session, people: Collection[UUID]) -> Sequence[Application]:
    """Those of somebody who is known by these entries, the latest first."""
    return session.scalars(
        select(Application)
        .where(Application.person_id.in_(people))
        .order_by(Application.received_on.desc(), Application.noted_at.desc())
        .limit(_MOST)
    ).all()


def _with_person() -> Select[Application]:
    return select(Application).options(joinedload(Application.person, innerjoin=True))


def _the(session: Session, wanted: Select[Application], key: str) -> Application:
    found = session.scalar(wanted)
    if found is None:
        raise NotFound(what="application", key=key)
    return found
