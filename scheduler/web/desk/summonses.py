"""That a legal summons was sent for a visit: such a visit is changed by the office alone."""

from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug import Response

from forms.summonses import SummonsForm
from models.bookings import Booking
from scheduler.domain.roles import Permission
from scheduler.queries.bookings import booking as look_up
from scheduler.usecases.summonses import note_summons
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.errors import explaining
from scheduler.web.frame import frame, office_now
from scheduler.web.permissions import current_actor, requires


@blueprint.get("/bookings/<uuid:booking_id>/summons")
@requires(Permission.CHANGE_BOOKINGS)
def ask_about_summons(booking_id: UUID) -> str:
    found, form = _found(booking_id), SummonsForm()
    form.sent_on.data = found.summoned_on.isoformat() if found.summoned_on else ""
    return render_template("desk/summonses/summons.html", booking=found, form=form, problems=[])


@blueprint.post("/bookings/<uuid:booking_id>/summons")
@requires(Permission.CHANGE_BOOKINGS)
def set_summons(booking_id: UUID) -> Response:
    found, form = _found(booking_id), SummonsForm(request.form)
    with explaining(form) as explained, frame().database.transaction() as session:
        note_summons(session, booking_id, sent_on=form.day(), actor=current_actor(), now=office_now())
    if explained.refusal is None:
        flash(_("Noted.") if form.sent_on.data else _("Noted: no summons goes with this visit."))
        return redirect(url_for("desk.booking", booking_id=booking_id), 303)
    page = render_template(
        "desk/summonses/summons.html", booking=found, form=form, problems=explained.problems
    )
    return make_response(page, explained.status)


def _found(booking_id: UUID) -> Booking:
    with frame().database.reading() as session:
        found = look_up(session, booking_id)
    shows(current_actor(), f"booking:{booking_id}")
    return found
