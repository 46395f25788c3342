"""The plan on one line of time."""

from datetime import timedelta

from scheduler.domain.timelines import Span, line_of, phase_spans, tracks
from tests.factories import at, whole_plan

PLAN = whole_plan()
NOW = at("2020-05-25 12:00")


def test_the_line_reaches_from_the_first_beginning_to_some_weeks_after_the_last_change() -> None:
    line = line_of(PLAN, now=NOW)
    assert line.start == PLAN.phases[0].starts
    assert line.end > max(phase.starts for phase in PLAN.phases) + timedelta(days=30)
    assert line_of(PLAN, now=at("2019-06-01 12:00")).start == at("2019-06-01 12:00")
    months = list(line.months(PLAN.zone))
    assert [month.astimezone(PLAN.zone).day for month in months] == [1] * len(months)
    assert months == sorted(months)


def test_bars_lie_within_the_line_and_can_be_seen() -> None:
    line = line_of(PLAN, now=NOW)
    for span in [*phase_spans(PLAN), *(span for _, some in tracks(PLAN) for span in some)]:
        begin, length = line.bar(span)
        assert 0 <= begin <= 996
        assert 4 <= length <= 1000
        assert begin + length <= 1004
    assert line.bar(Span("x", line.start, None)) == (0, 1000)


def test_each_phase_ends_where_the_next_begins_and_a_hotline_with_its_last_day() -> None:
    spans = phase_spans(PLAN)
    assert [span.end for span in spans[:-1]] == [span.start for span in spans[1:]]
    found = dict(tracks(PLAN))
    (nationwide,) = found["hotline:nationwide"]
    assert (nationwide.start, nationwide.end) == (at("2020-03-30 00:00"), at("2020-07-01 00:00"))
    assert [span.key for span in found["measures"]] == ["on_site", "suspended", "alternative"]
    assert "measure:coaching" not in found
