"""Closures of the plan: what is closed, what a new one would hit, and opening again before the time."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug import Response as AnyResponse

from forms.closures import REASONS, ClosureForm, EndForm
from scheduler.domain.closures import Scope, closure_of, id_of, places_of
from scheduler.domain.errors import DomainError
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Permission
from scheduler.queries.closures import lying_in, preview
from scheduler.usecases import closures as usecases
from scheduler.web.accesses import shows
from scheduler.web.errors import explain, explaining, status_of
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.languages import said
from scheduler.web.office.blueprints import blueprint
from scheduler.web.permissions import current_actor, requires
from scheduler.web.words import at_local, word


@blueprint.get("/closures")
@requires(Permission.VIEW_PLAN)
def closures() -> str:
    plan, now = current_office_plan(), office_now()
    known = sorted(plan.closures, key=lambda one: (one.span.start, one.span.end))
    return render_template(
        "office/closures/closures.html",
        plan=plan,
        to_come=[one for one in known if one.span.end > now],
        past=[one for one in reversed(known) if one.span.end <= now],
        id_of=id_of,
        places_of=places_of,
    )


@blueprint.get("/closures/new")
@requires(Permission.EDIT_PLAN)
def new_closure() -> Response:
    """Asks what is to be closed; once that is said, what it would hit."""
    if not request.args:
        return _new_page(ClosureForm(formdata=None))
    return _new_page(ClosureForm(request.args), asked=True)


@blueprint.post("/closures")
@requires(Permission.APPLY_PLAN)
def close() -> AnyResponse:
    form, plan = ClosureForm(request.form), current_office_plan()
    with explaining(form) as explained, frame().database.transaction() as session:
        closure = usecases.close(session, form.request(plan.zone), actor=current_actor(), now=office_now())
        number = lying_in(session, plan, closure, now=office_now())
    if explained.refusal is not None:
        return _new_page(form, error=explained.refusal)
    flash(
        _(
            "Closed. Visits that lie in it and are to be decided about: %(number)s. Nobody was cancelled.",
            number=number,
        )
    )
    return redirect(url_for("desk.worklist" if number else "office.closures"), 303)


@blueprint.get("/closures/<closure_id>")
@requires(Permission.VIEW_PLAN)
def closure(closure_id: str) -> Response:
    form, found = EndForm(formdata=None), closure_of(current_office_plan(), closure_id)
    form.to.data = form.seen_end.data = at_local(found.span.end)
    return _closure_page(closure_id, form)


@blueprint.post("/closures/<closure_id>")
@requires(Permission.APPLY_PLAN)
def end_closure(closure_id: str) -> AnyResponse:
    """Another end, or open again: from now on, or not at all."""
    form, zone, actor = EndForm(request.form), current_office_plan().zone, current_actor()
    with explaining(form) as explained, frame().database.transaction() as session:
        seen = form.end_seen(zone)
        if request.form.get("do") == "open":
            usecases.open_again(session, closure_id, seen_end=seen, actor=actor, now=office_now())
        else:
            end = form.end(zone)
            usecases.end_closure(session, closure_id, end, seen_end=seen, actor=actor, now=office_now())
    if explained.refusal is not None:
        return _closure_page(closure_id, form, explained.refusal, explained.problems)
    flash(_("The closure is changed; what it has freed can be booked at once."))
    return redirect(url_for("office.closures"), 303)


def _new_page(form: ClosureForm, *, asked: bool = False, error: DomainError | None = None) -> Response:
    plan, now, found = current_office_plan(), office_now(), None
    problems = explain(form, error)
    if asked:
        with explaining(form) as explained, frame().database.reading() as session:
            found = preview(session, plan, form.request(plan.zone).closure(plan, now=now), now=now)
            shows(current_actor(), *(f"booking:{hit.booking.id}" for hit in found.hits))
        error, problems = explained.refusal, explained.problems
    page = render_template(
        "office/closures/new.html",
        form=form,
        problems=problems,
        found=found,
        scopes=_scopes(plan),
        reasons=REASONS,
        opened=any(form[field].errors or form[field].data for field in REASONS if field != "reason_de"),
    )
    return make_response(page, 200 if error is None else status_of(error))


def _closure_page(
    closure_id: str, form: EndForm, error: DomainError | None = None, problems: list[str] | None = None
) -> Response:
    plan, now = current_office_plan(), office_now()
    known = closure_of(plan, closure_id)
    form.seen_end.data = at_local(known.span.end)
    with frame().database.reading() as session:
        found = preview(session, plan, known, now=now)
    shows(current_actor(), *(f"booking:{hit.booking.id}" for hit in found.hits))
    page = render_template(
        "office/closures/closure.html",
        plan=plan,
        closure_id=closure_id,
        form=form,
        problems=problems or [],
        found=found,
        places=places_of(plan, known),
        over=known.span.end <= now,
        begun=known.span.start <= now,
    )
    return make_response(page, 200 if error is None else status_of(error))


def _scopes(plan: Plan) -> list[tuple[str, str]]:
    kinds = dict.fromkeys(place.kind for place in plan.resources)
    return [
        (f"{Scope.OFFICE}:", _("the whole office")),
        *((f"{Scope.SITE}:{one.key}", said(one.name)) for one in plan.sites),
        *((f"{Scope.KIND}:{one}", word(one, "kind")) for one in kinds),
        *((f"{Scope.PLACE}:{one.key}", said(one.name)) for one in plan.resources),
    ]
