"""What stands around every request: the settings, the database, the clock, and what was read once for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app, g

from config import Config
from models.database import Database
from scheduler.adapters.clock import Clock
from scheduler.domain.errors import DomainError
from scheduler.domain.plans import Plan
from scheduler.queries.plans import current_plan

EXTENSION = "theke"


@dataclass(frozen=True)
class Frame:
    """The process's own things; `app.extensions["theke"]` holds them."""

    config: Config
    database: Database
    clock: Clock


def frame() -> Frame:
    return cast(Frame, current_app.extensions[EXTENSION])


def remember_failure(error: DomainError) -> None:
    """Lets the rest of the request ask nothing more: each question to a database that is away waits."""
    if error.code == "unavailable":
        g.failure = error


def ask_no_more_after_failure() -> None:
    """Raises Unavailable where the database was away before in the same request."""
    if "failure" in g:
        raise g.failure


def office_now() -> datetime:
    """Office time (UTC), the same for the whole request."""
    if "office_now" not in g:
        ask_no_more_after_failure()
        g.office_now = frame().clock.office()
    return cast(datetime, g.office_now)


def current_office_plan() -> Plan:
    """The plan, the same for the whole request. Raises Unavailable where the office has none yet."""
    if "plan" not in g:
        ask_no_more_after_failure()
        with frame().database.reading() as session:
            g.plan = current_plan(session)
    return cast(Plan, g.plan)


def forget_office_now() -> None:
    """Lets the rest of the request see the clock, and what the plan says, anew after the clock was set."""
    g.pop("office_now", None)
    g.pop("plan", None)
    g.pop("layout", None)
