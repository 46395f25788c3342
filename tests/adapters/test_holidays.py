"""Public holidays: regions, dates and names."""

from datetime import date

import pytest

from scheduler.adapters.holidays import holiday_question, known_region

CORPUS_CHRISTI = date(2020, 6, 11)


def test_a_region_has_its_own_holidays() -> None:
    assert holiday_question("DE-RP")(CORPUS_CHRISTI)
    assert not holiday_question("DE-BE")(CORPUS_CHRISTI)
    assert not holiday_question("DE-RP")(date(2020, 6, 12))


def test_every_year_has_its_dates() -> None:
    assert holiday_question("DE-RP")(date(2021, 6, 3))
    assert not holiday_question("DE-RP")(date(2021, 6, 11))


def test_without_a_region_no_day_is_a_holiday() -> None:
    assert not holiday_question(None)(date(2020, 12, 25))


def test_the_same_region_is_given_the_same_question() -> None:
    assert holiday_question("DE-RP") is holiday_question("DE-RP")


@pytest.mark.parametrize("region", ["DE", "DE-RP", "AT-9", "US-NY"])
def test_a_country_and_its_subdivisions_are_known(region: str) -> None:
    assert known_region(region)


@pytest.mark.parametrize("region", ["", "DE-", "DE-XX", "XX", "de-rp", "DEU", "NYSE", "DE-RP ", "Germany"])
def test_other_words_are_no_region(region: str) -> None:
    assert not known_region(region)
