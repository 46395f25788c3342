"""What readers choose for themselves: the language, and light or dark."""

from flask import redirect, request, session
from werkzeug import Response

from forms.staff import SignInForm
from scheduler.adapters.words import LANGUAGES
from scheduler.domain.errors import invalid
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.languages import CHOICE
from scheduler.web.layout import THEMES
from scheduler.web.permissions import public


@blueprint.post("/language")
@public
def choose_language() -> Response:
    wanted = request.form.get("language", "")
    if wanted not in LANGUAGES:
        raise invalid("language", "unknown", value=wanted[:20])
    session[CHOICE] = wanted
    return redirect(SignInForm(request.form).target(), 303)


@blueprint.post("/theme")
@public
def choose_theme() -> Response:
    wanted = request.form.get("theme", "")
    if wanted not in THEMES:
        raise invalid("theme", "unknown", value=wanted[:20])
    session["theme"] = wanted
    return redirect(SignInForm(request.form).target(), 303)
