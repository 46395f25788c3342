"""The entrance: who is expected when and by which door, for a phone or as print; nothing of people."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from werkzeug import Response

from scheduler.domain.instants import local_date
from scheduler.domain.phases import phase_at
from scheduler.domain.roles import Permission
from scheduler.queries import entrances as queries
from scheduler.usecases import entrances as usecases
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.desk.panels import filled, panel, recalled
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.permissions import current_actor, requires

_LONGEST = 200


@blueprint.get("/entrance")
@requires(Permission.LET_IN)
def entrance() -> str:
    return entrance_page()


@blueprint.get("/entrance/now")
@requires(Permission.LET_IN)
@panel
def entrance_now() -> str:
    """Who is expected, as the page asks for it again by itself."""
    return _doors(_site())


def entrance_page() -> str:
    """Today's expected by time, those to send elsewhere, and whom a shown reference names."""
    plan, now, site = current_office_plan(), office_now(), _site()
    text = request.args.get("q", "").strip()[:_LONGEST]
    today = local_date(now, plan.zone)
    address = url_for("desk.entrance_now", site=site or None)
    doors = recalled(address, lambda: _doors(site))
    with frame().database.reading() as session:
        shown = queries.by_reference(session, plan, text) if text else None
    return render_template(
        "desk/entrances/entrance.html",
        phase=phase_at(plan.phases, now),
        address=address,
        doors=doors._replace(body=filled(doors)),
        shown=shown,
        text=text,
        site=site,
        today=today,
        is_today=shown is not None and local_date(shown.visit.starts_at, plan.zone) == today,
    )


def _site() -> str:
    chosen = request.args.get("site", "")
    return chosen if chosen in current_office_plan().sites_by_key else ""


def _doors(site: str) -> str:
    plan, now = current_office_plan(), office_now()
    with frame().database.reading() as session:
        found = queries.entrance_day(session, plan, local_date(now, plan.zone), site=site or None)
    return render_template("desk/entrances/doors.html", found=found, site=site)


@blueprint.post("/entrance/<uuid:booking_id>/let-in")
@requires(Permission.LET_IN)
def let_in(booking_id: UUID) -> Response:
    with frame().database.transaction() as session:
        usecases.let_in(session, booking_id, actor=current_actor(), now=office_now())
    return _back(booking_id)


@blueprint.post("/entrance/<uuid:booking_id>/take-back")
@requires(Permission.LET_IN)
def take_back_entrance(booking_id: UUID) -> Response:
    with frame().database.transaction() as session:
        usecases.take_back(session, booking_id, actor=current_actor(), now=office_now())
    return _back(booking_id)


def _back(booking_id: UUID) -> Response:
    site = request.form.get("site") or None
    return redirect(url_for("desk.entrance", site=site, _anchor=f"visit-{booking_id}"), 303)
