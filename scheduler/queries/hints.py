"""Looks for hints about somebody, whichever of the person's bookings they were set with."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from models.hints import Hint
from models.people import Person


def hints_about(session: Session, people: Sequence[Person], *, today: date) -> Sequence[Hint]:
    """What holds today for these people: set with the same number, or the same name and birth date."""
    if not people:
        return []
    same = [
        or_(
            Person.id == person.id,
            and_(Person.number_key.is_not(None), Person.number_key == person.number_key),
            and_(Person.born.is_not(None), Person.born == person.born, Person.name == person.name),
        )
        for person in people
    ]
    return session.scalars(
        select(Hint)
        .join(Person, Person.id == Hint.person_id)
        .where(Hint.lifted_at.is_(None), Hint.until >= today, or_(*same))
        .order_by(Hint.id)
    ).all()
