"""What stands on every page: the office's name, the phase in force, the ways to other pages."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, request, session, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from models.staff import StaffAccount
from scheduler.adapters.languages import LANGUAGES
from scheduler.adapters.qrcodes import drawing
from scheduler.domain.errors import DomainError
from scheduler.domain.hotlines import Answered, answered, closed_lately
from scheduler.domain.instants import local_date
from scheduler.domain.phases import Phase, phase_at
from scheduler.domain.plans import Hotline, Plan
from scheduler.domain.retention import Periods
from scheduler.domain.roles import Permission, may
from scheduler.web.frame import current_office_plan, frame, office_now, remember_failure
from scheduler.web.sessions import current_account

THEMES = ("light", "dark")
KEYS = ("on", "off")
_FEW_WAYS = 6


@dataclass(frozen=True, slots=True)
class Way:
    """A link of the navigation; `here` says that the reader is on it."""

    name: str
    address: str
    here: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """`plan` and `now` are None where the database or a plan is missing, as an error page may find them."""

    plan: Plan | None
    now: datetime | None
    account: StaffAccount | None
    demo: bool
    periods: Periods

    @property
    def phase(self) -> Phase | None:
        return phase_at(self.plan.phases, self.now) if self.plan and self.now else None

    @property
    def hotlines(self) -> list[Answered]:
        """Those that customers can call today."""
        return answered(self.plan, local_date(self.now, self.plan.zone)) if self.plan and self.now else []

    @property
    def closed_hotlines(self) -> list[Hotline]:
        return (
            closed_lately(self.plan, local_date(self.now, self.plan.zone)) if self.plan and self.now else []
        )

    @property
    def ways(self) -> list[Way]:
        """The ways of every day; those of others stand folded below them (`folds`)."""
        return self._ways[0]

    @property
    def folds(self) -> list[tuple[str, list[Way]]]:
        """The other ways by their heading."""
        return self._ways[1]

    @property
    def _ways(self) -> tuple[list[Way], list[tuple[str, list[Way]]]]:
        """Whoever has few ways sees all of them at once."""
        often, *others = (
            self._open_to(
                {
                    "desk.today": (_("Today"), Permission.VIEW_DAY),
                    "desk.arrivals": (_("Arrivals"), Permission.CHANGE_BOOKINGS),
                    "desk.find_slot": (_("Find a slot"), Permission.BOOK),
                    "desk.enquiries": (_("Enquiries"), Permission.SEE_TO_ENQUIRIES),
                    "desk.to_be_told": (_("To be told"), Permission.VIEW_NOTICES),
                    "desk.worklist": (_("Worklist"), Permission.CHANGE_BOOKINGS),
                }
            ),
            self._open_to(
                {
                    "desk.events": (_("Group events"), Permission.VIEW_DAY),
                    "desk.caseworkers": (_("Caseworkers"), Permission.VIEW_DAY),
                    "desk.hotlines": (_("Hotlines"), Permission.COUNT_CALLS),
                    "desk.cash_desk": (_("Cash desk"), Permission.VIEW_DAY),
                    "desk.entrance": (_("Entrance"), Permission.LET_IN),
                    "desk.notices": (_("Notices"), Permission.VIEW_NOTICES),
                }
            ),
            self._open_to(
                {
                    "office.timeline": (_("Timeline"), Permission.VIEW_PLAN),
                    "desk.switches": (_("Switches"), Permission.VIEW_PLAN),
                    "office.closures": (_("Closures"), Permission.VIEW_PLAN),
                    "office.measures": (_("Measures"), Permission.VIEW_PLAN),
                    "office.figures": (_("Figures"), Permission.VIEW_FIGURES),
                    "office.statements": (_("Statements"), Permission.EDIT_STATEMENTS),
                    "office.feeds": (_("Calendars"), Permission.MANAGE_FEEDS),
                    "office.audit": (_("Records"), Permission.VIEW_AUDIT),
                    "office.audit_searches": (_("Searches by employee"), Permission.GRANT_SEARCHES),
                    "office.retention": (_("Retention"), Permission.VIEW_RETENTION),
                    "admin.staff": (_("Staff"), Permission.MANAGE_STAFF),
                }
            ),
        )
        if len(often) + sum(map(len, others)) <= _FEW_WAYS:
            return [*often, *others[0], *others[1]], []
        headings = (_("More"), _("Management"))
        return often, [(heading, ways) for heading, ways in zip(headings, others, strict=True) if ways]

    def _open_to(self, names: Mapping[str, tuple[str, Permission]]) -> list[Way]:
        return [
            Way(name, url_for(endpoint), request.endpoint == endpoint)
            for endpoint, (name, permission) in names.items()
            if self.account is not None and may(self.account.role, permission)
        ]

    @property
    def may_search(self) -> bool:
        return self.account is not None and may(self.account.role, Permission.READ_BOOKINGS)


def dress(app: Flask) -> None:
    app.jinja_env.globals.update(static_url=static_url, may=may, Permission=Permission, qr=_qr)
    app.context_processor(_surroundings)


def _qr(reference: str) -> Markup:
    return Markup(drawing(reference))  # noqa: S704  # drawn from the letters of a reference alone


def _surroundings() -> dict[str, Any]:
    return {
        "layout": _layout(),
        "languages": LANGUAGES,
        "theme": session.get("theme") if session.get("theme") in THEMES else None,
        "keys": session.get("keys") if session.get("keys") in KEYS else "on",
        "here": request.full_path.rstrip("?") if request.method == "GET" else "/",
    }


def _layout() -> Layout:
    if "layout" not in g:
        try:
            now, account = office_now(), current_account()
            plan: Plan | None = current_office_plan()
        except DomainError as error:
            remember_failure(error)
            now, account, plan = g.get("office_now"), current_account() if "account" in g else None, None
        g.layout = Layout(plan, now, account, frame().config.demo, frame().config.periods)
    layout: Layout = g.layout
    return layout


def static_url(name: str) -> str:
    """The address of a static file; it changes with the content, so browsers may keep the file for long."""
    folder = current_app.static_folder or ""
    return url_for("static", filename=name, v=_print_of(Path(folder, name)))


@cache
def _print_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]
