"""What all calls of the API share: how they read, how they fail, and how they are described."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response
from flask_smorest import Api
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import Schema
from werkzeug.exceptions import HTTPException, InternalServerError

from scheduler.domain.errors import DomainError
from scheduler.domain.idempotency import KEY_LENGTH
from scheduler.web.api.documents import ProblemAnswer
from scheduler.web.api.parsing import KEY_HEADER, Parser
from scheduler.web.api.problems import MEDIA_TYPE, domain_problem, http_problem
from scheduler.web.logs import surprise

View = TypeVar("View", bound=Callable[..., Any])

_LANGUAGE = {
    "in": "query",
    "name": "language",
    "schema": {"type": "string", "enum": ["de", "en"]},
    "description": "Goes before Accept-Language.",
}
_KEY = {
    "in": "header",
    "name": KEY_HEADER,
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_LENGTH, "pattern": "^[!-~]+$"},
    "description": "The same key gives the same answer; another request under it is an error.",
}
_MEANINGS = {
    401: "No token, or one that was never given out or was revoked (`unauthorized`).",
    403: "The token's role may not do this, or not on that word (`forbidden`).",
    404: "There is no such thing (`not_found`).",
    405: "The address does not take this method.",
    409: "`in_progress`, `slot_taken`, `route_full`, `caseworker_away`, `caseworker_busy` or `wrong_state`.",
    412: "The booking is not as `If-Match` says (`changed_meanwhile`).",
    413: "The body is larger than 64 KiB (`too_large`).",
    415: "The body is not `application/json` (`unsupported_media_type`).",
    422: "What was asked is wrong or not possible; `code` says which.",
    429: "`limit_reached`: this person has all that one may have, or gets too many mails.",
    503: "`busy` or `unavailable`; ask again after `Retry-After` seconds.",
}


class Office(Api):
    """The API's description; errors are answered by its blueprints, not by the library."""

    DEFAULT_ERROR_RESPONSE_NAME = None
    ERROR_SCHEMA = ProblemAnswer

    def _register_error_handlers(self) -> None:
        pass


class Blueprint(SmorestBlueprint):
    """Some calls of the API. What goes wrong in them is answered with problem details."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, *, description: str, url_prefix: str | None = None) -> None:
        super().__init__(name, __name__, url_prefix=url_prefix, description=description)
        self.register_error_handler(DomainError, domain_problem)
        self.register_error_handler(HTTPException, http_problem)
        self.register_error_handler(Exception, _on_surprise)

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:
        decorator: Callable[[View], View] = super().route(rule, **options)
        return decorator

    def open_to_all(self, view: View) -> View:
        """Says in the description that no token is needed."""
        described: View = self.doc(security=[])(view)
        return described

    def asks(self, schema: type[Schema]) -> Callable[[View], View]:
        """The query that a GET call takes."""
        decorator: Callable[[View], View] = self.arguments(schema(), location="query")
        return decorator

    def takes(self, schema: type[Schema]) -> Callable[[View], View]:
        """The body that a POST call takes; one without required fields may be left out."""
        shape = schema()
        required = any(field.required for field in shape.fields.values())
        arguments = self.arguments(shape, required=required)
        documented = self.doc(parameters=[_KEY, _LANGUAGE])

        def decorator(view: View) -> View:
            decorated: View = documented(arguments(view))
            return decorated

        return decorator

    def answers(
        self, schema: type[Schema], *statuses: int, problem: type[Schema] = ProblemAnswer
    ) -> Callable[[View], View]:
        """Statuses below 400 come with `schema`, the others with `problem`."""

        def decorator(view: View) -> View:
            described: Any = view
            for status in statuses:
                good = status < 400
                describe = self.alt_response(
                    status,
                    schema=schema if good else problem,
                    content_type=MEDIA_TYPE if not good and problem is ProblemAnswer else None,
                    description=_MEANINGS.get(status),
                    success=good,
                )
                described = describe(described)
            # The library wraps the view once for each answer; what it notes with the last is all of it.
            view._apidoc = described._apidoc  # type: ignore[attr-defined]  # the library reads it
            return view

        return decorator


def _on_surprise(error: Exception) -> Response:
    surprise(error)
    return http_problem(InternalServerError())
