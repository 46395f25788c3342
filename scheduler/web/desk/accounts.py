"""The own account: its password, and where it is signed in."""

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug import Response

from forms.staff import PasswordForm
from models.staff import StaffAccount
from scheduler.adapters.passwords import fits
from scheduler.domain.errors import invalid
from scheduler.queries.staff import sessions_of, used_at
from scheduler.usecases import staff as usecases
from scheduler.web import sessions
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.desk.tries import door_in_words
from scheduler.web.errors import explaining
from scheduler.web.frame import frame, office_now
from scheduler.web.permissions import public, requires


@blueprint.get("/account")
@requires(None)
def own_account() -> str:
    account = sessions.arriving_account()
    with frame().database.reading() as session:
        found = [] if account is None else sessions_of(session, account, real_now=frame().clock.real())
    return render_template(
        "desk/accounts/account.html", sessions=found, used_at=used_at, here_now=sessions.here()
    )


@blueprint.post("/account/sessions")
@requires(None)
def end_own_sessions() -> Response:
    """The one that is named, or all but this one."""
    account, one = sessions.arriving_account(), request.form.get("session", "")
    if account is not None:
        actor, now = usecases.actor_of(account), office_now()
        with frame().database.transaction() as session:
            if one:
                usecases.end_session(session, account.login, one, actor=actor, now=now)
            else:
                usecases.end_all_sessions(session, account.login, but=sessions.here(), actor=actor, now=now)
        flash(_("Signed out."))
    return redirect(url_for("desk.own_account"), 303)


@blueprint.get("/account/password")
@public
def own_password() -> str | Response:
    """For whoever is signed in, or would be but for a password that has to be changed first."""
    if sessions.arriving_account() is None:
        return redirect(url_for("desk.sign_in", next=url_for("desk.own_password")), 303)
    return _password_page(PasswordForm(request.args), [])


@blueprint.post("/account/password")
@public
def change_own_password() -> Response:
    """Ends all sessions of the account, and begins a new one here."""
    account, form = sessions.arriving_account(), PasswordForm(request.form)
    if account is None:
        return redirect(url_for("desk.sign_in"), 303)
    with explaining(form, door_in_words) as explained:
        _change_password(account, form)
    if explained.refusal is None:
        flash(_("Your password is changed. Other places where you were signed in are signed out."))
        return redirect(form.target(), 303)
    return make_response(_password_page(form, explained.problems), explained.status)


def _change_password(account: StaffAccount, form: PasswordForm) -> None:
    """The slow hash of the old one is reckoned outside of any transaction, as in signing in."""
    with frame().database.transaction() as session:
        usecases.throttle(
            session, f"password:{account.id}", address=sessions.address(), real_now=frame().clock.real()
        )
    current, password = form.checked()
    if not fits(current, account.password):
        raise invalid("current", "wrong_password")
    actor = usecases.actor_of(account)
    with frame().database.transaction() as session:
        changed = usecases.change_own_password(session, account, password, actor=actor, now=office_now())
    sessions.begin(changed, proved=True)


def _password_page(form: PasswordForm, problems: list[str]) -> str:
    account = sessions.arriving_account()
    return render_template(
        "desk/accounts/password.html",
        form=form,
        problems=problems,
        must=account is not None and account.one_time_until is not None,
    )
