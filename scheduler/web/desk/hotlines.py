"""Hotlines at the desk: counting calls, who answers now, gaps, how many call, and the roster."""

from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug import Response

from forms.hotlines import RosterForm, ShiftForm
from scheduler.domain.hotlines import HotlineState, is_own
from scheduler.domain.roles import Permission
from scheduler.queries import hotlines as queries
from scheduler.usecases import hotlines as usecases
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.desk.idempotency import sent_once
from scheduler.web.errors import explaining
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.languages import said
from scheduler.web.permissions import current_actor, requires


@blueprint.get("/hotlines")
@requires(Permission.COUNT_CALLS)
def hotlines() -> str:
    plan = current_office_plan()
    with frame().database.reading() as session:
        found = queries.hotlines(session, plan, now=office_now())
    remaining = [one.hotline.name for one in found if one.state is HotlineState.OPEN]
    return render_template("desk/hotlines/hotlines.html", found=found, remaining=remaining)


@blueprint.post("/hotlines/<key>/calls")
@requires(Permission.COUNT_CALLS)
def count_call(key: str) -> Response:
    """One more or, with `do=less`, one less."""
    count = usecases.take_call_back if request.form.get("do") == "less" else usecases.count_call
    with frame().database.transaction() as session:
        count(session, key, now=office_now())
    return redirect(url_for("desk.hotlines", _anchor=f"hotline-{key}"), 303)


@blueprint.get("/hotlines/roster")
@requires(Permission.EDIT_ROSTERS)
def roster() -> str:
    return _roster_page(ShiftForm(request.args), RosterForm(formdata=None), [])


@blueprint.post("/hotlines/roster")
@requires(Permission.EDIT_ROSTERS)
def add_shift() -> Response:
    form, actor, now = ShiftForm(request.form), current_actor(), office_now()

    def work(session: Session) -> dict[str, Any]:
        usecases.add_shift(session, form.shift(), actor=actor, now=now)
        return {}

    with explaining(form) as explained:
        sent_once(form.sent_key(), work)
    if explained.refusal is not None:
        page = _roster_page(form, RosterForm(formdata=None), explained.problems)
        return make_response(page, explained.status)
    flash(_("The shift is on the roster."))
    return redirect(url_for("desk.roster"), 303)


@blueprint.post("/hotlines/roster/import")
@requires(Permission.EDIT_ROSTERS)
def import_roster() -> Response:
    """All of the pasted table, or of the file, or nothing."""
    form, actor, now = RosterForm(request.form), current_actor(), office_now()
    if (sent := request.files.get("file")) is not None and sent.filename:
        form.text.data = sent.read().decode("utf-8-sig", "replace")

    def work(session: Session) -> dict[str, Any]:
        return {"shifts": usecases.import_roster(session, form.table(), actor=actor, now=now)}

    with explaining(form) as explained:
        answer = sent_once(form.sent_key(), work)
    if explained.refusal is not None:
        page = _roster_page(ShiftForm(formdata=None), form, explained.problems)
        return make_response(page, explained.status)
    number = answer["shifts"]
    flash(ngettext("%(num)s shift is on the roster.", "%(num)s shifts are on the roster.", number))
    return redirect(url_for("desk.roster"), 303)


@blueprint.post("/hotlines/roster/<int(max=2147483647):shift_id>/remove")
@requires(Permission.EDIT_ROSTERS)
def remove_shift(shift_id: int) -> Response:
    with frame().database.transaction() as session:
        usecases.remove_shift(session, shift_id, actor=current_actor(), now=office_now())
    flash(_("The shift is taken off the roster."))
    return redirect(url_for("desk.roster"), 303)


def _roster_page(form: ShiftForm, table: RosterForm, problems: list[str]) -> str:
    plan = current_office_plan()
    with frame().database.reading() as session:
        found = queries.hotlines(session, plan, now=office_now())
    form.sent_key()
    table.sent_key()
    own = [(one.key, said(one.name)) for one in plan.hotlines if is_own(one)]
    return render_template(
        "desk/hotlines/roster.html",
        form=form,
        table=table,
        problems=problems,
        own=own,
        found=[one for one in found if is_own(one.hotline)],
        example=f"{own[0][0]};{found[0].days[0].day.isoformat()};08:00;12:00;Name" if own else "",
    )
