"""The office with guards that a test can take away, to show that it needs them. Never part of the product.

A request names what is off in `X-Guards-Off`: `turns` (nobody waits for those who book at the same places),
`looks` (nobody sees what others have taken), `keys` (nobody looks whether a request came before). What the
database itself refuses is taken away by SQL. With `X-Dies` the worker is killed once the change is committed.
"""

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Config
from models.database import Database
from models.plans import ResourceRow
from scheduler.app import create_app
from scheduler.domain.occupancy import Occupancy
from scheduler.domain.plans import Plan
from scheduler.queries.slots import occupancy
from scheduler.usecases import bookings
from scheduler.usecases.claims import Visit, take_turns
from scheduler.usecases.idempotency import Answer, answered_once
from scheduler.web.api import bookings as calls
from scheduler.web.frame import EXTENSION


def is_off(guard: str) -> bool:
    return guard in request.headers.get("X-Guards-Off", "").split(",")


def perhaps_take_turns(session: Session, plan: Plan, visits: Iterable[Visit]) -> Mapping[str, int]:
    if not is_off("turns"):
        return take_turns(session, plan, visits)
    keys = [place.key for place, _ in visits]
    rows = session.execute(select(ResourceRow.key, ResourceRow.id).where(ResourceRow.key.in_(keys)))
    return dict(rows.all())


def perhaps_look(session: Session, plan: Plan, *looked: Any, **for_what: Any) -> Occupancy:
    if is_off("looks"):
        return Occupancy(plan, [])
    seen = occupancy(session, plan, *looked, **for_what)
    if is_off("turns"):
        time.sleep(0.05)  # so that others look before this one writes
    return seen


def perhaps_once(session: Session, *, work: Callable[[], Answer], **what: Any) -> Answer:
    return work() if is_off("keys") else answered_once(session, work=work, **what)


bookings.take_turns = perhaps_take_turns  # type: ignore[attr-defined]
bookings.occupancy = perhaps_look  # type: ignore[attr-defined]
calls.answered_once = perhaps_once  # type: ignore[attr-defined]

config = Config.from_environ()
app = create_app(config)
guarded: Database = app.extensions[EXTENSION].database
unguarded = Database(config.database_url)
unguarded._writing_engine = unguarded.engine.execution_options()  # a plain BEGIN on SQLite
_guarded_transaction = guarded.transaction


@contextmanager
def transaction() -> Iterator[Session]:
    with unguarded.transaction() if is_off("turns") else _guarded_transaction() as session:
        yield session
    if "X-Dies" in request.headers:
        os.kill(os.getpid(), signal.SIGKILL)


guarded.transaction = transaction  # type: ignore[method-assign]
