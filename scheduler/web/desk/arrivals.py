"""Arriving: reception finds whoever stands before it, hears what holds, and checks the person in."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug import Response

from forms.arrivals import ArrivalForm
from models.bookings import Booking
from scheduler.domain.arrivals import birth_date_in
from scheduler.domain.bookings import Change, Status, possible_changes
from scheduler.domain.errors import DomainError, NotFound, invalid
from scheduler.domain.roles import Permission
from scheduler.queries import arrivals as queries
from scheduler.queries.bookings import booking as look_up
from scheduler.usecases import bookings as usecases
from scheduler.usecases.corrections import take_back
from scheduler.web import words
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.desk.hints import hints_seen
from scheduler.web.errors import explain, in_words, status_of
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.permissions import current_actor, requires

_MOST = 5


@blueprint.get("/arrivals")
@requires(Permission.CHANGE_BOOKINGS)
def arrivals() -> Response:
    """The page with the box for scanner and keyboard, and what holds for whom it found."""
    form = ArrivalForm(request.args)
    try:
        with frame().database.reading() as session:
            return _page(form, _found(session, form))
    except DomainError as error:
        return _page(form, [], error)


@blueprint.post("/arrivals/<uuid:booking_id>/check-in")
@requires(Permission.CHANGE_BOOKINGS)
def arrive(booking_id: UUID) -> Response:
    """Notes that somebody has come, and is ready for the next."""
    return _noted(booking_id, Change.CHECK_IN, usecases.check_in)


@blueprint.post("/arrivals/<uuid:booking_id>/no-show")
@requires(Permission.CHANGE_BOOKINGS)
def miss(booking_id: UUID) -> Response:
    """Notes by one key that nobody came."""
    reason = _("not there at the time of the visit")
    return _noted(booking_id, Change.NO_SHOW, partial(usecases.no_show, reason=reason))


@blueprint.post("/arrivals/<uuid:booking_id>/take-back")
@requires(Permission.CHANGE_BOOKINGS)
def take_back_arrival(booking_id: UUID) -> Response:
    """Takes back what was noted here last, as long as it was a mistake of one's own."""
    with frame().database.transaction() as session:
        found = look_up(session, booking_id)
        mistake = Change.NO_SHOW if found.status is Status.NO_SHOW else Change.CHECK_IN
        take_back(session, booking_id, mistake=mistake, actor=current_actor(), now=office_now())
    flash(_("Taken back; booking %(reference)s is as before.", reference=found.reference))
    form = ArrivalForm(request.form)
    return redirect(url_for("desk.arrivals", site=form.site.data or None, q=found.reference), 303)


def _noted(booking_id: UUID, change: Change, usecase: Callable[..., Booking]) -> Response:
    form = ArrivalForm(request.form)
    try:
        with frame().database.transaction() as session:
            changed = usecase(session, booking_id, actor=current_actor(), now=office_now())
    except NotFound:
        raise
    except DomainError as error:
        with frame().database.reading() as session:
            return _page(form, [look_up(session, booking_id)], error)
    flash(_said_after(change, changed))
    return redirect(url_for("desk.arrivals", site=form.site.data or None, last=booking_id), 303)


def _said_after(change: Change, changed: Booking) -> str:
    if change is Change.CHECK_IN:
        return _(
            "Booking %(reference)s has arrived, number %(number)s.",
            reference=changed.reference,
            number=words.call_number(changed.call_number),
        )
    return words.done(change, changed)


def _found(session: Session, form: ArrivalForm) -> list[Booking]:
    """Raises NotFound and Invalid."""
    plan, (name, born) = current_office_plan(), form.person()
    if form.reference():
        return [queries.by_reference(session, form.reference())]
    if not name and not born:
        return []
    if not name or not born:
        raise invalid("born" if name else "name", "missing")
    found = queries.by_person(session, plan, name, birth_date_in(born), now=office_now())
    if not found:
        raise NotFound(what="person", key=name)
    return found


def _page(form: ArrivalForm, found: list[Booking], error: DomainError | None = None) -> Response:
    plan, now = current_office_plan(), office_now()
    problems = explain(form, error, _sentence)
    site = form.own_site(plan.sites_by_key)
    with frame().database.reading() as session:
        shown = queries.arrivals(
            session, plan, found[:_MOST], site=site, now=now, punctuality=frame().config.punctuality
        )
    hints = hints_seen(one.booking for one in shown) if shown else {}
    shows(current_actor(), *(f"booking:{one.booking.id}" for one in shown))
    page = render_template(
        "desk/arrivals/arrivals.html",
        form=form,
        problems=problems,
        shown=shown,
        site=site,
        hints=hints,
        last=form.last_noted(),
        missed={one.booking.id for one in shown if _can_be_missed(one.booking)},
    )
    return make_response(page, 200 if error is None else status_of(error))


def _can_be_missed(found: Booking) -> bool:
    return Change.NO_SHOW in possible_changes(
        found.status,
        starts_at=found.starts_at,
        now=office_now(),
        zone=current_office_plan().zone,
        moved_by=found.moved_by,
    )


def _sentence(error: DomainError) -> str:
    if not isinstance(error, NotFound):
        return in_words(error)
    if error.details["what"] == "person":
        return _(
            "Nobody of this name and birth date has a visit in these weeks. Check both, or ask for the "
            "reference."
        )
    return _(
        "No booking has this reference. It has 8 letters and digits; O, 0, I, 1, 2, 5, 8, B, L, S, U, V and "
        "Z do not occur. Or look by name and birth date."
    )
