"""What years of history cost: the same questions to offices with once, ten and a hundred times the past."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from random import Random
from statistics import median

from tests.bench.figures import Figure
from tests.bench.load import Request, load
from tests.bench.offices import LOGIN, PASSWORD, Bench, add_history, found_office, served, server
from tests.bench.searches import different
from tests.servers import signed_in

# A quarter of the days of the other benchmarks, about 1,200 visits: a hundred times as many are written soon.
_ROUNDS, _SECONDS, _DAYS = 3, 2, 15
_TIMES = (1, 10, 100)

Questions = Callable[[Bench, str], list[Request]]


def measure(full: bool) -> list[Figure]:
    rounds, seconds, days, most = (_ROUNDS, _SECONDS, _DAYS, _TIMES) if full else (1, 1, 3, _TIMES[:2])
    questions: dict[str, Questions] = {"search": _searches, "day page": _day_page, "list of bookings": _list}
    found: dict[tuple[str, int], list[float]] = {(name, times): [] for name in questions for times in most}
    with server() as own, ExitStack() as stack:
        offices = {times: found_office(own, f"history_{times}", places=20, days=days) for times in most}
        for times, office in offices.items():
            add_history(office, times)
        urls = {times: stack.enter_context(served(office.url)) for times, office in offices.items()}
        for _ in range(rounds):
            for name, ask in questions.items():
                for times, office in offices.items():
                    asked = ask(office, urls[times])
                    report = load(urls[times], asked, clients=1, seconds=seconds)
                    found[name, times].append(1000 * report.median)
    return [
        Figure(
            f"{name}, history {times} times",
            median(found[name, 1]),
            median(found[name, times]),
            "ms",
            more_is_better=False,
            bar=1.2,
            aim=1.05,
        )
        for name in questions
        for times in most[1:]
    ]


def _searches(office: Bench, _url: str) -> list[Request]:
    asked = different(office)
    return Random().sample(asked, len(asked))


def _day_page(office: Bench, url: str) -> list[Request]:
    cookie = {"Cookie": signed_in(url, LOGIN, PASSWORD)}
    days = [office.today + timedelta(days=offset) for offset in range(1, 8)]
    return [Request("GET", f"/day/{day}", cookie) for day in days if day.weekday() < 4]


def _list(office: Bench, _url: str) -> list[Request]:
    span = f"from={office.today}&to={office.today + timedelta(days=30)}"
    return [Request("GET", f"/api/v1/bookings?{span}", office.authorization)]
