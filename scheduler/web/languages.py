"""The reader's language, and the office's words in it for templates."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from flask import Flask, g, request, session
from flask_babel import Babel, refresh
from flask_babel import gettext as _
from markupsafe import Markup, escape

from scheduler.adapters import languages, words
from scheduler.adapters.languages import CUSTOMER_LANGUAGES, LANGUAGE_NAMES, LANGUAGES, direction
from scheduler.domain.errors import invalid
from scheduler.domain.texts import SOURCE_LANGUAGE, Text
from scheduler.web.frame import current_office_plan

_CHOICE = "language"
_TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"
_FOR_CUSTOMERS = "/termin"


def language() -> str:
    """What the reader chose, else what the browser asks for, else German.

    The desk speaks fewer languages than customers' pages: there plain German is German, and whoever chose
    another one gets what the browser asks for.
    """
    if "language" not in g:
        spoken = CUSTOMER_LANGUAGES if is_for_customers() else LANGUAGES
        chosen = session.get(_CHOICE, "")
        chosen = chosen if chosen in spoken else chosen.partition("-")[0]
        g.language = chosen if chosen in spoken else request.accept_languages.best_match(spoken)
    return str(g.language or SOURCE_LANGUAGE)


def prefer(wished: str) -> None:
    """Speaks as somebody wished for their own page, where the reader has not chosen.

    German is everybody's who was never asked, so that it tells nothing of a wish.
    """
    if _CHOICE not in session and wished in CUSTOMER_LANGUAGES and wished != SOURCE_LANGUAGE:
        g.language = wished


def choose(wanted: str) -> None:
    """Keeps the reader's choice. Raises Invalid."""
    if wanted not in CUSTOMER_LANGUAGES:
        raise invalid("language", "unknown", value=wanted[:20])
    session[_CHOICE] = wanted
    g.pop("language", None)
    refresh()  # a form that was read before has asked for words already


def is_for_customers() -> bool:
    """Whether the page is one for customers, who know of no desk."""
    return request.blueprint == "public" or request.path.startswith(_FOR_CUSTOMERS)


def speak(app: Flask) -> None:
    """Teaches the app's templates the languages, and the office's ways to say dates and times."""
    Babel(
        app,
        default_locale=SOURCE_LANGUAGE,
        default_translation_directories=str(_TRANSLATIONS),
        locale_selector=lambda: languages.locale_of(language()),
    )
    app.jinja_env.filters.update(said=said, told=told, told_each=told_each, told_way=told_way)
    app.jinja_env.filters.update(
        day=day_in_words,
        short_day=short_day,
        moment=moment,
        short_moment=short_moment,
        clock=clock_time,
        long_time=long_time,
    )
    app.jinja_env.filters.update(born=birth_date, number=number, percent=percent, minutes=minutes)
    app.jinja_env.filters.update(week_hours=lambda week: languages.week_in_words(week, language()))
    app.jinja_env.filters.update(iso_day=date.fromisoformat, day_before=day_before, month_name=month_name)
    app.jinja_env.globals.update(
        language=language,
        direction=lambda: direction(language()),
        direction_of=direction,
        LANGUAGE_NAMES=LANGUAGE_NAMES,
        CUSTOMER_LANGUAGES=CUSTOMER_LANGUAGES,
    )


def day_before(end: datetime) -> str:
    """The last day of something that ends at the beginning of a day, as most things of a plan do."""
    return short_day(end - timedelta(microseconds=1))


def month_name(instant: datetime) -> str:
    """A month by its short name; a year at its beginning."""
    local = instant.astimezone(current_office_plan().zone)
    pattern = "MMM y" if local.month == 1 else "MMM"
    return format_date(local, pattern, locale=languages.locale_of(language()))


def said(text: Mapping[str, str] | None) -> str:
    """One of the office's own texts in the reader's language."""
    return "" if text is None else Text(text).in_(language())


def told(text: Mapping[str, str] | None) -> Markup:
    """The same as a part of a page, marked with its language where the office has not translated it."""
    if text is None:
        return Markup()
    return _marked(languages.apart(said(text), language()), known=language() in text)


def told_each(items: Mapping[str, tuple[str, ...]]) -> Markup:
    """A list of the plan, such as what to bring, in one line."""
    return _marked(", ".join(_items(items)), known=language() in items)


def told_way(steps: Mapping[str, tuple[str, ...]]) -> Markup:
    """The steps of a way, one after the other in the direction of reading."""
    arrow = " ← " if language() in steps and direction(language()) == "rtl" else " → "
    return _marked(arrow.join(_items(steps)), known=language() in steps)


def _items(items: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return items.get(language(), items.get(SOURCE_LANGUAGE, ()))


def _marked(words: str, *, known: bool) -> Markup:
    if known or not words:
        return escape(words)
    return Markup('<span lang="{}" dir="ltr">{}</span>').format(SOURCE_LANGUAGE, words)


def day_in_words(value: datetime | date) -> str:
    """ "Montag, 16. März 2020"."""
    return words.date_in_words(value, current_office_plan().zone, language())


def short_day(value: datetime | date) -> str:
    """ "Mo., 16.03.2020"."""
    local = value.astimezone(current_office_plan().zone).date() if isinstance(value, datetime) else value
    return languages.short_day(local, language())


def birth_date(value: date) -> str:
    """ "05.03.1980"."""
    if language() == "en":
        return format_date(value, "d MMM y", locale="en_GB")
    return format_date(value, "dd.MM.y", locale="de_DE")


def moment(value: datetime) -> str:
    """ "Montag, 16. März 2020, 09:00 Uhr"."""
    return words.moment_in_words(value, current_office_plan().zone, language())


def short_moment(value: datetime) -> str:
    """ "Mo., 16.03.2020, 09:00"."""
    return f"{short_day(value)}, {clock_time(value)}"


def clock_time(value: datetime) -> str:
    """ "09:00"."""
    return languages.clock_time(value.astimezone(current_office_plan().zone).time(), language())


def long_time(value: datetime) -> str:
    """ "09:00 Uhr"."""
    return words.time_in_words(value, current_office_plan().zone, language())


def number(value: float) -> str:
    """A count or another number without its fraction, "1.200"."""
    return format_decimal(value, format="#,##0", locale=languages.locale_of(language()))


def percent(share: float) -> str:
    """A share of one, "40 %"."""
    return format_percent(share, locale=languages.locale_of(language()))


def minutes(span: timedelta) -> str:
    """ "12 Min."."""
    return _("%(minutes)s min", minutes=number(span.total_seconds() / 60))
