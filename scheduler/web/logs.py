"""What is written down of every request: one line in the log and the figures; nothing about a person."""

import secrets
from time import perf_counter
from typing import cast

from flask import Flask, Response, g, request

from scheduler.adapters import logs
from scheduler.adapters.metrics import DURATIONS, REFUSALS, REQUESTS
from scheduler.domain.roles import Role

HEADER = "X-Request-ID"
_BYTES = 5
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def observe(app: Flask) -> None:
    """Has every request written down; call it before anything else is added to the app."""
    app.before_request(_begin)
    app.after_request(_write_down)


def request_id() -> str:
    """The request's name, to be read aloud: it stands in the answer and in the log; callers choose none."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(_BYTES)
    return cast(str, g.request_id)


def note_refusal(code: str) -> None:
    """Notes why the request is refused, for the log and the figures."""
    g.refusal = code


def surprise(error: Exception) -> None:
    """Logs an error that nobody expected, under the request's name."""
    logs.surprise("could not answer", error, request=request_id(), endpoint=_endpoint(), method=_method())


def _begin() -> None:
    g.begun = perf_counter()


def _write_down(response: Response) -> Response:
    took_s = perf_counter() - g.get("begun", perf_counter())
    endpoint, method, status = _endpoint(), _method(), response.status_code
    code = str(g.get("refusal", f"http_{status}")) if status >= 400 else None
    response.headers[HEADER] = request_id()
    REQUESTS.labels(endpoint, method, f"{status // 100}xx").inc()
    DURATIONS.labels(endpoint).observe(took_s)
    if code is not None:
        REFUSALS.labels(code).inc()
    logs.log().info(
        "request",
        request=request_id(),
        endpoint=endpoint,
        method=method,
        status=status,
        code=code,
        ms=round(took_s * 1000, 1),
        role=_role(),
    )
    return response


def _endpoint() -> str:
    """The name of the page or call; its address may hold whatever somebody typed."""
    return request.endpoint or "none"


def _method() -> str:
    return request.method if request.method in _METHODS else "other"


def _role() -> Role | None:
    """The role of whoever acts, as far as somebody asked who that is."""
    actor = g.get("caller") or g.get("account")
    return None if actor is None else Role(actor.role)
