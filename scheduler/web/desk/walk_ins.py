"""People without an appointment and emergencies at the door: admitted, called, served, and taken back."""

from typing import Any
from uuid import UUID, uuid4

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug import Response

from forms.walk_ins import DoorForm, EmergencyForm, WalkInForm
from models.walk_ins import WalkIn
from scheduler.domain.errors import DomainError
from scheduler.domain.phases import phase_at
from scheduler.domain.roles import Permission
from scheduler.domain.walk_ins import Admission, WalkInChange, admission, hands
from scheduler.queries import queueing as queries
from scheduler.usecases import walk_ins as usecases
from scheduler.web import words
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.desk.idempotency import sent_once
from scheduler.web.desk.queueing import chosen_site, to_where_the_form_stood
from scheduler.web.errors import explain, status_of
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.permissions import current_actor, requires

# ------------------------------------------------------------------------------------- coming in


@blueprint.get("/walk-ins/new")
@requires(Permission.ADMIT)
def new_walk_in() -> Response:
    form = WalkInForm(request.args)
    return _form_page("desk/walk_ins/new.html", form, admissions=_admissions())


@blueprint.post("/walk-ins/new")
@requires(Permission.ADMIT)
def admit() -> Response:
    form = WalkInForm(request.form)
    actor, now = current_actor(), office_now()
    try:
        asked = form.request()
        answer = sent_once(
            form.sent_key(),
            lambda session: _named(usecases.admit(session, asked, actor=actor, now=now)),
        )
    except DomainError as error:
        return _form_page("desk/walk_ins/new.html", form, error, admissions=_admissions())
    return redirect(url_for("desk.walk_in", walk_in_id=answer["id"]), 303)


@blueprint.post("/emergencies")
@requires(Permission.ADMIT)
def admit_emergency() -> Response:
    """One button: first in the queue, for the next free hand."""
    form = EmergencyForm(request.form)
    asked, actor, now = form.request(), current_actor(), office_now()
    sent_once(
        form.sent_key(),
        lambda session: _named(usecases.admit_emergency(session, asked, actor=actor, now=now)),
    )
    flash(_("The emergency stands first in the queue."))
    return to_where_the_form_stood()


@blueprint.get("/emergencies/call-back")
@requires(Permission.ADMIT)
def new_call_back() -> Response:
    return _form_page("desk/walk_ins/call_back.html", EmergencyForm(request.args))


@blueprint.post("/emergencies/call-back")
@requires(Permission.ADMIT)
def promise_call() -> Response:
    form = EmergencyForm(request.form)
    asked, actor, now = form.request(), current_actor(), office_now()
    try:
        sent_once(
            form.sent_key(),
            lambda session: _named(usecases.promise_call(session, asked, actor=actor, now=now)),
        )
    except DomainError as error:
        return _form_page("desk/walk_ins/call_back.html", form, error)
    flash(_("Noted: to be called back today. It stays on the list until that is done."))
    return redirect(url_for("desk.today", site=form.where(), _anchor="queue"), 303)


def _named(walk_in: WalkIn) -> dict[str, Any]:
    return {"id": str(walk_in.id)}


def _admissions() -> list[Admission]:
    """What is said to each concern that the site can deal with."""
    plan, now = current_office_plan(), office_now()
    site = chosen_site(plan)
    return [
        admission(plan, service, site, now)
        for service in plan.services
        if not service.group and hands(plan, service, site)
    ]


def _form_page(template: str, form: DoorForm, error: DomainError | None = None, **more: Any) -> Response:
    """The form as typed, with what is wrong beside its fields; each page shown is a form to be sent once."""
    plan = current_office_plan()
    problems = explain(form, error)
    form.site.data, form.key.data = chosen_site(plan), str(uuid4())
    page = render_template(
        template,
        form=form,
        problems=problems,
        site=plan.sites_by_key[form.where()],
        phase=phase_at(plan.phases, office_now()),
        categories=words.categories(),
        **more,
    )
    return make_response(page, 200 if error is None else status_of(error))


# ------------------------------------------------------------------------------------- the slip


@blueprint.get("/walk-ins/<uuid:walk_in_id>")
@requires(Permission.ADMIT)
def walk_in(walk_in_id: UUID) -> str:
    """The slip with the number: no name and no concern, since people leave slips lying about."""
    with frame().database.reading() as session:
        found = queries.walk_in(session, walk_in_id)
        grace = frame().config.punctuality.late
        wait = queries.wait_of(session, current_office_plan(), found, now=office_now(), grace=grace)
    shows(current_actor(), f"walk_in:{walk_in_id}")
    return render_template("desk/walk_ins/walk_in.html", walk_in=found, wait=wait)


# ------------------------------------------------------------------------------------- until done


@blueprint.post("/walk-ins/<uuid:walk_in_id>/<any(call,serve,finish,leave):deed>")
@requires(Permission.ADMIT)
def change_walk_in(walk_in_id: UUID, deed: str) -> Response:
    with frame().database.transaction() as session:
        changed = _change(session, walk_in_id, WalkInChange(deed))
    flash(words.walk_in_done(changed.call_number, changed.status))
    return to_where_the_form_stood()


def _change(session: Session, walk_in_id: UUID, change: WalkInChange) -> WalkIn:
    actor, now = current_actor(), office_now()
    if change is WalkInChange.CALL:
        place = request.form.get("resource", "")
        return usecases.call(session, walk_in_id, resource=place, actor=actor, now=now)
    others = {
        WalkInChange.SERVE: usecases.serve,
        WalkInChange.FINISH: usecases.finish,
        WalkInChange.LEAVE: usecases.leave,
    }
    return others[change](session, walk_in_id, actor=actor, now=now)


@blueprint.post("/walk-ins/<uuid:walk_in_id>/take-back/<any(call,serve,finish,leave):deed>")
@requires(Permission.ADMIT)
def take_back_walk_in(walk_in_id: UUID, deed: str) -> Response:
    actor, now = current_actor(), office_now()
    with frame().database.transaction() as session:
        usecases.take_back(session, walk_in_id, mistake=WalkInChange(deed), actor=actor, now=now)
    flash(_("Taken back."))
    return to_where_the_form_stood()
