"""The languages of the office: who is written to in which, and how each says days and times."""

from datetime import date, time

import pytest

from scheduler.adapters.languages import (
    CUSTOMER_LANGUAGES,
    LANGUAGES,
    apart,
    clock_time,
    code_apart,
    day_in_full,
    direction,
    short_day,
    supported,
    translations,
    week_in_words,
)

DAY = date(2020, 3, 16)


@pytest.mark.parametrize("asked, got", [
    ("de", "de"), ("de-AT", "de"), ("de-simple", "de-simple"), ("en-US", "en"), ("uk", "uk"), ("ar-SY", "ar"),
    ("TR", "tr"), ("fr", "de"), ("", "de"), (None, "de"),
])  # fmt: skip
def test_people_are_written_to_in_their_language_or_in_german(asked: str | None, got: str) -> None:
    assert supported(asked) == got


@pytest.mark.parametrize("language, full, short, clock", [
    ("de", "Montag, 16. März 2020", "Mo., 16.03.2020", "09:00"),
    ("de-simple", "Montag, 16. März 2020", "Mo., 16.03.2020", "9:00"),
    ("en", "Monday, 16 March 2020", "Mon, 16 Mar 2020", "09:00"),
    ("tr", "16 Mart 2020 Pazartesi", "16 Mar 2020 Pzt", "09:00"),
    ("uk", "понеділок, 16 березня 2020\u202fр.", "пн, 16 бер. 2020\u202fр.", "09:00"),
    ("ar", "الاثنين، 16 مارس 2020", "الاثنين، 16 مارس 2020", "09:00"),
])  # fmt: skip
def test_each_language_says_days_and_times_in_its_own_form(
    language: str, full: str, short: str, clock: str
) -> None:
    assert (day_in_full(DAY, language), short_day(DAY, language)) == (full, short)
    assert clock_time(time(9), language) == clock


@pytest.mark.parametrize("language, number, said", [
    ("uk", 1, "1 хвилину"), ("uk", 3, "3 хвилини"), ("uk", 7, "7 хвилин"),
    ("tr", 1, "1 dakika"), ("tr", 7, "7 dakika"),
    ("ar", 2, "لدقيقتين"), ("ar", 3, "3 دقائق"), ("ar", 11, "11 دقيقة"),
    ("de-simple", 1, "1 Minute "), ("de-simple", 7, "7 Minuten"),
])  # fmt: skip
def test_each_language_counts_in_its_own_way(language: str, number: int, said: str) -> None:
    singular = "This time is kept for you for %(num)s minute more. Nothing is booked yet."
    plural = singular.replace("minute", "minutes")
    assert said in translations(language).ngettext(singular, plural, number) % {"num": number}


def test_what_only_staff_read_is_german_where_it_is_translated_into_no_other_language() -> None:
    assert (
        translations("uk").gettext("This is your own alarm; the others come.").startswith("Das ist Ihr eig")
    )


def test_only_arabic_runs_from_right_to_left_and_keeps_apart_what_does_not() -> None:
    assert {language: direction(language) for language in CUSTOMER_LANGUAGES} == {
        **dict.fromkeys(CUSTOMER_LANGUAGES, "ltr"),
        "ar": "rtl",
    }
    assert set(LANGUAGES) < set(CUSTOMER_LANGUAGES)
    assert (apart("Theke 1", "uk"), code_apart("23AB", "uk")) == ("Theke 1", "23AB")
    assert apart("هاتف 030 23125-100", "ar") == "\u2068هاتف \u2066030 23125-100\u2069\u2069"
    assert code_apart("23AB", "ar") == "\u206623AB\u2069"
    assert apart("", "ar") == ""


@pytest.mark.parametrize(
    "language, said",
    [
        ("de", ["Montag–Dienstag 08:00–12:00, 13:30–16:00", "Freitag 08:00–24:00"]),
        ("en", ["Monday–Tuesday 08:00–12:00, 13:30–16:00", "Friday 08:00–24:00"]),
        ("de-simple", ["Montag–Dienstag 8:00–12:00, 13:30–16:00", "Freitag 8:00–24:00"]),
    ],
)
def test_hours_of_a_week_are_said_by_runs_of_equal_days(language: str, said: list[str]) -> None:
    morning, day = ((480, 720), (810, 960)), ((480, 1440),)
    assert week_in_words({0: morning, 1: morning, 2: (), 4: day}, language) == said
    assert all("\u2066" in line for line in week_in_words({0: morning}, "ar"))
