"""Choosing another instant as of which the office is looked at, and coming back."""

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug import Response as AnyResponse

from forms.as_of import AsOfForm
from scheduler.domain.errors import Forbidden
from scheduler.domain.roles import Permission
from scheduler.usecases import as_of as usecases
from scheduler.web.as_of import may_look_here, show_what_is_kept
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.errors import explaining
from scheduler.web.frame import clock_now, current_office_plan, frame
from scheduler.web.permissions import current_actor, requires
from scheduler.web.sessions import here
from scheduler.web.words import at_local


@blueprint.get("/as-of")
@requires(None)
def as_of() -> Response:
    form = AsOfForm(request.args)
    form.seen_at.data = form.seen_at.data or at_local(clock_now())
    return _page(form)


@blueprint.post("/as-of")
@requires(None)
def look_as_of() -> AnyResponse:
    form, zone = AsOfForm(request.form), current_office_plan().zone
    demo, actor, now = frame().config.demo, current_actor(), clock_now()
    with explaining(form) as explained:
        instant = form.when(zone)
        with frame().database.transaction() as rows:
            usecases.look_as_of(rows, here(), instant, zone=zone, demo=demo, actor=actor, now=now)
    if explained.refusal is None:
        return redirect(_target(form), 303)
    show_what_is_kept()
    return _page(form, explained.problems, explained.status)


@blueprint.post("/as-of/leave")
@requires(None)
def leave_as_of() -> AnyResponse:
    with frame().database.transaction() as rows:
        usecases.look_at_present(rows, here())
    return redirect(_target(AsOfForm(request.form)), 303)


def _page(form: AsOfForm, problems: list[str] | None = None, status: int = 200) -> Response:
    """Raises Forbidden; the plan's phases are instants worth a look."""
    if not may_look_here():
        raise Forbidden(permission=Permission.LOOK_AS_OF)
    phases = sorted(current_office_plan().phases, key=lambda phase: phase.starts)
    page = render_template("desk/as_of/as_of.html", form=form, problems=problems or [], phases=phases)
    return make_response(page, status)


def _target(form: AsOfForm) -> str:
    """Where the reader was, unless that is where dates are chosen."""
    target, chooser = form.target(), url_for("desk.as_of")
    return "/" if target.startswith(chooser) else target
