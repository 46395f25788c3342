"""Panels: parts of the desk's pages that the browser asks for again by itself, so that they stay true.

A part is marked with `data-live` and its address. What its view answers is the same for everybody of one role
and language within a minute of the office, so that many who look cost one look; the tokens of its forms, each
reader's own, and their keys, each page's own, are filled in by the page. Nobody waits in an open connection.
"""

import re
from collections.abc import Callable, Hashable
from functools import wraps
from hashlib import sha256
from typing import Any, NamedTuple, TypeVar, cast
from uuid import uuid4

from flask import Response, make_response, request
from flask_wtf.csrf import generate_csrf

from scheduler.web.frame import as_of, frame, office_now, snapshot
from scheduler.web.languages import language
from scheduler.web.permissions import current_actor

_UNFILLED = 'name="csrf_token" value=""'
#: What tells a form that is sent twice from two forms; each page that holds one has its own.
_WITHOUT_KEY = re.compile('name="key" value=""')

View = TypeVar("View", bound=Callable[..., Any])


class Panel(NamedTuple):
    """What a part of a page says, and a name for exactly that."""

    body: str
    tag: str


def panel(view: View) -> View:
    """Answers with a part of a page, or 304 where that is what the reader has.

    It stands below `requires`. The view answers text and may differ by address, role and language alone.
    """

    @wraps(view)
    def answered(*args: Any, **values: Any) -> Response:
        return answer(recalled(request.full_path, lambda: view(*args, **values)))

    return cast(View, answered)


def answer(found: Panel) -> Response:
    """The part, or 304 where the reader has it."""
    response = make_response(found.body)
    response.set_etag(found.tag)
    return cast(Response, response.make_conditional(request))


def filled(part: Panel) -> str:
    """The part as it first stands in a page, its forms with the reader's tokens and keys of this page."""
    body = part.body.replace(_UNFILLED, _UNFILLED.replace('""', f'"{generate_csrf()}"'))
    return _WITHOUT_KEY.sub(lambda _found: f'name="key" value="{uuid4()}"', body)


def recalled(address: str, look: Callable[[], str]) -> Panel:
    """What `look` answers, or answered before if nothing was committed since and the minute is the same."""
    return _held(snapshot(), address, office_now().replace(second=0, microsecond=0), look)


def recalled_for(seconds: int, address: str, look: Callable[[], str]) -> Panel:
    """The same for what may be as old as that, and would cost every page some statements."""
    return _held("", address, int(frame().clock.real().timestamp()) // seconds, look)


def own(body: str) -> Panel:
    """A part that is this reader's alone."""
    body = body.replace(generate_csrf(), "")
    return Panel(body, sha256(body.encode()).hexdigest()[:20])


def _held(named: str | None, address: str, when: Hashable, look: Callable[[], str]) -> Panel:
    question = (address, current_actor().role, language(), when, as_of())
    found = frame().panels.of(named, question)
    if found is None:
        found = own(look())
        frame().panels.keep(named, question, found)
    return cast(Panel, found)
