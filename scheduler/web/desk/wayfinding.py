"""The ways through the buildings: how full each is through the day."""

from flask import render_template

from scheduler.domain.instants import midnight
from scheduler.domain.phases import phase_at
from scheduler.domain.roles import Permission
from scheduler.queries.wayfinding import loads_of
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.desk.days import readable
from scheduler.web.frame import current_office_plan, frame
from scheduler.web.permissions import requires


@blueprint.get("/day/<on>/routes")
@requires(Permission.VIEW_DAY)
def routes(on: str) -> str:
    """Numbers alone: nobody's name stands here."""
    plan, day = current_office_plan(), readable(on)
    with frame().database.reading() as session:
        found = loads_of(session, plan, day)
    phase = phase_at(plan.phases, midnight(day, plan.zone))
    return render_template("desk/wayfinding/routes.html", on=day, found=found, phase=phase)
