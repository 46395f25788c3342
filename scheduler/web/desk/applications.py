"""Applications at the desk: noted with one key, proved on paper, and struck out where that was a mistake."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug import Response

from forms.applications import ApplicationForm, StrikeForm
from models.applications import Application
from scheduler.adapters.languages import LANGUAGE_NAMES
from scheduler.adapters.letters import text
from scheduler.domain.applications import ReceivedBy
from scheduler.domain.instants import local_date
from scheduler.domain.people import Customer
from scheduler.domain.roles import Permission
from scheduler.queries import applications as queries
from scheduler.queries.people import person
from scheduler.usecases import applications as usecases
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.desk.idempotency import sent_once
from scheduler.web.errors import explaining
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.permissions import current_actor, requires
from scheduler.web.words import word


@blueprint.get("/applications/new")
@requires(Permission.FILE_APPLICATIONS)
def new_application() -> str:
    form = ApplicationForm(request.args)
    form.received_on.data = form.received_on.data or _today().isoformat()
    return _new_page(form, [])


@blueprint.post("/applications/new")
@requires(Permission.FILE_APPLICATIONS)
def file_application() -> Response:
    """Also from the pages of people and enquiries, where one press says it all; leads to the proof."""
    form, actor, now = ApplicationForm(request.form), current_actor(), office_now()

    def work(session: Session) -> dict[str, Any]:
        if isinstance(whose, Customer):
            made = usecases.file_new(session, filing, whose, actor=actor, now=now)
        else:
            enquiry_id = form.enquiry_id()
            made = usecases.file_of(session, filing, whose, enquiry_id=enquiry_id, actor=actor, now=now)
        return {"id": str(made.id)}

    with explaining(form) as explained:
        filing, whose = form.asked(_today())
        answer = sent_once(form.sent_key(), work)
    if explained.refusal is not None:
        return make_response(_new_page(form, explained.problems), explained.status)
    return redirect(url_for("desk.application", application_id=answer["id"]), 303)


@blueprint.get("/applications/<uuid:application_id>")
@requires(Permission.FILE_APPLICATIONS)
def application(application_id: UUID) -> str:
    """The proof, to be printed."""
    found = _found(application_id)
    said = [(one.written_in, *text(one)) for one in usecases.proof_of(current_office_plan(), found)]
    return render_template("desk/applications/proof.html", application=found, said=said)


@blueprint.get("/applications/<uuid:application_id>/strike")
@requires(Permission.FILE_APPLICATIONS)
def ask_to_strike(application_id: UUID) -> str:
    return _strike_page(application_id, StrikeForm(), [])


@blueprint.post("/applications/<uuid:application_id>/strike")
@requires(Permission.FILE_APPLICATIONS)
def strike_application(application_id: UUID) -> Response:
    form = StrikeForm(request.form)
    _found(application_id)
    with explaining(form) as explained, frame().database.transaction() as session:
        usecases.strike(session, application_id, reason=form.why(), actor=current_actor(), now=office_now())
    if explained.refusal is not None:
        page = _strike_page(application_id, form, explained.problems)
        return make_response(page, explained.status)
    flash(_("Struck out; it stays to be seen."))
    return redirect(url_for("desk.application", application_id=application_id), 303)


def _today() -> date:
    return local_date(office_now(), current_office_plan().zone)


def _found(application_id: UUID) -> Application:
    with frame().database.reading() as session:
        found = queries.application(session, application_id)
    shows(current_actor(), f"application:{application_id}")
    return found


def _new_page(form: ApplicationForm, problems: list[str]) -> str:
    form.sent_key()
    asked = form.known()
    known = None
    if asked is not None:
        with frame().database.reading() as session:
            known = person(session, asked).person
        shows(current_actor(), f"person:{known.id}")
    return render_template(
        "desk/applications/new.html",
        form=form,
        problems=problems,
        known=known,
        today=_today(),
        ways=[(way.value, word(way, "received_by")) for way in ReceivedBy],
        language_names=LANGUAGE_NAMES,
    )


def _strike_page(application_id: UUID, form: StrikeForm, problems: list[str]) -> str:
    return render_template(
        "desk/applications/strike.html", application=_found(application_id), form=form, problems=problems
    )
