"""Group events for customers: which are to come, and signing up for one, or for its waiting list."""

from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug import Response

from forms.bookings import VisitorForm
from scheduler.adapters.languages import LANGUAGE_NAMES
from scheduler.domain.errors import NotFound
from scheduler.domain.roles import Role
from scheduler.queries import events as queries
from scheduler.usecases import events as usecases
from scheduler.usecases.events import SignUp
from scheduler.usecases.idempotency import answered_once
from scheduler.usecases.staff import throttle
from scheduler.web.errors import explaining
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.languages import language
from scheduler.web.permissions import public
from scheduler.web.public.blueprints import blueprint
from scheduler.web.public.times import today
from scheduler.web.public.visitors import deed_of, remember, visitor
from scheduler.web.sessions import address


@blueprint.get("/gruppen")
@public
def events() -> str:
    with frame().database.reading() as session:
        found = queries.events_from(session, current_office_plan(), office_now(), public=True)
    return render_template("public/events.html", found=found)


@blueprint.get("/gruppen/<uuid:event_id>")
@public
def event(event_id: UUID) -> str:
    form = VisitorForm()
    form.language.data = language()
    return _page("public/event.html", event_id, form, [])


@blueprint.post("/gruppen/<uuid:event_id>")
@public
def sign_up(event_id: UUID) -> Response:
    """The last look before somebody is signed up, and signing up; nothing typed is lost on the way."""
    form = VisitorForm(request.form)
    deed = deed_of(form)
    template = "public/event.html" if deed == "back" else "public/event_check.html"
    with explaining(form) as explained:
        if deed == "book":
            remember(_sign_up_once(event_id, form))
        elif deed == "check":
            form.customer(today())
    if deed == "book" and explained.refusal is None:
        return redirect(url_for("public.done"), 303)
    if explained.refusal is not None:
        template = "public/event.html"
    return make_response(_page(template, event_id, form, explained.problems), explained.status)


def _sign_up_once(event_id: UUID, form: VisitorForm) -> UUID:
    """The id of the visit, the same however often the form is sent. Raises what signing up does."""
    asked = SignUp(form.customer(today()), Role.CUSTOMER, waits=request.form.get("waits") == "y")
    actor, now = visitor(), office_now()
    with frame().database.transaction() as session:
        throttle(session, "public:visit", address=address(), real_now=frame().clock.real())

        def work() -> tuple[int, dict[str, Any]]:
            limits = frame().config.limits
            made = usecases.sign_up(session, event_id, asked, actor=actor, now=now, limits=limits)
            return 201, {"id": str(made.id)}

        content = f"event {event_id} {asked}"
        _status, answer = answered_once(session, actor=actor, key=form.sent_key(), request=content, work=work)
    return UUID(answer["id"])


def _page(template: str, event_id: UUID, form: VisitorForm, problems: list[str]) -> str:
    with frame().database.reading() as session:
        found = queries.event_date(session, current_office_plan(), event_id)
    if not found.event.is_public:
        raise NotFound(what="event", key=str(event_id))
    form.sent_key()
    return render_template(
        template,
        found=found,
        form=form,
        problems=problems,
        is_open=found.is_on and found.booking.starts_at > office_now(),
        language_names=LANGUAGE_NAMES,
    )
