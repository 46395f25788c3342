"""The languages of the office: how each is named, written and dated, and its catalogue.

Pages of the desk are German and English; what customers read is in all of them. Digits are 0 to 9 in each, as
they stand on the house's signs, on the phone and in German letters (docs/adr/0014).
"""

import gettext
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time

from scheduler.domain.hours import Opening, Week
from scheduler.domain.texts import SOURCE_LANGUAGE

_CATALOGUES = Path(__file__).resolve().parent.parent / "translations"
#: Marks (UAX 9) that keep a stretch of text in its own direction, whatever stands around it.
_FIRST_STRONG, _LEFT_TO_RIGHT, _END = "\u2068", "\u2066", "\u2069"
_DAY_MINUTES = 24 * 60
_NUMBER = re.compile(r"\+?\d+(?:[ /-]+\d+)+")


@dataclass(frozen=True, slots=True)
class Language:
    """`name` is what it calls itself, `locale` is Babel's, `catalogue` the folder of its translations."""

    name: str
    locale: str
    catalogue: str | None
    clock: str = "HH:mm"
    #: Babel's own form where none is given.
    short_day: str | None = None


#: By tag (BCP 47), in which the pages also mark them.
_ALL: Mapping[str, Language] = {
    "de": Language("Deutsch", "de_DE", "de", short_day="EEE, dd.MM.y"),
    "en": Language("English", "en_GB", None),
    "de-simple": Language("Leichte Sprache", "de_DE@simple", "de_DE@simple", "H:mm", "EEE, dd.MM.y"),
    "tr": Language("Türkçe", "tr_TR", "tr"),
    "uk": Language("Українська", "uk_UA", "uk"),
    "ar": Language("العربية", "ar", "ar"),
}
LANGUAGES = (SOURCE_LANGUAGE, "en")
CUSTOMER_LANGUAGES = tuple(_ALL)
LANGUAGE_NAMES = {tag: language.name for tag, language in _ALL.items()}
#: Babel's locale of each language that has a catalogue, by the catalogue's folder.
CATALOGUES = {language.catalogue: language.locale for language in _ALL.values() if language.catalogue}


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of `language`; sentences are written in English in the code, so that needs none.

    What only staff read, and what is translated into no other language, is German in the others.
    """
    folder = _ALL[language].catalogue
    if folder is None:
        return gettext.NullTranslations()
    found = gettext.translation("messages", _CATALOGUES, languages=[folder])
    if language != SOURCE_LANGUAGE:
        found.add_fallback(translations(SOURCE_LANGUAGE))
    return found


def supported(language: str | None) -> str:
    """`language`, without its region, or the office's first where pages and notices do not have it."""
    tag = (language or "").lower()
    code = tag if tag in _ALL else tag.partition("-")[0]
    return code if code in _ALL else SOURCE_LANGUAGE


def locale_of(language: str) -> str:
    """Babel's name of it."""
    return _ALL[language].locale


@cache
def direction(language: str) -> str:
    """`ltr` or `rtl`."""
    return Locale.parse(locale_of(language)).text_direction


def day_in_full(day: date, language: str) -> str:
    """ "Mittwoch, 3. Juni 2020"."""
    return format_date(day, "full", locale=locale_of(language))


def long_day(day: date, language: str) -> str:
    """ "3. Juni 2020"."""
    return format_date(day, "long", locale=locale_of(language))


def short_day(day: date, language: str) -> str:
    """ "Mi., 03.06.2020"."""
    pattern = _ALL[language].short_day
    if pattern is None:
        return format_skeleton("yMMMEd", day, locale=locale_of(language))
    return format_date(day, pattern, locale=locale_of(language))


def clock_time(value: time, language: str) -> str:
    """ "09:00"."""
    return format_time(value, _ALL[language].clock, locale=locale_of(language))


def week_in_words(week: Week, language: str) -> list[str]:
    """ "Montag–Donnerstag 08:00–12:00, 13:30–16:00", a line for each run of days with the same hours."""
    names = Locale.parse(locale_of(language)).days["format"]["wide"]
    runs: list[tuple[int, int, Opening]] = []
    for day, opening in sorted(week.items()):
        if not opening:
            continue
        if runs and runs[-1][1] == day - 1 and runs[-1][2] == opening:
            runs[-1] = (runs[-1][0], day, opening)
        else:
            runs.append((day, day, opening))
    return [
        f"{names[first]}{f'–{names[last]}' if last > first else ''} "
        + ", ".join(_hours_in_words(*span, language) for span in opening)
        for first, last, opening in runs
    ]


def _hours_in_words(start: int, end: int, language: str) -> str:
    """From when until when, in minutes after midnight; the end of a day is 24:00."""
    said = [clock_time(time(minutes // 60 % 24, minutes % 60), language) for minutes in (start, end)]
    return code_apart(f"{said[0]}–{said[1] if end < _DAY_MINUTES else '24:00'}", language)


def apart(text: str, language: str) -> str:
    """The office's or somebody's words as they stand in a sentence of `language`, whatever its direction."""
    if direction(language) == "ltr" or not text:
        return text
    return f"{_FIRST_STRONG}{_NUMBER.sub(lambda found: code_apart(found[0], language), text)}{_END}"


def code_apart(text: str, language: str) -> str:
    """What is read from left to right everywhere, as references and phone numbers are."""
    return f"{_LEFT_TO_RIGHT}{text}{_END}" if direction(language) == "rtl" and text else text
