"""The plan on one line of time, for whoever decides what comes next."""

from flask import Response, make_response, render_template

from scheduler.domain.drafts import idle_rules, matrix, phase_of, stage_of
from scheduler.domain.phases import Phase, span_end
from scheduler.domain.planexports import write_plan
from scheduler.domain.plans import Plan
from scheduler.domain.roles import BOOKERS, Permission
from scheduler.domain.timelines import line_of, phase_spans, tracks
from scheduler.queries.drafts import draft
from scheduler.queries.switches import runs
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.office.blueprints import blueprint
from scheduler.web.permissions import requires


@blueprint.get("/timeline")
@requires(Permission.VIEW_PLAN)
def timeline() -> str:
    plan, now = current_office_plan(), office_now()
    with frame().database.reading() as session:
        found, done = draft(session), {run.phase_key: run for run in runs(session)}
    return render_template("office/timelines/timeline.html", draft=found, runs=done, **drawn(plan), now=now)


@blueprint.get("/timeline/<key>")
@requires(Permission.VIEW_PLAN)
def phase_rules(key: str) -> str:
    """The rules of one phase of the plan, and what they come to."""
    plan = current_office_plan()
    return render_template("office/timelines/rules.html", **ruled(plan, phase_of(plan, key)))


@blueprint.get("/plan.toml")
@requires(Permission.VIEW_PLAN)
def plan_file() -> Response:
    """The plan in the format that the import reads."""
    return as_file(write_plan(current_office_plan()), "plan.toml")


def as_file(document: str, name: str) -> Response:
    response = make_response(document)
    response.content_type = "application/toml; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def ruled(plan: Plan, phase: Phase) -> dict[str, object]:
    """The rules of a phase, and what they come to."""
    return {
        "plan": plan,
        "phase": phase,
        "matrix": matrix(plan, phase),
        "idle": idle_rules(plan, phase),
        "bookers": BOOKERS,
    }


def drawn(plan: Plan) -> dict[str, object]:
    """What a page draws of a plan, or of a draft: its phases with their stages, and the tracks below."""
    now, holds = office_now(), current_office_plan()
    return {
        "plan": plan,
        "line": line_of(plan, now=now),
        "spans": {span.key: span for span in phase_spans(plan)},
        "ends": {phase.key: span_end(plan.phases, phase) for phase in plan.phases},
        "stages": {phase.key: stage_of(phase, holds, now=now) for phase in plan.phases},
        "tracks": tracks(plan),
    }
