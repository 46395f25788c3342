"""Local times and instants, above all where the clocks jump."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.domain.errors import DoubledLocalTime, Invalid, SkippedLocalTime
from scheduler.domain.instants import (
    at_wall_time,
    days_of,
    from_local,
    local_date,
    midnight,
    parse_date,
    parse_instant,
    rhythm,
    wall_minute,
)

BERLIN = ZoneInfo("Europe/Berlin")
BEIRUT = ZoneInfo("Asia/Beirut")
SPRING, AUTUMN = date(2020, 3, 29), date(2020, 10, 25)


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[misc, arg-type]  # year to minute


def test_a_local_time_becomes_an_instant() -> None:
    assert from_local(datetime(2020, 6, 2, 9), BERLIN, field="at") == utc(2020, 6, 2, 7)  # noqa: DTZ001


def test_a_skipped_local_time_is_refused() -> None:
    with pytest.raises(SkippedLocalTime) as refused:
        parse_instant("2020-03-29T02:30", BERLIN, field="at")
    assert refused.value.details["field"] == "at"


def test_a_doubled_local_time_is_refused() -> None:
    with pytest.raises(DoubledLocalTime):
        parse_instant("2020-10-25T02:30", BERLIN, field="at")


@pytest.mark.parametrize(
    "text", ["2020-03-29T01:59", "2020-03-29T03:00", "2020-10-25T01:59", "2020-10-25T03:00"]
)
def test_the_times_beside_a_jump_exist_once(text: str) -> None:
    assert parse_instant(text, BERLIN, field="at").astimezone(BERLIN).isoformat().startswith(text)


@pytest.mark.parametrize(
    "text",
    ["2020-10-25T02:30+02:00", "2020-10-25T00:30Z", " 2020-10-25 00:30:00+0000 ", "2020-10-25T00:30:00.0Z"],
)
def test_an_offset_says_which_of_two_times_is_meant(text: str) -> None:
    assert parse_instant(text, BERLIN, field="at") == utc(2020, 10, 25, 0, 30)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2020-06-02",
        "2020-06-02T09",
        "2020-6-2T9:00",
        "2020-02-30T09:00",
        "2020-06-02T25:00",
        "2020-06-02T09:00+99:00",
        "0001-01-01T00:00",
        "9999-12-31T23:59Z",
        "2020-W23-2T09:00",
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_instant(text, BERLIN, field="at")
    assert refused.value.fields["at"].why == "not_an_instant"


def test_a_date_is_read() -> None:
    assert parse_date("2020-03-10", field="from") == date(2020, 3, 10)


@pytest.mark.parametrize(
    "text", ["", "20200310", "2020-W11-2", "2020-3-10", "2020-02-30", "0001-01-01", "9999-12-31"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_date(text, field="from")
    assert refused.value.fields["from"].why == "not_a_date"


def test_a_wall_time_is_reckoned_from_midnight_also_on_a_day_of_23_hours() -> None:
    assert at_wall_time(SPRING, 8 * 60, BERLIN) == utc(2020, 3, 29, 6)
    assert (
        at_wall_time(SPRING, 24 * 60, BERLIN) == midnight(date(2020, 3, 30), BERLIN) == utc(2020, 3, 29, 22)
    )


@pytest.mark.parametrize("minute", [120, 150, 179, 180])
def test_a_skipped_wall_time_is_the_moment_of_the_jump(minute: int) -> None:
    assert at_wall_time(SPRING, minute, BERLIN) == utc(2020, 3, 29, 1)


def test_a_doubled_wall_time_is_its_first_occurrence() -> None:
    assert at_wall_time(AUTUMN, 150, BERLIN) == utc(2020, 10, 25, 0, 30)


def test_a_day_without_midnight_begins_with_the_jump() -> None:
    assert midnight(SPRING, BEIRUT) == utc(2020, 3, 28, 22)
    assert wall_minute(midnight(SPRING, BEIRUT), BEIRUT) == 60


def test_the_date_is_the_offices() -> None:
    assert local_date(utc(2020, 6, 1, 21, 59), BERLIN) == date(2020, 6, 1)
    assert local_date(utc(2020, 6, 1, 22), BERLIN) == date(2020, 6, 2)


def test_seconds_are_a_fraction_of_the_wall_minute() -> None:
    assert wall_minute(datetime(2020, 6, 2, 7, 0, 30, tzinfo=UTC), BERLIN) == 540.5
    assert wall_minute(datetime(2020, 6, 2, 7, 0, 0, 1, tzinfo=UTC), BERLIN) > 540


def test_the_end_of_a_time_is_no_longer_in_it() -> None:
    start, end = midnight(date(2020, 6, 2), BERLIN), midnight(date(2020, 6, 4), BERLIN)
    assert list(days_of(start, end, BERLIN)) == [date(2020, 6, 2), date(2020, 6, 3)]
    assert list(days_of(start, end + timedelta(seconds=1), BERLIN))[-1] == date(2020, 6, 4)


def test_a_plain_day_has_every_beat() -> None:
    beats = rhythm(date(2020, 6, 2), 25, BERLIN)
    assert [wall_minute(beat, BERLIN) for beat in beats] == list(range(0, 1440, 25))


def test_skipped_beats_are_left_out() -> None:
    beats = rhythm(SPRING, 30, BERLIN)
    assert [wall_minute(beat, BERLIN) for beat in beats[:6]] == [0, 30, 60, 90, 180, 210]
    assert len(beats) == 46


def test_doubled_beats_come_twice() -> None:
    beats = rhythm(AUTUMN, 30, BERLIN)
    assert [wall_minute(beat, BERLIN) for beat in beats[3:10]] == [90, 120, 150, 120, 150, 180, 210]
    assert [beat - beats[0] for beat in beats] == [timedelta(minutes=30 * number) for number in range(50)]


def test_an_hour_doubled_before_midnight_belongs_to_the_day_before() -> None:
    beats = rhythm(date(2020, 10, 24), 60, BEIRUT)
    assert [wall_minute(beat, BEIRUT) / 60 for beat in beats] == [*range(24), 23]


def test_a_jump_of_half_an_hour_keeps_to_the_wall_clock() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")
    beats = rhythm(date(2020, 10, 4), 60, zone)
    assert [wall_minute(beat, zone) / 60 for beat in beats] == [0, 1, *range(3, 24)]
