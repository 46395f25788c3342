"""The second factor: its code at the door, setting it up, renewing its recovery codes, taking it off."""

from collections.abc import Callable
from typing import TypeVar

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug import Response

from forms.staff import FactorForm
from models.staff import StaffAccount
from scheduler.adapters.factors import address_of, new_secret
from scheduler.adapters.qrcodes import fleeting_drawing
from scheduler.domain.errors import Unauthorized, invalid
from scheduler.domain.factors import is_due
from scheduler.queries.staff import recovery_codes_left
from scheduler.usecases.factors import renew_recovery_codes, set_up_factor, take_off_own_factor
from scheduler.web import sessions
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.desk.tries import door_in_words
from scheduler.web.errors import explaining
from scheduler.web.frame import frame, office_now
from scheduler.web.permissions import public, requires

Changed = TypeVar("Changed")


@blueprint.get("/sign-in/code")
@public
def ask_for_code() -> str | Response:
    form = FactorForm(request.args)
    if sessions.account_at_the_door() is None:
        return redirect(url_for("desk.sign_in", next=form.target()), 303)
    return _door(form, [])


@blueprint.post("/sign-in/code")
@public
def show_code() -> Response:
    form = FactorForm(request.form)
    if sessions.account_at_the_door() is None:
        return redirect(url_for("desk.sign_in", next=form.target()), 303)
    with explaining(form, door_in_words) as explained:
        sessions.let_in(form.typed())
    if explained.refusal is None:
        first = sessions.first_step()
        return redirect(form.target() if first is None else url_for(first, next=form.target()), 303)
    return make_response(_door(form, explained.problems), explained.status)


@blueprint.get("/account/factor")
@public
def own_factor() -> str | Response:
    """For whoever is signed in, or would be but for a second factor that has to be set up first."""
    account, form = _whoever_may_set_up(), FactorForm(request.args)
    if account is None:
        return redirect(url_for("desk.sign_in", next=url_for("desk.own_factor")), 303)
    return _page(account, form, [])


@blueprint.post("/account/factor")
@public
def set_up_own_factor() -> Response:
    """Shows the recovery codes, this once; ends all sessions of the account, and begins a new one here."""
    account, form = _whoever_may_set_up(), FactorForm(request.form)
    if account is None:
        return redirect(url_for("desk.sign_in"), 303)
    codes: list[str] = []
    with explaining(form, door_in_words) as explained:
        codes = _set_up(account, form)
    if explained.refusal is None:
        return make_response(_codes_page(codes, form.target()))
    return make_response(_page(account, form, explained.problems), explained.status)


@blueprint.post("/account/factor/codes")
@requires(None)
def renew_own_codes() -> Response:
    account, form = _own(), FactorForm(request.form)
    codes: list[str] = []
    with explaining(form, door_in_words) as explained:
        codes = _with_code(account, form, renew_recovery_codes)
    if explained.refusal is None:
        return make_response(_codes_page(codes, url_for("desk.own_account")))
    return make_response(_page(account, form, explained.problems), explained.status)


@blueprint.post("/account/factor/off")
@requires(None)
def take_off_own() -> Response:
    account, form = _own(), FactorForm(request.form)
    with explaining(form, door_in_words) as explained:
        sessions.begin(_with_code(account, form, take_off_own_factor))
    if explained.refusal is None:
        flash(_("The second factor is taken off. Other places where you were signed in are signed out."))
        return redirect(url_for("desk.own_factor"), 303)
    return make_response(_page(account, form, explained.problems), explained.status)


def _whoever_may_set_up() -> StaffAccount | None:
    """Nobody with a password yet to be changed: that comes first."""
    account = sessions.arriving_account()
    return None if account is None or account.one_time_until is not None else account


def _own() -> StaffAccount:
    account = sessions.current_account()
    if account is None:
        raise Unauthorized
    return account


def _set_up(account: StaffAccount, form: FactorForm) -> list[str]:
    sessions.count_code(account)
    secret, now, real_now = frame().factors.unseal(form.sealed()), office_now(), frame().clock.real()
    if secret is None:
        raise invalid("code", "wrong_code")
    with frame().database.transaction() as session:
        changed, codes = set_up_factor(
            session, account.login, secret, form.typed(), factors=frame().factors, now=now, real_now=real_now
        )
    sessions.begin(changed, proved=True)
    return codes


def _with_code(account: StaffAccount, form: FactorForm, change: Callable[..., Changed]) -> Changed:
    """What comes of a change of the own account that asks for a code."""
    sessions.count_code(account)
    now, real_now = office_now(), frame().clock.real()
    with frame().database.transaction() as session:
        return change(
            session, account.login, form.typed(), factors=frame().factors, now=now, real_now=real_now
        )


def _door(form: FactorForm, problems: list[str]) -> str:
    return render_template("desk/staff/code.html", form=form, problems=problems)


def _page(account: StaffAccount, form: FactorForm, problems: list[str]) -> str:
    if account.factor_since is not None:
        return _state_page(account, form, problems)
    # The secret travels sealed in the form until a code shows that a device has it; nothing is kept before.
    secret = frame().factors.unseal(form.sealed()) or new_secret()
    form.secret.data = frame().factors.seal(secret)
    return render_template(
        "desk/accounts/set_up_factor.html",
        form=form,
        problems=problems,
        must=is_due(frame().config.second_factor, account.role, since=None),
        letters=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        code=Markup(fleeting_drawing(address_of(secret, account.login))),  # noqa: S704  # drawn, not written
    )


def _state_page(account: StaffAccount, form: FactorForm, problems: list[str]) -> str:
    with frame().database.reading() as session:
        left = recovery_codes_left(session, account)
    return render_template(
        "desk/accounts/factor.html", form=form, problems=problems, since=account.factor_since, left=left
    )


def _codes_page(codes: list[str], target: str) -> str:
    return render_template("desk/accounts/recovery_codes.html", codes=codes, target=target)
