"""The figures of a period, on a page and as tables for a spreadsheet program."""

from typing import Any

from flask import make_response, render_template, request
from flask_babel import gettext as _
from werkzeug import Response

from forms.figures import PeriodForm
from scheduler.adapters.tables import csv_of
from scheduler.domain import figures as rules
from scheduler.domain.figures import Figures, Outcome, Row
from scheduler.domain.instants import local_date
from scheduler.domain.roles import Permission
from scheduler.queries.figures import figures_of
from scheduler.queries.switches import runs
from scheduler.web.errors import explaining
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.languages import said
from scheduler.web.office.blueprints import blueprint
from scheduler.web.permissions import requires
from scheduler.web.words import word


@blueprint.get("/figures")
@requires(Permission.VIEW_FIGURES)
def figures() -> Response:
    form, found, run = _form(), None, None
    with explaining(form) as explained:
        period = form.period()
        with frame().database.reading() as session:
            found = figures_of(session, current_office_plan(), period)
            run = next((run for run in runs(session) if run.finished_at is not None), None)
    page = render_template(
        "office/figures/figures.html",
        form=form,
        problems=explained.problems,
        found=found,
        run=run,
        outcomes=list(Outcome),
    )
    return make_response(page, explained.status)


@blueprint.get("/figures.csv")
@requires(Permission.VIEW_FIGURES)
def figures_file() -> Response:
    """The visits by week or, with `by=service`, by concern. Raises Invalid."""
    period = _form().period()
    with frame().database.reading() as session:
        found = figures_of(session, current_office_plan(), period)
    response = make_response(_table(found, by_service=request.args.get("by") == "service"))
    response.content_type = "text/csv; charset=utf-8"
    name = f"{period.first.isoformat()}_{period.last.isoformat()}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _form() -> PeriodForm:
    form = PeriodForm(request.args)
    form.fill(rules.usual_period(local_date(office_now(), current_office_plan().zone)))
    return form


def _table(found: Figures, *, by_service: bool) -> str:
    heading = [
        _("Concern") if by_service else _("Week from"),
        *(word(outcome, "outcome") for outcome in Outcome),
        _("all"),
    ]
    rows = found.by_service if by_service else found.by_week
    services = current_office_plan().services_by_key
    return csv_of(
        heading,
        ([said(services[row.key].name) if row.key in services else row.key, *_cells(row)] for row in rows),
    )


def _cells(row: Row) -> list[Any]:
    """Counts that are not shown are said to be few; an empty cell would be taken for none."""
    counts = [row.counts.get(outcome, 0) for outcome in Outcome]
    return [_("few") if count is None else count for count in (*counts, row.total)]
