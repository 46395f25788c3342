"""The worklist: visits to decide about, calls to be made, and people who still wait for a new time."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug import Response

from forms.bookings import DeskForm
from scheduler.domain.errors import DomainError, NotFound
from scheduler.domain.roles import Permission
from scheduler.domain.worklist import Part, Reason, WorklistDecision, call_is_due
from scheduler.queries import worklist as queries
from scheduler.usecases.bookings import check_unchanged
from scheduler.usecases.worklist import DECISIONS
from scheduler.web import words
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.errors import in_words
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.languages import said
from scheduler.web.logs import note_refusal
from scheduler.web.permissions import current_actor, requires


@blueprint.get("/worklist")
@requires(Permission.CHANGE_BOOKINGS)
def worklist() -> str:
    """Visits of the office that somebody has to decide about, the soonest first."""
    plan, now, wanted = current_office_plan(), office_now(), _wanted()
    with frame().database.reading() as session:
        found = queries.cases(session, plan, wanted, now=now, after=_after())
        load = queries.load(session, plan, now=now)
    shows(current_actor(), *(f"booking:{case.booking.id}" for case in found.cases))
    return _page(Part.DECIDE, "desk/worklist/decide.html", wanted, found.next_cursor, load, found=found)


@blueprint.get("/worklist/calls")
@requires(Permission.CHANGE_BOOKINGS)
def worklist_calls() -> str:
    plan, now, wanted = current_office_plan(), office_now(), _wanted()
    with frame().database.reading() as session:
        found = queries.calls(session, wanted, after=_after())
        load = queries.load(session, plan, now=now)
    shows(current_actor(), *(f"booking:{one.id}" for one in found.bookings))
    due = {
        one.id
        for one in found.bookings
        if call_is_due(one.status, one.channel, starts_at=one.starts_at, now=now, zone=plan.zone)
    }
    return _page(
        Part.CALLS, "desk/worklist/calls.html", wanted, found.next_cursor, load, found=found, due=due
    )


@blueprint.get("/worklist/without-time")
@requires(Permission.CHANGE_BOOKINGS)
def worklist_without_time() -> str:
    """People whom the office cancelled and who have no new time, with what is free for them now."""
    plan, now, wanted, actor = current_office_plan(), office_now(), _wanted(), current_actor()
    with frame().database.reading() as session:
        found = queries.without_time(session, plan, wanted, booked_by=actor.role, now=now, after=_after())
        load = queries.load(session, plan, now=now)
    those = [*(one.booking for one in found.waiting), *found.settled]
    shows(actor, *(f"booking:{one.id}" for one in those))
    return _page(
        Part.WITHOUT, "desk/worklist/without_time.html", wanted, found.next_cursor, load, found=found
    )


@blueprint.post("/worklist/<uuid:booking_id>/<any(keep,doubt,phone,'call-made',settle,unsettle):decision>")
@requires(Permission.CHANGE_BOOKINGS)
def decide(booking_id: UUID, decision: str) -> Response:
    """Carries out one decision, and goes on where the reader was; a refusal is said there."""
    form, actor = DeskForm(request.form), current_actor()
    where = form.target(url_for("desk.worklist"))
    try:
        with frame().database.transaction() as session:
            if (seen := form.seen()) is not None:
                check_unchanged(session, booking_id, seen=seen)
            changed = DECISIONS[WorklistDecision(decision)](
                session, booking_id, actor=actor, now=office_now()
            )
            reference = changed.reference
    except NotFound:
        raise
    except DomainError as error:
        note_refusal(error.code)
        flash(in_words(error), "problem")
        return redirect(where, 303)
    flash(_done(decision, reference))
    return redirect(where, 303)


def _done(decision: str, reference: str) -> str:
    sentences = {
        "keep": _("Booking %(reference)s stands; nobody is told, since nothing changes for the person."),
        "doubt": _("Booking %(reference)s is in question and stands on the worklist."),
        "phone": _("Booking %(reference)s is a call now; the person is told."),
        "call-made": _("The call for %(reference)s is ticked off."),
        "settle": _("%(reference)s needs no new time. You can take that back below."),
        "unsettle": _("%(reference)s waits for a new time again."),
    }
    return sentences[decision] % {"reference": reference}


def _wanted() -> queries.Wanted:
    reason = request.args.get("reason", "")
    return queries.Wanted(
        Reason(reason) if reason in list(Reason) else None,
        request.args.get("site") or None,
        request.args.get("service") or None,
    )


def _after() -> str | None:
    return request.args.get("after") or None


def _page(
    part: Part,
    template: str,
    wanted: queries.Wanted,
    next_cursor: str | None,
    load: queries.Load,
    **more: object,
) -> str:
    plan = current_office_plan()
    chosen = {"reason": wanted.reason, "site": wanted.site, "service": wanted.service}
    kept = {name: value for name, value in chosen.items() if value}
    return render_template(
        template,
        part=part,
        parts={
            Part.DECIDE: "desk.worklist",
            Part.CALLS: "desk.worklist_calls",
            Part.WITHOUT: "desk.worklist_without_time",
        },
        counts={Part.DECIDE: load.decide, Part.CALLS: load.calls},
        wanted=wanted,
        kept=kept,
        reasons=list(Reason) if part is Part.DECIDE else [],
        sites=[(site.key, said(site.name)) for site in plan.sites],
        services=[(service.key, said(service.name)) for service in plan.services],
        next_cursor=next_cursor,
        is_first="after" not in request.args,
        now=office_now(),
        at_local=words.at_local,
        **more,
    )
