"""The office on the web, for tests of its pages; the office's own clock stands."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from flask import Flask

from config import Config
from models.database import Database
from models.staff import StaffAccount
from scheduler.adapters.passwords import hashed
from scheduler.app import create_app
from scheduler.domain.roles import Role
from scheduler.usecases.staff import STAFF_ROLES
from scheduler.web.frame import EXTENSION, Frame
from tests.factories import Office, opened, plan_with, whole_plan
from tests.web.pages import PASSWORD, Reader

OpenWeb = Callable[..., Flask]


@pytest.fixture
def desk_office(sqlite_database: Database) -> Office:
    """The office on Monday, 9 March 2020, at nine, with an account of each role; pages ask no engine."""
    return with_staff(opened(sqlite_database, "2020-03-09 09:00", plan_with("regular")))


@pytest.fixture
def summer_office(sqlite_database: Database) -> Office:
    """The same on Friday, 17 July 2020, at eight, with all the year's phases planned."""
    return with_staff(opened(sqlite_database, "2020-07-17 08:00", whole_plan()))


def with_staff(office: Office) -> Office:
    """An account for each role, all with one password."""
    with office.database.transaction() as session:
        for role in STAFF_ROLES:
            session.add(
                StaffAccount(
                    login=role.value,
                    role=role,
                    password=_hashed_password(),
                    created_at=office.now,
                    locked_at=None,
                )
            )
    return office


@cache
def _hashed_password() -> str:
    """Reckoned once: the hash is slow on purpose."""
    return hashed(PASSWORD)


@pytest.fixture
def open_web(tmp_path: Path) -> OpenWeb:
    """Puts an office on the web, under its own clock."""

    def open_(office: Office, *, demo: bool = False, base_url: str = "http://localhost") -> Flask:
        config = Config(
            database_url=office.database.url.render_as_string(hide_password=False),
            secret_key="0123456789abcdefghijklmnopqrstuvwxyz",
            base_url=base_url,
            mail_url=f"maildir:{tmp_path / 'mails'}",
            demo=demo,
        )
        app = create_app(config)
        app.extensions[EXTENSION] = Frame(config, office.database, office.clock)
        return app

    return open_


@pytest.fixture
def reception(desk_office: Office, open_web: OpenWeb) -> Reader:
    """Somebody signed in at the reception of `desk_office`."""
    return signed_in(open_web(desk_office), Role.RECEPTION)


def signed_in(app: Flask, role: Role, language: str = "en") -> Reader:
    reader = Reader(app, language)
    reader.sign_in(role.value)
    return reader
