"""Places that are closed for a while: closing one, whose visits lie in it, and giving it back."""

from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug import Response

from forms.bookings import PlaceForm
from forms.interruptions import InterruptionForm
from scheduler.domain.bookings import Change
from scheduler.domain.errors import DomainError
from scheduler.domain.instants import local_date
from scheduler.domain.roles import Permission
from scheduler.queries import interruptions as queries
from scheduler.usecases import bookings, interruptions
from scheduler.web import words
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.errors import explain, status_of
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.languages import said
from scheduler.web.permissions import current_actor, requires


@blueprint.get("/interruptions")
@requires(Permission.INTERRUPT_PLACES)
def interruptions_page() -> Response:
    form = InterruptionForm(request.args)
    form.until.data = form.until.data or "day_end"
    return _page(form)


@blueprint.post("/interruptions")
@requires(Permission.INTERRUPT_PLACES)
def interrupt() -> Response:
    plan, now, form = current_office_plan(), office_now(), InterruptionForm(request.form)
    try:
        asked = form.request(plan.zone, today=local_date(now, plan.zone))
        with frame().database.transaction() as session:
            made = interruptions.interrupt(session, asked, actor=current_actor(), now=now)
            until = words.closing(made.ends_at)
    except DomainError as error:
        return _page(form, error)
    place = said(plan.resource(asked.resource).name)
    flash(_("%(place)s is closed until %(time)s. Nobody was cancelled.", place=place, time=until))
    return redirect(url_for("desk.interruptions_page"), 303)


@blueprint.post("/interruptions/<int(max=2147483647):row_id>/lift")
@requires(Permission.INTERRUPT_PLACES)
def lift(row_id: int) -> Response:
    with frame().database.transaction() as session:
        found = interruptions.lift(session, row_id, actor=current_actor(), now=office_now())
        name = said(found.resource.name)
    flash(_("%(place)s is back and can be booked again.", place=name))
    return redirect(url_for("desk.interruptions_page"), 303)


@blueprint.post("/bookings/<uuid:booking_id>/relocate")
@requires(Permission.CHANGE_BOOKINGS)
def relocate(booking_id: UUID) -> Response:
    """Another place at the same time, on the page of whoever noticed that one is needed."""
    form, actor = PlaceForm(request.form), current_actor()
    with frame().database.transaction() as session:
        if (seen := form.seen()) is not None:
            bookings.check_unchanged(session, booking_id, seen=seen)
        moved = bookings.relocate(session, booking_id, form.place(), actor=actor, now=office_now())
        names = {"reference": moved.reference, "place": said(moved.resource.name)}
    flash(_("Booking %(reference)s is now at %(place)s.", **names), words.undo_of(moved, Change.MOVE))
    return redirect(form.target(), 303)


def _page(form: InterruptionForm, error: DomainError | None = None) -> Response:
    plan, now = current_office_plan(), office_now()
    with frame().database.reading() as session:
        current = queries.current(session, now=now)
        hits = queries.hits(session, plan, current, now=now)
    shows(current_actor(), *(f"booking:{hit.booking.id}" for hit in hits))
    problems = explain(form, error)
    page = render_template(
        "desk/interruptions/interruptions.html",
        form=form,
        problems=problems,
        current=current,
        hits=hits,
        places=plan.resources,
        sites=plan.sites_by_key,
        now=now,
    )
    return make_response(page, 200 if error is None else status_of(error))
