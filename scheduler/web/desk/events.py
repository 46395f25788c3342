"""Group events at the desk: which are to come, planning them, who has signed up, and signing somebody up."""

from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug import Response

from forms.bookings import BookingForm
from forms.events import EventForm
from scheduler.domain.bookings import Change, Status, possible_changes
from scheduler.domain.instants import local_date
from scheduler.domain.resources import Kind
from scheduler.domain.roles import Permission
from scheduler.queries import events as queries
from scheduler.usecases import events as usecases
from scheduler.usecases.idempotency import answered_once
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.errors import explaining
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.languages import said
from scheduler.web.permissions import current_actor, requires


@blueprint.get("/events")
@requires(Permission.VIEW_DAY)
def events() -> str:
    with frame().database.reading() as session:
        found = queries.events_from(session, office_now())
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
    answer: dict[str, Any] = {}
    with explaining(form) as explained:
        wish, key = form.request(current_office_plan().zone), form.sent_key()
        with frame().database.transaction() as session:

            def work() -> tuple[int, dict[str, Any]]:
                made = usecases.plan_events(session, wish, actor=actor, now=now)
                return 201, {"id": str(made[0].id), "dates": len(made)}

            _status, answer = answered_once(session, actor=actor, key=key, request=f"event {wish}", work=work)
    if explained.refusal is not None:
        return make_response(_new_page(form, explained.problems), explained.status)
    flash(_("The event is planned.") if answer["dates"] == 1 else _("The series is planned."))
    return redirect(url_for("desk.event", event_id=answer["id"]), 303)


@blueprint.get("/events/<uuid:event_id>")
@requires(Permission.READ_BOOKINGS)
def event(event_id: UUID) -> str:
    form = BookingForm()
    form.language.data = "de"
    return _event_page(event_id, form, [])


@blueprint.post("/events/<uuid:event_id>")
@requires(Permission.BOOK)
def sign_up(event_id: UUID) -> Response:
    """Signs somebody up; where no seat is free they wait for one."""
    form, actor, now = BookingForm(request.form), current_actor(), office_now()
    form.language.data = form.language.data or "de"
    with explaining(form) as explained, frame().database.transaction() as session:
        customer = form.customer(local_date(now, current_office_plan().zone))
        asked = usecases.SignUp(customer, actor.role, waits=True)
        made = usecases.sign_up(session, event_id, asked, actor=actor, now=now)
    if explained.refusal is not None:
        return make_response(_event_page(event_id, form, explained.problems), explained.status)
    name, waits = made.person.name, made.status is Status.REQUESTED
    flash(_("On the waiting list: %(name)s.", name=name) if waits else _("Signed up: %(name)s.", name=name))
    return redirect(url_for("desk.event", event_id=event_id), 303)


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
        found = queries.event_date(session, event_id)
        people = queries.signed_up(session, event_id)
    shows(current_actor(), *(f"booking:{one.booking.id}" for one in people))
    possible = possible_changes(
        found.booking.status, starts_at=found.booking.starts_at, now=now, zone=plan.zone
    )
    changes = [change for change in (Change.MOVE, Change.CANCEL) if change in possible]
    return render_template(
        "desk/events/event.html",
        found=found,
        people=people,
        form=form,
        problems=problems,
        changes=changes,
        is_open=found.is_on and found.booking.starts_at > now,
    )
