"""Signing in and out at the desk; in the demonstration also by one click."""

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug import Response

from forms.staff import SignInForm
from models.staff import StaffAccount
from scheduler.adapters.passwords import fits
from scheduler.domain.errors import NotFound, TooManyRequests
from scheduler.queries.staff import accounts
from scheduler.usecases.demonstrations import ACCOUNTS, is_seeded
from scheduler.usecases.staff import count_try, one_time_is_over
from scheduler.web import sessions
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.desk.tries import door_in_words
from scheduler.web.frame import frame
from scheduler.web.permissions import public


@blueprint.get("/sign-in")
@public
def sign_in() -> str | Response:
    form = SignInForm(request.args)
    if sessions.current_account() is not None:
        return redirect(form.target(), 303)
    if (first := sessions.first_step()) is not None:
        return redirect(url_for(first, next=form.target()), 303)
    return _page(form)


@blueprint.post("/sign-in")
@public
def begin_session() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    form = SignInForm(request.form)
    login, password = form.credentials()
    try:
        with frame().database.transaction() as session:
            account = count_try(session, login, address=sessions.address(), real_now=frame().clock.real())
    except TooManyRequests as error:
        return _page(form, door_in_words(error)), 429, {"Retry-After": str(error.details["retry_after"])}
    if not fits(password, account.password if account else None) or account is None:
        return _page(form, _("Login or password is wrong. Check both and try again.")), 422
    if one_time_is_over(account, frame().clock.real()):
        return _page(form, _("This one-time password has run out. Ask an administrator for another.")), 422
    sessions.begin(account)
    first = sessions.first_step()
    return redirect(form.target() if first is None else url_for(first, next=form.target()), 303)


@blueprint.post("/sign-in/demonstration")
@public
def begin_demonstration_session() -> Response:
    """Signs in without a password or a code, where everybody is invented."""
    form = SignInForm(request.form)
    login, _password = form.credentials()
    account = next((found for found in _invented() if found.login == login), None)
    if account is None:
        raise NotFound(what="staff", key=login[:60])
    sessions.begin(account, proved=True)
    return redirect(form.target(), 303)


@blueprint.post("/sign-out")
@public
def sign_out() -> Response:
    sessions.end()
    return redirect(url_for("desk.sign_in"), 303)


def _page(form: SignInForm, problem: str | None = None) -> str:
    return render_template("desk/staff/sign_in.html", form=form, problem=problem, invented=_invented())


def _invented() -> list[StaffAccount]:
    """The demonstration's own accounts, where it was filled in; real people's are never offered."""
    if not frame().config.demo:
        return []
    with frame().database.reading() as session:
        if not is_seeded(session):
            return []
        return [account for account in accounts(session) if (account.login, account.role) in ACCOUNTS]
