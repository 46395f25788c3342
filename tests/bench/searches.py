"""Looking for a free slot over HTTP, beside a view that fetches one row."""

from datetime import timedelta
from itertools import product
from random import Random
from urllib.parse import urlencode

from tests.bench.figures import Figure, in_turn
from tests.bench.floors import FLOORS, lay
from tests.bench.load import Request, load
from tests.bench.offices import DAYS, SERVICES, Bench, found_office, served, server

_ROUNDS, _SECONDS = 3, 3


def measure(full: bool) -> list[Figure]:
    rounds, seconds = (_ROUNDS, _SECONDS) if full else (1, 1)
    with server() as own:
        office = found_office(own, "searches", places=20, days=DAYS if full else 3)
        lay(office.database)
        with served(office.url, FLOORS) as floor, served(office.url) as base_url:

            def rate(url: str, requests: list[Request]) -> float:
                return load(url, requests, seconds=seconds).rate

            row = [Request("GET", "/row", {})]
            new = different(office)
            distinct = in_turn(
                lambda: rate(floor, row),
                lambda: rate(base_url, Random().sample(new, len(new))),
                rounds=rounds,
            )
            repeated = in_turn(lambda: rate(floor, row), lambda: rate(base_url, new[:1]), rounds=rounds)
    return [
        Figure("slot search, every question another", *distinct, "a second", True, 0.15, 0.5),
        Figure("slot search, one question repeated", *repeated, "a second", True, 0.15, 2),
    ]


def different(office: Bench) -> list[Request]:
    """Questions of which none equals another, each for the first 50 slots of some 60 days."""
    begins, lengths = range(30), range(DAYS - 15, DAYS + 15)
    return [
        search(office, service, begin, begin + length)
        for service, begin, length in product(SERVICES, begins, lengths)
    ]


def search(office: Bench, service: str, first: int, last: int) -> Request:
    days = {"from": office.today + timedelta(days=first), "to": office.today + timedelta(days=last)}
    return Request("GET", f"/api/v1/slots?{urlencode({'service': service, **days})}", office.authorization)
