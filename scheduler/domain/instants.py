"""Instants and local times: wall time is turned into UTC here, at the edge, and nowhere else."""

import re
from collections.abc import Iterator
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from scheduler.domain.errors import DoubledLocalTime, SkippedLocalTime, invalid

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MINUTE = timedelta(minutes=1)

#: In the first and last year that Python knows, other zones and the day before or after may not exist.
_YEARS = range(MINYEAR + 1, MAXYEAR)


def from_local(local: datetime, zone: tzinfo, *, field: str) -> datetime:
    """The UTC instant of a naive local time.

    Raises SkippedLocalTime and DoubledLocalTime where the wall clock jumps: no guess is ever made about
    a time that somebody typed.
    """
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None) != local:
        raise SkippedLocalTime(field=field, local=local)
    if first != second:
        raise DoubledLocalTime(field=field, local=local)
    return first


def parse_instant(text: str, zone: tzinfo, *, field: str) -> datetime:
    """The UTC instant of an ISO 8601 date and time; without an offset it is local time of `zone`.

    Raises Invalid, SkippedLocalTime, DoubledLocalTime.
    """
    text = text.strip()
    if not _ISO.fullmatch(text):
        raise invalid(field, "not_an_instant", value=text[:40])
    try:
        parsed = datetime.fromisoformat(text)
        if parsed.year not in _YEARS:
            raise ValueError(text)
        return from_local(parsed, zone, field=field) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        raise invalid(field, "not_an_instant", value=text[:40]) from None


def parse_date(text: str, *, field: str) -> date:
    """The date of `YYYY-MM-DD`. Raises Invalid."""
    try:
        day = date.fromisoformat(text)
        if not _DAY.fullmatch(text) or day.year not in _YEARS:
            raise ValueError(text)
        return day
    except ValueError:
        raise invalid(field, "not_a_date", value=text[:40]) from None


def at_wall_time(day: date, minute: int, zone: tzinfo) -> datetime:
    """The UTC instant at which the office's clock shows `minute` minutes after midnight (0 to 1440).

    A doubled time means its first occurrence, a skipped one the moment of the jump over it: opening hours
    are written without thinking of either.
    """
    wall = datetime.combine(day, time.min) + timedelta(minutes=minute)
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != wall:
        # The zone rules put a skipped time behind the jump, as far as it lay behind its beginning.
        offset = instant.astimezone(zone).utcoffset()
        while (instant - _MINUTE).astimezone(zone).utcoffset() == offset:
            instant -= _MINUTE
    return instant


@lru_cache(maxsize=4096)
def midnight(day: date, zone: tzinfo) -> datetime:
    """The UTC instant at which the local day begins."""
    return at_wall_time(day, 0, zone)


def local_date(instant: datetime, zone: tzinfo) -> date:
    return instant.astimezone(zone).date()


def wall_minute(instant: datetime, zone: tzinfo) -> float:
    """Minutes that the office's clock shows after midnight, seconds as a fraction."""
    local = instant.astimezone(zone)
    return local.hour * 60 + local.minute + local.second / 60 + local.microsecond / 60_000_000


def days_of(start: datetime, end: datetime, zone: tzinfo) -> Iterator[date]:
    """The local days that the time from `start` up to `end` (not included) touches, in order."""
    day = local_date(start, zone)
    while midnight(day, zone) < end:
        yield day
        day += timedelta(days=1)


@lru_cache(maxsize=1024)
def rhythm(day: date, minutes: int, zone: tzinfo) -> tuple[datetime, ...]:
    """When on a local day the clock shows a multiple of `minutes` after midnight, in order.

    A skipped time is not among these instants, a doubled one is there twice.
    """
    begin, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    if end - begin == timedelta(days=1):  # the clocks do not jump
        return tuple(begin + timedelta(minutes=shown) for shown in range(0, 24 * 60, minutes))
    walls = (datetime.combine(day, time.min) + timedelta(minutes=n) for n in range(0, 24 * 60, minutes))
    instants = {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for wall in walls for fold in (0, 1)}
    return tuple(
        sorted(at for at in instants if local_date(at, zone) == day and wall_minute(at, zone) % minutes == 0)
    )
