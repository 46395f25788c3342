"""Somebody who uses the pages for customers: known by nothing but the browser that is open."""

import secrets
from datetime import datetime
from math import ceil
from uuid import UUID

from flask import request, session

from forms.bookings import VisitorForm
from forms.enquiries import QuestionForm
from scheduler.domain.errors import NotFound
from scheduler.domain.roles import Actor, Role
from scheduler.web.languages import choose

_VISITOR, _VISIT, _KEPT = "visitor", "visit", "kept"


def visitor() -> Actor:
    """Whoever has this browser open; what it holds nobody else's takes."""
    known = session.get(_VISITOR)
    if not isinstance(known, str):
        known = session[_VISITOR] = secrets.token_hex(16)
    return Actor(f"visitor:{known}", Role.CUSTOMER)


def deed_of(form: VisitorForm | QuestionForm) -> str:
    """Which of the form's buttons was pressed; one for another language shows the page again in that one.

    What is typed stays, and the language counts as the wish. Raises Invalid.
    """
    if wished := request.form.get("speak"):
        choose(wished)
        form.language.data = wished
        return request.form.get("stay", "back")
    return request.form.get("do", "check")


def keep_in_mind(form: str, until: datetime | None) -> None:
    """Until when, in real time, the time in this form is kept; None where it is not."""
    session[_KEPT] = [form, until.timestamp()] if until is not None else None


def minutes_left(form: str, real_now: datetime) -> int:
    """How long the time in this form is still kept, begun minutes included."""
    name, until = session.get(_KEPT) or ("", 0.0)
    return max(0, ceil((until - real_now.timestamp()) / 60)) if name == form else 0


def remember(booking_id: UUID) -> None:
    """So that the page that says it was done can say what."""
    session[_VISIT] = str(booking_id)


def remembered() -> UUID:
    """The visit that was booked here last. Raises NotFound."""
    known = session.get(_VISIT)
    if not isinstance(known, str):
        raise NotFound(what="booking", key="")
    return UUID(known)
