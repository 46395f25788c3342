"""The records of changes: looked at by auditors, and checked whether anybody has tampered with them."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug import Response

from forms.audit import RecordsForm
from scheduler.domain.roles import Permission
from scheduler.queries import audit as queries
from scheduler.web.errors import explaining
from scheduler.web.frame import current_office_plan, frame
from scheduler.web.office.blueprints import blueprint
from scheduler.web.permissions import requires


@blueprint.get("/audit")
@requires(Permission.VIEW_AUDIT)
def audit() -> tuple[str, int]:
    """The latest first; by what it is about, what was done, and the day, never by who did it."""
    form, page = RecordsForm(request.args), queries.Records([], None)
    with explaining(form) as explained:
        sought = form.sought(current_office_plan().zone)
        with frame().database.reading() as session:
            page = queries.records(session, sought)
    shown = render_template(
        "office/audit/audit.html", form=form, problems=explained.problems, page=page, sought=request.args
    )
    return shown, explained.status


@blueprint.post("/audit/verify")
@requires(Permission.VIEW_AUDIT)
def verify() -> Response:
    """The same as `flask audit verify` does."""
    with frame().database.reading_one_moment() as session:
        found = queries.verification(session)
    if found.faults:
        for fault in found.faults[:20]:
            flash(fault, "problem")
    else:
        flash(
            _(
                "The chain holds: %(sealed)s records, %(waiting)s more wait for a seal. Its end is %(end)s.",
                sealed=found.sealed,
                waiting=found.waiting,
                end=found.end,
            )
        )
    return redirect(url_for("office.audit"), 303)
