"""Hotlines: when they are open, who answers, where nobody does, and when so few call that one could close."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from io import StringIO
from itertools import pairwise
from typing import NamedTuple

from scheduler.domain.errors import Fault, Invalid, NotFound
from scheduler.domain.hours import HolidayQuestion, Week
from scheduler.domain.instants import at_wall_time, midnight
from scheduler.domain.intervals import Interval
from scheduler.domain.people import NAME_LENGTH, fault_of_text
from scheduler.domain.plans import Hotline, Plan

#: What the columns of a roster are called, in their order.
COLUMNS = ("hotline", "day", "starts", "ends", "name")
MOST_LINES = 2000
_OWN = "own"
_WEEK = timedelta(days=7)
#: So long after its last day customers are told that a hotline was closed.
_REMEMBERED = timedelta(days=92)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_GERMAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_TIME = re.compile(r"(\d{1,2}):([0-5]\d)")


class HotlineState(StrEnum):
    TO_COME = "to_come"
    OPEN = "open"
    CLOSED = "closed"


def state_of(hotline: Hotline, today: date) -> HotlineState:
    if today < hotline.opens:
        return HotlineState.TO_COME
    is_over = hotline.closes is not None and today > hotline.closes
    return HotlineState.CLOSED if is_over else HotlineState.OPEN


def is_own(hotline: Hotline) -> bool:
    """Whether the office runs it; of the others it knows dates and names alone."""
    return hotline.operated_by == _OWN


def hotline_of(plan: Plan, key: str) -> Hotline:
    """Raises NotFound."""
    found = next((one for one in plan.hotlines if one.key == key), None)
    if found is None:
        raise NotFound(what="hotline", key=key[:60])
    return found


def hours_of(plan: Plan, hotline: Hotline, day: date, is_holiday: HolidayQuestion) -> tuple[Interval, ...]:
    """When it is answered on a local day: its own hours, or the office's where the plan gives it none."""
    if state_of(hotline, day) is not HotlineState.OPEN or is_holiday(day):
        return ()
    week = plan.office.week if hotline.week is None else hotline.week
    return tuple(
        Interval(at_wall_time(day, start, plan.zone), at_wall_time(day, end, plan.zone))
        for start, end in week.get(day.weekday(), ())
    )


class Answered(NamedTuple):
    """A hotline that customers can call; `week` None where nobody here knows its hours."""

    hotline: Hotline
    week: Week | None


def answered(plan: Plan, today: date) -> list[Answered]:
    """Those that are open, in the plan's order. Of others' hotlines only their own hours are known."""
    return [
        Answered(one, plan.office.week if one.week is None and is_own(one) else one.week)
        for one in plan.hotlines
        if state_of(one, today) is HotlineState.OPEN
    ]


def closed_lately(plan: Plan, today: date) -> list[Hotline]:
    """Those whose number somebody may still have at hand and call in vain."""
    return [
        one
        for one in plan.hotlines
        if one.closes is not None and one.closes < today <= one.closes + _REMEMBERED
    ]


class Gap(NamedTuple):
    """A part of the hours in which fewer answer than are needed."""

    span: Interval
    present: int


def gaps(hours: Iterable[Interval], shifts: Sequence[Interval], needed: int) -> list[Gap]:
    """In order; parts with as many people that touch are one."""
    found: list[Gap] = []
    for opening in hours:
        cuts = {opening.start, opening.end}
        cuts |= {
            at for shift in shifts for at in (shift.start, shift.end) if opening.start < at < opening.end
        }
        for start, end in pairwise(sorted(cuts)):
            present = sum(1 for shift in shifts if shift.start <= start < shift.end)
            if present >= needed:
                continue
            if found and found[-1].span.end == start and found[-1].present == present:
                found[-1] = Gap(Interval(found[-1].span.start, end), present)
            else:
                found.append(Gap(Interval(start, end), present))
    return found


# ------------------------------------------------------------------------------------- the roster


@dataclass(frozen=True, slots=True)
class ShiftRequest:
    """Who answers which hotline from when until when."""

    hotline: str
    name: str
    span: Interval


def read_shift(plan: Plan, typed: Mapping[str, str]) -> ShiftRequest:
    """The shift that these words mean, by the names of `COLUMNS`. Raises Invalid with all that is wrong."""
    faults: dict[str, Fault] = {}
    hotline, name = typed["hotline"].strip(), typed["name"].strip()
    known = {one.key: one for one in plan.hotlines}
    if hotline not in known:
        faults["hotline"] = Fault("unknown" if hotline else "no_hotline", value=hotline[:40])
    elif not is_own(known[hotline]):
        faults["hotline"] = Fault("not_own", value=hotline)
    day = _day(typed["day"].strip())
    if day is None:
        faults["day"] = Fault("not_a_date", value=typed["day"].strip()[:20])
    starts, ends = (_minute(typed[column].strip()) for column in ("starts", "ends"))
    for column, minute in (("starts", starts), ("ends", ends)):
        if minute is None:
            faults[column] = Fault("not_a_time", value=typed[column].strip()[:20])
    if starts is not None and ends is not None and ends <= starts:
        faults["ends"] = Fault("reversed")
    if not name:
        faults["name"] = Fault("no_name")
    elif fault := fault_of_text(name, longest=NAME_LENGTH):
        faults["name"] = fault
    if faults or day is None or starts is None or ends is None:
        raise Invalid(fields=faults)
    span = Interval(at_wall_time(day, starts, plan.zone), at_wall_time(day, ends, plan.zone))
    return ShiftRequest(hotline, name, span)


def read_roster(plan: Plan, text: str) -> list[ShiftRequest]:
    """The shifts of a table: one in each line, cells apart by semicolons or commas; headings may stand above.

    Raises Invalid with one fault for each line that is wrong, which names the line.
    """
    shifts: dict[int, ShiftRequest] = {}
    faults: dict[str, Fault] = {}
    for number, cells in table_lines(text, heading=COLUMNS[0]):
        if number > MOST_LINES:
            faults[f"line.{number}"] = Fault("too_many_lines", line=number, most=MOST_LINES)
            break
        if len(cells) != len(COLUMNS):
            faults[f"line.{number}"] = Fault("roster_columns", line=number, count=len(cells))
            continue
        try:
            shift = read_shift(plan, dict(zip(COLUMNS, cells, strict=True)))
        except Invalid as error:
            fault = next(iter(error.fields.values()))
            faults[f"line.{number}"] = Fault(fault.why, **fault.values, line=number)
            continue
        other = next((at for at, one in shifts.items() if overlaps(one, shift)), None)
        if other is not None:
            faults[f"line.{number}"] = Fault("shift_twice", line=number, name=shift.name, other=other)
            continue
        shifts[number] = shift
    if not shifts and not faults:
        faults["text"] = Fault("missing")
    if faults:
        raise Invalid(fields=faults)
    return list(shifts.values())


def overlaps(one: ShiftRequest, other: ShiftRequest) -> bool:
    """Whether somebody would answer twice at once, on whichever hotlines."""
    return one.name.casefold() == other.name.casefold() and one.span.overlaps(other.span)


def table_lines(text: str, *, heading: str) -> Iterator[tuple[int, list[str]]]:
    """The lines of a table that say something, with their numbers; a first one that begins with `heading` is
    passed over.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    separator = ";" if any(";" in line for line in lines) else ","
    for number, line in enumerate(lines, 1):
        cells = next(csv.reader(StringIO(line), delimiter=separator), [])
        is_heading = number == 1 and cells[:1] and cells[0].strip().casefold() == heading
        if any(cell.strip() for cell in cells) and not is_heading:
            yield number, cells


def _day(text: str) -> date | None:
    iso, german = _ISO.fullmatch(text), _GERMAN.fullmatch(text)
    parts = iso.groups() if iso else german.groups()[::-1] if german else None
    try:
        return date(*map(int, parts)) if parts is not None and 1970 <= int(parts[0]) <= 2200 else None
    except ValueError:
        return None


def _minute(text: str) -> int | None:
    match = _TIME.fullmatch(text)
    minute = int(match[1]) * 60 + int(match[2]) if match else -1
    return minute if 0 <= minute <= 24 * 60 else None


# ------------------------------------------------------------------------------------- how many call


class Volume(NamedTuple):
    """The calls of a week that begins on `monday`.

    `is_whole`: the week is over, and the hotline was open and its calls counted all of it.
    """

    monday: date
    calls: int
    is_whole: bool


def volume(counts: Mapping[date, int], hotline: Hotline, *, today: date, weeks: int) -> list[Volume]:
    """The calls of the last weeks, this one included, by what was counted on each day; the oldest first."""
    this = today - timedelta(days=today.weekday())
    begins = max([hotline.opens, *([min(counts)] if counts else [])])
    found = []
    for n in range(weeks - 1, -1, -1):
        monday = this - n * _WEEK
        days = [monday + timedelta(days=d) for d in range(7)]
        is_whole = bool(counts) and begins <= monday and days[-1] < today
        found.append(Volume(monday, sum(counts.get(day, 0) for day in days), is_whole))
    return found


def may_close(found: Sequence[Volume], hotline: Hotline) -> bool:
    """Whether so few called, for so many whole weeks in a row up to the last, that it could be closed."""
    whole = [week for week in found if week.is_whole][-hotline.close_after_weeks :]
    enough = len(whole) == hotline.close_after_weeks
    return enough and all(week.calls < hotline.close_below for week in whole)


def week_span(plan: Plan, first: date, days: int) -> Interval:
    """So many local days from `first` on."""
    return Interval(midnight(first, plan.zone), midnight(first + timedelta(days=days), plan.zone))
