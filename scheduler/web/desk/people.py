"""People at the desk: found by what is typed into one box, each with the visits past and to come."""

from uuid import UUID

from flask import render_template, request

from scheduler.domain.instants import local_date
from scheduler.domain.people import NAME_LENGTH
from scheduler.domain.roles import Permission
from scheduler.queries import people as queries
from scheduler.queries.people import Acquaintances
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
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
    shows(current_actor(), f"person:{known.person.id}")
    return render_template("desk/people/person.html", person=known.person, visits=visits)


def found(text: str, *, at_most: int) -> Acquaintances:
    """Who is meant by the text; noted as read."""
    today = local_date(office_now(), current_office_plan().zone)
    with frame().database.reading() as session:
        known = queries.people(session, text, today=today, at_most=at_most)
    shows(current_actor(), *(f"person:{one.person.id}" for one in known.found))
    return known
