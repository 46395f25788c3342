"""What can be wrong with a plan file, and the sentence that tells the operator.

A fault is values: where it stands, a stable word and what the sentence needs. The sentences are msgids; they
are put into the reader's language at the edge.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches

from scheduler.domain.errors import DomainError
from scheduler.domain.texts import N_

#: How much of a wrong value is shown, in characters.
_SHOWN = 60

#: Suggestions are searched for so many faults of a file, no more: a file can be wrong in thousands of places.
_SUGGESTED = 200

FAULT_SENTENCES: dict[str, str] = {
    # the file
    "too_large": N_("The file is larger than %(limit)s KiB. A plan is far smaller: is this the right file?"),
    "empty": N_("The file is empty. A plan begins with format = 1 and [office]."),
    "not_utf8": N_("Here begins something that is not UTF-8. Save the file with that encoding."),
    "syntax": N_("This is not TOML: %(reason)s."),
    "cut_off": N_("The file ends too early: %(reason)s."),
    "too_deep": N_("Lists and tables are nested too deeply."),
    "unknown_format": N_("The format is %(given)s, but only 1 (a whole number) is known."),
    # keys and types
    "unknown_key": N_("%(given)s is not known here. Known are: %(known)s."),
    "misspelt_key": N_("%(given)s is not known here. Did you mean %(suggestion)s?"),
    "missing": N_("This is missing."),
    "not_a_text": N_("%(given)s is not a text in quotation marks."),
    "not_a_number": N_("%(given)s is not a whole number (without quotation marks)."),
    "not_a_flag": N_("%(given)s is neither true nor false (without quotation marks)."),
    "not_a_list": N_("%(given)s is not a list in brackets."),
    "not_a_table": N_("%(given)s is not a table of keys and values."),
    "not_tables": N_("%(given)s is not a list of tables. Write each with a heading in double brackets."),
    "not_by_language": N_('%(given)s is not given by language. Write { de = "…", en = "…" }.'),
    "not_a_date": N_("%(given)s is not a date. Write it like 2020-03-16, without quotation marks."),
    "not_an_instant": N_(
        "%(given)s is not a date with a time. Write it like 2020-03-16T08:00:00, without quotation marks."
    ),
    # texts
    "blank": N_("The text is empty."),
    "too_long": N_("The text has %(length)s characters, but at most %(limit)s are possible."),
    "control_character": N_("The text contains the control character %(character)s. Remove it."),
    "no_german": N_("The German text (de) is missing."),
    "not_a_language": N_("%(given)s is not the short name of a language, such as de or en."),
    "not_a_key": N_(
        "%(given)s is not a key: up to 64 small letters, digits, - and _, the first a letter or digit."
    ),
    "not_an_address": N_("%(given)s is not an e-mail address."),
    "unknown_zone": N_("There is no time zone %(given)s. Write one like Europe/Berlin."),
    "unknown_region": N_("No public holidays are known for %(given)s. Write country and region, like DE-RP."),
    # numbers, words and references
    "out_of_range": N_("%(given)s is not between %(lowest)s and %(highest)s."),
    "unknown_word": N_("%(given)s is not possible here. Possible are: %(known)s."),
    "unknown_reference": N_("No [[%(section)s]] has the key %(given)s."),
    "misspelt_reference": N_("No [[%(section)s]] has the key %(given)s. Did you mean %(suggestion)s?"),
    "unknown_equipment": N_("No [[resource]] has the equipment %(given)s."),
    "misspelt_equipment": N_("No [[resource]] has the equipment %(given)s. Did you mean %(suggestion)s?"),
    "empty_list": N_("The list is empty. Leave the key out, or name at least one."),
    "repeated": N_("%(given)s is in the list twice."),
    "duplicate": N_("%(given)s is already given to %(first)s."),
    "route_elsewhere": N_("The site is %(given)s, but the route leads through %(site)s."),
    # time
    "out_of_years": N_("%(given)s is not between the years 1970 and 2200."),
    "skipped_local_time": N_(
        "The local time %(given)s does not exist: the clocks are put forward over it. "
        "Write another, or one with an offset."
    ),
    "doubled_local_time": N_(
        "The local time %(given)s exists twice: the clocks are put back over it. "
        "Write it with an offset, like +01:00."
    ),
    "equal_starts": N_("It starts at the same time as %(first)s."),
    "announced_late": N_("It is announced after it starts. Announce it at its start or before."),
    "ends_before_start": N_("It ends before the phase starts."),
    "reversed_span": N_("The end is not after the beginning."),
    "reversed_period": N_("The last day lies before the first."),
    "overlapping_periods": N_("These days overlap with those of %(first)s, for the same places."),
    "not_hours": N_('%(given)s is not a span of hours. Write it like "08:00-12:00", up to 24:00.'),
    "reversed_hours": N_("%(given)s ends before it begins."),
    "overlapping_hours": N_("%(given)s overlaps with %(first)s."),
    "not_a_time": N_('%(given)s is not a time of day. Write it like "10:00", up to 23:59.'),
    "not_a_month_day": N_("%(given)s is not a day of the month from 1 to 31 (without quotation marks)."),
    # what holds together
    "no_share": N_("It does not say how much is held. Give either number or percent."),
    "two_shares": N_("It says twice how much is held. Give either number or percent."),
    "released_before": N_("This releases nothing: from midnight on everybody can book what is for the day."),
    "no_channel": N_("A redirect must name at least one channel where the concern is settled instead."),
    "no_place": N_(
        "No place meets this: no [[resource]] has the kind and all the equipment that it asks for."
    ),
    # the past
    "changed_past": N_("The phase is in force, past or applied. It can no longer change."),
    "removed_past": N_("The phase is in force, past or applied. It can no longer be removed."),
    "inserted_past": N_("A new phase cannot start in the past. Let it start now or later."),
}


@dataclass(frozen=True)
class PlanFault:
    """One thing that is wrong.

    `where` is a key path with positions from 1, like `phase 3 (closed), rule 2: booked_by`, or `line 12,
    column 5` where the file cannot be read at all. All of it is safe to print, whatever the file contains.
    """

    where: str
    why: str
    values: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.where}: {sentence(self)}"


def sentence(fault: PlanFault) -> str:
    """Why and what to do, in English, without the position."""
    return FAULT_SENTENCES[fault.why] % fault.values


class PlanFaults(DomainError):
    """The plan cannot be taken in; `faults` is everything that is wrong with it."""

    code = "invalid_plan"

    def __init__(self, faults: Iterable[PlanFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(faults=self.faults)


@dataclass
class FaultList:
    """Gathers the faults of one file, in the order in which they are found."""

    found: list[PlanFault] = field(default_factory=list)

    def add(self, where: str, why: str, **values: str) -> None:
        self.found.append(PlanFault(where, why, values))

    def suggest(self, given: str, known: Iterable[str]) -> str | None:
        """The known word that was probably meant."""
        if len(given) > _SHOWN or len(self.found) > _SUGGESTED:
            return None
        return next(iter(get_close_matches(given, list(known), n=1)), None)


def shown(value: object) -> str:
    """A value as it stands in the file, on one line, short, and harmless to a terminal."""
    if isinstance(value, str):
        text = value[:_SHOWN] + ("…" if len(value) > _SHOWN else "")
        return f'"{printable(text)}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list):
        return "[…]" if value else "[]"
    if isinstance(value, dict):
        return "{…}" if value else "{}"
    if isinstance(value, int) and value.bit_length() > 64:
        return "…"
    return str(value)


def printable(text: str) -> str:
    """The text with everything invisible or directing written as an escape."""
    return "".join(character if character.isprintable() else f"\\u{ord(character):04x}" for character in text)
