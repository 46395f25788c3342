"""Measures: how each is delivered, what changes next, and who is on file to be told."""

from uuid import UUID

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug import Response as AnyResponse

from forms.measures import ChangeForm, ParticipantForm, ParticipantsForm
from scheduler.adapters.languages import LANGUAGE_NAMES
from scheduler.domain.measures import COLUMNS, Side, Way, measure_of
from scheduler.domain.roles import Permission
from scheduler.queries import measures as queries
from scheduler.usecases import measures as usecases
from scheduler.usecases import mode_changes
from scheduler.web.accesses import shows
from scheduler.web.errors import explaining
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.office.blueprints import blueprint
from scheduler.web.permissions import current_actor, requires
from scheduler.web.words import word

_MOST_PAGES = 1000


@blueprint.get("/measures")
@requires(Permission.VIEW_PLAN)
def measures() -> str:
    with frame().database.reading() as session:
        found = queries.measures(session, current_office_plan(), now=office_now())
    return render_template("office/measures/measures.html", found=found)


@blueprint.get("/measures/<measure>")
@requires(Permission.VIEW_PLAN)
def measure(measure: str) -> Response:
    return _page(measure, ParticipantForm(formdata=None), ParticipantsForm(formdata=None))


@blueprint.post("/measures/<measure>/participants")
@requires(Permission.EDIT_PLAN)
def put_on_file(measure: str) -> AnyResponse:
    form, actor, now = ParticipantForm(request.form), current_actor(), office_now()
    with explaining(form) as explained, frame().database.transaction() as session:
        usecases.put_on_file(session, measure, form.participant(), actor=actor, now=now)
    if explained.refusal is not None:
        page = _page(measure, form, ParticipantsForm(formdata=None), explained.problems, explained.status)
        return page
    flash(_("On file: this person is told of changes from now on."))
    return redirect(url_for("office.measure", measure=measure), 303)


@blueprint.post("/measures/<measure>/participants/import")
@requires(Permission.EDIT_PLAN)
def import_participants(measure: str) -> AnyResponse:
    """All of the pasted table, or of the file, or nothing."""
    form, actor, now = ParticipantsForm(request.form), current_actor(), office_now()
    if (sent := request.files.get("file")) is not None and sent.filename:
        form.text.data = sent.read().decode("utf-8-sig", "replace")
    with explaining(form) as explained, frame().database.transaction() as session:
        count = usecases.import_participants(session, measure, form.table(), actor=actor, now=now)
    if explained.refusal is not None:
        return _page(measure, ParticipantForm(formdata=None), form, explained.problems, explained.status)
    flash(ngettext("%(num)s person is put on file.", "%(num)s people are put on file.", count))
    return redirect(url_for("office.measure", measure=measure), 303)


@blueprint.post("/measures/participants/<uuid:participant_id>/remove")
@requires(Permission.EDIT_PLAN)
def take_off_file(participant_id: UUID) -> AnyResponse:
    with frame().database.transaction() as session:
        found = usecases.take_off_file(session, participant_id, actor=current_actor(), now=office_now())
    flash(_("Taken off: this person is told of nothing any more."))
    return redirect(url_for("office.measure", measure=found.measure), 303)


@blueprint.post("/measures/<measure>/hygiene-plan")
@requires(Permission.EDIT_PLAN)
def note_hygiene_plan(measure: str) -> AnyResponse:
    """Notes it or, with `do=strike`, strikes it out."""
    strikes = request.form.get("do") == "strike"
    change = usecases.strike_hygiene_plan if strikes else usecases.note_hygiene_plan
    with frame().database.transaction() as session:
        change(session, measure, actor=current_actor(), now=office_now())
    flash(_("The hygiene plan is struck out.") if strikes else _("The hygiene plan is noted."))
    return redirect(url_for("office.measure", measure=measure), 303)


@blueprint.post("/measures/<measure>/release")
@requires(Permission.APPLY_PLAN)
def release_change(measure: str) -> AnyResponse:
    """Lets the next change be told now."""
    form, actor, now = ChangeForm(request.form), current_actor(), office_now()
    measure_of(current_office_plan(), measure)
    with frame().database.transaction() as session:
        mode_changes.release(session, measure, form.day(), actor=actor, now=now)
    flash(_("Released: everybody on file is told within a minute."))
    return redirect(url_for("office.measure", measure=measure), 303)


@blueprint.post("/measures/<measure>/changes/<int(max=2147483647):row_id>/undo")
@requires(Permission.APPLY_PLAN)
def undo_change(measure: str, row_id: int) -> AnyResponse:
    with frame().database.transaction() as session:
        mode_changes.take_back(session, measure, row_id, actor=current_actor(), now=office_now())
    flash(_("Taken back: whoever was told is told again within a minute."))
    return redirect(url_for("office.measure", measure=measure), 303)


def _page(
    key: str,
    form: ParticipantForm,
    table: ParticipantsForm,
    problems: list[str] | None = None,
    status: int = 200,
) -> Response:
    plan, now = current_office_plan(), office_now()
    wanted, number = measure_of(plan, key), request.args.get("page", 1, type=int)
    with frame().database.reading() as session:
        found = queries.measure(session, plan, wanted, now=now)
        page = queries.people_of(session, key, page=min(max(number, 1), _MOST_PAGES))
        reach = None
        if found.coming is not None:
            reach = queries.reach_of_change(session, plan, key, found.coming.starts, now=now)
    if page.people:
        shows(current_actor(), f"measure:{key}")
    answer = render_template(
        "office/measures/measure.html",
        found=found,
        page=page,
        reach=reach,
        form=form,
        table=table,
        problems=problems or [],
        sides=[(one.value, word(one, "side")) for one in Side],
        ways=[(one.value, word(one, "way")) for one in Way],
        spoken=list(LANGUAGE_NAMES.items()),
        columns="; ".join(COLUMNS),
    )
    return make_response(answer, status)
