"""Takes changes from our own forms alone, on whichever counter of the web they stand."""

from urllib.parse import urlsplit

from flask import Blueprint, current_app, request
from flask_wtf.csrf import CSRFError

from scheduler.web.frame import frame

LOOKS = ("GET", "HEAD", "OPTIONS")


def take_own_forms_alone(blueprint: Blueprint) -> None:
    blueprint.before_request(ask_for_csrf_token)


def ask_for_csrf_token() -> None:
    """Raises CSRFError for a change that comes from no form of ours."""
    current_app.extensions["csrf"].protect()
    if request.method not in LOOKS and not _is_from_here():
        raise CSRFError("another site")


def _is_from_here() -> bool:
    """What the browser says about where the form stands; for one that says nothing the token is enough."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    here = (urlsplit(frame().config.base_url).netloc, request.host)
    return origin is None or urlsplit(origin).netloc in here
