"""The plan on one line of time: phases, hotlines, measures and closures, each on a track of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from scheduler.domain.phases import span_end
from scheduler.domain.plans import Plan

#: What has no end goes on for so long behind the last thing that begins.
_BEYOND = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Span:
    """Something that holds from `start` until `end`, None without end; `key` says what, or in which mode."""

    key: str
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """The stretch of time that is shown; places on it are in thousandths."""

    start: datetime
    end: datetime

    def at(self, instant: datetime) -> float:
        share = (instant - self.start) / (self.end - self.start)
        return round(1000 * min(1.0, max(0.0, share)), 1)

    def bar(self, span: Span) -> tuple[float, float]:
        """Where a span begins, and how long it is; the shortest can still be seen."""
        begin, end = self.at(span.start), self.at(span.end or self.end)
        return min(begin, 996.0), max(4.0, round(end - begin, 1))

    def months(self, zone: tzinfo) -> Iterator[datetime]:
        """The first instants of the months within."""
        first = self.start.astimezone(zone).date().replace(day=1)
        while (instant := _midnight(first, zone)) <= self.end:
            if instant >= self.start:
                yield instant
            first = (first + timedelta(days=32)).replace(day=1)


def line_of(plan: Plan, *, now: datetime) -> Line:
    """From the first phase, hotline or mode on until some weeks after the last change, with `now` on it."""
    spans = [*phase_spans(plan), *(span for _, some in tracks(plan) for span in some)]
    starts = [span.start for span in spans] + [now]
    changes = [*starts, *(span.end for span in spans if span.end is not None)]
    return Line(min(starts), max(changes) + _BEYOND)


def phase_spans(plan: Plan) -> Sequence[Span]:
    return [Span(phase.key, phase.starts, span_end(plan.phases, phase)) for phase in plan.phases]


def tracks(plan: Plan) -> Sequence[tuple[str, Sequence[Span]]]:
    """The hotlines, the modes of all measures, those of measures with dates of their own, and closures.

    Each by a name like `hotline:KEY`; modes of a measure go on from its own first date.
    """
    found: list[tuple[str, Sequence[Span]]] = []
    for hotline in plan.hotlines:
        end = None if hotline.closes is None else _midnight(hotline.closes + timedelta(days=1), plan.zone)
        found.append(
            (f"hotline:{hotline.key}", [Span(hotline.key, _midnight(hotline.opens, plan.zone), end)])
        )
    if plan.measure_modes:
        found.append(("measures", _modes([(one.starts, one.mode) for one in plan.measure_modes], plan.zone)))
    for measure in plan.measures:
        if measure.modes:
            own = _modes([(one.starts, one.mode) for one in measure.modes], plan.zone)
            found.append((f"measure:{measure.key}", own))
    for number, closure in enumerate(plan.closures):
        found.append((f"closure:{number}", [Span(str(number), closure.span.start, closure.span.end)]))
    return found


def _modes(changes: Sequence[tuple[date, str]], zone: tzinfo) -> Sequence[Span]:
    starts = [_midnight(day, zone) for day, _ in changes]
    return [
        Span(mode, start, end)
        for (_, mode), start, end in zip(changes, starts, [*starts[1:], None], strict=True)
    ]


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
