"""Finding a slot: the next free visits for a concern from a date on, and those nearest to a wished time."""

from datetime import timedelta

from flask import make_response, render_template, request
from werkzeug import Response

from forms.bookings import SlotsForm
from scheduler.domain import availability
from scheduler.domain.availability import Refusal, Slot
from scheduler.domain.instants import local_date
from scheduler.domain.roles import Permission
from scheduler.queries import slots as queries
from scheduler.web import words
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.errors import explaining
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.languages import said
from scheduler.web.permissions import current_actor, requires

NEXT = 5
_SEARCHED = timedelta(days=91)


@blueprint.get("/slots")
@requires(Permission.BOOK)
def find_slot() -> Response:
    form, plan = SlotsForm(request.args), current_office_plan()
    form.on.data = form.on.data or local_date(office_now(), plan.zone).isoformat()
    found: tuple[list[Slot], list[Slot], list[Refusal]] = [], [], []
    with explaining(form) as explained:
        found = _found(form) if form.service.data else found
    page = render_template(
        "desk/slots/slots.html",
        form=form,
        problems=explained.problems,
        free=found[0],
        near=found[1],
        refusals=found[2],
        services=[("", ""), *((service.key, said(service.name)) for service in plan.services)],
        at_local=words.at_local,
    )
    return make_response(page, explained.status)


def _found(form: SlotsForm) -> tuple[list[Slot], list[Slot], list[Refusal]]:
    """What comes next, what is nearest to the wished time, and where nothing is free, why."""
    plan, now, role = current_office_plan(), office_now(), current_actor().role
    service, on, wished = plan.visit(str(form.service.data), form.needs()), form.day(), form.wished(plan.zone)
    last = on + _SEARCHED
    with frame().database.reading() as session:
        free = queries.slots(session, plan, service, first=on, last=last, booked_by=role, now=now, limit=NEXT)
        near = (
            queries.near(session, plan, service, wished, booked_by=role, now=now)
            if wished is not None
            else []
        )
    refused = availability.refusals(plan, service, first=on, last=last, booked_by=role) if not free else []
    return free, near, refused
