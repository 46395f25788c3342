"""The reader's language, and the office's words in it for templates."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from flask import Flask, g, request, session
from flask_babel import Babel
from flask_babel import gettext as _

from scheduler.adapters import words
from scheduler.domain.texts import SOURCE_LANGUAGE, Text
from scheduler.web.frame import current_office_plan

CHOICE = "language"
_TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"
#: The languages as they call themselves.
LANGUAGE_NAMES = {"de": "Deutsch", "en": "English"}


def language() -> str:
    """What the reader chose, else what the browser asks for, else German."""
    if "language" not in g:
        chosen = session.get(CHOICE)
        g.language = chosen if chosen in words.LANGUAGES else _asked_for()
    return str(g.language)


def _asked_for() -> str:
    return request.accept_languages.best_match(words.LANGUAGES) or SOURCE_LANGUAGE


def speak(app: Flask) -> None:
    """Teaches the app's templates the languages, and the office's ways to say dates and times."""
    Babel(
        app,
        default_locale=SOURCE_LANGUAGE,
        default_translation_directories=str(_TRANSLATIONS),
        locale_selector=language,
    )
    app.jinja_env.filters.update(
        said=said, day=day_in_words, short_day=short_day, moment=moment, clock=clock_time, long_time=long_time
    )
    app.jinja_env.filters.update(born=birth_date, number=number, percent=percent, minutes=minutes)
    app.jinja_env.filters.update(iso_day=date.fromisoformat)
    app.jinja_env.globals.update(language=language, LANGUAGE_NAMES=LANGUAGE_NAMES)


def said(text: Mapping[str, str] | None) -> str:
    """One of the office's own texts in the reader's language."""
    return "" if text is None else Text(text).in_(language())


def day_in_words(value: datetime | date) -> str:
    """ "Montag, 16. März 2020"."""
    return words.date_in_words(value, current_office_plan().zone, language())


def short_day(value: datetime | date) -> str:
    """ "Mo., 16.03.2020"."""
    local = value.astimezone(current_office_plan().zone).date() if isinstance(value, datetime) else value
    if language() == "en":
        return format_date(local, "EEE, d MMM y", locale="en_GB")
    return format_date(local, "EEE, dd.MM.y", locale="de_DE")


def birth_date(value: date) -> str:
    """ "05.03.1980"."""
    if language() == "en":
        return format_date(value, "d MMM y", locale="en_GB")
    return format_date(value, "dd.MM.y", locale="de_DE")


def moment(value: datetime) -> str:
    """ "Montag, 16. März 2020, 09:00 Uhr"."""
    return words.moment_in_words(value, current_office_plan().zone, language())


def clock_time(value: datetime) -> str:
    """ "09:00"."""
    return value.astimezone(current_office_plan().zone).strftime("%H:%M")


def long_time(value: datetime) -> str:
    """ "09:00 Uhr"."""
    return words.time_in_words(value, current_office_plan().zone, language())


def number(value: float) -> str:
    """A count or another number without its fraction, "1.200"."""
    return format_decimal(value, format="#,##0", locale=language())


def percent(share: float) -> str:
    """A share of one, "40 %"."""
    return format_percent(share, locale=language())


def minutes(span: timedelta) -> str:
    """ "12 Min."."""
    return _("%(minutes)s min", minutes=number(span.total_seconds() / 60))
