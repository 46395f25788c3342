"""Which right each page asks for; a page that asks for none says so."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import redirect, request, url_for
from werkzeug import Response

from scheduler.domain.errors import Forbidden, Unauthorized
from scheduler.domain.roles import Actor, Permission, may
from scheduler.web.sessions import signed_in_actor

View = Callable[..., Any]


def requires(permission: Permission | None) -> Callable[[View], View]:
    """Lets in whoever is signed in and holds `permission`; None asks for being signed in alone.

    Who is not signed in is led to the sign-in page and back; what was sent by POST is refused.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            actor = signed_in_actor()
            if actor is None:
                return _to_sign_in()
            if permission is not None and not may(actor.role, permission):
                raise Forbidden(permission=permission)
            return view(*args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]  # functions take any attribute
        return guarded

    return decorate


def public(view: View) -> View:
    """Marks a page that everybody may see."""
    view.public = True  # type: ignore[attr-defined]  # functions take any attribute
    return view


def current_actor() -> Actor:
    """Whoever acts. Raises Unauthorized where nobody is signed in."""
    actor = signed_in_actor()
    if actor is None:
        raise Unauthorized
    return actor


def _to_sign_in() -> Response:
    if request.method not in ("GET", "HEAD"):
        raise Unauthorized
    wanted = request.full_path.rstrip("?")
    return redirect(url_for("desk.sign_in", next=None if wanted == "/" else wanted), 303)
