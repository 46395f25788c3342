"""The next two hours: the queue of one site, on the day page and by itself, and taking a mistake back."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug import Response

from forms.staff import SignInForm
from scheduler.domain.bookings import Change
from scheduler.domain.instants import local_date
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Permission, may
from scheduler.queries import queueing
from scheduler.usecases import corrections
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.desk.hints import hints_seen
from scheduler.web.desk.panels import Panel, answer, filled, recalled
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.permissions import current_actor, requires


@blueprint.get("/queue")
@requires(Permission.VIEW_DAY)
def queue() -> str:
    """The panel of the day page by itself."""
    _shows_today()
    return render_template("desk/queueing/queue.html", queue=queue_panel(alone="1"), now=office_now())


@blueprint.get("/queue/part")
@requires(Permission.VIEW_DAY)
def queue_part() -> Response:
    """What stands in the panel, as its page asks for it again."""
    _shows_today()
    return answer(_part(chosen_site(current_office_plan()), request.args.get("alone")))


@blueprint.post("/bookings/<uuid:booking_id>/take-back/<any('check-in',call,serve,finish,'no-show'):mistake>")
@requires(Permission.CHANGE_BOOKINGS)
def take_back(booking_id: UUID, mistake: str) -> Response:
    actor, now = current_actor(), office_now()
    with frame().database.transaction() as session:
        corrections.take_back(session, booking_id, mistake=Change(mistake), actor=actor, now=now)
    flash(_("Taken back."))
    return to_where_the_form_stood()


def queue_panel(alone: str | None = None) -> Markup:
    """The panel for a page: the site that the address names, else the first; `alone` on its own page."""
    site = chosen_site(current_office_plan())
    part, address = _part(site, alone), url_for("desk.queue_part", site=site, alone=alone)
    body, tag = filled(part), part.tag
    return Markup(render_template("desk/queueing/frame.html", body=body, tag=tag, address=address))  # noqa: S704  # rendered and escaped by the template


def _shows_today() -> None:
    shows(current_actor(), f"day:{local_date(office_now(), current_office_plan().zone).isoformat()}")


def _part(site: str, alone: str | None) -> Panel:
    """The same for one reader until something is committed or a minute is over."""
    actor, now, plan = current_actor(), office_now(), current_office_plan()

    def look() -> str:
        grace = frame().config.punctuality.late
        with frame().database.reading() as session:
            found = queueing.queue(session, plan, site, actor=actor, now=now, grace=grace)
        hints = hints_seen(entry.booking for entry in found.entries if entry.booking)
        return render_template(
            "desk/queueing/panel.html",
            found=found,
            hints=hints,
            sites=plan.sites,
            way_back=url_for("desk.queue") if alone else url_for("desk.today"),
            attends=may(actor.role, Permission.ADMIT),
        )

    return recalled(f"/queue/part {site} {alone} {actor.name}", look)


def chosen_site(plan: Plan) -> str:
    wanted = request.values.get("site", "")
    return wanted if wanted in plan.sites_by_key else plan.sites[0].key


def to_where_the_form_stood() -> Response:
    """Where `next` of the form leads, an address of this office; else to today."""
    return redirect(SignInForm(request.form).target(), 303)
