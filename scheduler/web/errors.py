"""What a page says when something cannot be done: the right status, why, and what to do."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus

from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge

from forms.bookings import DeskForm
from scheduler.adapters.words import error_in_words, fault_in_words
from scheduler.domain.errors import DomainError, LookingOnly, Unauthorized
from scheduler.domain.plans import Plan
from scheduler.web.accesses import shows_nothing
from scheduler.web.frame import as_of, current_office_plan, remember_failure
from scheduler.web.languages import is_for_customers, language
from scheduler.web.logs import note_refusal, request_id, surprise
from scheduler.web.sessions import signed_in_actor

#: The status of each code (contract, table "HTTP API v1").
STATUS_BY_CODE: Mapping[str, int] = {
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "changed_meanwhile": 412,
    "too_large": 413,
    "unsupported_media_type": 415,
    "in_progress": 409,
    "as_of": 409,
    "slot_taken": 409,
    "route_full": 409,
    "caseworker_away": 409,
    "caseworker_busy": 409,
    "wrong_state": 409,
    "too_many_requests": 429,
    "limit_reached": 429,
    "busy": 503,
    "unavailable": 503,
}
_OTHERS = 422
_RETRY_S = 5


def status_of(error: DomainError) -> int:
    return STATUS_BY_CODE.get(error.code, _OTHERS)


def explain_errors(app: Flask) -> None:
    app.register_error_handler(DomainError, on_domain_error)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(Exception, on_surprise)
    app.after_request(_say_when_to_ask_again)


def in_words(error: DomainError) -> str:
    return error_in_words(error, language(), plan=_plan())


@dataclass
class Explained:
    """How a page that asks answers: what concerns none of its fields, and the status that goes with it."""

    problems: list[str] = field(default_factory=list)
    refusal: DomainError | None = None

    @property
    def status(self) -> int:
        return 200 if self.refusal is None else status_of(self.refusal)


def explain(
    form: DeskForm, error: DomainError | None, say: Callable[[DomainError], str] = in_words
) -> list[str]:
    """Puts what the office says beside the fields that it concerns; answers what concerns none of them."""
    if error is None:
        return []
    note_refusal(error.code)
    _note_wait(error)
    return form.explain(error, say, partial(fault_in_words, language=language()))


@contextmanager
def explaining(form: DeskForm, say: Callable[[DomainError], str] = in_words) -> Iterator[Explained]:
    """Lets the page be shown with what the office says to what was asked, beside the fields of the form."""
    found = Explained()
    try:
        yield found
    except DomainError as error:
        found.refusal, found.problems = error, explain(form, error, say)


def on_domain_error(error: DomainError) -> Response:
    remember_failure(error)
    note_refusal(error.code)
    status = status_of(error)
    _note_wait(error)
    return _page(status, in_words(error), repeatable=status in (401, 503) or isinstance(error, LookingOnly))


def _note_wait(error: DomainError) -> None:
    """Some caps no waiting lifts."""
    if "retry_after" in error.details or status_of(error) == HTTPStatus.SERVICE_UNAVAILABLE:
        g.retry_after_s = error.details.get("retry_after", _RETRY_S)


def _say_when_to_ask_again(response: Response) -> Response:
    """However a page came to refuse, whoever asks too much or too early hears for how long to wait."""
    if response.status_code >= HTTPStatus.BAD_REQUEST and "retry_after_s" in g:
        response.headers.setdefault("Retry-After", str(g.retry_after_s))
    return response


def on_http_error(error: HTTPException) -> Response:
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:  # a redirect that the router raises
        return make_response(error.get_response())
    if isinstance(error, CSRFError) and _is_signed_out():
        return on_domain_error(Unauthorized())  # the token went with the session
    response = _page(error.code, _explanation(error), repeatable=isinstance(error, CSRFError))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def on_surprise(error: Exception) -> Response:
    surprise(error)
    return on_http_error(InternalServerError())


def _is_signed_out() -> bool:
    """Whether the page asks for a session and there is none any more."""
    if getattr(current_app.view_functions.get(request.endpoint or ""), "public", False):
        return False
    try:
        return signed_in_actor() is None
    except DomainError:
        return False


def _explanation(error: HTTPException) -> str:
    if isinstance(error, CSRFError):
        return _("This page was open for too long, or cookies are switched off. Please try again.")
    if isinstance(error, RequestEntityTooLarge):
        return _("This is too much at once. Shorten the longest text and send it again.")
    sentences = {
        400: _("The request could not be understood. Go back and try again."),
        404: _("This page does not exist. Check the address, or begin on the first page."),
        405: _("This address cannot be called this way. Go back and use the page's buttons."),
        500: _("Something went wrong on our side. Please try again."),
    }
    return sentences.get(error.code or 500, sentences[400])


def _page(status: int, sentence: str, *, repeatable: bool = False) -> Response:
    shows_nothing()
    page = render_template(
        "errors/error.html",
        status=status,
        request_id=request_id(),
        heading=_heading(status),
        sentence=sentence,
        plan=_plan(),
        sent=_sent() if repeatable else [],
        as_of=as_of(),
        for_customers=is_for_customers(),
    )
    return make_response(page, status)


def _sent() -> list[tuple[str, str]]:
    """The fields of a form that could not be taken, to be sent once more.

    None where a password is among them, or where the form may come from another site: nobody shall send on
    for others what they made up. Nor from a page that showed the office as of another instant.
    """
    is_own = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    if request.method != "POST" or not is_own or {"password", "as_of"} & request.form.keys():
        return []
    return [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]


def _heading(status: int) -> str:
    headings = {
        401: _("Please sign in"),
        403: _("This is not yours to do"),
        404: _("Not found"),
        413: _("Too large"),
        429: _("Too many tries"),
        500: _("Something went wrong"),
        503: _("Please try again in a moment"),
    }
    return headings.get(status, _("This cannot be done"))


def _plan() -> Plan | None:
    """The plan, where there is one: an error page must not fail for want of it."""
    try:
        return current_office_plan()
    except DomainError:
        return None
