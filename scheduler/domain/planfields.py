"""Reading the keys of a plan file, one by one, with a fault for each that is wrong.

A reader never stops: for a value that is wrong it notes the fault and answers with a harmless one of the
right type, so that one run finds every fault of the file.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, tzinfo
from itertools import pairwise
from typing import Any, TypeVar

from scheduler.domain.errors import DoubledLocalTime, SkippedLocalTime
from scheduler.domain.hours import WEEKDAYS, Opening, Week
from scheduler.domain.instants import from_local
from scheduler.domain.planfaults import FaultList, shown
from scheduler.domain.texts import SOURCE_LANGUAGE, Text

SHORT_TEXT = 200
LONG_TEXT = 2000

_FIRST_YEAR, _LAST_YEAR = 1970, 2200
_SOME_DAY = date(_FIRST_YEAR, 1, 1)
_SOME_INSTANT = datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC)

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_BARE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_TIME = re.compile(r"(\d\d):([0-5]\d)", re.ASCII)
_HOURS = re.compile(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)", re.ASCII)

#: C0, DEL and C1, line and paragraph separators, and what turns the direction of writing around.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

#: Without quotation marks and comments: no office's address has them, and mail programs trip over them.
_ADDRESS = re.compile(
    r"(?=.{6,254}$)(?=[^@]{1,64}@)[A-Za-z0-9!#$%&*+/=?^_{|}~-]+(\.[A-Za-z0-9!#$%&*+/=?^_{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])"
)

Word = TypeVar("Word", bound=str)


class Table:
    """One table of the file: it knows where it stands and which of its keys were asked for."""

    def __init__(
        self, values: Mapping[str, Any], faults: FaultList, *, title: str = "", path: str = ""
    ) -> None:
        self.title = title
        self._values = values
        self._faults = faults
        self._path = path
        self._asked: dict[str, None] = {}
        self._missing: list[str] = []
        self._wrong: set[str] = set()

    # ------------------------------------------------------------------------------------ what is there

    def has(self, key: str) -> bool:
        """Whether an optional key is there."""
        self._asked[key] = None
        return key in self._values

    def sound(self, *keys: str) -> bool:
        """Whether these keys, where they are there, were read without a fault."""
        return self._wrong.isdisjoint(keys)

    def certain(self, key: str) -> bool:
        """Whether an optional key is what it seems: neither wrong nor perhaps there under a misspelt name."""
        return self.sound(key) and (key in self._values or self._values.keys() <= self._asked.keys())

    def fault(self, key: str, why: str, **values: str) -> None:
        self._wrong.add(key.split(".")[0])
        self._faults.add(self._path + key, why, **values)

    def unknown(self, key: str, noun: str, given: str, known: Iterable[str], **values: str) -> None:
        """Notes that `given` is none of `known`, with the one that was probably meant."""
        suggestion = self._faults.suggest(given, known)
        if suggestion is None:
            self.fault(key, f"unknown_{noun}", given=shown(given), known=", ".join(known), **values)
        else:
            self.fault(key, f"misspelt_{noun}", given=shown(given), suggestion=shown(suggestion), **values)

    def close(self) -> None:
        """Notes the keys that nobody asked for, and those that are missing and not merely misspelt."""
        free = [key for key in self._asked if key not in self._values]
        for key in self._values:
            if key not in self._asked:
                meant = self._faults.suggest(key, free)
                self.unknown(
                    key if _BARE.fullmatch(key) else shown(key), "key", key, free if meant else self._asked
                )
                self._missing = [missing for missing in self._missing if missing != meant]
        for key in self._missing:
            self.fault(key, "missing")

    def exactly(self, key: str, expected: int, why: str) -> None:
        value = self._value(key)
        if value is not None and (type(value) is not int or value != expected):
            self.fault(key, why, given=shown(value))

    def _value(self, key: str) -> Any:
        """The value, or None where it is missing (TOML has no null)."""
        if self.has(key):
            return self._values[key]
        self._missing.append(key)
        self._wrong.add(key)
        return None

    def _typed(self, key: str, expected: type, why: str) -> Any:
        """The value if it is exactly of that type (true is no number, nor a time a date), or None."""
        value = self._value(key)
        if value is None or type(value) is expected:
            return value
        self.fault(key, why, given=shown(value))
        return None

    # ------------------------------------------------------------------------------------ tables in it

    def table(self, key: str) -> "Table":
        """A table in this one; one that is missing or none at all is empty and keeps its faults to itself."""
        values = self._typed(key, dict, "not_a_table")
        if values is None:
            return Table({}, FaultList())
        return Table(values, self._faults, path=f"{self._path}{key}." if self._path else f"{key}: ")

    def tables(self, section: str, *, noun: str | None = None) -> list["Table"]:
        """The tables of a list, in order; two with the same `key` are a fault."""
        found: list[Table] = []
        first: dict[str, str] = {}
        for position, values in enumerate(self._list_of_tables(section), start=1):
            key = values.get("key")
            keyed = isinstance(key, str) and _KEY.fullmatch(key)
            title = f"{noun or section} {position}" + (f" ({key})" if keyed else "")
            title = f"{self.title}, {title}" if self.title else title
            table = Table(values, self._faults, title=title, path=f"{title}: ")
            if keyed and first.setdefault(str(key), title) != title:
                table.fault("key", "duplicate", given=shown(key), first=first[str(key)])
            found.append(table)
        return found

    def keys(self, section: str) -> list[str]:
        """The keys of the tables of a list, for others to refer to."""
        tables = self._values.get(section)
        if not isinstance(tables, list):
            return []
        keys = [table["key"] for table in tables if isinstance(table, dict) and "key" in table]
        return [key for key in keys if isinstance(key, str)]

    def _list_of_tables(self, section: str) -> list[dict[str, Any]]:
        if not self.has(section):
            return []
        tables = self._values[section]
        if isinstance(tables, list) and all(isinstance(table, dict) for table in tables):
            return tables
        self.fault(section, "not_tables", given=shown(tables))
        return []

    # ------------------------------------------------------------------------------------ texts

    def string(self, key: str, limit: int = SHORT_TEXT) -> str:
        value = self._typed(key, str, "not_a_text")
        return "" if value is None else self._checked(key, value, limit)

    def text(self, key: str, limit: int = SHORT_TEXT, *, lines: bool = False, plain: bool = False) -> Text:
        """A text by language; with `plain` also one for all languages, with `lines` one of several lines."""
        value = self._value(key)
        if plain and isinstance(value, str):
            value = {SOURCE_LANGUAGE: value}
        by_language = {
            language: self._checked(f"{key}.{language}", text, limit, lines=lines)
            for language, text in self._by_language(key, value).items()
        }
        return Text({SOURCE_LANGUAGE: "", **by_language})

    def texts(self, key: str) -> dict[str, tuple[str, ...]]:
        """A list of texts by language."""
        lists: dict[str, tuple[str, ...]] = {}
        for language, texts in self._by_language(key, self._value(key)).items():
            path = f"{key}.{language}"
            if not isinstance(texts, list):
                self.fault(path, "not_a_list", given=shown(texts))
            elif not texts:
                self.fault(path, "empty_list")
            else:
                lists[language] = tuple(self._checked(path, text, SHORT_TEXT) for text in texts)
        return lists

    def _by_language(self, key: str, value: Any) -> dict[str, Any]:
        """What is given for each language; German must be among them."""
        if not isinstance(value, dict):
            if value is not None:
                self.fault(key, "not_by_language", given=shown(value))
            return {}
        if SOURCE_LANGUAGE not in value:
            self.fault(key, "no_german")
        for language in value:
            if not _LANGUAGE.fullmatch(language):
                self.fault(key, "not_a_language", given=shown(language))
        return {language: given for language, given in value.items() if _LANGUAGE.fullmatch(language)}

    def _checked(self, key: str, text: Any, limit: int, *, lines: bool = False) -> str:
        if not isinstance(text, str):
            self.fault(key, "not_a_text", given=shown(text))
            return ""
        if not text.strip():
            self.fault(key, "blank")
        if len(text) > limit:
            self.fault(key, "too_long", length=str(len(text)), limit=str(limit))
        control = _CONTROL.search(text.replace("\n", "") if lines else text)
        if control:
            self.fault(key, "control_character", character=f"U+{ord(control.group()):04X}")
        return text

    def key(self, name: str = "key") -> str:
        value = self._typed(name, str, "not_a_text")
        if value is not None and not _KEY.fullmatch(value):
            self.fault(name, "not_a_key", given=shown(value))
        return value or ""

    def address(self, key: str) -> str:
        value = self._typed(key, str, "not_a_text")
        if value is not None and not _ADDRESS.fullmatch(value):
            self.fault(key, "not_an_address", given=shown(value))
        return value or ""

    # ------------------------------------------------------------------------------------ numbers and words

    def number(self, key: str, lowest: int, highest: int, default: int | None = None) -> int:
        if default is not None and not self.has(key):
            return default
        value = self._typed(key, int, "not_a_number")
        if value is None:
            return lowest
        if not lowest <= value <= highest:
            self.fault(key, "out_of_range", given=shown(value), lowest=str(lowest), highest=str(highest))
            return lowest
        return int(value)

    def flag(self, key: str) -> bool:
        """True or false; false where it is left out."""
        return bool(self.has(key) and self._typed(key, bool, "not_a_flag"))

    def word(self, key: str, known: Iterable[Word], default: Word | None = None) -> Word:
        """One of the words that are possible here."""
        words = list(known)
        if default is not None and not self.has(key):
            return default
        value = self._typed(key, str, "not_a_text")
        return words[0] if value is None else self._word(key, value, words) or words[0]

    def words(self, key: str, known: Iterable[Word]) -> tuple[Word, ...]:
        """At least one of the words that are possible here, each once."""
        words = list(known)
        found = [self._word(key, given, words) for given in self.strings(key)]
        return tuple(word for word in found if word is not None)

    def _word(self, key: str, given: str, words: list[Word]) -> Word | None:
        found = next((word for word in words if word == given), None)
        if found is None:
            self.fault(key, "unknown_word", given=shown(given), known=", ".join(words))
        return found

    def reference(self, key: str, section: str, known: Collection[str]) -> str:
        """The key of a thing of another section."""
        value = self._typed(key, str, "not_a_text")
        if value is not None and value not in known:
            self.unknown(key, "reference", value, known, section=section)
        return value or ""

    def references(
        self, key: str, section: str, known: Collection[str], *, empty: bool = False
    ) -> tuple[str, ...]:
        """Keys of things of another section, each once; at least one unless `empty`."""
        given = self.strings(key, empty=empty)
        for value in given:
            if value not in known:
                self.unknown(key, "reference", value, known, section=section)
        return given

    def strings(self, key: str, *, empty: bool = False) -> tuple[str, ...]:
        """Short texts, each once; `empty` lets there be none."""
        values = self._typed(key, list, "not_a_list")
        if values == [] and not empty:
            self.fault(key, "empty_list")
        texts: dict[str, None] = {}
        for value in values or []:
            text = self._checked(key, value, SHORT_TEXT)
            if text and text in texts:
                self.fault(key, "repeated", given=shown(text))
            if isinstance(value, str):
                texts[text] = None
        return tuple(texts)

    # ------------------------------------------------------------------------------------ time

    def instant(self, key: str, zone: tzinfo) -> datetime:
        """The UTC instant of a date with a time, local where it has no offset."""
        value = self._typed(key, datetime, "not_an_instant")
        if value is None:
            return _SOME_INSTANT
        try:
            instant = from_local(value, zone, field=key) if value.tzinfo is None else value.astimezone(UTC)
            if _FIRST_YEAR <= instant.astimezone(zone).year <= _LAST_YEAR:
                return instant
            self.fault(key, "out_of_years", given=shown(value))
        except OverflowError:
            self.fault(key, "out_of_years", given=shown(value))
        except (SkippedLocalTime, DoubledLocalTime) as error:
            self.fault(key, error.code, given=shown(value))
        return _SOME_INSTANT

    def day(self, key: str) -> date:
        value: date | None = self._typed(key, date, "not_a_date")
        if value is None:
            return _SOME_DAY
        if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
            self.fault(key, "out_of_years", given=shown(value))
        return value

    def week(self, key: str) -> Week:
        """Opening hours by weekday; a weekday left out is closed."""
        days = self.table(key)
        week = {number: days.opening(day) for number, day in enumerate(WEEKDAYS) if days.has(day)}
        days.close()
        return week

    def opening(self, key: str) -> Opening:
        """The opening hours of a day in order; none of them overlaps another."""
        hours: dict[tuple[int, int], str] = {}
        for given in self.strings(key, empty=True):
            match = _HOURS.fullmatch(given)
            start, end = self._minutes(match) if match else (0, -1)
            if end < 0 or max(start, end) > 24 * 60:
                self.fault(key, "not_hours", given=shown(given))
            elif start >= end:
                self.fault(key, "reversed_hours", given=shown(given))
            else:
                hours[start, end] = given
        spans = sorted(hours)
        for before, after in pairwise(spans):
            if after[0] < before[1]:
                self.fault(key, "overlapping_hours", given=shown(hours[after]), first=shown(hours[before]))
        return tuple(spans)

    def wall_time(self, key: str) -> int:
        """A time of day in minutes after midnight."""
        given = self._typed(key, str, "not_a_text")
        match = _TIME.fullmatch(given) if given is not None else None
        if given is not None and (match is None or int(match[1]) > 23):
            self.fault(key, "not_a_time", given=shown(given))
            return 0
        return int(match[1]) * 60 + int(match[2]) if match else 0

    def month_days(self, key: str) -> tuple[int, ...]:
        """Days of the month, each once and at least one."""
        values = self._typed(key, list, "not_a_list")
        if values == []:
            self.fault(key, "empty_list")
        days: dict[int, None] = {}
        for value in values or []:
            if type(value) is not int or not 1 <= value <= 31:
                self.fault(key, "not_a_month_day", given=shown(value))
            elif value in days:
                self.fault(key, "repeated", given=shown(value))
            else:
                days[value] = None
        return tuple(days)

    @staticmethod
    def _minutes(match: re.Match[str]) -> tuple[int, int]:
        hour, minute, end_hour, end_minute = map(int, match.groups())
        return hour * 60 + minute, end_hour * 60 + end_minute
