"""Booking over HTTP, beside a view that inserts one row under the same constraint and commits."""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from random import Random

from scheduler.adapters.clock import Clock
from scheduler.domain.roles import Role
from scheduler.queries.slots import slots
from tests.bench.figures import Figure, in_turn
from tests.bench.floors import FLOORS, lay
from tests.bench.load import Request, load
from tests.bench.offices import DAYS, Bench, found_office, served, server

_ROUNDS, _SECONDS = 3, 3
_WORDS = count()


def measure(full: bool) -> list[Figure]:
    rounds, seconds = (_ROUNDS, _SECONDS) if full else (1, 1)
    with server() as own:
        office = found_office(own, "bookings", places=20, days=DAYS if full else 3)
        lay(office.database)
        with served(office.url, FLOORS) as floor, served(office.url) as base_url:

            def rate(url: str, requests: list[Request]) -> float:
                return load(url, requests, seconds=seconds, expect=(201,)).rate

            wishes = list(_wishes(office, days=3 * DAYS if full else 30))
            Random(2020).shuffle(wishes)
            portions = iter(_portions(wishes, 2 * rounds))
            row = [Request("POST", "/row", {}, "{}")]
            chosen = in_turn(
                lambda: rate(floor, row),
                lambda: rate(base_url, [_request(office, *wish) for wish in next(portions)]),
                rounds=rounds,
            )
            any_place = in_turn(
                lambda: rate(floor, row),
                lambda: rate(base_url, [_request(office, starts, None) for starts, _ in next(portions)]),
                rounds=rounds,
            )
    return [
        Figure("booking, the place chosen", *chosen, "a second", True, 0.25, 0.5),
        Figure("booking, any of ten places", *any_place, "a second", True, 0.25, 0.5),
    ]


def _wishes(office: Bench, days: int) -> Iterator[tuple[str, str]]:
    """Every free quarter of an hour at each counter."""
    plan = office.plan
    with office.database.reading() as session:
        for offset in range(1, days):
            day = office.today + timedelta(days=offset)
            found = slots(
                session,
                plan,
                plan.service("general"),
                first=day,
                last=day,
                booked_by=Role.RECEPTION,
                now=Clock().office(),
                limit=10_000,
            )
            yield from ((slot.starts_at.isoformat(), slot.resource.key) for slot in found)


def _portions(wishes: list[tuple[str, str]], number: int) -> list[list[tuple[str, str]]]:
    size = len(wishes) // number
    return [wishes[n * size : (n + 1) * size] for n in range(number)]


def _request(office: Bench, starts_at: str, resource: str | None) -> Request:
    wish = {
        "service": "general",
        "starts_at": starts_at,
        "resource": resource,
        "customer": {"name": "Ada Arendt", "email": "ada@example.org", "phone": "030 12345"},
    }
    headers = {**office.authorization, "Idempotency-Key": f"bench-{next(_WORDS)}"}
    return Request("POST", "/api/v1/bookings", headers, json.dumps(wish))
