"""Public holidays of a region, from the calendar that the `holidays` package keeps."""

import re
from collections.abc import Set
from datetime import date
from functools import lru_cache

from holidays import country_holidays

from scheduler.domain.hours import HolidayQuestion

_REGION = re.compile(r"([A-Z]{2})(?:-(\w+))?")


@lru_cache(maxsize=64)
def known_region(region: str) -> bool:
    """Whether `region` ("DE-RP": ISO 3166 country, or country and subdivision) has a calendar."""
    try:
        _holidays(region, 2020)
    except (NotImplementedError, ValueError):
        return False
    return True


@lru_cache(maxsize=64)
def holiday_question(region: str | None) -> HolidayQuestion:
    """Tells whether a date is a holiday of a known region; without a region none is.

    The same region is given the same question, so that hours can remember what was asked.
    """

    def is_holiday(day: date) -> bool:
        return region is not None and day in _holidays(region, day.year)

    return is_holiday


@lru_cache(maxsize=256)
def _holidays(region: str, year: int) -> Set[date]:
    match = _REGION.fullmatch(region)
    if match is None:
        raise ValueError(region)
    country, subdivision = match.groups()
    return frozenset(country_holidays(country, subdiv=subdivision, years=year, expand=False))
