"""The demonstration's clock: where it can be set to, and what happens on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from flask import Flask, render_template, request
from werkzeug import Response

import scheduler
from forms.clocks import ClockForm
from forms.staff import SignInForm
from scheduler.adapters.mail import mailbox_from_url
from scheduler.domain.demonstrations import Stage, read_stages
from scheduler.domain.errors import DomainError, NotFound
from scheduler.domain.instants import parse_instant
from scheduler.domain.phases import Phase
from scheduler.domain.planfiles import read_plan
from scheduler.usecases.demonstrations import set_clock
from scheduler.web.desk.blueprints import blueprint
from scheduler.web.frame import current_office_plan, forget_office_now, frame, office_now
from scheduler.web.languages import moment, said
from scheduler.web.permissions import public
from scheduler.web.words import at_local

_SCENARIO = Path(scheduler.__file__).parent / "scenarios" / "jobcenter-2020"

#: Instants worth a look besides those at which phases become known, in the office's local time.
_STOPS = (
    "2020-03-10T09:00",
    "2020-03-12T09:00",
    "2020-03-16T09:00",
    "2020-03-18T09:00",
    "2020-05-26T09:00",
    "2020-06-02T08:00",
    "2020-07-20T08:00",
    "2020-12-31T18:00",
)


@dataclass(frozen=True, slots=True)
class Stop:
    """An instant to go to; `name` is the phase that becomes known at it."""

    instant: datetime
    name: str

    @property
    def at(self) -> str:
        return at_local(self.instant)

    @property
    def at_words(self) -> str:
        return moment(self.instant)


@blueprint.post("/clock")
@public
def set_office_clock() -> str | Response:
    """Sets the office's clock and tells what happened meanwhile; in the demonstration alone."""
    if not frame().config.demo:
        raise NotFound(what="page")
    form = ClockForm(request.form)
    form.instant.data = request.form.get("stop") or form.instant.data
    instant = form.when(current_office_plan().zone)
    mailer = mailbox_from_url(frame().config.mail_url)
    move = set_clock(frame().database, frame().clock, mailer, instant)
    forget_office_now()
    return render_template("desk/clocks/moved.html", move=move, target=SignInForm(request.form).target())


def offer_stops(app: Flask) -> None:
    """Lets the demonstration's bar on every page know where to go."""
    app.jinja_env.globals.update(demonstration_stops=_stops, demonstration_now=_now)


def _stops() -> list[Stop]:
    """None while the office has no plan, and so no local time."""
    try:
        zone = current_office_plan().zone
    except DomainError:
        return []
    phases, stages = _scenario()
    known = {stage.known_at: said(phases[stage.phase_key].name) for stage in stages[1:]}
    others = {parse_instant(text, zone, field="stop") for text in _STOPS}
    return [Stop(at, known.get(at, "")) for at in sorted(known.keys() | others)]


@cache
def _scenario() -> tuple[Mapping[str, Phase], Sequence[Stage]]:
    """The phases of the year by their keys, and when each became known."""
    plan = read_plan((_SCENARIO / "plan.toml").read_bytes(), known_holiday_region=lambda region: True)
    return plan.phases_by_key, read_stages((_SCENARIO / "stages.csv").read_text("utf-8"), plan.zone)


def _now() -> str:
    try:
        return at_local(office_now())
    except DomainError:
        return ""
