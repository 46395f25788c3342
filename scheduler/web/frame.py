"""What stands around every request: the settings, the database, the clock, and what was read once for it."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar, cast

from flask import current_app, g
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from config import Config
from models.database import Database
from scheduler.adapters.clock import Clock
from scheduler.adapters.factors import Factors
from scheduler.adapters.links import Links
from scheduler.domain.errors import DomainError
from scheduler.domain.plans import Plan
from scheduler.queries.plans import current_plan
from scheduler.web.recall import Recall

EXTENSION = "theke"

Found = TypeVar("Found")


@dataclass
class Queue:
    """Requests that wait for one of this process's threads, as far as the server that runs it can tell."""

    length: Callable[[], int] = lambda: 0


@dataclass(frozen=True)
class Frame:
    """The process's own things; `app.extensions["theke"]` holds them."""

    config: Config
    database: Database
    clock: Clock
    recall: Recall = field(default_factory=Recall)
    #: Parts of pages, of which one may be as large as a day.
    panels: Recall = field(default_factory=partial(Recall, 16))
    queue: Queue = field(default_factory=Queue)

    @property
    def links(self) -> Links:
        return Links(self.config.base_url, self.config.secret_key)

    @property
    def factors(self) -> Factors:
        return Factors(self.config.secret_key)


def frame() -> Frame:
    return cast(Frame, current_app.extensions[EXTENSION])


def remember_failure(error: DomainError) -> None:
    """Lets the rest of the request ask nothing more where each question would wait anew.

    So it is with a database that is away, and with one that has no connection left for us.
    """
    if error.code == "unavailable" or isinstance(error.__cause__, PoolTimeoutError):
        ask_nothing_more(error)


def ask_nothing_more(error: DomainError) -> None:
    """Lets the rest of the request answer with `error` instead of asking the database."""
    g.failure = error


def ask_no_more_after_failure() -> None:
    """Raises what was raised before in the same request: Unavailable, or Busy for want of a connection."""
    if "failure" in g:
        raise g.failure


def office_now() -> datetime:
    """Office time (UTC), the same for the whole request; as of another instant where somebody looks so."""
    if "office_now" not in g:
        ask_no_more_after_failure()
        g.office_now = frame().clock.office()
    return cast(datetime, g.office_now)


def clock_now() -> datetime:
    """Office time by the clock itself, for what is noted of a request."""
    return office_now() if as_of() is None else frame().clock.office()


def as_of() -> datetime | None:
    """The instant as of which this answer shows the office; None for now."""
    return cast(datetime | None, g.get("as_of"))


def show_as_of(instant: datetime) -> None:
    """Lets the rest of the request see the office as the plan and the bookings on file have it then."""
    g.as_of = g.office_now = instant


def show_the_present() -> None:
    """Lets the rest of the request see the office as it is."""
    g.pop("as_of", None)
    forget_office_now()


def current_office_plan() -> Plan:
    """The plan, the same for the whole request. Raises Unavailable where the office has none yet."""
    if "plan" not in g:
        g.plan = known("plan", current_plan)
    return cast(Plan, g.plan)


def snapshot() -> str | None:
    """The name of what was committed when the request first looked; None where nobody can tell."""
    if "snapshot" not in g:
        ask_no_more_after_failure()
        g.snapshot = frame().database.snapshot()
    return cast(str | None, g.snapshot)


def known(question: Hashable, ask: Callable[[Session], Found]) -> Found:
    """What `ask` finds, or found before if nothing was committed since; equal questions ask the same."""
    held = frame().recall.of(snapshot(), question)
    if held is None:
        held = looked_up(ask)
        frame().recall.keep(snapshot(), question, held)
    return cast(Found, held)


def looked_up(ask: Callable[[Session], Found]) -> Found:
    """What `ask` finds now."""
    ask_no_more_after_failure()
    with frame().database.glancing() as session:
        return ask(session)


def forget_office_now() -> None:
    """Lets the rest of the request see the clock, and what the plan says, anew after the clock was set."""
    g.pop("office_now", None)
    g.pop("plan", None)
    g.pop("snapshot", None)
    g.pop("layout", None)
