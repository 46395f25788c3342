"""What readers choose for themselves: the language, and light or dark, and single keys."""

from flask import redirect, request, session
from werkzeug import Response

from forms.staff import SignInForm
from scheduler.domain.errors import invalid
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.languages import choose
from scheduler.web.layout import KEYS, THEMES
from scheduler.web.permissions import public


@blueprint.post("/language")
@public
def choose_language() -> Response:
    choose(request.form.get("language", ""))
    return redirect(SignInForm(request.form).target(), 303)


@blueprint.post("/theme")
@public
def choose_theme() -> Response:
    wanted = request.form.get("theme", "")
    if wanted not in THEMES:
        raise invalid("theme", "unknown", value=wanted[:20])
    session["theme"] = wanted
    return redirect(SignInForm(request.form).target(), 303)


@blueprint.post("/keys")
@public
def choose_keys() -> Response:
    """Single keys on or off: whoever dictates, or brushes a key, must not set off anything (WCAG 2.1.4)."""
    wanted = request.form.get("keys", "")
    if wanted not in KEYS:
        raise invalid("keys", "unknown", value=wanted[:20])
    session["keys"] = wanted
    return redirect(SignInForm(request.form).target(), 303)
