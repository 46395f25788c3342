"""Accounts of the staff: added, given another role or password, locked, signed out; what each role may."""

from collections.abc import Callable

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug import Response

from forms.staff import AccountForm
from scheduler.domain.roles import Permission, Role
from scheduler.queries.staff import account_of, all_accounts, sessions_of, used_at
from scheduler.usecases import staff as usecases
from scheduler.usecases.factors import take_off_factor as take_off
from scheduler.web.admin.blueprints import blueprint
from scheduler.web.errors import explaining
from scheduler.web.frame import frame, office_now
from scheduler.web.permissions import current_actor, requires


@blueprint.get("/staff")
@requires(Permission.MANAGE_STAFF)
def staff() -> str:
    return _accounts(AccountForm(), [])


@blueprint.post("/staff")
@requires(Permission.MANAGE_STAFF)
def add_account() -> Response:
    form = AccountForm(request.form)
    login, role, password = form.wanted_login(), str(form.role.data or ""), ""
    with explaining(form) as explained, frame().database.transaction() as session:
        password = usecases.add_with_one_time_password(
            session, login, role, actor=current_actor(), now=office_now(), real_now=frame().clock.real()
        )
    if explained.refusal is None:
        return make_response(_told_once(login, password))
    return make_response(_accounts(form, explained.problems), explained.status)


@blueprint.get("/staff/<login>")
@requires(Permission.MANAGE_STAFF)
def account(login: str) -> str:
    return _account(login, AccountForm(), [])


@blueprint.post("/staff/<login>/role")
@requires(Permission.MANAGE_STAFF)
def change_role(login: str) -> Response:
    role = str(AccountForm(request.form).role.data or "")
    return _changed(
        login,
        lambda session: usecases.change_role(session, login, role, actor=current_actor(), now=office_now()),
        _("The role is changed, and all sessions are ended."),
    )


@blueprint.post("/staff/<login>/lock")
@requires(Permission.MANAGE_STAFF)
def lock_account(login: str) -> Response:
    return _changed(
        login,
        lambda session: usecases.lock(session, login, actor=current_actor(), now=office_now()),
        _("The account is locked, and all sessions are ended."),
    )


@blueprint.post("/staff/<login>/unlock")
@requires(Permission.MANAGE_STAFF)
def unlock_account(login: str) -> Response:
    return _changed(
        login,
        lambda session: usecases.unlock(session, login, actor=current_actor(), now=office_now()),
        _("The account can sign in again."),
    )


@blueprint.post("/staff/<login>/password")
@requires(Permission.MANAGE_STAFF)
def reset_password(login: str) -> Response:
    form, password = AccountForm(request.form), ""
    with explaining(form) as explained, frame().database.transaction() as session:
        password = usecases.reset_password(
            session, login, actor=current_actor(), now=office_now(), real_now=frame().clock.real()
        )
    if explained.refusal is None:
        return make_response(_told_once(login, password))
    return make_response(_account(login, form, explained.problems), explained.status)


@blueprint.post("/staff/<login>/factor")
@requires(Permission.MANAGE_STAFF)
def take_off_factor(login: str) -> Response:
    return _changed(
        login,
        lambda session: take_off(session, login, actor=current_actor(), now=office_now()),
        _("The second factor is taken off, and all sessions are ended."),
    )


@blueprint.post("/staff/<login>/sessions")
@requires(Permission.MANAGE_STAFF)
def end_sessions(login: str) -> Response:
    """The one that is named, or all."""
    one = request.form.get("session", "")

    def end(session: Session) -> None:
        if one:
            usecases.end_session(session, login, one, actor=current_actor(), now=office_now())
        else:
            usecases.end_all_sessions(session, login, actor=current_actor(), now=office_now())

    return _changed(login, end, _("Signed out."))


@blueprint.get("/roles")
@requires(Permission.MANAGE_STAFF)
def roles() -> str:
    return render_template("admin/staff/roles.html", roles=list(Role), permissions=list(Permission))


def _changed(login: str, change: Callable[[Session], None], done: str) -> Response:
    form = AccountForm(request.form)
    with explaining(form) as explained, frame().database.transaction() as session:
        change(session)
    if explained.refusal is None:
        flash(done)
        return redirect(url_for("admin.account", login=login), 303)
    return make_response(_account(login, form, explained.problems), explained.status)


def _accounts(form: AccountForm, problems: list[str]) -> str:
    with frame().database.reading() as session:
        accounts = all_accounts(session)
    return render_template(
        "admin/staff/accounts.html",
        accounts=accounts,
        form=form,
        problems=problems,
        roles=usecases.STAFF_ROLES,
    )


def _account(login: str, form: AccountForm, problems: list[str]) -> str:
    """Raises NotFound."""
    with frame().database.reading() as session:
        found = account_of(session, login)
        sessions = sessions_of(session, found, real_now=frame().clock.real())
    form.role.data = form.role.data or found.role.value
    return render_template(
        "admin/staff/account.html",
        account=found,
        sessions=sessions,
        used_at=used_at,
        form=form,
        problems=problems,
        roles=usecases.STAFF_ROLES,
    )


def _told_once(login: str, password: str) -> str:
    days = usecases.ONE_TIME_LENGTH.days
    return render_template("admin/staff/password.html", login=login, password=password, days=days)
