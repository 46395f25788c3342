"""Catching up: what was done on paper while nothing worked is entered, line by line and visit by visit."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug import Response

from forms.catchups import PaperVisitForm, PaperWalkInForm, notes
from scheduler.adapters.words import fault_in_words
from scheduler.domain.errors import DomainError, Invalid
from scheduler.domain.instants import local_date
from scheduler.domain.roles import Permission
from scheduler.queries import catchups as queries
from scheduler.usecases import catchups as usecases
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.desk.days import readable
from scheduler.web.desk.idempotency import sent_once
from scheduler.web.errors import explain, in_words, status_of
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.languages import language
from scheduler.web.permissions import current_actor, requires
from scheduler.web.words import call_number


@blueprint.get("/day/<on>/catch-up")
@requires(Permission.CATCH_UP)
def catch_up(on: str) -> Response:
    """The day's visits whose end nobody has entered, and a form for those made on paper."""
    form = PaperVisitForm()
    form.sent_key()
    return _page(readable(on), form)


@blueprint.post("/day/<on>/catch-up")
@requires(Permission.CATCH_UP)
def enter_list(on: str) -> Response:
    """Enters every line that says something; those that contradict the system are shown again as typed."""
    day, zone = readable(on), current_office_plan().zone
    read, wrong = notes(request.form, day, zone)
    reason = _("entered afterwards from paper")
    refused = usecases.enter_all(
        frame().database, read, reason=reason, actor=current_actor(), now=office_now()
    )
    entered = len(read) - len(refused)
    if wrong or refused:
        form = PaperVisitForm(formdata=None)
        form.sent_key()
        return _page(day, form, refused=wrong | refused, typed=request.form, entered=entered)
    flash(_("%(count)s lines entered.", count=entered))
    return redirect(url_for("desk.catch_up", on=on), 303)


@blueprint.post("/day/<on>/catch-up/visits")
@requires(Permission.CATCH_UP)
def enter_visit(on: str) -> Response:
    """Enters a visit that only the paper knows."""
    day, form = readable(on), PaperVisitForm(request.form)
    try:
        reference = _enter_once(day, form)
    except DomainError as error:
        return _page(day, form, error=error)
    flash(_("Entered as booking %(reference)s.", reference=reference))
    return redirect(url_for("desk.catch_up", on=on), 303)


def _enter_once(day: date, form: PaperVisitForm) -> str:
    """The reference of the visit, the same however often the form is sent."""
    actor, now, key = current_actor(), office_now(), form.sent_key()
    asked, note = form.visit(day, current_office_plan().zone, booked_by=actor.role)
    accepted = bool(form.accepted.data)

    def work(session: Session) -> dict[str, Any]:
        made = usecases.enter_visit(session, asked, note, accepted=accepted, actor=actor, now=now)
        return {"reference": made.reference}

    return str(sent_once(key, work)["reference"])


@blueprint.get("/day/<on>/catch-up/walk-ins")
@requires(Permission.CATCH_UP)
def catch_up_walk_in(on: str) -> Response:
    """A form for those who came without an appointment."""
    return _walk_in_page(readable(on), PaperWalkInForm())


@blueprint.post("/day/<on>/catch-up/walk-ins")
@requires(Permission.CATCH_UP)
def enter_walk_in(on: str) -> Response:
    """Enters somebody without an appointment whom only the paper knows."""
    day, form = readable(on), PaperWalkInForm(request.form)
    actor, now, key = current_actor(), office_now(), form.sent_key()
    try:
        asked, times = form.walk_in(day, current_office_plan().zone)

        def work(session: Session) -> dict[str, Any]:
            return {"number": usecases.enter_walk_in(session, asked, times, actor=actor, now=now).call_number}

        number = sent_once(key, work)["number"]
    except DomainError as error:
        return _walk_in_page(day, form, error)
    flash(_("Entered under number %(number)s.", number=call_number(number)))
    return redirect(url_for("desk.catch_up_walk_in", on=on), 303)


def _walk_in_page(day: date, form: PaperWalkInForm, error: DomainError | None = None) -> Response:
    form.sent_key()
    problems = explain(form, error)
    page = render_template("desk/catchups/walk_in.html", day=day, form=form, problems=problems)
    return make_response(page, 200 if error is None else status_of(error))


def _page(
    day: date,
    form: PaperVisitForm,
    *,
    error: DomainError | None = None,
    refused: Mapping[UUID, DomainError] | None = None,
    typed: Mapping[str, str] | None = None,
    entered: int = 0,
) -> Response:
    plan, now, refused = current_office_plan(), office_now(), refused or {}
    problems = explain(form, error)
    with frame().database.reading() as session:
        found = queries.open_visits(session, plan, day, now=now)
        others = queries.by_ids(session, refused.keys() - {one.id for one in found})
    shows(current_actor(), f"day:{day.isoformat()}")
    page = render_template(
        "desk/catchups/catchup.html",
        day=day,
        form=form,
        found=[*others, *found],
        problems=problems,
        refused={booking_id: _sentence(one) for booking_id, one in refused.items()},
        typed=typed or {},
        entered=entered,
        is_to_come=day > local_date(now, plan.zone),
    )
    failed = error or next(iter(refused.values()), None)
    return make_response(page, 200 if failed is None else status_of(failed))


def _sentence(error: DomainError) -> str:
    if isinstance(error, Invalid):
        return " ".join(fault_in_words(fault, language()) for fault in error.fields.values())
    return in_words(error)
