"""Calls about the plan's phases, and what the start of one would do."""

from typing import Any

from flask import Response, jsonify

from scheduler.domain.roles import Permission
from scheduler.queries import switches
from scheduler.web.api.answers import phase_values
from scheduler.web.api.blueprints import Blueprint
from scheduler.web.api.callers import requires
from scheduler.web.api.documents import PhasesAnswer, PreviewAnswer
from scheduler.web.api.languages import language
from scheduler.web.api.schemas import AnswerQuery
from scheduler.web.frame import current_office_plan, frame, office_now

blueprint = Blueprint("phases", url_prefix="/api/v1", description="The plan's phases.")


@blueprint.route("/phases")
@requires(Permission.VIEW_PLAN)
@blueprint.asks(AnswerQuery)
@blueprint.answers(PhasesAnswer, 200, 401, 403, 422, 503)
def phases(_asked: dict[str, Any]) -> Response:
    """The phases in the order of their starts, with their rules."""
    plan, now = current_office_plan(), office_now()
    return jsonify(phases=[phase_values(plan, phase, language(), now=now) for phase in plan.phases])


@blueprint.route("/phases/<key>/preview")
@requires(Permission.VIEW_PLAN)
@blueprint.asks(AnswerQuery)
@blueprint.answers(PreviewAnswer, 200, 401, 403, 404, 422, 503)
def preview(_asked: dict[str, Any], key: str) -> Response:
    """What the phase's effects would do now; nothing is changed by asking."""
    with frame().database.reading() as session:
        return jsonify(switches.preview(session, key, now=office_now()).to_values())
