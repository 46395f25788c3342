"""Looks at one day of the office: who comes where, what is free, and why the rest is not."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypedDict
from uuid import UUID

from sqlalchemy.orm import Session

from models.bookings import Booking
from scheduler.adapters.holidays import holiday_question
from scheduler.domain.availability import candidates, first_free, watched_for_all
from scheduler.domain.bookings import MAY_CHANGE_PLACE, Channel, Standing, Status
from scheduler.domain.days import ROW, Outlook, Stretch, outlook, rows_of
from scheduler.domain.errors import DomainError, SlotTaken
from scheduler.domain.hours import HolidayQuestion
from scheduler.domain.instants import midnight
from scheduler.domain.intervals import Interval
from scheduler.domain.occupancy import Hold, Occupancy
from scheduler.domain.people import NO_NEEDS, Needs
from scheduler.domain.phases import Decision, Phase, Ruling, phase_at
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Resource, Site
from scheduler.domain.roles import Role
from scheduler.domain.services import Service, suits
from scheduler.domain.texts import Text
from scheduler.queries.bookings import with_everything
from scheduler.queries.events import is_participant
from scheduler.queries.slots import occupancy


@dataclass(frozen=True, slots=True)
class Column:
    """One place on the day; `cells` speak of `bookings` by their position."""

    key: str
    name: Text
    retired: bool
    bookings: Sequence[Booking]
    cells: Sequence[Stretch]


@dataclass(frozen=True, slots=True)
class SiteDay:
    """One site on the day; no rows where nothing is open and nobody comes."""

    site: Site
    rows: Sequence[datetime]
    columns: Sequence[Column]

    def lines(self, *, across: bool) -> list[tuple[datetime | Column, list[tuple[Column, Stretch]]]]:
        """What the table has line by line, with the cells that begin there: times, or `across` the places."""
        if across:
            return [(column, [(column, cell) for cell in column.cells]) for column in self.columns]
        beginning: list[list[tuple[Column, Stretch]]] = [[] for _ in self.rows]
        for column in self.columns:
            for cell in column.cells:
                beginning[cell.first].append((column, cell))
        return list(zip(self.rows, beginning, strict=True))

    def running(self, now: datetime) -> int | None:
        """The row that the clock stands in, None where it stands in none."""
        return next((row for row, at in enumerate(self.rows) if at <= now < at + ROW), None)


@dataclass(frozen=True, slots=True)
class Day:
    """`phases` are those in force at some time of the day; `counts` are of what stands in the grid.

    `interrupted` are the places closed for a while, `hit` the visits that lie in that, not yet decided about;
    `delayed` are the visits that will begin later than people were told, since others take longer;
    `holds` are those that stand.
    """

    day: date
    phases: Sequence[Phase]
    holiday: bool
    sites: Sequence[SiteDay]
    by_phone: Sequence[Booking]
    cancelled: Sequence[Booking]
    counts: Counter[Status]
    in_question: int
    interrupted: Mapping[str, Sequence[Interval]]
    hit: int
    delayed: Mapping[UUID, datetime]
    holds: Sequence[Hold]

    def holders(self, place: str, at: datetime, rows: int) -> list[str]:
        """Who has the form open for times in these rows of the place."""
        span = Interval(at, at + rows * ROW)
        return sorted({one.holder for one in self.holds if one.place == place and one.span.overlaps(span)})


class _Asked(TypedDict):
    booked_by: Role
    now: datetime
    is_holiday: HolidayQuestion


@dataclass(frozen=True, slots=True)
class Answer:
    """What the office says to a visit for `service`: a ruling under which it can be booked, or why not.

    `holder` is who holds the place, where that is why.
    """

    service: Service
    ruling: Ruling | None
    error: DomainError | None
    holder: str | None = None

    @property
    def needs_reason(self) -> bool:
        return self.ruling is not None and self.ruling.decision is Decision.JUSTIFY

    @property
    def becomes_request(self) -> bool:
        return self.ruling is not None and self.ruling.decision is Decision.APPROVE


def day(
    session: Session,
    plan: Plan,
    on: date,
    *,
    booked_by: Role,
    now: datetime,
    moving: Booking | None = None,
) -> Day:
    """The day as one who books as `booked_by` sees it; two statements, whatever its size.

    With `moving` it says where that booking could be moved to, and why not elsewhere, as the move will.
    """
    is_holiday = holiday_question(plan.office.holidays)
    bookings = _bookings_of(session, plan, on)
    taken = occupancy(
        session,
        plan,
        watched_for_all(plan, on, on),
        places=plan.resources,
        leaving_out=moving.id if moving else None,
    )
    view = outlook(
        plan,
        on,
        booked_by=moving.booked_by if moving else booked_by,
        now=now,
        is_holiday=is_holiday,
        occupancy=taken,
        service=plan.visit(moving.service_key, moving.person.needs) if moving else None,
    )
    shown = [booking for booking in bookings if _stands_in_grid(booking)]
    return Day(
        on,
        _phases_on(plan, on),
        is_holiday(on),
        [_site_day(plan, on, site, shown, view) for site in plan.sites],
        [
            booking
            for booking in bookings
            if booking.channel is Channel.PHONE and booking.status is not Status.CANCELLED
        ],
        [booking for booking in bookings if booking.status is Status.CANCELLED],
        Counter(booking.status for booking in shown),
        sum(booking.standing is Standing.IN_QUESTION for booking in shown),
        _interrupted_on(plan, on, taken),
        sum(_lies_in_interruption(booking, taken) for booking in shown),
        dict(_delayed(shown, taken)),
        [hold for hold in taken.holds if hold.stands],
    )


def answers(
    session: Session,
    plan: Plan,
    at: datetime,
    resource: Resource | None,
    *,
    booked_by: Role,
    now: datetime,
    services: Sequence[Service] | None = None,
    needs: Needs = NO_NEEDS,
    leaving_out: UUID | None = None,
    holder: str | None = None,
) -> list[Answer]:
    """What each concern that suits the place, or each of `services`, could have at `at`; one statement.

    It is answered for somebody with these needs, and a place that does not meet them is why not.
    `leaving_out` is a booking that is to be moved, `holder` whose own holds stand in no way.
    """
    suiting = (service for service in plan.services if resource is None or suits(service, resource))
    offered = [plan.visit(one.key, needs) for one in (suiting if services is None else services)]
    on = at.astimezone(plan.zone).date()
    within = watched_for_all(plan, on, on)
    taken = occupancy(session, plan, within, places=plan.resources, leaving_out=leaving_out, holder=holder)
    return [_answer(plan, service, at, resource, booked_by, now, taken) for service in offered]


def _answer(
    plan: Plan,
    service: Service,
    at: datetime,
    resource: Resource | None,
    booked_by: Role,
    now: datetime,
    taken: Occupancy,
) -> Answer:
    asked: _Asked = {
        "booked_by": booked_by,
        "now": now,
        "is_holiday": holiday_question(plan.office.holidays),
    }
    try:
        found = candidates(plan, service, at, **asked, justified=True, resource=resource)
        _place, ruling = first_free(plan, service, found, at, taken, **asked)
    except DomainError as error:
        span = Interval(at, at + service.length + service.buffer)
        held = taken.held(resource.key, span) if resource and isinstance(error, SlotTaken) else []
        return Answer(service, None, error, held[0].holder if held else None)
    return Answer(service, ruling, None)


def _bookings_of(session: Session, plan: Plan, on: date) -> Sequence[Booking]:
    begin, end = midnight(on, plan.zone), midnight(on + timedelta(days=1), plan.zone)
    return session.scalars(
        with_everything()
        .where(Booking.starts_at >= begin, Booking.starts_at < end, ~is_participant())
        .order_by(Booking.starts_at, Booking.reference)
    ).all()


def _stands_in_grid(booking: Booking) -> bool:
    return booking.channel is Channel.IN_PERSON and booking.status is not Status.CANCELLED


def _interrupted_on(plan: Plan, on: date, taken: Occupancy) -> Mapping[str, Sequence[Interval]]:
    day = Interval(midnight(on, plan.zone), midnight(on + timedelta(days=1), plan.zone))
    found = {
        key: [span for span in spans if span.overlaps(day)] for key, spans in taken.interruptions.items()
    }
    return {key: spans for key, spans in found.items() if spans}


def _lies_in_interruption(booking: Booking, taken: Occupancy) -> bool:
    visit = Interval(booking.starts_at, booking.ends_at)
    return booking.status in MAY_CHANGE_PLACE and taken.is_interrupted(booking.resource.key, visit)


def _delayed(shown: Sequence[Booking], taken: Occupancy) -> Iterator[tuple[UUID, datetime]]:
    for booking in shown if taken.delays else ():
        late = taken.delays.get((booking.resource.key, booking.starts_at))
        if late is not None and late.start > booking.starts_at and booking.status in MAY_CHANGE_PLACE:
            yield booking.id, late.start


def _phases_on(plan: Plan, on: date) -> list[Phase]:
    begin, end = midnight(on, plan.zone), midnight(on + timedelta(days=1), plan.zone)
    first = phase_at(plan.phases, begin)
    later = [phase for phase in plan.phases if begin < phase.starts < end]
    return [*([first] if first is not None else []), *later]


def _site_day(plan: Plan, on: date, site: Site, shown: Sequence[Booking], view: Outlook) -> SiteDay:
    places = [place for place in plan.resources if place.site == site.key]
    by_place: dict[str, list[Booking]] = {place.key: [] for place in places}
    names = {place.key: place.name for place in places}
    for booking in shown:
        if plan.site_of(booking.resource.key, booking.resource.site) == site:
            by_place.setdefault(booking.resource.key, []).append(booking)
            names.setdefault(booking.resource.key, Text(booking.resource.name))
    visits = {key: [Interval(b.starts_at, b.ends_at) for b in found] for key, found in by_place.items()}
    rows = rows_of(plan, on, places, [visit for found in visits.values() for visit in found], view.is_holiday)
    columns = [
        Column(
            key,
            names[key],
            key not in plan.resources_by_key,
            by_place[key],
            view.column(plan.resources_by_key.get(key), rows, visits[key]) if rows else (),
        )
        for key in by_place
    ]
    return SiteDay(site, rows, columns)
