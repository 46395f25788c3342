"""Answers that the API gave before, sent again while neither the office's rows nor the hour changed them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Response, current_app, g, request

from scheduler.web.api.callers import caller
from scheduler.web.frame import frame, office_now, snapshot

View = TypeVar("View", bound=Callable[..., Any])

#: A longer answer is not kept, so that many of them do not fill the process's memory.
_LONGEST = 32 * 1024


@dataclass(frozen=True, slots=True)
class _Given:
    """What was answered, and from when until when (not included) it is the answer."""

    body: bytes
    since: datetime
    until: datetime


def holds_until(instant: datetime) -> None:
    """Says of the answer being given that nothing but a change of the office's rows alters it before then."""
    g.holds_until = instant


def recalled(view: View) -> View:
    """Gives what was answered to the same question before; the view has to say how long it `holds_until`.

    It stands below `requires`: whose question it is has been asked, in this very snapshot.
    """

    @wraps(view)
    def answered(*args: Any, **values: Any) -> Any:
        question = (
            *(request.path, request.query_string),
            *(caller().role, request.headers.get("Accept-Language")),
        )
        now, recall = office_now(), frame().recall
        given = recall.of(snapshot(), question)
        if given is not None and given.since <= now < given.until:
            return current_app.response_class(given.body, mimetype="application/json")
        response = cast(Response, view(*args, **values))
        if response.status_code == 200 and "holds_until" in g and len(response.data) <= _LONGEST:
            recall.keep(snapshot(), question, _Given(response.data, now, g.holds_until))
        return response

    return cast(View, answered)
