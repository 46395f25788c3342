"""Paper: the day list per counter, the sheet for the door, and a list to keep for when nothing works."""

from datetime import date

from flask import Response, make_response, render_template, request

from scheduler.domain.roles import Permission
from scheduler.queries import entrances, sheets
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.desk.days import readable
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.permissions import current_actor, requires


@blueprint.get("/day/<on>/list")
@requires(Permission.READ_BOOKINGS)
def day_list(on: str) -> str:
    """One sheet for each counter, with names or, to lie about openly, without."""
    day, names = readable(on), request.args.get("names") == "1"
    found = _day(day)
    if names:
        shows(current_actor(), f"day:{day.isoformat()}")
    return render_template("desk/sheets/list.html", day=day, found=found, names=names, now=office_now())


@blueprint.get("/day/<on>/door")
@requires(Permission.VIEW_DAY)
def door_sheet(on: str) -> str:
    """Time, reference, door and way of everybody expected, to be ticked by hand."""
    day, plan = readable(on), current_office_plan()
    with frame().database.reading() as session:
        found = entrances.entrance_day(session, plan, day)
    return render_template("desk/sheets/door.html", day=day, found=found, now=office_now())


@blueprint.get("/day/<on>/offline")
@requires(Permission.READ_BOOKINGS)
def offline_list(on: str) -> Response:
    """One file with all of the day, to save before; it needs neither network nor server."""
    day = readable(on)
    shows(current_actor(), f"day:{day.isoformat()}")
    page = render_template("desk/sheets/offline.html", day=day, found=_day(day), now=office_now())
    response = make_response(page)
    response.headers["Content-Disposition"] = f'attachment; filename="tagesliste-{day.isoformat()}.html"'
    return response


def _day(day: date) -> sheets.SheetDay:
    with frame().database.reading() as session:
        return sheets.sheet_day(session, current_office_plan(), day)
