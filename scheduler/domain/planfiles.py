"""The office's plan as a file: reads one, says all that is wrong with it, and keeps the past as it was.

The format is TOML; the comments of `scheduler/scenarios/jobcenter-2020/plan.toml` are its definition.
"""

import re
import tomllib
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from scheduler.domain.phases import Phase
from scheduler.domain.planfaults import FAULT_SENTENCES, FaultList, PlanFault, PlanFaults, sentence, shown
from scheduler.domain.planfields import Table
from scheduler.domain.plans import Plan
from scheduler.domain.plansections import Sections

__all__ = ["FAULT_SENTENCES", "PlanFault", "PlanFaults", "changed_past", "is_fixed", "read_plan", "sentence"]

_LARGEST_KIB = 1024

#: The parser needs memory by the square of the parts of a key like a.b.c; no line of a plan comes near this.
_MOST_DOTS = 200
_SYNTAX_FAULT = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


def read_plan(source: bytes, *, known_holiday_region: Callable[[str], bool]) -> Plan:
    """The plan that the file describes.

    Raises PlanFaults with everything that is wrong; a file that is no TOML at all has one fault.
    `known_holiday_region` tells whether public holidays are known for a region like `DE-RP`.
    """
    faults = FaultList()
    plan = Sections(Table(_parse(source), faults), known_holiday_region).plan()
    if faults.found:
        raise PlanFaults(faults.found)
    return plan


def is_fixed(phase: Phase, *, now: datetime, applied: Collection[str]) -> bool:
    """Whether a phase of the plan can no longer change: in force, past, or its effects were carried out."""
    return phase.starts <= now or phase.key in applied


def changed_past(old: Plan | None, new: Plan, *, now: datetime, applied: Collection[str]) -> list[PlanFault]:
    """Where the new plan would rewrite what has been: phases that are in force, past or applied must stay.

    `applied` are the keys of phases whose effects were carried out. The first plan of an office may begin
    in the past, a phase that is added later may not.
    """
    if old is None:
        return []
    faults = FaultList()
    after = new.phases_by_key
    fixed = [phase for phase in old.phases if is_fixed(phase, now=now, applied=applied)]
    faults_by_key = {phase.key: "changed_past" for phase in fixed if after.get(phase.key) != phase}
    for phase in fixed:
        if phase.key not in after:
            faults.add(f"phase ({phase.key})", "removed_past")
    for position, phase in enumerate(new.phases, start=1):
        inserted = phase.starts < now and phase not in old.phases
        why = faults_by_key.get(phase.key, "inserted_past" if inserted else None)
        if why:
            faults.add(f"phase {position} ({phase.key})", why)
    return faults.found


def _parse(source: bytes) -> dict[str, Any]:
    """The file as TOML. Raises PlanFaults with the one place where it stops being readable."""
    source = source.removeprefix(b"\xef\xbb\xbf")
    if len(source) > _LARGEST_KIB * 1024:
        raise _unreadable("file", "too_large", limit=str(_LARGEST_KIB))
    if not source.strip():
        raise _unreadable("file", "empty")
    try:
        text = source.decode()
    except UnicodeDecodeError as error:
        raise _unreadable(_place(source[: error.start].decode()), "not_utf8") from None
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > _MOST_DOTS:
            raise _unreadable(f"line {number}, column 1", "too_deep")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise _unreadable("file", "too_deep") from None
    except ValueError as error:
        raise _syntax_fault(text, str(error)) from None


def _syntax_fault(text: str, message: str) -> PlanFaults:
    """Where the parser stopped; it tells by words alone."""
    match = _SYNTAX_FAULT.fullmatch(message)
    if match is None:  # a number of thousands of digits: the parser does not say where
        return _unreadable("file", "syntax", reason=shown(message))
    reason, line, column = match.groups()
    if line:
        return _unreadable(f"line {line}, column {column}", "syntax", reason=shown(reason))
    why = "syntax" if reason.startswith("Cannot") else "cut_off"
    return _unreadable(_place(text), why, reason=shown(reason))


def _place(before: str) -> str:
    """The position right behind a beginning of the file."""
    return f"line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))}"


def _unreadable(where: str, why: str, **values: str) -> PlanFaults:
    return PlanFaults([PlanFault(where, why, values)])
