"""People at the desk: found by what is typed into one box, each with the visits past and to come."""

import json
from uuid import UUID, uuid4

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug import Response as AnyResponse

from scheduler.domain.errors import WrongState
from scheduler.domain.instants import local_date
from scheduler.domain.people import NAME_LENGTH
from scheduler.domain.roles import Permission
from scheduler.queries import people as queries
from scheduler.queries import retention
from scheduler.queries.applications import applications_of
from scheduler.queries.enquiries import enquiries_of
from scheduler.queries.people import Acquaintances
from scheduler.usecases.retention import erase_person
from scheduler.usecases.retention import keep_on_file as keep
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.errors import in_words, status_of
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.permissions import current_actor, requires

#: So many stand under the box while somebody types, and so many on a page of their own.
SUGGESTIONS, FINDS = 7, 25


@blueprint.get("/people/suggestions")
@requires(Permission.READ_BOOKINGS)
def suggestions() -> str:
    """Those who are meant, as a piece of a page for the box of a form while somebody types."""
    text = request.args.get("q", "")[:NAME_LENGTH].strip()
    return render_template("desk/people/suggestions.html", known=found(text, at_most=SUGGESTIONS), text=text)


@blueprint.get("/people/<uuid:person_id>")
@requires(Permission.READ_BOOKINGS)
def person(person_id: UUID) -> str:
    with frame().database.reading() as session:
        known = queries.person(session, person_id)
        visits = queries.visits(session, known.ids, now=office_now())
        enquiries = enquiries_of(session, known.ids)
        applications = applications_of(session, known.ids)
    shows(current_actor(), f"person:{known.person.id}")
    return render_template(
        "desk/people/person.html",
        person=known.person,
        visits=visits,
        enquiries=enquiries,
        applications=applications,
        application_key=str(uuid4()),
    )


@blueprint.post("/people/<uuid:person_id>/on-file")
@requires(Permission.BOOK)
def keep_on_file(person_id: UUID) -> AnyResponse:
    """Notes what the person wishes, for all entries that are the same one."""
    wished = request.form.get("wished") == "yes"
    with frame().database.transaction() as session:
        ids = queries.person(session, person_id).ids
        keep(session, ids, wished=wished, actor=current_actor(), now=office_now())
    flash(_("The person stays on file.") if wished else _("The person does not stay on file any more."))
    return redirect(url_for("desk.person", person_id=person_id), 303)


@blueprint.get("/people/<uuid:person_id>/file")
@requires(Permission.EXPORT_PEOPLE)
def person_file(person_id: UUID) -> Response:
    """All that is stored of the person, to be handed over (GDPR article 15)."""
    with frame().database.reading() as session:
        ids = queries.person(session, person_id).ids
        answer = json.dumps(retention.person_file(session, ids), ensure_ascii=False, indent=2)
    shows(current_actor(), *(f"person:{one}" for one in ids))
    response = make_response(answer)
    response.content_type = "application/json; charset=utf-8"
    response.headers["Content-Disposition"] = 'attachment; filename="person.json"'
    return response


@blueprint.get("/people/<uuid:person_id>/erase")
@requires(Permission.ERASE_PEOPLE)
def ask_to_erase(person_id: UUID) -> Response:
    return _erase_page(person_id)


@blueprint.post("/people/<uuid:person_id>/erase")
@requires(Permission.ERASE_PEOPLE)
def erase(person_id: UUID) -> AnyResponse:
    """Erases the person with all entries that are the same one; there is no way back."""
    try:
        with frame().database.transaction() as session:
            ids = queries.person(session, person_id).ids
            erase_person(session, ids, actor=current_actor(), now=office_now())
    except WrongState as error:
        return _erase_page(person_id, error)
    flash(_("Everything that was stored of this person is erased."))
    return redirect(url_for("desk.today"), 303)


def _erase_page(person_id: UUID, error: WrongState | None = None) -> Response:
    with frame().database.reading() as session:
        known = queries.person(session, person_id)
        visits = queries.visits(session, known.ids, now=office_now())
    shows(current_actor(), f"person:{known.person.id}")
    problem = None if error is None else in_words(error)
    page = render_template(
        "desk/people/erase.html",
        person=known.person,
        entries=len(known.ids),
        visits=visits,
        problem=problem,
    )
    return make_response(page, 200 if error is None else status_of(error))


def found(text: str, *, at_most: int) -> Acquaintances:
    """Who is meant by the text; noted as read."""
    today = local_date(office_now(), current_office_plan().zone)
    with frame().database.reading() as session:
        known = queries.people(session, text, today=today, at_most=at_most)
    shows(current_actor(), *(f"person:{one.person.id}" for one in known.found))
    return known
