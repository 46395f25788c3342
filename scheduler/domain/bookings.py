"""Bookings: what somebody asks for, and the life of what the office gave.

Two dimensions: the status says how far a visit has come, the standing whether the phase of its date still
allows it. The table of changes is the contract's ("Status changes").
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from scheduler.domain.errors import Fault, Invalid, WrongState
from scheduler.domain.instants import local_date
from scheduler.domain.people import Customer, fault_of_text
from scheduler.domain.roles import Actor, Role


class Status(StrEnum):
    REQUESTED = "requested"
    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    CALLED = "called"
    IN_SERVICE = "in_service"
    DONE = "done"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"

    @property
    def occupies(self) -> bool:
        """Whether a visit in person in this status keeps its place from others."""
        return self not in (Status.DONE, Status.NO_SHOW, Status.CANCELLED)


class Standing(StrEnum):
    """`in_question`: the phase no longer allows the visit, somebody has to look at it."""

    VALID = "valid"
    IN_QUESTION = "in_question"


class Channel(StrEnum):
    IN_PERSON = "in_person"
    PHONE = "phone"


class Origin(StrEnum):
    APPOINTMENT = "appointment"
    WALK_IN = "walk_in"
    EMERGENCY = "emergency"


class Party(StrEnum):
    """Who cancelled; what the office cancels is never held against the customer."""

    CUSTOMER = "customer"
    OFFICE = "office"


class Category(StrEnum):
    """Why a visit is necessary in the single case."""

    INTEGRATION = "integration"
    URGENT_BENEFIT = "urgent_benefit"
    COMPLEX_MATTER = "complex_matter"
    PERSONAL_CONTACT = "personal_contact"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Justification:
    category: Category
    text: str | None


#: More people than these do not come to one visit.
MOST_PERSONS = 20
OTHERS_LENGTH = 600


@dataclass(frozen=True, slots=True)
class Company:
    """How many come, with the one who is booked for, and the names of the others, one in each line."""

    persons: int = 1
    others: str | None = None


ALONE = Company()


def checked_company(company: Company) -> Company:
    """The names without empty lines. Raises Invalid where the number is out of reach, or less than named."""
    names = [name.strip() for name in (company.others or "").split("\n") if name.strip()]
    others = "\n".join(names) or None
    faults = {}
    if not 1 <= company.persons <= MOST_PERSONS:
        faults["persons"] = Fault("out_of_range", least=1, most=MOST_PERSONS)
    elif len(names) >= company.persons:
        faults["persons"] = Fault("more_named")
    fault = fault_of_text(others or "", longest=OTHERS_LENGTH, lines=True)
    if fault is not None:
        faults["others"] = fault
    if faults:
        raise Invalid(fields=faults)
    return Company(company.persons, others)


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """What is asked for: `resource` None means any suitable place, `booked_by` on whose word.

    `caseworker` is the id of the one with whom the talk is to be, None where that is open.
    """

    service: str
    starts_at: datetime
    booked_by: Role
    customer: Customer
    resource: str | None = None
    justification: Justification | None = None
    company: Company = ALONE
    caseworker: int | None = None


@dataclass(frozen=True, slots=True)
class MoveRequest:
    """`by`: on whose wish; what the office moves on its own account is never held against the customer."""

    starts_at: datetime
    resource: str | None = None
    justification: Justification | None = None
    by: Party = Party.CUSTOMER


class Change(StrEnum):
    """What can be done to a booking; the words are those of the API's paths."""

    APPROVE = "approve"
    DECLINE = "decline"
    MOVE = "move"
    CANCEL = "cancel"
    CHECK_IN = "check-in"
    CALL = "call"
    SERVE = "serve"
    FINISH = "finish"
    NO_SHOW = "no-show"


#: Asked for or booked, and nobody has come yet.
TO_COME = frozenset({Status.REQUESTED, Status.BOOKED})


@dataclass(frozen=True, slots=True)
class Transition:
    """`to` is None where the status stays."""

    sources: frozenset[Status]
    to: Status | None


TRANSITIONS: dict[Change, Transition] = {
    Change.APPROVE: Transition(frozenset({Status.REQUESTED}), Status.BOOKED),
    Change.DECLINE: Transition(frozenset({Status.REQUESTED}), Status.CANCELLED),
    Change.MOVE: Transition(TO_COME, None),
    Change.CANCEL: Transition(TO_COME | {Status.CHECKED_IN}, Status.CANCELLED),
    # A no-show is taken back by checking in.
    Change.CHECK_IN: Transition(frozenset({Status.BOOKED, Status.NO_SHOW}), Status.CHECKED_IN),
    Change.CALL: Transition(frozenset({Status.CHECKED_IN, Status.CALLED}), Status.CALLED),
    Change.SERVE: Transition(frozenset({Status.CHECKED_IN, Status.CALLED}), Status.IN_SERVICE),
    Change.FINISH: Transition(frozenset({Status.IN_SERVICE}), Status.DONE),
    Change.NO_SHOW: Transition(frozenset({Status.BOOKED}), Status.NO_SHOW),
}


#: A visit in such a status can get another place at its own time: nobody has sat down yet.
MAY_CHANGE_PLACE = TO_COME | {Status.CHECKED_IN, Status.CALLED}


def is_in_the_house(status: Status) -> bool:
    """Whether the person is there, and so is told by whoever calls them up."""
    return status in (Status.CHECKED_IN, Status.CALLED, Status.IN_SERVICE)


def status_after(
    change: Change,
    status: Status,
    *,
    starts_at: datetime,
    now: datetime,
    zone: tzinfo,
    moved_by: Party | None = None,
) -> Status:
    """The status that `change` leads to. Raises WrongState, with `why` where the day or hour is wrong.

    Nobody can miss what the office cancelled, or moved on its own account (`moved_by`).
    """
    transition = TRANSITIONS[change]
    if status not in transition.sources:
        raise WrongState(status=status, change=change, why="status")
    if change is Change.CHECK_IN and local_date(starts_at, zone) != local_date(now, zone):
        raise WrongState(status=status, change=change, why="another_day")
    if change is Change.MOVE and status is Status.REQUESTED and starts_at <= now:
        raise WrongState(status=status, change=change, why="request_over")
    if change is Change.NO_SHOW and now < starts_at:
        raise WrongState(status=status, change=change, why="not_begun")
    if change is Change.NO_SHOW and moved_by is Party.OFFICE:
        raise WrongState(status=status, change=change, why="moved_by_office")
    return status if transition.to is None else transition.to


def possible_changes(
    status: Status, *, starts_at: datetime, now: datetime, zone: tzinfo, moved_by: Party | None = None
) -> frozenset[Change]:
    """The changes that a booking could take now: what a page offers is what the office accepts."""

    def is_possible(change: Change) -> bool:
        try:
            status_after(change, status, starts_at=starts_at, now=now, zone=zone, moved_by=moved_by)
        except WrongState:
            return False
        return True

    return frozenset(change for change in Change if is_possible(change))


def check_may_change(summoned_on: date | None, change: Change, actor: Actor) -> None:
    """A visit that goes with a legal summons only staff change. Raises WrongState for anybody else."""
    if summoned_on is not None and actor.role is Role.CUSTOMER:
        raise WrongState(change=change, why="summoned")


def goes_into_calendars(status: Status, *, starts_at: datetime, now: datetime) -> bool:
    """Whether there is a visit that people plan with: one to come, not asked for only, and not cancelled."""
    return status is Status.BOOKED and starts_at > now


#: For so long whoever noted something on the day takes it back as a mistake.
TAKING_BACK = timedelta(minutes=10)


def status_before(change: Change, status: Status, *, called: bool) -> Status:
    """The status to which taking `change` back leads; `called` says whether the person was called up.

    Raises WrongState where that change did not lead to `status`, or is not one that is taken back.
    """
    before = {
        (Change.CHECK_IN, Status.CHECKED_IN): Status.BOOKED,
        (Change.CALL, Status.CALLED): Status.CHECKED_IN,
        (Change.SERVE, Status.IN_SERVICE): Status.CALLED if called else Status.CHECKED_IN,
        (Change.FINISH, Status.DONE): Status.IN_SERVICE,
        (Change.NO_SHOW, Status.NO_SHOW): Status.BOOKED,
    }
    if (change, status) not in before:
        raise WrongState(status=status, change=change, why="nothing_to_take_back")
    return before[change, status]


# Without look-alikes when read, written by hand or spoken: no 0 O, 1 I L, 2 Z, 5 S, 8 B, U V.
REFERENCE_LETTERS = "ACDEFGHJKMNPQRTWXY34679"
REFERENCE_LENGTH = 8


def new_reference() -> str:
    """A reference to say on the phone; random, so that nobody guesses another's."""
    return "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(REFERENCE_LENGTH))
