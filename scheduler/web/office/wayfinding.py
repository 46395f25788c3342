"""Signs for the ways through the buildings, to be printed in every language of the customers."""

from flask import render_template

from scheduler.adapters.posters import sign as passages
from scheduler.domain.errors import NotFound
from scheduler.domain.roles import Permission
from scheduler.web.frame import current_office_plan
from scheduler.web.office.blueprints import blueprint
from scheduler.web.permissions import requires


@blueprint.get("/signs/<route>")
@requires(Permission.VIEW_PLAN)
def sign(route: str) -> str:
    found = current_office_plan().routes_by_key.get(route)
    if found is None:
        raise NotFound(what="route", key=route[:60])
    return render_template("office/wayfinding/sign.html", route=found, passages=passages(found))
