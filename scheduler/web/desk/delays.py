"""A visit that takes longer: whom that hits, where else they could be, and who is told how."""

from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug import Response

from forms.bookings import LongerForm
from scheduler.domain.delays import UNDER_WAY
from scheduler.domain.errors import DomainError, Invalid
from scheduler.domain.roles import Permission
from scheduler.queries.bookings import booking as look_up
from scheduler.queries.delays import delay
from scheduler.usecases import delays
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.errors import explain, status_of
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.permissions import current_actor, requires


@blueprint.get("/bookings/<uuid:booking_id>/delay")
@requires(Permission.CHANGE_BOOKINGS)
def ask_about_delay(booking_id: UUID) -> Response:
    return _page(booking_id, LongerForm(request.args))


@blueprint.post("/bookings/<uuid:booking_id>/delay")
@requires(Permission.CHANGE_BOOKINGS)
def lengthen(booking_id: UUID) -> Response:
    form, actor = LongerForm(request.form), current_actor()
    try:
        minutes = form.number()
        with frame().database.transaction() as session:
            delays.lengthen(session, booking_id, minutes, actor=actor, now=office_now())
    except Invalid as error:
        return _page(booking_id, form, error)
    flash(
        _("Noted. Nothing more is booked into that time.") if minutes else _("It takes as long as planned.")
    )
    return redirect(url_for("desk.ask_about_delay", booking_id=booking_id), 303)


@blueprint.post("/bookings/<uuid:booking_id>/delay/make-way")
@requires(Permission.CHANGE_BOOKINGS)
def make_way(booking_id: UUID) -> Response:
    with frame().database.transaction() as session:
        number = delays.make_way(session, booking_id, actor=current_actor(), now=office_now())
    flash(ngettext("%(num)s visit has another place now.", "%(num)s visits have another place now.", number))
    return redirect(url_for("desk.ask_about_delay", booking_id=booking_id), 303)


@blueprint.post("/bookings/<uuid:booking_id>/delay/tell/<uuid:other_id>")
@requires(Permission.CHANGE_BOOKINGS)
def tell_delay(booking_id: UUID, other_id: UUID) -> Response:
    """Tells the person of the visit `other_id`, which this one hits."""
    with frame().database.transaction() as session:
        told = delays.tell_delay(session, other_id, booking_id, actor=current_actor(), now=office_now())
        reference = told.reference
    flash(_("A notice for %(reference)s is written; see “To be told”.", reference=reference))
    return redirect(url_for("desk.ask_about_delay", booking_id=booking_id), 303)


def _page(booking_id: UUID, form: LongerForm, error: DomainError | None = None) -> Response:
    plan, now = current_office_plan(), office_now()
    with frame().database.reading() as session:
        found = look_up(session, booking_id)
        later = delay(session, plan, found, now=now)
    shown = [found.id, *(one.hit.booking.id for one in later.delayed)]
    shows(current_actor(), *(f"booking:{shown_id}" for shown_id in shown))
    problems = explain(form, error)
    page = render_template(
        "desk/delays/delay.html",
        form=form,
        problems=problems,
        booking=found,
        delay=later,
        under_way=found.status in UNDER_WAY and found.channel == "in_person",
    )
    return make_response(page, 200 if error is None else status_of(error))
