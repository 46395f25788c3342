"""What programs are told when something cannot be done: problem details (RFC 9457) with a code."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from scheduler.adapters.languages import translations
from scheduler.adapters.words import error_in_words, fault_in_words
from scheduler.domain.errors import DomainError, Invalid
from scheduler.domain.plans import Plan
from scheduler.domain.texts import N_
from scheduler.queries.decisions import ruling_values
from scheduler.web.api.answers import slot_values
from scheduler.web.api.languages import language
from scheduler.web.errors import status_of
from scheduler.web.frame import current_office_plan
from scheduler.web.logs import note_refusal, request_id

PREFIX = "/api/"
MEDIA_TYPE = "application/problem+json"
LARGEST_BODY = 64 * 1024

#: After how many seconds asking again makes sense, where the error itself does not say.
_RETRY_AFTER_S = {409: 2, 503: 5}

# What only the way a request was sent can bring about; the office's own words know nothing of it.
_HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type"}
_HTTP_SENTENCES = {
    404: N_("This address does not exist."),
    405: N_("This address does not take %(method)s; it takes %(allowed)s."),
    500: N_("Something went wrong here. It has been noted; please try again later."),
}
_UNREADABLE = N_("The request cannot be read.")


class TooLarge(DomainError):
    """The body has more than `most`."""

    code = "too_large"


class UnsupportedMediaType(DomainError):
    code = "unsupported_media_type"


def domain_problem(error: DomainError) -> Response:
    """The answer to what the office refuses."""
    status = status_of(error)
    plan = _plan_for(error)
    response = _problem(status, error.code, error_in_words(error, language(), plan=plan), _more(error, plan))
    if status == 401:
        unknown = ', error="invalid_token"' if "Authorization" in request.headers else ""
        response.headers["WWW-Authenticate"] = f'Bearer realm="theke"{unknown}'
    if status == 503 or error.code == "in_progress" or "retry_after" in error.details:
        response.headers["Retry-After"] = str(error.details.get("retry_after") or _RETRY_AFTER_S[status])
    return response


def http_problem(error: HTTPException) -> Response:
    """The answer to a request that no call takes, or that broke one."""
    if error.code is None or error.code < 400:
        return current_app.make_response(error.get_response())
    if error.code in (413, 415):
        return domain_problem(TooLarge(most="64 KiB") if error.code == 413 else UnsupportedMediaType())
    allowed = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    code = _HTTP_CODES.get(error.code, "internal_error" if error.code >= 500 else "bad_request")
    sentence = translations(language()).gettext(_HTTP_SENTENCES.get(error.code, _UNREADABLE))
    response = _problem(error.code, code, sentence % {"method": request.method, "allowed": allowed}, {})
    if allowed:
        response.headers["Allow"] = allowed
    return response


def answer_unknown_addresses(app: Flask) -> None:
    """Below the API's prefix, what no call takes is answered like everything else there, not with a page."""

    def answer() -> Response | None:
        error = request.routing_exception
        return http_problem(error) if error is not None and request.path.startswith(PREFIX) else None

    app.before_request(answer)


def _problem(status: int, code: str, detail: str, more: Mapping[str, Any]) -> Response:
    note_refusal(code)
    values: dict[str, Any] = {
        "type": f"urn:theke:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "code": code,
        "detail": detail,
        "instance": f"urn:theke:request:{request_id()}",
    }
    return Response(json.dumps(values | dict(more)), status, content_type=MEDIA_TYPE)


def _more(error: DomainError, plan: Plan | None) -> dict[str, Any]:
    """What a program needs to know besides: which fields are wrong, what the phase says, what is free."""
    if isinstance(error, Invalid):
        return {
            "fields": {path: fault_in_words(fault, language()) for path, fault in error.fields.items()},
            "faults": {path: fault.why for path, fault in error.fields.items()},
        }
    more: dict[str, Any] = {}
    if plan is not None and "ruling" in error.details:
        more["decision"] = ruling_values(plan, error.details["ruling"], language())
    if plan is not None and "alternatives" in error.details:
        more["alternatives"] = [slot_values(slot, plan.zone) for slot in error.details["alternatives"]]
    if "field" in error.details:
        more["fields"] = {error.details["field"]: error_in_words(error, language())}
    return more | {key: error.details[key] for key in ("why", "what") if key in error.details}


def _plan_for(error: DomainError) -> Plan | None:
    """The plan, for those errors whose words speak of places, phases or times."""
    if not {"ruling", "alternatives", "resource", "first"} & error.details.keys():
        return None
    return current_office_plan()
