"""A day at a glance: for each place and quarter of an hour, who comes and what could still be booked.

What is free comes from the search. Why the rest is not is asked here in the order in which
`availability.candidates` asks, so that a cell and its "why not?" agree.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby

from scheduler.domain.availability import booking_window, search
from scheduler.domain.errors import Closed, PublicHoliday
from scheduler.domain.hours import HolidayQuestion
from scheduler.domain.instants import midnight, rhythm
from scheduler.domain.intervals import Interval
from scheduler.domain.occupancy import Occupancy, obstacle
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Resource
from scheduler.domain.roles import Role
from scheduler.domain.services import Service, suits

ROW_MINUTES = 15
ROW = timedelta(minutes=ROW_MINUTES)


class Why(StrEnum):
    """Why nothing can be booked at a time and place where nobody comes."""

    PAST = "past"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    HOURS = "hours"
    PHASE = "phase"
    INTERRUPTED = "interrupted"
    RESERVED = "reserved"
    HELD = "held"
    TAKEN = "taken"
    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"
    UNSUITABLE = "unsuitable"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Stretch:
    """One cell of a place's column: `rows` rows from the row `first` on.

    Either visits lie in it (`visits`: their positions), or it can be booked at `free_at`, or `why` says why
    not. Beside visits too short for a row `free_at` may say that another would fit.
    """

    first: int
    rows: int
    visits: tuple[int, ...] = ()
    free_at: datetime | None = None
    why: Why | None = None


@dataclass(frozen=True)
class Outlook:
    """What can be booked on a day by one who books, and why the rest cannot; `free` is by place, in order."""

    plan: Plan
    booked_by: Role
    now: datetime
    is_holiday: HolidayQuestion
    occupancy: Occupancy
    services: Sequence[Service]
    free: Mapping[str, Sequence[datetime]]

    def column(
        self, resource: Resource | None, rows: Sequence[datetime], visits: Sequence[Interval]
    ) -> list[Stretch]:
        """The cells of one place from top to bottom; `resource` is None where the plan has it no longer.

        `rows` are never none, and `visits` lie in them.
        """
        cells = _visited(rows, visits)
        free = self.free.get(resource.key, ()) if resource is not None else ()
        shown = (at for at in reversed(free) if rows[0] <= at < rows[-1] + ROW)
        free_in = {_row_of(rows, at): at for at in shown}
        cells = [_with_free(cell, free_in) for cell in cells]
        covered = {row for cell in cells for row in range(cell.first, cell.first + cell.rows)}
        empty = [row for row in range(len(rows)) if row not in covered]
        cells += [Stretch(row, 1, free_at=free_in[row]) for row in empty if row in free_in]
        refused = [(row, self._why(resource, rows[row])) for row in empty if row not in free_in]
        cells += _joined(refused)
        return sorted(cells, key=lambda cell: cell.first)

    def _why(self, resource: Resource | None, at: datetime) -> Why:
        if at < self.now:
            return Why.PAST
        if resource is None:
            return Why.RETIRED
        span = booking_window(self.plan, self.now).span
        if not span.start <= at < span.end:
            return Why.TOO_SOON if at < span.start else Why.TOO_FAR
        offered = [service for service in self.services if suits(service, resource)]
        let = [service for service in offered if self._is_let(service, resource, at)]
        if not let:
            return Why.PHASE if offered else Why.UNSUITABLE
        visit = Interval(at, at + min(service.length for service in let))
        fault = self.plan.opening_hours[resource.key].fault(visit, self.is_holiday)
        if fault is None:
            return self._obstacle(let, resource, at)
        return {Closed: Why.CLOSED, PublicHoliday: Why.HOLIDAY}.get(type(fault), Why.HOURS)

    def _obstacle(self, services: Iterable[Service], resource: Resource, at: datetime) -> Why:
        """Why none of the concerns that are let can be booked though the place is open."""
        faults = [
            obstacle(
                self.plan,
                service,
                resource,
                at,
                self.occupancy,
                booked_by=self.booked_by,
                now=self.now,
                is_holiday=self.is_holiday,
            )
            for service in services
        ]
        if any(isinstance(fault, Closed) for fault in faults):
            return Why.INTERRUPTED
        if any(fault and fault.details.get("held") for fault in faults):
            return Why.RESERVED
        return Why.HELD if self.occupancy.held(resource.key, Interval(at, at + ROW)) else Why.TAKEN

    def _is_let(self, service: Service, resource: Resource, at: datetime) -> bool:
        ruling = self.plan.decide(
            service, at=at, booked_by=self.booked_by, kind=resource.kind, site=resource.site
        )
        return ruling.decision.lets_book and ruling.needs <= resource.equipment


def outlook(
    plan: Plan,
    day: date,
    *,
    booked_by: Role,
    now: datetime,
    is_holiday: HolidayQuestion,
    occupancy: Occupancy,
    service: Service | None = None,
) -> Outlook:
    """What the search finds on the day, whatever the concern, or for the one `service`."""
    services = plan.services if service is None else (service,)
    free: dict[str, set[datetime]] = {}
    for service in services:
        slots = search(
            plan,
            service,
            first=day,
            last=day,
            booked_by=booked_by,
            now=now,
            is_holiday=is_holiday,
            occupancy=occupancy,
        )
        for slot in slots:
            free.setdefault(slot.resource.key, set()).add(slot.starts_at)
    found = {key: sorted(starts) for key, starts in free.items()}
    return Outlook(plan, booked_by, now, is_holiday, occupancy, services, found)


def rows_of(
    plan: Plan,
    day: date,
    places: Iterable[Resource],
    visits: Iterable[Interval],
    is_holiday: HolidayQuestion,
) -> list[datetime]:
    """The quarters of an hour from the first opening of `places` to the last closing, and of `visits`."""
    begin, end = midnight(day, plan.zone), midnight(day + timedelta(days=1), plan.zone)
    spans = [span for place in places for span in plan.opening_hours[place.key].on(day, is_holiday).spans]
    times = [Interval(max(span.start, begin), min(span.end, end)) for span in [*spans, *visits]]
    times = [time for time in times if time.start < time.end]
    if not times:
        return []
    first, last = min(time.start for time in times), max(time.end for time in times)
    return [at for at in rhythm(day, ROW_MINUTES, plan.zone) if at + ROW > first and at < last]


def _row_of(rows: Sequence[datetime], at: datetime) -> int:
    """The row that `at` lies in, the first or last where it lies outside."""
    return max(0, bisect_right(rows, at) - 1)


def _visited(rows: Sequence[datetime], visits: Sequence[Interval]) -> list[Stretch]:
    """Visits that share a row share a cell, so that none hides another."""
    cells: list[Stretch] = []
    for position, visit in sorted(enumerate(visits), key=lambda pair: pair[1]):
        first = _row_of(rows, visit.start)
        last = _row_of(rows, visit.end - timedelta(microseconds=1))
        if cells and first < cells[-1].first + cells[-1].rows:
            before = cells.pop()
            rows_taken = max(before.rows, last + 1 - before.first)
            cells.append(Stretch(before.first, rows_taken, (*before.visits, position)))
        else:
            cells.append(Stretch(first, last + 1 - first, (position,)))
    return cells


def _with_free(cell: Stretch, free_in: Mapping[int, datetime]) -> Stretch:
    free = [free_in[row] for row in range(cell.first, cell.first + cell.rows) if row in free_in]
    return Stretch(cell.first, cell.rows, cell.visits, min(free, default=None))


def _joined(refused: Iterable[tuple[int, Why]]) -> list[Stretch]:
    """Neighbouring rows refused for one reason make one cell."""
    runs = groupby(enumerate(refused), key=lambda item: (item[1][0] - item[0], item[1][1]))
    cells = []
    for (_, why), run in runs:
        rows = [row for _, (row, _) in run]
        cells.append(Stretch(rows[0], len(rows), why=why))
    return cells
