"""Group events at the desk: which are to come, planning them, who has signed up, and signing somebody up."""

from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug import Response

from forms.bookings import BookingForm
from forms.events import EventForm
from models.bookings import Booking
from scheduler.domain.bookings import Change, Status, possible_changes
from scheduler.domain.instants import local_date
from scheduler.domain.resources import Kind
from scheduler.domain.roles import Permission
from scheduler.domain.texts import SOURCE_LANGUAGE
from scheduler.queries import events as queries
from scheduler.usecases import events as usecases
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.desk.idempotency import sent_once
from scheduler.web.errors import explaining
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.languages import said
from scheduler.web.permissions import current_actor, requires


@blueprint.get("/events")
@requires(Permission.VIEW_DAY)
def events() -> str:
    with frame().database.reading() as session:
        found = queries.events_from(session, current_office_plan(), office_now())
    return render_template("desk/events/events.html", found=found)


@blueprint.get("/events/new")
@requires(Permission.CHANGE_BOOKINGS)
def new_event() -> str:
    form = EventForm(request.args)
    form.is_public.data, form.dates.data = True, form.dates.data or "1"
    return _new_page(form, [])


@blueprint.post("/events/new")
@requires(Permission.CHANGE_BOOKINGS)
def plan_event() -> Response:
    form, actor, now = EventForm(request.form), current_actor(), office_now()
    with explaining(form) as explained:
        wish = form.request(current_office_plan().zone)
        answer = sent_once(
            form.sent_key(),
            lambda session: _planned(usecases.plan_events(session, wish, actor=actor, now=now)),
        )
    if explained.refusal is not None:
        return make_response(_new_page(form, explained.problems), explained.status)
    flash(_("The event is planned.") if answer["dates"] == 1 else _("The series is planned."))
    return redirect(url_for("desk.event", event_id=answer["id"]), 303)


@blueprint.get("/events/<uuid:event_id>")
@requires(Permission.READ_BOOKINGS)
def event(event_id: UUID) -> str:
    form = BookingForm()
    form.language.data = SOURCE_LANGUAGE
    return _event_page(event_id, form, [])


@blueprint.post("/events/<uuid:event_id>")
@requires(Permission.BOOK)
def sign_up(event_id: UUID) -> Response:
    """Signs somebody up; where no seat is free they wait for one."""
    form, actor, now = BookingForm(request.form), current_actor(), office_now()
    form.language.data = form.language.data or SOURCE_LANGUAGE
    with explaining(form) as explained:
        customer = form.customer(local_date(now, current_office_plan().zone))
        asked = usecases.SignUp(customer, actor.role, waits=True)
        answer = sent_once(
            form.sent_key(),
            lambda session: _seated(usecases.sign_up(session, event_id, asked, actor=actor, now=now)),
        )
    if explained.refusal is not None:
        return make_response(_event_page(event_id, form, explained.problems), explained.status)
    text = _("On the waiting list: %(name)s.") if answer["waits"] else _("Signed up: %(name)s.")
    flash(text % {"name": customer.name.strip()})
    return redirect(url_for("desk.event", event_id=event_id), 303)


def _planned(made: list[Booking]) -> dict[str, Any]:
    return {"id": str(made[0].id), "dates": len(made)}


def _seated(visit: Booking) -> dict[str, Any]:
    return {"waits": visit.status is Status.REQUESTED}


def _new_page(form: EventForm, problems: list[str]) -> str:
    plan = current_office_plan()
    form.sent_key()
    return render_template(
        "desk/events/new.html",
        form=form,
        problems=problems,
        services=[(one.key, said(one.name)) for one in plan.services if one.group],
        places=[
            ("", _("any suitable place")),
            *((one.key, said(one.name)) for one in plan.resources if one.kind is Kind.GROUP_ROOM),
        ],
    )


def _event_page(event_id: UUID, form: BookingForm, problems: list[str]) -> str:
    plan, now = current_office_plan(), office_now()
    with frame().database.reading() as session:
        found = queries.event_date(session, current_office_plan(), event_id)
        people = queries.signed_up(session, event_id)
        series = queries.series_of(session, found.event)
    shows(current_actor(), *(f"booking:{one.booking.id}" for one in people))
    form.sent_key()
    possible = possible_changes(
        found.booking.status, starts_at=found.booking.starts_at, now=now, zone=plan.zone
    )
    changes = [change for change in (Change.MOVE, Change.CANCEL) if change in possible]
    return render_template(
        "desk/events/event.html",
        found=found,
        people=people,
        series=series,
        form=form,
        problems=problems,
        changes=changes,
        is_open=found.is_on and found.booking.starts_at > now,
    )
