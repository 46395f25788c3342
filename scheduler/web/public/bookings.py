"""Customers book a visit: the concern, what holds for it, a time, who they are, a last look, done.

One thing stands on each page, and all works without scripts. What somebody types about themselves is never in
an address and never kept before it is booked; only the time is, for some minutes (docs/adr/0012).
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug import Response

from forms.bookings import SlotsForm, VisitorForm
from models.bookings import Booking
from scheduler.adapters.languages import LANGUAGE_NAMES
from scheduler.domain.availability import refusals
from scheduler.domain.errors import DomainError, IdempotencyMismatch, NotFound, RouteFull, SlotTaken
from scheduler.domain.holds import HoldRequest
from scheduler.domain.phases import Decision
from scheduler.domain.roles import Role
from scheduler.domain.services import Service
from scheduler.queries import bookings as queries
from scheduler.usecases import bookings as usecases
from scheduler.usecases import holds
from scheduler.usecases.idempotency import answered_once
from scheduler.usecases.staff import throttle
from scheduler.web.errors import explain, status_of
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.languages import language
from scheduler.web.papers import slip_values
from scheduler.web.permissions import public
from scheduler.web.public.blueprints import blueprint
from scheduler.web.public.times import WEEK, first_day, free, today, week
from scheduler.web.public.visitors import deed_of, keep_in_mind, minutes_left, remember, remembered, visitor
from scheduler.web.sessions import address

#: So far ahead one looks for the next time that is free.
_AHEAD = timedelta(days=91)


@blueprint.get("/")
@public
def start() -> str:
    """What people come for, in their own words."""
    numbered = enumerate(current_office_plan().services, 1)
    return render_template("public/start.html", services=[one for one in numbered if not one[1].group])


@blueprint.get("/<int(max=9999):number>")
@public
def concern(number: int) -> str:
    """What holds for a concern: how to settle it without a visit, and whether a visit can be had."""
    plan, service, begin = current_office_plan(), _service(number), today()
    last = begin + _AHEAD
    with frame().database.reading() as session:
        (first, *_others) = [*free(session, service, begin, last, booked_by=Role.CUSTOMER, limit=1), None]
    refused = refusals(plan, service, first=begin, last=last, booked_by=Role.CUSTOMER)
    return render_template(
        "public/concern.html",
        number=number,
        service=service,
        first=first,
        is_request=first is not None and first.ruling.decision is Decision.APPROVE,
        refused=refused,
        now=office_now(),
    )


@blueprint.get("/<int(max=9999):number>/zeiten")
@public
def times(number: int) -> Response:
    """The free times of a week, day by day, or when the next ones are."""
    form = SlotsForm(request.args)
    first, service = first_day(form), current_office_plan().visit(_service(number).key, form.needs())
    last = first + WEEK - timedelta(days=1)
    with frame().database.reading() as session:
        found = free(session, service, first, last, booked_by=Role.CUSTOMER)
        later = (
            free(session, service, first + WEEK, first + _AHEAD, booked_by=Role.CUSTOMER, limit=1)
            if not found
            else []
        )
    page = render_template(
        "public/times.html",
        number=number,
        service=service,
        form=form,
        later=later[0] if later else None,
        **week(first, found),
    )
    return make_response(page)


@blueprint.post("/<int(max=9999):number>/zeiten")
@public
def choose(number: int) -> Response:
    """Keeps the chosen time for some minutes and leads on; where another was first, says so."""
    form = VisitorForm(request.form)
    form.starts_at.data, _bar, form.resource.data = request.form.get("take", "").partition("|")
    if not _hold(_service(number), form):
        flash(_("Somebody else has just taken this time. Please choose another one."), "problem")
        return redirect(url_for("public.times", number=number, on=(form.starts_at.data or "")[:10]), 303)
    further = url_for(
        "public.details",
        number=number,
        starts_at=form.starts_at.data,
        resource=form.resource.data,
        key=form.sent_key(),
        interpreter="y" if form.interpreter.data else None,
        step_free="y" if form.step_free.data else None,
    )
    return redirect(further, 303)


@blueprint.get("/<int(max=9999):number>/angaben")
@public
def details(number: int) -> Response:
    """Who comes, and what they need."""
    form = VisitorForm(request.args)
    form.language.data = language()
    form.sent_key()
    return _details_page(number, form)


@blueprint.post("/<int(max=9999):number>/angaben")
@public
def check_or_book(number: int) -> Response:
    """The last look before it is booked, and booking it; nothing typed is lost on the way."""
    form, service = VisitorForm(request.form), _service(number)
    deed = deed_of(form)
    form.service.data, form.booked_by.data = service.key, Role.CUSTOMER
    if taken := request.form.get("take"):
        form.starts_at.data, _bar, form.resource.data = taken.partition("|")
    try:
        if deed in ("back", "extend") or taken:
            held = _hold(service, form)
            return _details_page(number, form, SlotTaken(alternatives=[]) if not held else None)
        if deed == "book":
            remember(_book_once(form))
            return redirect(url_for("public.done"), 303)
        form.request(current_office_plan().zone, today=today())
    except DomainError as error:
        if isinstance(error, IdempotencyMismatch):
            form.renew_key()
        return _details_page(number, form, error)
    return make_response(_page("public/check.html", number, form))


@blueprint.get("/fertig")
@public
def done() -> Response:
    """That it is booked, and only now: the reference, where to go, what to bring."""
    try:
        found = _own()
    except NotFound:
        return redirect(url_for("public.start"), 303)
    plan = current_office_plan()
    place = plan.resources_by_key.get(found.resource.key)
    return make_response(
        render_template(
            "public/done.html",
            booking=found,
            token=frame().links.token(found.id),
            service=plan.services_by_key.get(found.service_key),
            site=plan.sites_by_key[place.site] if place is not None else None,
            route=plan.routes_by_key.get(place.route) if place is not None and place.route else None,
        )
    )


@blueprint.get("/zettel")
@public
def slip() -> str:
    """The same to print and take along, in the person's language and in German."""
    found = _own()
    return render_template(
        "public/slip.html", booking=found, back=url_for("public.done"), **slip_values(found)
    )


def _own() -> Booking:
    booking_id = remembered()
    with frame().database.reading() as session:
        return queries.booking(session, booking_id)


def _service(number: int) -> Service:
    """The concern with this place in the plan. Raises NotFound."""
    services = current_office_plan().services
    if not 1 <= number <= len(services) or services[number - 1].group:
        raise NotFound(what="service", key=str(number))
    return services[number - 1]


def _hold(service: Service, form: VisitorForm) -> bool:
    """Whether the time of the form is kept for it. Raises Invalid, TooManyRequests."""
    length = frame().config.hold_for
    asked = HoldRequest(
        form.sent_key(),
        form.when(current_office_plan().zone),
        str(form.resource.data or ""),
        Role.CUSTOMER,
        service.key,
    )
    with frame().database.transaction() as session:
        throttle(session, "public:hold", address=address(), real_now=frame().clock.real())
        if not length:
            return True
        held = holds.hold(session, asked, length=length, actor=visitor(), now=office_now())
    keep_in_mind(asked.form, frame().clock.real() + length if held else None)
    return held


def _book_once(form: VisitorForm) -> UUID:
    """The id of the visit, the same however often the form is sent. Raises what booking does."""
    asked, actor, now = form.request(current_office_plan().zone, today=today()), visitor(), office_now()

    with frame().database.transaction() as session:
        throttle(session, "public:visit", address=address(), real_now=frame().clock.real())

        def work() -> tuple[int, dict[str, Any]]:
            made = usecases.book(session, asked, actor=actor, now=now, limits=frame().config.limits)
            return 201, {"id": str(made.id)}

        key, content = form.sent_key(), f"public {asked}"
        _status, answer = answered_once(session, actor=actor, key=key, request=content, work=work)
    return UUID(answer["id"])


def _details_page(number: int, form: VisitorForm, error: DomainError | None = None) -> Response:
    problems = explain(form, error)
    others = error.details.get("alternatives", []) if isinstance(error, SlotTaken | RouteFull) else []
    page = _page("public/details.html", number, form, problems=problems, others=others)
    return make_response(page, 200 if error is None else status_of(error))


def _page(template: str, number: int, form: VisitorForm, **more: Any) -> str:
    return render_template(
        template,
        number=number,
        service=_service(number),
        form=form,
        at=_when(form),
        minutes=minutes_left(form.sent_key(), frame().clock.real()),
        language_names=LANGUAGE_NAMES,
        **more,
    )


def _when(form: VisitorForm) -> datetime | None:
    try:
        return form.when(current_office_plan().zone)
    except DomainError:
        return None
