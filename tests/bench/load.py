"""Sends requests as fast as they are answered, from a process of its own; each client keeps one connection.

Run as a program it reads an `Order` as JSON and writes a `Report`; `load` does that for a benchmark.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import count
from urllib.parse import urlsplit

from tests.servers import ROOT

_PATIENCE_S = 60
_FEWEST = 10  # however long they take


@dataclass(frozen=True)
class Request:
    """`headers` are besides Host and Content-Length."""

    method: str
    path: str
    headers: dict[str, str]
    body: str = ""


@dataclass(frozen=True)
class Order:
    """Each request is sent once, in order, or from the first again where there are too few for the time."""

    base_url: str
    requests: list[Request]
    clients: int
    warm_up_s: float
    seconds: float


@dataclass(frozen=True)
class Report:
    """What was answered after the warming up; times in seconds."""

    rate: float
    median: float
    p95: float
    statuses: dict[str, int]


def load(
    base_url: str,
    requests: Sequence[Request],
    *,
    clients: int = 8,
    seconds: float = 4,
    warm_up_s: float = 1,
    expect: Sequence[int] = (200,),
) -> Report:
    """Raises RuntimeError for a status that is not expected."""
    order = Order(base_url, list(requests), clients, warm_up_s, seconds)
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=json.dumps(asdict(order)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
    )
    report = Report(**json.loads(done.stdout))
    if set(report.statuses) - {str(status) for status in expect}:
        raise RuntimeError(f"{requests[0].path}: {report.statuses}")
    return report


async def _send_all(order: Order) -> Report:
    address = urlsplit(order.base_url)
    lines = [_bytes_of(request, address.netloc) for request in order.requests]
    numbers, statuses = count(), Counter[str]()
    taken: list[float] = []
    begin = time.perf_counter() + order.warm_up_s
    end = begin + order.seconds

    async def client() -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        while (sent_at := time.perf_counter()) < end or len(taken) < _FEWEST:
            writer.write(lines[next(numbers) % len(lines)])
            status, closes = await _answer(reader)
            answered_at = time.perf_counter()
            if begin <= sent_at:
                taken.append(answered_at - sent_at)
            statuses[status] += 1
            if closes:
                writer.close()
                reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.close()

    async with asyncio.timeout(order.warm_up_s + order.seconds + _PATIENCE_S):
        await asyncio.gather(*(client() for _ in range(order.clients)))
    seconds = time.perf_counter() - begin
    taken.sort()
    return Report(
        rate=len(taken) / seconds,
        median=taken[len(taken) // 2],
        p95=taken[len(taken) * 95 // 100],
        statuses=dict(statuses),
    )


def _bytes_of(request: Request, host: str) -> bytes:
    body = request.body.encode()
    headers = {"Host": host, **request.headers}
    if body:
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{request.method} {request.path} HTTP/1.1\r\n{head}\r\n".encode() + body


async def _answer(reader: asyncio.StreamReader) -> tuple[str, bool]:
    """The status, and whether the server closes the connection; the body is read and thrown away."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = head.partition("content-length: ")[2].partition("\r\n")[0]
    await reader.readexactly(int(length))
    return head.split(" ", 2)[1], "connection: close" in head


if __name__ == "__main__":
    given = json.load(sys.stdin)
    given["requests"] = [Request(**request) for request in given["requests"]]
    json.dump(asdict(asyncio.run(_send_all(Order(**given)))), sys.stdout)
