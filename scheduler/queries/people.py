"""Looks at people: who is meant by what was typed into one box, and the visits of somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, false, func, literal, select, union, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.bookings import Booking
from models.bulk import among
from models.people import Person, PersonWord
from scheduler.domain.errors import NotFound
from scheduler.domain.people import (
    MOST_WORDS,
    Sought,
    bounds,
    gathered,
    halves,
    is_near,
    sought,
    swapped,
    words_of_name,
)
from scheduler.queries.bookings import with_everything

#: More rows than these are not looked at; whoever is not among them is found by typing more.
_MOST_ROWS = 300
#: More spellings than these are not followed for one word.
_MOST_SPELLINGS = 50
_AS_TYPED, _BEGUN, _MISTYPED = 0, 1, 2
#: How many visits of somebody are listed on each side of now.
MOST_VISITS = 50


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """Somebody whom the office knows: the newest entry, and the ids of all that are the same person."""

    person: Person
    ids: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class Acquaintances:
    """Those who are meant, the likeliest first; `more` where typing more would show others."""

    found: Sequence[Acquaintance]
    more: bool


@dataclass(frozen=True, slots=True)
class Visits:
    """To come from the nearest on, past from the latest back; `more` where some are left out."""

    to_come: Sequence[Booking]
    past: Sequence[Booking]
    more: bool


def people(session: Session, text: str, *, today: date, at_most: int) -> Acquaintances:
    """Who is meant by `text`, each person once; at most two statements."""
    wanted = sought(text, today=today)
    if not wanted:
        return Acquaintances([], more=False)
    rows = session.scalars(_meant(wanted, _spellings(session, wanted))).all()
    groups = gathered((row, row.customer) for row in rows)
    found = [Acquaintance(group[0], [row.id for row in group]) for group in groups[:at_most]]
    return Acquaintances(found, more=len(groups) > at_most or len(rows) == _MOST_ROWS)


def person(session: Session, person_id: UUID) -> Acquaintance:
    """Somebody with all entries that are the same person. Raises NotFound."""
    given = session.get(Person, person_id)
    if given is None:
        raise NotFound(what="person", key=str(person_id))
    others = session.scalars(
        select(Person)
        .where(Person.id.in_(union(*_looks(given))), Person.id != given.id)
        .order_by(Person.created_at.desc(), Person.id)
    )
    (same, *_) = gathered((row, row.customer) for row in [given, *others])
    newest = max(same, key=lambda row: row.created_at)
    return Acquaintance(newest, [row.id for row in same])


def visits(session: Session, ids: Sequence[UUID], *, now: datetime) -> Visits:
    """The visits of these entries, before and after `now`; two statements."""
    theirs = with_everything().where(among(session, Booking.person_id, ids)).limit(MOST_VISITS + 1)
    to_come = session.scalars(
        theirs.where(Booking.ends_at > now).order_by(Booking.starts_at, Booking.reference)
    ).all()
    past = session.scalars(
        theirs.where(Booking.ends_at <= now).order_by(Booking.starts_at.desc(), Booking.reference)
    ).all()
    more = max(len(to_come), len(past)) > MOST_VISITS
    return Visits(to_come[:MOST_VISITS], past[:MOST_VISITS], more)


def _spellings(session: Session, wanted: Sought) -> dict[str, list[str]]:
    """For each word the words of people that are probably meant by it; one statement."""
    parts = {word: found for word in wanted.words if (found := halves(word)) is not None}
    if not parts:
        return {}
    looks: list[Select[str]] = []
    for word, (begin, end) in parts.items():
        looks.append(select(PersonWord.word).where(*_begins(PersonWord.word, begin)))
        looks.append(select(PersonWord.word).where(*_begins(PersonWord.backwards, end[::-1])))
        looks.append(select(PersonWord.word).where(PersonWord.word == swapped(word)))
    known = session.scalars(union(*looks)).all()
    return {
        word: [other for other in known if other != word and is_near(word, other)][:_MOST_SPELLINGS]
        for word in parts
    }


def _meant(wanted: Sought, spellings: dict[str, list[str]]) -> Select[Person]:
    """The entries that fit everything that is wanted, the best and then the newest first."""
    ranked = [_ranked(word, spellings.get(word, [])) for word in wanted.words]
    if wanted.number:
        ranked.append(_ranked(wanted.number, [], phone=wanted.phone))
    if len(wanted.words) == 1 and not (wanted.number or wanted.email or wanted.born):
        # A beginning alone can be that of very many; whoever is not among the first is found by typing more.
        (word,) = wanted.words
        ranked = [_ranked(word, spellings.get(word, []), most_begun=_MOST_ROWS)]
    rows = select(Person).limit(_MOST_ROWS)
    for one in ranked:
        rows = rows.join(one, one.c.person_id == Person.id)
    if wanted.born is not None:
        rows = rows.where(Person.born == wanted.born)
    if wanted.email:
        rows = rows.where(Person.email_key == wanted.email)
    ranks: list[ColumnElement[int]] = [one.c.rank for one in ranked]
    order = [reduce(lambda one, other: one + other, ranks)] if ranks else []
    return rows.order_by(*order, Person.created_at.desc(), Person.id)


def _ranked(word: str, spellings: list[str], *, phone: str = "", most_begun: int | None = None) -> Subquery:
    """The ids of those who have the word, with how well it fits."""

    def having(rank: int, *conditions: ColumnElement[bool]) -> Select[UUID, int]:
        return select(PersonWord.person_id.label("person_id"), literal(rank).label("rank")).where(*conditions)

    begun = having(_BEGUN, *_begins(PersonWord.word, word))
    if most_begun is not None:
        first = begun.order_by(PersonWord.word, PersonWord.person_id).limit(most_begun).subquery()
        begun = select(first.c.person_id, first.c.rank)
    looks = [having(_AS_TYPED, PersonWord.word == word), begun]
    if spellings:
        looks.append(having(_MISTYPED, PersonWord.word.in_(spellings)))
    if phone:
        looks.append(select(Person.id, literal(_AS_TYPED)).where(Person.phone_key == phone))
    found = union_all(*looks).subquery()
    return (
        select(found.c.person_id, func.min(found.c.rank).label("rank")).group_by(found.c.person_id).subquery()
    )


def _begins(column: InstrumentedAttribute[str], word: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    first, beyond = bounds(word)
    return column >= first, column < beyond


def _looks(given: Person) -> list[Select[UUID]]:
    """Who is perhaps the same person, by each sign apart: many of one sign push out nobody of another.

    Each is looked up in an index. A birth date counts with a word of the name alone; many share the first of
    January.
    """
    known = (
        (Person.number_key, given.number_key),
        (Person.email_key, given.email_key),
        (Person.phone_key, given.phone_key),
    )
    looks = [select(Person.id).where(column == value) for column, value in known if value]
    words = words_of_name(given.name)[:MOST_WORDS]
    if given.born and words:
        called = select(PersonWord.person_id).where(PersonWord.word == max(words, key=len))
        looks.append(select(Person.id).where(Person.born == given.born, Person.id.in_(called)))
    newest = [
        look.order_by(Person.created_at.desc(), Person.id).limit(_MOST_ROWS).subquery() for look in looks
    ]
    return [select(one.c.id) for one in newest] or [select(Person.id).where(false())]
