"""The day page: every place of the office through one day."""

from datetime import date, timedelta
from functools import cache, partial
from typing import Any
from uuid import UUID

from flask import current_app, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from models.bookings import Booking
from scheduler.domain.bookings import TRANSITIONS, Change, Standing, Status
from scheduler.domain.errors import invalid
from scheduler.domain.instants import local_date, parse_date, parse_instant
from scheduler.domain.notices import SOON
from scheduler.domain.people import NO_NEEDS
from scheduler.domain.roles import PERMISSION_FOR, Permission, Role, may, may_book_as
from scheduler.queries import bookings, days, enquiries, health
from scheduler.web.accesses import shows
from scheduler.web.desk import parking
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.desk.entrances import entrance_page
from scheduler.web.desk.panels import Panel, answer, recalled, recalled_for
from scheduler.web.desk.queueing import queue_panel
from scheduler.web.frame import current_office_plan, frame, office_now
from scheduler.web.languages import said
from scheduler.web.permissions import current_actor, requires
from scheduler.web.words import at_local

#: Beyond these years no office keeps a diary, and the calendar's ends are far.
_FIRST, _LAST = date(2000, 1, 1), date(2099, 12, 31)
#: So old the machinery's condition may be that the page tells.
_CONDITION_S = 10


class _Once:
    """The templates' own words, each looked for once on a page that says most of them hundreds of times."""

    def __init__(self) -> None:
        words = current_app.jinja_env.filters
        self.clock, self.status = cache(words["clock"]), cache(words["status"])
        self.letter, self.why = cache(words["letter"]), cache(words["why"])
        self.address = cache(lambda at: at_local(at).replace("+", "%2B"))


@blueprint.get("/")
@requires(None)
def today() -> str:
    """Today, or for those who do not work with the day what they can do here."""
    if current_actor().role is Role.ENTRANCE:
        return entrance_page()
    if not may(current_actor().role, Permission.VIEW_DAY):
        return render_template("desk/start.html", actor=current_actor())
    return _page(local_date(office_now(), current_office_plan().zone))


@blueprint.get("/day/<on>")
@requires(Permission.VIEW_DAY)
def day(on: str) -> str:
    return _page(readable(on))


@blueprint.get("/day/<on>/grid")
@requires(Permission.VIEW_DAY)
def grid(on: str) -> Response:
    """What stands on the day, as the page of the day shows it and asks for it again."""
    found = readable(on)
    shows(current_actor(), f"day:{found.isoformat()}")
    return answer(recalled(request.full_path, lambda: _grid(found)))


@blueprint.get("/condition")
@requires(Permission.VIEW_DAY)
def condition() -> Response:
    """How the machinery is, on the page of the day."""
    return answer(_condition())


@blueprint.get("/day")
@requires(Permission.VIEW_DAY)
def go_to_day() -> Response:
    """Where the date picker leads."""
    on = readable(request.args.get("date", "").strip())
    return redirect(url_for("desk.day", on=on.isoformat()), 303)


@blueprint.get("/why")
@requires(Permission.VIEW_DAY)
def why() -> str:
    """Why nothing can be booked at a time and place, concern by concern, and what to do instead."""
    plan, now, role = current_office_plan(), office_now(), current_actor().role
    at = parse_instant(request.args.get("at", ""), plan.zone, field="at")
    resource = plan.resource(request.args.get("resource", ""))
    with frame().database.reading() as session:
        moving = _moving(session)
        answers = days.answers(
            session,
            plan,
            at,
            resource,
            booked_by=moving.booked_by if moving else role,
            now=now,
            services=[plan.service(moving.service_key)] if moving else None,
            needs=moving.person.needs if moving else NO_NEEDS,
            leaving_out=moving.id if moving else None,
        )
    return render_template("desk/days/why.html", at=at, resource=resource, answers=answers, moving=moving)


def readable(text: str) -> date:
    on = parse_date(text, field="date")
    if not _FIRST <= on <= _LAST:
        raise invalid("date", "not_a_date", value=text)
    return on


def _page(on: date) -> str:
    now, zone, actor = office_now(), current_office_plan().zone, current_actor()
    address = _way(on, "desk.grid", **_view())
    shown = recalled(address, lambda: _grid(on))
    shows(actor, f"day:{on.isoformat()}")
    is_today = on == local_date(now, zone)
    return render_template(
        "desk/days/day.html",
        on=on,
        before=_way(max(on - timedelta(days=1), _FIRST), **_view()),
        after=_way(min(on + timedelta(days=1), _LAST), **_view()),
        is_today=is_today,
        enquiries=_enquiries() if is_today and may(actor.role, Permission.SEE_TO_ENQUIRIES) else None,
        books=may_book_as(actor.role, actor.role),
        address=address,
        panel=shown,
        condition=_condition(),
        queue=queue_panel() if is_today else None,
        parked=parking.strip(on) if may(actor.role, PERMISSION_FOR[Change.MOVE]) else None,
    )


def _enquiries() -> enquiries.Load:
    with frame().database.reading() as session:
        return enquiries.load(session, now=office_now())


def _condition() -> Panel:
    return recalled_for(_CONDITION_S, url_for("desk.condition"), _condition_in_words)


def _condition_in_words() -> str:
    now = office_now()
    with frame().database.reading() as session:
        found = health.condition(session, now=now, real_now=frame().clock.real())
    soon = found.soonest is not None and found.soonest <= now + SOON
    return render_template("desk/days/condition.html", found=found, soon=soon, actor=current_actor())


def _grid(on: date) -> str:
    plan, now, role = current_office_plan(), office_now(), current_actor().role
    with frame().database.reading() as session:
        moving = _moving(session)
        found = days.day(session, plan, on, booked_by=role, now=now, moving=moving)
    columns = [column for site in found.sites for column in site.columns]
    shown = [booking for column in columns for booking in column.bookings]
    return render_template(
        "desk/days/grid.html",
        found=found,
        now=now,
        once=_Once(),
        books=may_book_as(role, role),
        decides=may(role, Permission.INTERRUPT_PLACES),
        names={column.key: said(column.name) for column in columns},
        concerns={booking.service_key: said(booking.service.name) for booking in shown},
        view=_view(),
        moving=moving,
        way=partial(_way, on),
    )


def _view() -> dict[str, str]:
    """How the reader wants to see days, as the address says it: one state alone, or places as lines."""
    asked = {name: request.args.get(name, "") for name in ("only", "places", "moving")}
    known = {"only": (*Status, Standing.IN_QUESTION), "places": ("rows",), "moving": _moving_id()}
    return {name: value for name, value in asked.items() if value in known[name]}


def _moving_id() -> list[str]:
    """The booking that the reader is about to move, and may; none or one."""
    try:
        asked = str(UUID(request.args.get("moving", "")))
    except ValueError:
        return []
    return [asked] if may(current_actor().role, PERMISSION_FOR[Change.MOVE]) else []


def _moving(session: Session) -> Booking | None:
    """That booking, as long as it can be moved."""
    plan, asked = current_office_plan(), [UUID(one) for one in _moving_id()]
    found = bookings.those(session, asked) if asked else []
    movable = [one for one in found if one.status in TRANSITIONS[Change.MOVE].sources]
    return next((one for one in movable if one.service_key in plan.services_by_key), None)


def _way(on: date, endpoint: str = "desk.day", **view: str) -> str:
    asked: dict[str, Any] = {name: value for name, value in view.items() if value}
    return url_for(endpoint, on=on.isoformat(), **asked)
