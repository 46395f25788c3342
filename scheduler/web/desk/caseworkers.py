"""Caseworkers: who is here, whose talks are when, and what an absence hits."""

from datetime import timedelta
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug import Response

from forms.bookings import HandOverForm
from forms.caseworkers import AbsenceForm, CaseworkerForm
from scheduler.domain.errors import DomainError, Invalid, NotFound
from scheduler.domain.instants import local_date, parse_date
from scheduler.domain.roles import Permission
from scheduler.queries import caseworkers as queries
from scheduler.queries.staff import accounts
from scheduler.usecases import caseworkers as usecases
from scheduler.usecases.bookings import check_unchanged
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.errors import explain, explaining, in_words, status_of
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.logs import note_refusal
from scheduler.web.permissions import current_actor, requires

_DAYS = 14


@blueprint.get("/caseworkers")
@requires(Permission.VIEW_DAY)
def caseworkers() -> str:
    plan, now = current_office_plan(), office_now()
    with frame().database.reading() as session:
        found = queries.presences(session, plan, now=now)
        retired = [one for one in queries.caseworkers(session, with_retired=True) if one.retired_at]
    talks = [talk for one in found for talk in (one.current, *one.to_come[:1]) if talk is not None]
    shows(current_actor(), *(f"booking:{talk.id}" for talk in talks))
    return render_template("desk/caseworkers/caseworkers.html", found=found, retired=retired, now=now)


@blueprint.get("/caseworkers/<int(max=2147483647):caseworker_id>")
@requires(Permission.VIEW_DAY)
def caseworker(caseworker_id: int) -> str:
    """Two weeks of talks, and the absences."""
    plan, now = current_office_plan(), office_now()
    try:
        first = parse_date(request.args.get("date", ""), field="date")
    except Invalid:
        first = local_date(now, plan.zone)
    with frame().database.reading() as session:
        found = queries.page(session, plan, caseworker_id, first=first, days=_DAYS)
    shows(current_actor(), *(f"booking:{talk.id}" for talk in found.talks))
    return render_template(
        "desk/caseworkers/caseworker.html",
        found=found,
        first=first,
        last=first + timedelta(days=_DAYS - 1),
        before=first - timedelta(days=_DAYS),
        after=first + timedelta(days=_DAYS),
        now=now,
    )


@blueprint.get("/caseworkers/<int(max=2147483647):caseworker_id>/absence")
@requires(Permission.CHANGE_BOOKINGS)
def ask_about_absence(caseworker_id: int) -> Response:
    """From when to when; without a word it is the rest of today. What that would hit stands below."""
    return _absence_page(caseworker_id, AbsenceForm(request.args))


@blueprint.post("/caseworkers/<int(max=2147483647):caseworker_id>/absence")
@requires(Permission.CHANGE_BOOKINGS)
def report_absent(caseworker_id: int) -> Response:
    form, plan = AbsenceForm(request.form), current_office_plan()
    with explaining(form) as explained, frame().database.transaction() as session:
        usecases.report_absent(
            session, caseworker_id, form.request(plan.zone), actor=current_actor(), now=office_now()
        )
    if explained.refusal is not None:
        return _absence_page(caseworker_id, form, explained.refusal)
    flash(_("The absence is noted. Nobody was cancelled; whose talk lies in it stands on the worklist."))
    return redirect(url_for("desk.caseworker", caseworker_id=caseworker_id), 303)


@blueprint.post("/absences/<int(max=2147483647):absence_id>/<any(end,'hand-over'):settlement>")
@requires(Permission.CHANGE_BOOKINGS)
def settle_absence(absence_id: int, settlement: str) -> Response:
    """Ends it, or gives what lies in it to the deputy."""
    actor, now = current_actor(), office_now()
    with frame().database.transaction() as session:
        if settlement == "end":
            owner = usecases.end_absence(session, absence_id, actor=actor, now=now).caseworker_id
            sentence = _("The absence has ended.")
        else:
            given, left = usecases.hand_over_all(session, absence_id, actor=actor, now=now)
            owner = queries.absence(session, absence_id).caseworker_id
            sentence = " ".join(
                (
                    ngettext(
                        "%(num)s talk was given to the deputy.",
                        "%(num)s talks were given to the deputy.",
                        len(given),
                    ),
                    _("Left on the worklist: %(number)s.", number=len(left)),
                )
            )
    flash(sentence)
    return redirect(url_for("desk.caseworker", caseworker_id=owner), 303)


@blueprint.post("/bookings/<uuid:booking_id>/hand-over")
@requires(Permission.CHANGE_BOOKINGS)
def hand_over(booking_id: UUID) -> Response:
    """Gives a visit to a caseworker, or to nobody in particular; a refusal is said where the reader was."""
    form, actor = HandOverForm(request.form), current_actor()
    where = form.target(url_for("desk.booking", booking_id=booking_id))
    try:
        with frame().database.transaction() as session:
            if (seen := form.seen()) is not None:
                check_unchanged(session, booking_id, seen=seen)
            usecases.hand_over(session, booking_id, form.chosen(), actor=actor, now=office_now())
    except NotFound:
        raise
    except DomainError as error:
        note_refusal(error.code)
        flash(in_words(error), "problem")
        return redirect(where, 303)
    flash(_("The visit is given. Nobody is told, since time and place stay."))
    return redirect(where, 303)


@blueprint.get("/caseworkers/new")
@requires(Permission.EDIT_CASEWORKERS)
def new_caseworker() -> Response:
    return _form_page(None, CaseworkerForm(formdata=None))


@blueprint.post("/caseworkers/new")
@requires(Permission.EDIT_CASEWORKERS)
def add_caseworker() -> Response:
    return _keep(None)


@blueprint.get("/caseworkers/<int(max=2147483647):caseworker_id>/change")
@requires(Permission.EDIT_CASEWORKERS)
def ask_about_caseworker(caseworker_id: int) -> Response:
    form = CaseworkerForm(formdata=None)
    with frame().database.reading() as session:
        found = queries.caseworker(session, caseworker_id)
    form.name.data, form.team.data, form.version.data = found.name, found.team, str(found.version)
    form.login.data = found.staff.login if found.staff is not None else ""
    form.deputy.data = str(found.deputy_id or "")
    form.show(found.hours)
    return _form_page(caseworker_id, form)


@blueprint.post("/caseworkers/<int(max=2147483647):caseworker_id>/change")
@requires(Permission.EDIT_CASEWORKERS)
def change_caseworker(caseworker_id: int) -> Response:
    return _keep(caseworker_id)


@blueprint.post("/caseworkers/<int(max=2147483647):caseworker_id>/<any(retire,'bring-back'):employment>")
@requires(Permission.EDIT_CASEWORKERS)
def retire_caseworker(caseworker_id: int, employment: str) -> Response:
    """Gives nothing new to somebody any more, or takes that back."""
    do = usecases.retire if employment == "retire" else usecases.bring_back
    with frame().database.transaction() as session:
        name = do(session, caseworker_id, actor=current_actor(), now=office_now()).name
    flash(
        _("%(name)s gets nothing new any more; what is booked stays.", name=name)
        if employment == "retire"
        else _("%(name)s is back and can be given visits.", name=name)
    )
    return redirect(url_for("desk.caseworkers"), 303)


def _keep(caseworker_id: int | None) -> Response:
    form = CaseworkerForm(request.form)
    with explaining(form) as explained, frame().database.transaction() as session:
        kept = usecases.keep_caseworker(
            session,
            caseworker_id,
            form.request(),
            seen=form.seen(),
            actor=current_actor(),
            now=office_now(),
        )
        found = kept.id
    if explained.refusal is not None:
        return _form_page(caseworker_id, form, explained.refusal)
    flash(_("Saved."))
    return redirect(url_for("desk.caseworker", caseworker_id=found), 303)


def _form_page(caseworker_id: int | None, form: CaseworkerForm, error: DomainError | None = None) -> Response:
    with frame().database.reading() as session:
        if caseworker_id is not None:
            queries.caseworker(session, caseworker_id)  # a form for nobody is no form
        others = [one for one in queries.caseworkers(session) if one.id != caseworker_id]
        logins = [account.login for account in accounts(session)]
    page = render_template(
        "desk/caseworkers/form.html",
        form=form,
        problems=explain(form, error),
        caseworker_id=caseworker_id,
        others=others,
        logins=logins,
    )
    return make_response(page, 200 if error is None else status_of(error))


def _absence_page(caseworker_id: int, form: AbsenceForm, error: DomainError | None = None) -> Response:
    plan, now = current_office_plan(), office_now()
    problems, hits, span = explain(form, error), None, None
    with frame().database.reading() as session:
        away = queries.caseworker(session, caseworker_id)
        if error is None:
            with explaining(form) as explained:
                span = form.request(plan.zone).span(now=now, zone=plan.zone)
                hits = queries.hits(session, plan, away, span, now=now)
            error, problems = explained.refusal, explained.problems
    shows(current_actor(), *(f"booking:{hit.booking.id}" for hit in hits or ()))
    page = render_template(
        "desk/caseworkers/absence.html", form=form, problems=problems, away=away, hits=hits, span=span
    )
    return make_response(page, 200 if error is None else status_of(error))
