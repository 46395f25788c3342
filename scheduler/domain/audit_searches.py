"""Searches of the records by employee: for a purpose, on a second person's word, and for one day alone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from scheduler.domain.errors import Fault, Invalid, WrongState
from scheduler.domain.people import fault_of_text
from scheduler.domain.roles import Actor

SHORTEST_PURPOSE, LONGEST_PURPOSE = 10, 500
MOST_DAYS = 92
#: So long the results can be looked at once somebody has granted the search.
OPEN_FOR = timedelta(hours=24)
#: So long a search waits for a second person.
WAITS_FOR = timedelta(days=7)


class SearchDecision(StrEnum):
    GRANTED = "granted"
    DECLINED = "declined"


class SearchState(StrEnum):
    WAITING = "waiting"
    GRANTED = "granted"
    DECLINED = "declined"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """Whose records, what for, and of which local days, both included."""

    login: str
    purpose: str
    first: date
    last: date


def check_filing(asked: SearchRequest, *, today: date) -> None:
    """Raises Invalid."""
    faults: dict[str, Fault] = {}
    if not asked.login:
        faults["login"] = Fault("missing")
    if len(" ".join(asked.purpose.split())) < SHORTEST_PURPOSE:
        faults["purpose"] = Fault("too_short", shortest=SHORTEST_PURPOSE)
    elif fault := fault_of_text(asked.purpose, longest=LONGEST_PURPOSE, lines=True):
        faults["purpose"] = fault
    if asked.first > today:
        faults["first"] = Fault("in_the_future")
    if asked.last < asked.first:
        faults["last"] = Fault("reversed")
    elif (asked.last - asked.first).days >= MOST_DAYS:
        faults["last"] = Fault("span_too_long", most=MOST_DAYS)
    if faults:
        raise Invalid(fields=faults)


def state_of(
    decision: SearchDecision | None, *, filed_at: datetime, decided_at: datetime | None, now: datetime
) -> SearchState:
    if decision is SearchDecision.DECLINED:
        return SearchState.DECLINED
    if decided_at is None:
        return SearchState.WAITING if now < filed_at + WAITS_FOR else SearchState.EXPIRED
    return SearchState.GRANTED if now < decided_at + OPEN_FOR else SearchState.EXPIRED


def check_second_person(actor: Actor, *, filed_by: str, about: str) -> None:
    """Whoever decides has neither filed the search nor is it about them. Raises WrongState."""
    if actor.name == filed_by:
        raise WrongState(why="own_search")
    if actor.name == f"staff:{about}":
        raise WrongState(why="search_about_you")
