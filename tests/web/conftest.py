"""The office on the web, for tests of its pages; the office's own clock stands."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask

from models.database import Database
from models.staff import StaffAccount
from scheduler.domain.roles import Role
from scheduler.usecases.staff import STAFF_ROLES
from tests.applications import config_for, lent_app
from tests.databases import OPENERS
from tests.factories import Office, StandingClock, at, open_march, open_midsummer
from tests.web.pages import PASSWORD, Reader

OpenWeb = Callable[..., Flask]


@pytest.fixture
def staffed_march() -> None:
    """The database of this test is a copy of one with the office of `opened_in_march` and its staff."""


@pytest.fixture
def staffed_midsummer() -> None:
    """The same in July."""


@pytest.fixture
def desk_office(staffed_march: None, sqlite_database: Database) -> Office:
    """The office on Monday, 9 March 2020, at nine, with an account of each role; pages ask no engine."""
    return Office(sqlite_database, StandingClock(at("2020-03-09 09:00")))


@pytest.fixture
def summer_office(staffed_midsummer: None, sqlite_database: Database) -> Office:
    """The same on Friday, 17 July 2020, at eight, with all the year's phases planned."""
    return Office(sqlite_database, StandingClock(at("2020-07-17 08:00")))


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


OPENERS |= {
    "staffed_march": lambda database: with_staff(open_march(database)),
    "staffed_midsummer": lambda database: with_staff(open_midsummer(database)),
}


@cache
def _hashed_password() -> str:
    """Reckoned quickly: the hash of a real password is slow on purpose, and this one is asked for often."""
    return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)


@pytest.fixture
def open_web(tmp_path: Path) -> Iterator[OpenWeb]:
    """Puts an office on the web, under its own clock."""
    with ExitStack() as stack:

        def open_(office: Office, *, base_url: str = "http://localhost", **settings: Any) -> Flask:
            config = config_for(office.database, tmp_path, base_url=base_url, **settings)
            return stack.enter_context(lent_app(config, clock=office.clock))

        yield open_


@pytest.fixture
def reception(desk_office: Office, open_web: OpenWeb) -> Reader:
    """Somebody signed in at the reception of `desk_office`."""
    return signed_in(open_web(desk_office), Role.RECEPTION)


def signed_in(app: Flask, role: Role, language: str = "en") -> Reader:
    reader = Reader(app, language)
    reader.sign_in(role.value)
    return reader
