"""Signs of life for whoever watches over the office's machines; no token is asked for, no secret told."""

from flask import Response, jsonify

from scheduler.queries import health
from scheduler.queries.health import Examination
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
    """Whether the office can work: database, migrations, plan, and the jobs' sign of life.

    `checks` says of each whether it is right; one that could not be asked is unknown. Warnings tell of what
    somebody should look at while the office works on.
    """
    found = health.examine(frame().database, frame().clock)
    response = jsonify(
        status="not_ready" if found.wrong else "ready",
        checks={check: _state(found, check) for check in health.CHECKS},
        wrong=[{"what": w.what, "why": w.why} for w in found.wrong],
        warnings=[{"what": w.what, "why": w.why} for w in found.warnings],
    )
    if found.wrong:
        response.status_code = 503
        response.headers["Retry-After"] = str(_RETRY_AFTER_S)
    return response


def _state(found: Examination, check: str) -> str:
    if check not in found.asked:
        return "unknown"
    return "wrong" if any(shortcoming.what == check for shortcoming in found.wrong) else "ok"
