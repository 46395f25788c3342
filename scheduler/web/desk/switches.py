"""The phases of the plan: what each switch would do, what it did, and taking one back."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug import Response

from scheduler.domain.errors import NotFound
from scheduler.domain.phases import span_end
from scheduler.domain.roles import Permission
from scheduler.queries import switches as queries
from scheduler.queries.plans import plannings
from scheduler.usecases.switches import keep, keep_no_longer
from scheduler.usecases.undos import undo
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.permissions import current_actor, requires
from scheduler.web.previews import previewed

# Well within what a request may wait for the database in all; the jobs do the rest.
_UNDO_S = 2.0


@blueprint.get("/switches")
@requires(Permission.VIEW_PLAN)
def switches() -> str:
    plan = current_office_plan()
    with frame().database.reading() as session:
        runs = {run.phase_key: run for run in queries.runs(session)}
        planned = plannings(session)
        coming = queries.next_switch(session, now=office_now())
    ends = {phase.key: span_end(plan.phases, phase) for phase in plan.phases}
    return render_template(
        "desk/switches/switches.html", plan=plan, runs=runs, planned=planned, coming=coming, ends=ends
    )


@blueprint.get("/switches/<key>")
@requires(Permission.VIEW_PLAN)
def switch(key: str) -> str:
    """What the switch into one phase would do now, or what it did."""
    with frame().database.reading() as session:
        found = queries.preview(session, key, now=office_now())
        runs = queries.runs(session, phase_keys=[key])
    return render_template("desk/switches/switch.html", run=runs[0] if runs else None, **previewed(found))


@blueprint.post("/switches/<key>/bookings/<uuid:booking_id>/keep")
@requires(Permission.APPLY_PLAN)
def keep_booking(key: str, booking_id: UUID) -> Response:
    with frame().database.transaction() as session:
        keep(session, key, booking_id, actor=current_actor(), now=office_now())
    flash(_("The switch will keep this booking."))
    return redirect(url_for("desk.switch", key=key, _anchor="bookings"), 303)


@blueprint.post("/switches/<key>/bookings/<uuid:booking_id>/keep-no-longer")
@requires(Permission.APPLY_PLAN)
def keep_booking_no_longer(key: str, booking_id: UUID) -> Response:
    with frame().database.transaction() as session:
        keep_no_longer(session, key, booking_id, actor=current_actor(), now=office_now())
    flash(_("The phase's rules decide about this booking again."))
    return redirect(url_for("desk.switch", key=key, _anchor="bookings"), 303)


@blueprint.get("/switches/<key>/undo")
@requires(Permission.APPLY_PLAN)
def ask_about_undo(key: str) -> str:
    with frame().database.reading() as session:
        runs = queries.runs(session, phase_keys=[key])
    phase = current_office_plan().phases_by_key.get(key)
    if not runs or phase is None:
        raise NotFound(what="run", key=key[:60])
    return render_template("desk/switches/undo.html", phase=phase, run=runs[0])


@blueprint.post("/switches/<key>/undo")
@requires(Permission.APPLY_PLAN)
def undo_switch(key: str) -> str | Response:
    """Takes the switch back, as far as there is time for, and says what could not be restored."""
    phase = current_office_plan().phases_by_key.get(key)
    report = undo(frame().database, key, actor=current_actor(), clock=frame().clock, within_s=_UNDO_S)
    return render_template("desk/switches/undone.html", phase=phase, report=report)
