"""Web applications for tests, lent from one to the next: to put one together takes longer than most tests."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from flask import Flask

from config import Config
from models.database import Database
from scheduler.adapters.clock import Clock
from scheduler.app import create_app, frame_for
from scheduler.domain.factors import SecondFactor
from scheduler.web.frame import EXTENSION

_idle: dict[Config, list[Flask]] = defaultdict(list)


def config_for(
    database: Database | str,
    folder: Path,
    *,
    demo: bool = False,
    base_url: str = "http://127.0.0.1:8000",
    second_factor: SecondFactor = SecondFactor.OPTIONAL,
) -> Config:
    """Settings for a test; mails go into `folder`."""
    url = database if isinstance(database, str) else database.url.render_as_string(hide_password=False)
    return Config(
        database_url=url,
        secret_key="of-this-test-only-0123456789-abcdefghij",
        base_url=base_url,
        mail_url=f"maildir:{folder / 'mails'}",
        demo=demo,
        second_factor=second_factor,
    )


@contextmanager
def lent_app(config: Config, *, clock: Clock | None = None) -> Iterator[Flask]:
    """An application with these settings, under `clock` or its own, until the block ends.

    Whoever adds a route, or changes anything else about it, makes an application of their own.
    """
    idle = _idle[replace(config, database_url="", mail_url="")]
    app = idle.pop() if idle else create_app(config)
    frame = frame_for(config)
    app.extensions[EXTENSION] = frame if clock is None else replace(frame, clock=clock)
    try:
        yield app
    finally:
        frame.database.dispose()
        idle.append(app)
