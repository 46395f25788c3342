"""Signs of life for whoever watches over the office's machines; no token is asked for, no secret told."""

from dataclasses import asdict
from typing import Any

from flask import Response, jsonify

from scheduler.domain.errors import Busy, Unavailable
from scheduler.queries import health
from scheduler.queries.health import Shortcoming
from scheduler.web.api.blueprints import Blueprint
from scheduler.web.api.documents import LivenessAnswer, ReadinessAnswer
from scheduler.web.frame import frame
from scheduler.web.permissions import public

blueprint = Blueprint("health", description="Liveness and readiness.")
_RETRY_AFTER_S = 5


@blueprint.route("/healthz")
@public
@blueprint.open_to_all
@blueprint.answers(LivenessAnswer, 200)
def healthz() -> Response:
    """Whether the process answers at all."""
    return jsonify(status="ok")


@blueprint.route("/readyz")
@public
@blueprint.open_to_all
@blueprint.answers(ReadinessAnswer, 200, 503, problem=ReadinessAnswer)
def readyz() -> Response:
    """Whether the office can work: database, migrations, plan, and the jobs' sign of life."""
    wrong = _shortcomings()
    values: dict[str, Any] = {
        "status": "not_ready" if wrong else "ready",
        "wrong": [asdict(w) for w in wrong],
    }
    response = jsonify(values)
    if wrong:
        response.status_code = 503
        response.headers["Retry-After"] = str(_RETRY_AFTER_S)
    return response


def _shortcomings() -> list[Shortcoming]:
    try:
        if missing := health.missing_file(frame().database):
            return [missing]
        with frame().database.reading() as session:
            return health.shortcomings(session, real_now=frame().clock.real())
    except (Busy, Unavailable) as error:
        return [Shortcoming("database", f"it does not answer ({error.code})")]
