"""Coded hints: set and lifted by few, seen by few as a code, never on paper or in what leaves the house."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug import Response

from forms.hints import HintForm
from models.bookings import Booking
from models.hints import Hint
from scheduler.domain.errors import DomainError, NotFound
from scheduler.domain.hints import LONGEST, USUAL, Code
from scheduler.domain.instants import local_date
from scheduler.domain.roles import Permission, may
from scheduler.queries import hints as queries
from scheduler.queries.bookings import booking as look_up
from scheduler.usecases import hints as usecases
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.errors import explain, status_of
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.permissions import current_actor, requires


def hints_seen(bookings: Iterable[Booking]) -> Mapping[UUID, Sequence[Hint]]:
    """What holds about the people of these bookings, by the person's id, for those who may see it.

    That it is seen is recorded.
    """
    if not may(current_actor().role, Permission.SEE_HINTS):
        return {}
    today = local_date(office_now(), current_office_plan().zone)
    with frame().database.reading() as session:
        found = queries.hints_about(session, [booking.person for booking in bookings], today=today)
    shows(current_actor(), *{f"hint:{hint.id}" for hints in found.values() for hint in hints})
    return found


@blueprint.get("/bookings/<uuid:booking_id>/hint")
@requires(Permission.SET_HINTS)
def ask_about_hint(booking_id: UUID) -> Response:
    form = HintForm()
    today = local_date(office_now(), current_office_plan().zone)
    form.until.data = (today + USUAL).isoformat()
    return _page(booking_id, form)


@blueprint.post("/bookings/<uuid:booking_id>/hint")
@requires(Permission.SET_HINTS)
def set_hint(booking_id: UUID) -> Response:
    form, actor, now = HintForm(request.form), current_actor(), office_now()
    try:
        with frame().database.transaction() as session:
            until = form.end()
            usecases.set_hint(session, booking_id, Code.SECOND_PERSON, until=until, actor=actor, now=now)
    except NotFound:
        raise
    except DomainError as error:
        return _page(booking_id, form, error)
    flash(_("Noted for colleagues."))
    return redirect(url_for("desk.booking", booking_id=booking_id), 303)


@blueprint.post("/bookings/<uuid:booking_id>/hint/lift")
@requires(Permission.SET_HINTS)
def lift_hint(booking_id: UUID) -> Response:
    with frame().database.transaction() as session:
        usecases.lift_hint(session, booking_id, actor=current_actor(), now=office_now())
    flash(_("The note for colleagues is lifted."))
    return redirect(url_for("desk.booking", booking_id=booking_id), 303)


def _page(booking_id: UUID, form: HintForm, error: DomainError | None = None) -> Response:
    today = local_date(office_now(), current_office_plan().zone)
    with frame().database.reading() as session:
        found = look_up(session, booking_id)
    hints = hints_seen([found]).get(found.person_id, [])
    shows(current_actor(), f"booking:{booking_id}")
    problems = explain(form, error)
    page = render_template(
        "desk/hints/hint.html",
        form=form,
        problems=problems,
        booking=found,
        hints=hints,
        today=today,
        last=today + LONGEST,
    )
    return make_response(page, 200 if error is None else status_of(error))
