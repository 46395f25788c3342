"""Who calls the API, and what they may ask for; both are settled before anything of the request is read."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from uuid import UUID

from flask import g, request
from sqlalchemy.orm import Session

from scheduler.adapters.tokens import digest
from scheduler.domain.errors import Forbidden, NotFound, Unauthorized, invalid
from scheduler.domain.plans import Plan
from scheduler.domain.roles import BOOKERS, Actor, Permission, Role, may, may_book_as
from scheduler.queries import bookings, tokens
from scheduler.web.frame import current_office_plan, frame, known, looked_up

View = TypeVar("View", bound=Callable[..., Any])


def caller() -> Actor:
    """Whose token came with the request."""
    return cast(Actor, g.caller)


def requires(permission: Permission | None) -> Callable[[View], View]:
    """Lets nobody in without a token, nor without the permission; None lets every token in."""

    def decorator(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **values: Any) -> Any:
            g.caller = _authenticated()
            if permission is not None and not may(g.caller.role, permission):
                raise Forbidden(permission=permission)
            return view(*args, **values)

        guarded.permission = permission  # type: ignore[attr-defined]  # read by the table of all routes
        return cast(View, guarded)

    return decorator


def of_a(
    what: str, look: Callable[[Session, UUID], object], *, named: str | None = None
) -> Callable[[View], View]:
    """Turns the address's `what`_id, or `named`, into that of something there is, before the body is read.

    `look` raises NotFound where it does not.
    """
    name = named or f"{what}_id"

    def decorator(view: View) -> View:
        @wraps(view)
        def found(*args: Any, **values: Any) -> Any:
            values[name] = uuid_of(values[name], what)
            with frame().database.glancing() as session:
                look(session, values[name])
            return view(*args, **values)

        return cast(View, found)

    return decorator


of_a_booking = of_a("booking", bookings.booking, named="id")


def of_the_plan(look: Callable[[Plan, str], object], *, named: str = "key") -> Callable[[View], View]:
    """Looks, before the body is read, whether the plan has what the address names; `look` raises NotFound."""

    def decorator(view: View) -> View:
        @wraps(view)
        def found(*args: Any, **values: Any) -> Any:
            look(current_office_plan(), values[named])
            return view(*args, **values)

        return cast(View, found)

    return decorator


def uuid_of(text: str, what: str) -> UUID:
    """Raises NotFound: whoever does not write an id as it was given names nothing."""
    try:
        parsed = UUID(text)
    except ValueError:
        raise NotFound(what=what, key=text[:40]) from None
    if str(parsed) != text.lower():
        raise NotFound(what=what, key=text[:40])
    return parsed


def on_whose_word(said: object) -> Role:
    """The booker: the caller's own role, or for staff who may book the one that they say.

    Raises Forbidden for a word that the caller cannot give, Invalid for one that nobody can.
    """
    role = caller().role
    if said is None or said == role:
        return role
    if not isinstance(said, str):
        raise invalid("booked_by", "not_text")
    known = BOOKERS if role is not Role.CUSTOMER else tuple(Role)
    if said in known and not may_book_as(role, Role(said)):
        raise Forbidden(booked_by=said)
    if said not in known:
        raise invalid("booked_by", "not_a_word", value=said[:40], known=", ".join(BOOKERS))
    return Role(said)


def _authenticated() -> Actor:
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise Unauthorized
    token = given.token

    def ask(session: Session) -> tuple[Actor, Plan | None]:
        return tokens.caller(session, token)

    # Whoever changes something looks anew: while many do, nothing stays as it was for long.
    is_question = request.method == "GET"
    actor, plan = known(("caller", digest(token)), ask) if is_question else looked_up(ask)
    if plan is not None:
        g.plan = plan
    return actor
