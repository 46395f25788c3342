"""The office as of another instant: every page of whoever looks at it, marked, and none to be changed."""

from datetime import datetime

from flask import Flask, request

from scheduler.domain.as_of import may_look_as_of
from scheduler.domain.errors import DomainError, LookingOnly
from scheduler.usecases.as_of import look_at_present
from scheduler.web.forgery import LOOKS, ask_for_csrf_token
from scheduler.web.frame import as_of, frame, remember_failure, show_as_of, show_the_present
from scheduler.web.sessions import here, kept_as_of, signed_in_actor

#: Where people look at pages; programs, calendars and screens on walls only ever see the present.
_COUNTERS = ("desk", "office", "admin", "public", None)
#: What is of the present whatever somebody looks at: ending it, calling for help, how pages look.
_AS_EVER = frozenset(
    {
        *("desk.look_as_of", "desk.leave_as_of", "desk.sign_out"),
        *("desk.raise_alarm", "desk.answer_alarm", "desk.call_off_alarm", "desk.alarms_now"),
        *("desk.choose_language", "desk.choose_theme", "desk.choose_keys"),
        *("desk.wall", "static"),
    }
)
#: Files carry no mark, and what they say was never so.
_FILES = frozenset(
    {
        *("desk.offline_list", "desk.notice_file", "desk.person_file"),
        *("office.figures_file", "office.plan_file", "office.draft_file", "public.calendar_file"),
    }
)
#: Which office the page shows that asks for one of its parts: an instant, or this word.
_HEADER, _PRESENT = "Theke-As-Of", "present"


def follow_as_of(app: Flask) -> None:
    app.before_request(_follow)
    app.jinja_env.globals.update(as_of_here=as_of, may_look_as_of=may_look_here)


def may_look_here() -> bool:
    """Whether whoever is signed in may look at the office as of another instant."""
    actor = signed_in_actor()
    return actor is not None and may_look_as_of(actor.role, demo=frame().config.demo)


def show_what_is_kept() -> datetime | None:
    """Lets the page be that of the instant kept with the session; answers it."""
    instant = kept_as_of()
    if instant is not None and may_look_here():
        show_as_of(instant)
    return as_of()


def _follow() -> None:
    """Raises LookingOnly for changes, files, and parts of a page that shows the office as of another time."""
    if request.blueprint not in _COUNTERS or request.endpoint in _AS_EVER:
        return
    try:
        instant = show_what_is_kept()
    except DomainError as error:
        remember_failure(error)
        if request.endpoint is None:
            return  # the page that says so works without
        raise
    asked_for = request.headers.get(_HEADER)
    if asked_for is not None and asked_for != (instant.isoformat() if instant else _PRESENT):
        raise LookingOnly
    if request.method in LOOKS:
        if instant is not None and request.endpoint in _FILES:
            raise LookingOnly
    elif "as_of" in request.form:
        raise LookingOnly
    elif instant is not None:
        _leave_first()


def _leave_first() -> None:
    """Somebody may have begun to type at the present: what was refused is sent again along with leaving."""
    if "leave_as_of" not in request.form:
        raise LookingOnly
    ask_for_csrf_token()
    with frame().database.transaction() as rows:
        look_at_present(rows, here())
    show_the_present()
