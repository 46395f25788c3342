"""The operator at the desk: commands by click's runner under a standing clock, or as real processes."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import pytest
from click.testing import Result
from flask import Flask

from scheduler.web.frame import EXTENSION
from tests.applications import config_for, lent_app
from tests.factories import Office
from tests.servers import ROOT, settings

FLASK = ROOT / ".venv" / "bin" / "flask"


@dataclass
class Desk:
    """Runs commands on the office of a test."""

    app: Flask

    def run(self, *arguments: str, **how: str | bytes) -> Result:
        return self.app.test_cli_runner().invoke(args=arguments, prog_name="flask", **how)

    def out(self, *arguments: str, **how: str | bytes) -> str:
        """What a command prints that must succeed."""
        result = self.run(*arguments, **how)
        assert (result.exit_code, result.stderr) == (0, "")
        return result.stdout

    def faults(self, *arguments: str, code: int = 1, **how: str | bytes) -> list[str]:
        """The lines of a command that must fail, and print nothing else."""
        result = self.run(*arguments, **how)
        assert (result.exit_code, result.stdout) == (code, "")
        assert "Traceback" not in result.stderr
        return result.stderr.splitlines()


@pytest.fixture
def bare(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """A desk over a migrated database in which nothing is yet."""
    with lent_app(config_for(database_url, tmp_path)) as app:
        yield Desk(app)


@pytest.fixture
def desk(office: Office, bare: Desk) -> Desk:
    """A desk on Monday, 9 March 2020, at nine."""
    return at_the_clock_of(office, bare)


@pytest.fixture
def july_desk(july: Office, bare: Desk) -> Desk:
    """A desk on Friday, 17 July 2020, with the whole year planned."""
    return at_the_clock_of(july, bare)


class DeskOver(Protocol):
    """Gives a desk over any database."""

    def __call__(self, url: str, *, demo: bool = False) -> Desk: ...


@pytest.fixture
def desk_over(tmp_path: Path) -> Iterator[DeskOver]:
    with ExitStack() as stack:

        def open_desk(url: str, *, demo: bool = False) -> Desk:
            return Desk(stack.enter_context(lent_app(config_for(url, tmp_path, demo=demo))))

        yield open_desk


def at_the_clock_of(office: Office, desk: Desk) -> Desk:
    desk.app.extensions[EXTENSION] = replace(desk.app.extensions[EXTENSION], clock=office.clock)
    return desk


def execute(
    *arguments: str, url: str, standard_input: str | None = None, **others: str
) -> subprocess.CompletedProcess[str]:
    """A command as a real process from the repository's root, with settings from the environment alone."""
    done = subprocess.run(
        [FLASK, *arguments],
        cwd=ROOT,
        env=settings(url, **others),
        input=standard_input and standard_input.encode(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
