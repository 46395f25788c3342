"""The silent alarm: one button on every page, seen on the pages of the others within seconds."""

from flask import Flask, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug import Response

from forms.staff import SignInForm
from scheduler.domain.errors import DomainError, NotFound, invalid
from scheduler.domain.roles import Permission, may
from scheduler.queries import alarms as queries
from scheduler.usecases import alarms as usecases
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.desk.panels import Panel, answer, filled, recalled, recalled_for
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.permissions import current_actor, requires
from scheduler.web.sessions import PLACE, browser, signed_in_actor

_SECONDS = 2
_NOTHING = Panel("", "")


def put_on_every_page(app: Flask) -> None:
    app.jinja_env.globals["alarms_here"] = alarms_here


def alarms_here() -> Panel:
    """What lasts now, as everybody on duty sees it; nothing where that cannot be asked."""
    try:
        actor = signed_in_actor()
        if actor is None or not may(actor.role, Permission.USE_ALARM):
            return _NOTHING
        part = recalled_for(_SECONDS, _address(), _now)
        return part._replace(body=filled(part))
    except DomainError:
        return _NOTHING


@blueprint.get("/alarms/now")
@requires(Permission.USE_ALARM)
def alarms_now() -> Response:
    """Asked for again by every page; each reader's own, for whoever raised an alarm sees next to nothing."""
    if request.args.get("me") != current_actor().name:
        raise NotFound(what="alarm", key="")
    return answer(recalled(_address(), _now))


def _address() -> str:
    """By what the part is kept: at two computers with the same login each sees the call of the other."""
    return url_for("desk.alarms_now", me=current_actor().name, at=browser())


def _now() -> str:
    with frame().database.reading() as rows:
        found = queries.open_alarms(rows)
    me, here = current_actor(), browser()
    own = [alarm.id for alarm in found if queries.is_own(alarm, me, here)]
    return render_template("desk/alarms/now.html", found=found, me=me.name, own=own)


@blueprint.get("/alarms")
@requires(Permission.USE_ALARM)
def alarms() -> str:
    """Where one says where one works, tries the alarm, and sees what was."""
    with frame().database.reading() as rows:
        past = queries.past_alarms(rows)
    return render_template("desk/alarms/alarms.html", past=past, place=session.get(PLACE))


@blueprint.post("/alarms")
@requires(Permission.USE_ALARM)
def raise_alarm() -> Response:
    """Says nothing on the page of whoever calls: somebody may be looking at it."""
    is_test = request.form.get("test") == "1"
    with frame().database.transaction() as rows:
        usecases.raise_alarm(
            rows,
            current_office_plan(),
            place=session.get(PLACE),
            browser=browser(),
            is_test=is_test,
            actor=current_actor(),
            now=office_now(),
        )
    return redirect(SignInForm(request.form).target(), 303)


@blueprint.post("/alarms/<int(max=2147483647):row_id>/answer")
@requires(Permission.USE_ALARM)
def answer_alarm(row_id: int) -> Response:
    with frame().database.transaction() as rows:
        usecases.answer(rows, row_id, browser=browser(), actor=current_actor(), now=office_now())
    return redirect(SignInForm(request.form).target(), 303)


@blueprint.post("/alarms/<int(max=2147483647):row_id>/end")
@requires(Permission.USE_ALARM)
def call_off_alarm(row_id: int) -> Response:
    with frame().database.transaction() as rows:
        usecases.call_off(rows, row_id, actor=current_actor(), now=office_now())
    return redirect(SignInForm(request.form).target(), 303)


@blueprint.post("/alarms/place")
@requires(Permission.USE_ALARM)
def choose_alarm_place() -> Response:
    """Where this computer stands, kept by the browser for everybody who signs in there."""
    chosen = request.form.get("place", "")
    if chosen and chosen not in current_office_plan().resources_by_key:
        raise invalid("place", "unknown", value=chosen[:40])
    session[PLACE] = chosen
    flash(
        _("An alarm from here now names this place.") if chosen else _("An alarm from here names no place.")
    )
    return redirect(url_for("desk.alarms"), 303)
