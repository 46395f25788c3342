"""Slips: what somebody without e-mail takes along on paper, with a code that reception can scan."""

from uuid import UUID

from flask import render_template

from scheduler.domain.roles import Permission
from scheduler.queries import bookings as queries
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.frame import frame
from scheduler.web.papers import slip_values
from scheduler.web.permissions import current_actor, requires


@blueprint.get("/bookings/<uuid:booking_id>/slip")
@requires(Permission.READ_BOOKINGS)
def slip(booking_id: UUID) -> str:
    with frame().database.reading() as session:
        found = queries.booking(session, booking_id)
    shows(current_actor(), f"booking:{booking_id}")
    return render_template("desk/slips/slip.html", booking=found, **slip_values(found))
