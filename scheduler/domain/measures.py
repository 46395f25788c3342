"""Measures of active labour promotion: how one is delivered on which day, and who hears when that changes.

Of whoever takes part no more is known than how to tell them: no attendance, no case.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from scheduler.domain.errors import Fault, Invalid, NotFound
from scheduler.domain.hotlines import table_lines
from scheduler.domain.notices import Reach, comes_in_time
from scheduler.domain.people import Customer, checked_customer, folded
from scheduler.domain.plans import Measure, ModeChange, Plan

#: What the columns of a table of participants are called, in their order.
COLUMNS = ("side", "name", "language", "way", "email", "phone", "address")
MOST_LINES = 2000
_ON_SITE, _UNDER_RULES = "on_site", "on_site_hygiene"


class Side(StrEnum):
    """Somebody who takes part, or whom the provider named to be told."""

    PARTICIPANT = "participant"
    CONTACT = "contact"


class Way(StrEnum):
    """How somebody wishes to be told."""

    EMAIL = "email"
    LETTER = "letter"
    PHONE = "phone"


# ------------------------------------------------------------------------------------- how it is delivered


@dataclass(frozen=True, slots=True)
class Step:
    """One change on a measure's track; `until` is the last day before the next one, None where none follows.

    `needs_hygiene_plan`: people come together again, so that the provider's hygiene plan is asked for.
    """

    starts: date
    until: date | None
    mode: str
    needs_hygiene_plan: bool


def measure_of(plan: Plan, key: str) -> Measure:
    """Raises NotFound."""
    found = next((one for one in plan.measures if one.key == key), None)
    if found is None:
        raise NotFound(what="measure", key=key[:60])
    return found


def track(plan: Plan, measure: Measure) -> list[Step]:
    """The modes of a measure as planned, in order: those of all measures until its own first date.

    A change into the mode that holds already is none.
    """
    own = measure.modes
    general = [one for one in plan.measure_modes if not own or one.starts < own[0].starts]
    changes: list[ModeChange] = []
    for change in (*general, *own):
        if not changes or changes[-1].mode != change.mode:
            changes.append(change)
    ends = [date.fromordinal(one.starts.toordinal() - 1) for one in changes[1:]]
    return [
        Step(one.starts, end, one.mode, _needs_hygiene_plan(one.mode, changes[:n]))
        for n, (one, end) in enumerate(zip(changes, [*ends, None], strict=True))
    ]


def _needs_hygiene_plan(mode: str, before: Sequence[ModeChange]) -> bool:
    """Work on site as it always was needs none; coming back to it does."""
    return mode == _UNDER_RULES or (mode == _ON_SITE and any(one.mode != _ON_SITE for one in before))


def step_at(
    steps: Sequence[Step], day: date, *, has_hygiene_plan: bool, without: Collection[date] = ()
) -> Step | None:
    """The step that holds on a day; None before the first.

    One that asks for a hygiene plan which nobody has noted does not hold, nor one of the dates `without`:
    what held before goes on.
    """
    begun = [
        one
        for one in steps
        if one.starts <= day
        and one.starts not in without
        and (has_hygiene_plan or not one.needs_hygiene_plan)
    ]
    return begun[-1] if begun else None


def is_barred(step: Step, *, has_hygiene_plan: bool) -> bool:
    return step.needs_hygiene_plan and not has_hygiene_plan


# ------------------------------------------------------------------------------------- who is on file


@dataclass(frozen=True, slots=True)
class ParticipantRequest:
    """Somebody to be told of changes, checked: what the wished way needs is there."""

    side: Side
    way: Way
    person: Customer

    @property
    def identity(self) -> tuple[str, ...]:
        """By what two entries of one measure are the same person."""
        one = self.person
        return identity_of(one.name, one.email, one.phone, one.address)


def identity_of(name: str, *contact: str | None) -> tuple[str, ...]:
    return tuple(folded(text or "") for text in (name, *contact))


_NEEDED = {Way.EMAIL: "email", Way.LETTER: "address", Way.PHONE: "phone"}


def read_participant(typed: Mapping[str, str], *, today: date) -> ParticipantRequest:
    """The person whom these words mean, by the names of `COLUMNS`. Raises Invalid with all that is wrong."""
    words = {column: typed[column].strip() for column in COLUMNS}
    faults: dict[str, Fault] = {}
    for column, known in (("side", Side), ("way", Way)):
        if words[column] not in list(known):
            given = words[column]
            faults[column] = (
                Fault("not_a_word", value=given[:40], known=", ".join(known)) if given else Fault("missing")
            )
    person = Customer(
        words["name"],
        words["email"] or None,
        words["phone"] or None,
        words["address"] or None,
        language=words["language"] or "de",
    )
    try:
        person = checked_customer(person, today=today, prefix="")
    except Invalid as error:
        faults |= error.fields
    needed = _NEEDED[Way(words["way"])] if "way" not in faults else None
    if needed is not None and not words[needed]:
        faults.setdefault(needed, Fault("needed_for_way"))
    if faults:
        raise Invalid(fields=faults)
    return ParticipantRequest(Side(words["side"]), Way(words["way"]), person)


def read_participants(text: str, *, today: date) -> list[ParticipantRequest]:
    """The people of a table, one in each line; a comma in an address ends its line on the envelope.

    Raises Invalid with one fault for each line that is wrong, which names the line.
    """
    found: dict[int, ParticipantRequest] = {}
    lines_by_identity: dict[tuple[str, ...], int] = {}
    faults: dict[str, Fault] = {}
    for number, cells in table_lines(text, heading=COLUMNS[0]):
        where = f"line.{number}"
        if number > MOST_LINES:
            faults[where] = Fault("too_many_lines", line=number, most=MOST_LINES)
            break
        if len(cells) != len(COLUMNS):
            faults[where] = Fault("participant_columns", line=number, count=len(cells))
            continue
        typed = dict(zip(COLUMNS, cells, strict=True))
        typed["address"] = "\n".join(part.strip() for part in typed["address"].split(","))
        try:
            one = read_participant(typed, today=today)
        except Invalid as error:
            column, fault = next(iter(error.fields.items()))
            if fault.why == "missing":
                fault = Fault("no_cell", column=column)
            faults[where] = Fault(fault.why, **fault.values, line=number)
            continue
        other = lines_by_identity.setdefault(one.identity, number)
        if other != number:
            faults[where] = Fault("participant_twice", line=number, name=one.person.name, other=other)
            continue
        found[number] = one
    if not found and not faults:
        faults["text"] = Fault("missing")
    if faults:
        raise Invalid(fields=faults)
    return list(found.values())


def reach_by_wish(way: Way, *, phone: bool, starts_at: datetime, now: datetime, post: timedelta) -> Reach:
    """How somebody is told of a change: as wished, but by phone where a letter comes too late.

    Where no `phone` is known the letter goes all the same.
    """
    if way is Way.EMAIL:
        return Reach.EMAIL
    if way is Way.LETTER and (comes_in_time(starts_at, now=now, post=post) or not phone):
        return Reach.LETTER
    return Reach.PHONE
