"""The day list of the cash desk, to look at and to print; it knows no amounts."""

from flask import render_template, request

from scheduler.domain.instants import local_date
from scheduler.domain.roles import Permission, may
from scheduler.queries.cashdesks import pick_ups
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.desk.days import readable
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.permissions import current_actor, requires


@blueprint.get("/cash-desk")
@requires(Permission.VIEW_DAY)
def cash_desk() -> str:
    plan, actor = current_office_plan(), current_actor()
    asked = request.args.get("date", "").strip()
    on = readable(asked) if asked else local_date(office_now(), plan.zone)
    with frame().database.reading() as session:
        found = pick_ups(session, plan, on)
    shows(actor, *(f"booking:{visit.id}" for visit in found))
    named = may(actor.role, Permission.READ_BOOKINGS)
    return render_template("desk/cashdesks/cashdesk.html", on=on, visits=found, named=named, now=office_now())
