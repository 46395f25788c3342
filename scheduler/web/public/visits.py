"""A visit by its link: what holds, moving and cancelling it.

Opening a link changes nothing, since whatever scans mails opens links too. It never shows how somebody is
reached.
"""

from dataclasses import replace
from datetime import timedelta

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug import Response

from forms.bookings import SlotsForm
from models.bookings import Booking
from scheduler.adapters.ical import file_of
from scheduler.domain.bookings import (
    Change,
    MoveRequest,
    Party,
    Status,
    goes_into_calendars,
    possible_changes,
)
from scheduler.domain.errors import DomainError, InThePast, NotFound
from scheduler.domain.instants import parse_instant
from scheduler.domain.roles import Actor, Role
from scheduler.domain.waiting_list import MOST_OFFERS
from scheduler.queries import bookings as queries
from scheduler.queries.events import event_of
from scheduler.queries.people import person
from scheduler.queries.waiting_list import waiting
from scheduler.usecases import bookings as usecases
from scheduler.usecases import waiting_list
from scheduler.usecases.notices import slip_of
from scheduler.usecases.outbox import PRODUCT
from scheduler.usecases.retention import keep_on_file
from scheduler.web.errors import in_words
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.languages import prefer
from scheduler.web.logs import note_refusal
from scheduler.web.permissions import public
from scheduler.web.public.blueprints import blueprint
from scheduler.web.public.times import WEEK, first_day, free, week

#: So long after the visit its link still says what became of it.
_KEPT = timedelta(days=90)


@blueprint.get("/b/<token>")
@public
def visit(token: str) -> Response:
    found = _found(token)
    facts = _facts(found)
    with frame().database.reading() as session:
        waits = waiting(session, found.id, office_now())
    may_wish = facts["may_move"] and found.status is Status.BOOKED and found.person.email is not None
    page = render_template(
        "public/visit.html", token=token, waits=waits, may_wish=may_wish, most=MOST_OFFERS, **facts
    )
    return _answer(page)


@blueprint.get("/b/<token>/termin.ics")
@public
def calendar_file(token: str) -> Response:
    """The visit for the person's calendar. Raises NotFound where there is none to come."""
    found = _found(token)
    if not goes_into_calendars(found.status, starts_at=found.starts_at, now=office_now()):
        raise NotFound(what="booking", key="")
    own, *_german = slip_of(current_office_plan(), found, now=office_now())
    told = replace(own, manage_url=frame().links.address(found.id))
    response = _answer(make_response(file_of(told, stamp=office_now(), product=PRODUCT)))
    response.content_type = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = 'attachment; filename="termin.ics"'
    return response


@blueprint.get("/b/<token>/absagen")
@public
def ask_to_cancel(token: str) -> Response:
    """Asks once more; only the answer cancels."""
    return _answer(render_template("public/cancel.html", token=token, **_facts(_found(token))))


@blueprint.post("/b/<token>/absagen")
@public
def cancel(token: str) -> Response:
    found = _found(token)
    try:
        _check_to_come(found)
        with frame().database.transaction() as session:
            usecases.cancel(session, found.id, by=Party.CUSTOMER, actor=_whoever(found), now=office_now())
    except DomainError as error:
        return _refused(token, error)
    flash(_("The appointment is cancelled. Thank you for telling us."))
    return _answer(redirect(url_for("public.visit", token=token), 303))


@blueprint.get("/b/<token>/verlegen")
@public
def other_times(token: str) -> Response:
    """The free times of a week to move to."""
    found, first = _found(token), first_day(SlotsForm(request.args))
    service = current_office_plan().visit(found.service_key, found.person.needs)
    with frame().database.reading() as session:
        times = free(
            session,
            service,
            first,
            first + WEEK - timedelta(days=1),
            booked_by=found.booked_by,
            caseworker=found.caseworker_id,
            leaving_out=found.id,
        )
    return _answer(render_template("public/move.html", token=token, **week(first, times), **_facts(found)))


@blueprint.post("/b/<token>/verlegen")
@public
def move(token: str) -> Response:
    found, zone = _found(token), current_office_plan().zone
    when, _bar, place = request.form.get("take", "").partition("|")
    try:
        _check_to_come(found)
        asked = MoveRequest(parse_instant(when, zone, field="starts_at"), place or None, by=Party.CUSTOMER)
        with frame().database.transaction() as session:
            usecases.move(session, found.id, asked, actor=_whoever(found), now=office_now())
    except DomainError as error:
        return _refused(token, error)
    flash(_("The appointment is moved."))
    return _answer(redirect(url_for("public.visit", token=token), 303))


@blueprint.post("/b/<token>/frueher")
@public
def wish_earlier(token: str) -> Response:
    """Puts the visit on the waiting list, or takes it off."""
    found = _found(token)
    change = waiting_list.wish_no_longer if request.form.get("do") == "stop" else waiting_list.wish
    try:
        with frame().database.transaction() as session:
            change(session, found.id, actor=_whoever(found), now=office_now())
    except DomainError as error:
        return _refused(token, error)
    return _answer(redirect(url_for("public.visit", token=token), 303))


@blueprint.post("/b/<token>/angebot")
@public
def answer_offer(token: str) -> Response:
    """Takes the earlier time, or leaves it to others."""
    found, takes = _found(token), request.form.get("do") == "take"
    try:
        with frame().database.transaction() as session:
            if takes:
                waiting_list.take(session, found.id, actor=_whoever(found), now=office_now())
            else:
                waiting_list.decline(session, found.id, actor=_whoever(found), now=office_now())
    except DomainError as error:
        return _refused(token, error)
    flash(_("The appointment is moved.") if takes else _("Your appointment stays as it is."))
    return _answer(redirect(url_for("public.visit", token=token), 303))


@blueprint.post("/b/<token>/vormerkung")
@public
def let_go(token: str) -> Response:
    """Ends that the person stays on file for later visits."""
    found = _found(token)
    with frame().database.transaction() as session:
        ids = person(session, found.person_id).ids
        keep_on_file(session, ids, wished=False, actor=_whoever(found), now=office_now())
    flash(_("You are not kept on file any more."))
    return _answer(redirect(url_for("public.visit", token=token), 303))


def _found(token: str) -> Booking:
    """The visit that the link leads to. Raises NotFound, also for one that is long over."""
    booking_id = frame().links.visit_of(token)
    if booking_id is None:
        raise NotFound(what="booking", key="")
    with frame().database.reading() as session:
        found = queries.booking(session, booking_id)
    if found.ends_at + _KEPT < office_now():
        raise NotFound(what="booking", key="")
    prefer(found.person.language)
    return found


def _check_to_come(found: Booking) -> None:
    """Once a visit has begun, the desk alone says what becomes of it. Raises InThePast."""
    if found.starts_at <= office_now():
        raise InThePast


def _whoever(found: Booking) -> Actor:
    """Whoever has the link acts as the customer."""
    return Actor(f"visitor:{found.reference}", Role.CUSTOMER)


def _facts(found: Booking) -> dict[str, object]:
    plan, now = current_office_plan(), office_now()
    place = plan.resources_by_key.get(found.resource.key)
    possible = possible_changes(
        found.status, starts_at=found.starts_at, now=now, zone=plan.zone, moved_by=found.moved_by
    )
    to_come, is_own = found.starts_at > now, found.summoned_on is None
    return {
        "booking": found,
        "service": plan.services_by_key.get(found.service_key),
        "site": plan.sites_by_key[place.site] if place is not None else None,
        "route": plan.routes_by_key.get(place.route) if place is not None and place.route else None,
        "to_come": to_come,
        "for_calendars": goes_into_calendars(found.status, starts_at=found.starts_at, now=now),
        "may_cancel": to_come and is_own and Change.CANCEL in possible,
        "may_move": to_come
        and is_own
        and not _is_at_event(found)
        and Change.MOVE in possible
        and found.service_key in plan.services_by_key,
    }


def _is_at_event(found: Booking) -> bool:
    """Whether somebody else says when it is: a seat at an event cannot be moved."""
    service = current_office_plan().services_by_key.get(found.service_key)
    if service is None or not service.group:
        return False
    with frame().database.reading() as session:
        return event_of(session, found.id) is not None


def _refused(token: str, error: DomainError) -> Response:
    note_refusal(error.code)
    flash(in_words(error), "problem")
    return _answer(redirect(url_for("public.visit", token=token), 303))


def _answer(page: str | Response) -> Response:
    """Tells no other page, and no search engine, where this one was."""
    response = make_response(page)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
