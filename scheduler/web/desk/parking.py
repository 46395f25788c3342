"""The parking strip: visits that somebody at the desk is about to move, kept at the page's edge meanwhile.

Parking changes nothing of a visit: it stands where it stands until it is moved. The strip is the reader's own
and ends with the session.
"""

from datetime import date
from uuid import UUID

from flask import redirect, render_template, request, session
from werkzeug import Response

from forms.staff import SignInForm
from scheduler.domain.bookings import Change
from scheduler.domain.errors import NotFound
from scheduler.domain.instants import parse_date
from scheduler.domain.roles import PERMISSION_FOR
from scheduler.queries import bookings
from scheduler.web.accesses import shows
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.desk.panels import Panel, answer, own
from scheduler.web.frame import frame
from scheduler.web.permissions import current_actor, requires

_PARKED = "parked"
_MOST = 8


@blueprint.get("/parked/<on>")
@requires(PERMISSION_FOR[Change.MOVE])
def parked(on: str) -> Response:
    """The strip beside a day, as the page asks for it again."""
    return answer(strip(parse_date(on, field="date")))


@blueprint.post("/bookings/<uuid:booking_id>/park")
@requires(PERMISSION_FOR[Change.MOVE])
def park(booking_id: UUID) -> Response:
    """Puts a visit on the strip; the oldest falls off where it is full."""
    with frame().database.reading() as rows:
        if not bookings.those(rows, [booking_id]):
            raise NotFound(what="booking", key=str(booking_id))
    forget(booking_id)
    session[_PARKED] = [*_kept(), str(booking_id)][-_MOST:]
    return redirect(SignInForm(request.form).target(), 303)


@blueprint.post("/bookings/<uuid:booking_id>/unpark")
@requires(PERMISSION_FOR[Change.MOVE])
def unpark(booking_id: UUID) -> Response:
    """Puts it back; it has stood where it stands all the while."""
    with frame().database.reading() as rows:
        if not bookings.those(rows, [booking_id]):
            raise NotFound(what="booking", key=str(booking_id))
    forget(booking_id)
    return redirect(SignInForm(request.form).target(), 303)


def strip(on: date) -> Panel:
    """What lies on the strip; who is gone from it has been moved or can be moved no more."""
    kept = [UUID(one) for one in _kept()]
    found = []
    if kept:
        with frame().database.reading() as rows:
            found = list(bookings.those(rows, kept))
        shows(current_actor(), f"day:{on.isoformat()}", *(f"booking:{one.id}" for one in found))
    return own(render_template("desk/parking/strip.html", parked=found, on=on))


def forget(booking_id: UUID) -> None:
    """Takes a visit off the strip, once it has been moved."""
    if str(booking_id) in _kept():
        session[_PARKED] = [one for one in _kept() if one != str(booking_id)]


def _kept() -> list[str]:
    return list(session.get(_PARKED, ()))
