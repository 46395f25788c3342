"""The figures of the office's machinery, for Prometheus."""

from flask import Response, g

from scheduler.adapters import metrics as figures
from scheduler.domain.errors import Busy, DomainError, Unavailable
from scheduler.domain.roles import Permission
from scheduler.queries import health
from scheduler.web.api.blueprints import Blueprint
from scheduler.web.api.callers import requires
from scheduler.web.api.documents import ProblemAnswer
from scheduler.web.api.problems import MEDIA_TYPE
from scheduler.web.frame import frame, office_now

blueprint = Blueprint("metrics", description="Figures for whoever watches over the machines.")
_TEXT = {"type": "string"}


@blueprint.route("/metrics")
@requires(Permission.VIEW_METRICS)
@blueprint.alt_response(200, schema=_TEXT, content_type="text/plain", success=True)
@blueprint.alt_response(401, schema=ProblemAnswer, content_type=MEDIA_TYPE)
@blueprint.alt_response(403, schema=ProblemAnswer, content_type=MEDIA_TYPE)
def metrics() -> Response:
    """All figures; while the database is away those that need none, with `theke_database_up 0`."""
    now, real_now = office_now(), frame().clock.real()
    with frame().database.reading() as session:
        values = health.figures(session, now=now, real_now=real_now)
    return _page(values)


def _while_away(_error: DomainError) -> Response:
    """Nobody's token can be looked up now: whoever was not known before learns that alone."""
    return _page({figures.DATABASE_UP: {(): 0}}, counted="caller" in g)


blueprint.register_error_handler(Unavailable, _while_away)
blueprint.register_error_handler(Busy, _while_away)


def _page(values: figures.Values, *, counted: bool = True) -> Response:
    return Response(figures.page(values, counted=counted), content_type=figures.CONTENT_TYPE)
