"""The day page of a large office over HTTP, beside the same rows fetched and joined into a string."""

from datetime import date, timedelta
from urllib.parse import urlencode

from sqlalchemy import func, select

from models.bookings import Booking
from scheduler.domain.instants import midnight
from tests.bench.figures import Figure, in_turn
from tests.bench.floors import FLOORS
from tests.bench.load import Request, load
from tests.bench.offices import LOGIN, PASSWORD, Bench, found_office, served, server
from tests.servers import signed_in

_ROUNDS, _SECONDS = 3, 3
_THURSDAY = 3


def measure(full: bool) -> list[Figure]:
    rounds, seconds, places = (_ROUNDS, _SECONDS, 40) if full else (1, 1, 4)
    with server() as own:
        short = ("general", "benefit_emergency", "urgent_benefit")
        office = found_office(own, "days", places=places, share=0.62, days=8, services=short)
        on, bookings = _fullest_day(office)
        start, end = midnight(on, office.plan.zone), midnight(on + timedelta(days=1), office.plan.zone)
        floor_page = Request("GET", f"/day?{urlencode({'start': start, 'end': end})}", {})
        with served(office.url, FLOORS) as floor, served(office.url) as base_url:
            page = Request("GET", f"/day/{on}", {"Cookie": signed_in(base_url, LOGIN, PASSWORD)})

            def milliseconds(url: str, request: Request) -> float:
                return 1000 * load(url, [request], clients=1, seconds=seconds).median

            found = in_turn(
                lambda: milliseconds(floor, floor_page), lambda: milliseconds(base_url, page), rounds=rounds
            )
    return [Figure(f"day page, {places} places, {bookings} bookings", *found, "ms", False, 5, 2)]


def _fullest_day(office: Bench) -> tuple[date, int]:
    """A day on which the office is open longest, and how many come."""
    on = next(
        day
        for day in (office.today + timedelta(days=offset) for offset in range(1, 8))
        if day.weekday() == _THURSDAY
    )
    start, end = midnight(on, office.plan.zone), midnight(on + timedelta(days=1), office.plan.zone)
    with office.database.reading() as session:
        number = session.scalar(
            select(func.count()).where(Booking.starts_at >= start, Booking.starts_at < end)
        )
    return on, number or 0
