"""The call display for a wall: number and counter, large, spoken politely, and honest about its age."""

from flask import render_template, request

from scheduler.adapters.tokens import digest
from scheduler.domain.errors import NotFound, Unauthorized
from scheduler.domain.roles import Permission, Role
from scheduler.queries import displays as queries
from scheduler.queries.tokens import caller
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.frame import current_office_plan, frame, known, office_now
from scheduler.web.permissions import public, requires


@blueprint.get("/display")
@requires(Permission.VIEW_DISPLAY)
def display() -> str:
    """For whoever is signed in."""
    return _page()


@blueprint.get("/display/<token>")
@public
def wall(token: str) -> str:
    """For a screen that nobody signs in at: its address holds a token of the role `entrance`."""
    _check(token)
    return _page()


def _check(token: str) -> None:
    """Raises NotFound for a token that was never given out, was revoked, or is for something else."""
    try:
        role = known(("display", digest(token)), lambda session: caller(session, token))[0].role
    except Unauthorized:
        role = None
    if role is not Role.ENTRANCE:
        raise NotFound(what="display", key="")


def _page() -> str:
    plan, now = current_office_plan(), office_now()
    site = request.args.get("site", "")
    site = site if site in plan.sites_by_key else ""
    with frame().database.reading() as session:
        found = queries.called(session, plan, site=site or None, now=now)
    return render_template(
        "desk/displays/display.html",
        found=found,
        now=now,
        scheme=request.args.get("theme") if request.args.get("theme") in ("light", "dark") else None,
    )
