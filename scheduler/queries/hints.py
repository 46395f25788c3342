"""Looks for hints about somebody, whichever of the person's bookings they were set with."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.hints import Hint
from models.people import Person
from scheduler.domain.people import gathered


def hints_about(session: Session, people: Iterable[Person], *, today: date) -> Mapping[UUID, Sequence[Hint]]:
    """What holds today for each of these people, by the person's id; who is the same says `gathered`.

    One statement: few hints hold at a time, so all of them are looked at.
    """
    in_force = (
        select(Hint, Person)
        .join(Person, Person.id == Hint.person_id)
        .where(Hint.lifted_at.is_(None), Hint.until >= today)
        .order_by(Hint.id)
    )
    known = [(hint, owner) for hint, owner in session.execute(in_force)]
    found = {person.id: _about(person, known) for person in people} if known else {}
    return {person_id: hints for person_id, hints in found.items() if hints}


def _about(person: Person, known: Sequence[tuple[Hint, Person]]) -> Sequence[Hint]:
    others = ((hint, owner.customer) for hint, owner in known)
    (same, *_) = gathered([(None, person.customer), *others])
    return [hint for hint, owner in known if hint in same or owner.id == person.id]
