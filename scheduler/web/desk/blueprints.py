"""Where the pages of the desk come together; a change is taken from our own forms alone."""

from flask import Blueprint, current_app

blueprint = Blueprint("desk", __name__)


@blueprint.before_request
def _ask_for_csrf_token() -> None:
    current_app.extensions["csrf"].protect()
