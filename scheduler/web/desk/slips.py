"""Slips: what somebody without e-mail takes along on paper, with a code that reception can scan."""

from uuid import UUID

from flask import render_template

from scheduler.adapters.letters import text
from scheduler.domain.roles import Permission
from scheduler.queries import bookings as queries
from scheduler.usecases.notices import slip_of
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.permissions import current_actor, requires


@blueprint.get("/bookings/<uuid:booking_id>/slip")
@requires(Permission.READ_BOOKINGS)
def slip(booking_id: UUID) -> str:
    with frame().database.reading() as session:
        found = queries.booking(session, booking_id)
    shows(current_actor(), f"booking:{booking_id}")
    notices = slip_of(current_office_plan(), found, now=office_now())
    said = [(notice.written_in, *text(notice)) for notice in notices]
    return render_template("desk/slips/slip.html", booking=found, said=said)
