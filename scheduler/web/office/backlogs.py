"""When those who wait will have had their visit, under one phase or another."""

from flask import make_response, render_template, request
from werkzeug import Response

from forms.figures import A_DAY, WAITING, BacklogForm, backlog_form
from scheduler.adapters.holidays import holiday_question
from scheduler.domain.backlogs import Forecast, forecasts
from scheduler.domain.instants import local_date
from scheduler.domain.roles import Permission
from scheduler.domain.services import Service
from scheduler.queries.backlogs import taken_from
from scheduler.web.errors import explaining
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.office.blueprints import blueprint
from scheduler.web.permissions import requires


@blueprint.get("/backlog")
@requires(Permission.VIEW_FIGURES)
def backlog() -> Response:
    plan = current_office_plan()
    services = [service for service in plan.services if not service.group]
    form = backlog_form(services)(request.args)
    form.first.data = form.first.data or local_date(office_now(), plan.zone).isoformat()
    found: list[list[Forecast]] = []
    with explaining(form) as explained:
        found = _forecasts(form, services)
    page = render_template(
        "office/backlogs/backlog.html",
        form=form,
        problems=explained.problems,
        services=services,
        found=found,
        waiting=WAITING,
        a_day=A_DAY,
    )
    return make_response(page, explained.status)


def _forecasts(form: BacklogForm, services: list[Service]) -> list[list[Forecast]]:
    """By phase, in the plan's order; nothing where nobody waits."""
    plan = current_office_plan()
    first = form.beginning(local_date(office_now(), plan.zone))
    waiting = form.backlogs(services)
    if not waiting:
        return []
    with frame().database.reading() as session:
        taken = taken_from(session, plan, first)
    is_holiday = holiday_question(plan.office.holidays)
    return [
        forecasts(plan, phase, waiting, first=first, taken=taken, is_holiday=is_holiday)
        for phase in plan.phases
    ]
