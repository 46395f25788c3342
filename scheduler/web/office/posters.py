"""The poster for the door, to be printed for each phase before it begins."""

from flask import render_template

from scheduler.adapters.posters import poster as passages
from scheduler.domain.errors import NotFound
from scheduler.domain.roles import Permission
from scheduler.web.frame import current_office_plan, frame
from scheduler.web.office.blueprints import blueprint
from scheduler.web.permissions import requires


@blueprint.get("/posters/<key>")
@requires(Permission.VIEW_PLAN)
def poster(key: str) -> str:
    plan = current_office_plan()
    phase = plan.phases_by_key.get(key)
    if phase is None:
        raise NotFound(what="phase", key=key[:60])
    return render_template(
        "office/posters/poster.html",
        phase=phase,
        passages=passages(plan, phase),
        address=f"{frame().config.base_url}/termin/",
    )
