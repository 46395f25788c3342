"""Changes that programs ask for: each done once, however often it is sent under the same key."""

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request
from sqlalchemy.orm import Session

from scheduler.usecases.idempotency import Answer, answered_once
from scheduler.web.api.callers import caller
from scheduler.web.api.parsing import canonical_request, idempotency_key
from scheduler.web.frame import frame

#: What a change may answer besides what it did.
REFUSALS = (401, 403, 409, 413, 415, 422, 503)


def changed_once(work: Callable[[Session], dict[str, Any]], *, status: int = 200) -> Response:
    """What `work` says of the office after the change; all of it is one transaction."""
    return answered_with(lambda session: (status, work(session)))


def answered_with(work: Callable[[Session], Answer]) -> Response:
    """The same where the change itself decides about the status."""
    key = idempotency_key()
    with frame().database.transaction() as session:
        status, values = answered_once(
            session,
            actor=caller(),
            key=key,
            request=canonical_request(request),
            work=lambda: work(session),
        )
    response = jsonify(values)
    response.status_code = status
    return response
