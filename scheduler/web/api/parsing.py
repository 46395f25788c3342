"""Reads what programs send: strictly, since a guess would become somebody's wrong booking."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from flask import Request, request
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import RequestEntityTooLarge

from scheduler.domain.errors import Fault, Invalid, invalid
from scheduler.domain.idempotency import KEY_LENGTH, is_key
from scheduler.web.api.problems import LARGEST_BODY, TooLarge, UnsupportedMediaType

KEY_HEADER = "Idempotency-Key"
_BODY = "body"


def read_json(sent: Request) -> Any:
    """The body's value; an empty body is an empty object.

    Raises TooLarge, UnsupportedMediaType, and Invalid for what is no JSON.
    """
    sent.max_content_length = LARGEST_BODY + 1  # a body sent in chunks is cut there without a word
    try:
        body = sent.get_data(cache=True)
    except RequestEntityTooLarge:
        raise TooLarge(most="64 KiB") from None
    if len(body) > LARGEST_BODY:
        raise TooLarge(most="64 KiB")
    if not sent.is_json and (body or sent.mimetype):
        raise UnsupportedMediaType
    if not body:
        return {}
    try:
        return json.loads(body.decode(), object_pairs_hook=_object, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise invalid(_BODY, "not_json") from None


def canonical_request(sent: Request) -> str:
    """The whole request as text that is equal for requests that mean the same."""
    body = json.dumps(read_json(sent), sort_keys=True)
    return f"{sent.method} {sent.path}\n{body}"


def idempotency_key() -> str | None:
    """The key that came with the request. Raises Invalid for one that is no visible ASCII."""
    key = request.headers.get(KEY_HEADER)
    if key is None:
        return None
    if not is_key(key):
        raise invalid(KEY_HEADER, "not_a_header", longest=KEY_LENGTH)
    return key


def seen_version() -> int | None:
    """The version that the caller means, as an ETag gave it; None where any will do. Raises Invalid.

    Proxies that compress answers weaken their ETags: the version that they name is the same.
    """
    given = request.headers.get("If-Match", "*").strip()
    number = given.removeprefix("W/").removeprefix('"').removesuffix('"')
    if given == "*":
        return None
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise invalid("If-Match", "unknown", value=given[:20])
    return int(number)


class Parser(FlaskParser):
    """Turns bodies and queries into values; everything that is wrong with them becomes one Invalid."""

    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {"json": RAISE, "query": RAISE}

    def load_json(self, req: Request, schema: Schema) -> Any:
        return read_json(req)

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        repeated = [name for name in req.args if len(req.args.getlist(name)) > 1]
        if repeated:
            raise Invalid(fields={name: Fault("repeated") for name in repeated})
        return super().load_querystring(req, schema)

    def handle_error(
        self,
        error: ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        (messages,) = error.messages_dict.values()  # by the location, body or query
        raise Invalid(fields=_faults(messages, "")) from None


def _faults(messages: Any, path: str) -> dict[str, Fault]:
    """The first fault of each field, by its path from the top, as in `customer.email`."""
    if isinstance(messages, dict):
        return {
            where: fault
            for name, inner in messages.items()
            for where, fault in _faults(
                inner, path if name == "_schema" else f"{path}.{name}".strip(".")
            ).items()
        }
    first = messages[0] if isinstance(messages, list) else messages
    return {path or _BODY: first if isinstance(first, Fault) else Fault(str(first))}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
