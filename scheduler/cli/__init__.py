"""The operator's desk: every `flask` command of the contract."""

import sys

import click
from flask import Flask

from scheduler.cli.audits import audit
from scheduler.cli.closures import closures
from scheduler.cli.commands import SETTINGS_FAULTS
from scheduler.cli.databases import db
from scheduler.cli.demonstrations import demo
from scheduler.cli.doctor import doctor
from scheduler.cli.enquiries import enquiries
from scheduler.cli.events import events
from scheduler.cli.hotlines import hotlines
from scheduler.cli.outbox import outbox
from scheduler.cli.people import staff, tokens
from scheduler.cli.phases import phases
from scheduler.cli.plans import plan
from scheduler.cli.retention import people
from scheduler.cli.worklist import worklist

#: What of Flask's own commands needs the whole office, and so refuses to start where a setting is wrong.
_NEED_THE_OFFICE = ("run", "shell", "routes")


def register(app: Flask) -> None:
    """Adds the commands to the app."""
    nouns = (plan, phases, closures, worklist, events, enquiries, hotlines)
    for command in (*nouns, db, outbox, staff, tokens, people, audit, doctor, demo):
        app.cli.add_command(command)


def app_without_office(faults: list[str]) -> Flask:
    """Where settings are wrong: an app with the commands alone, so that `--help` and the doctor still run.

    Ends the process, with one line for each fault, where anything else than a command asks for it.
    """
    context = click.get_current_context(silent=True)
    if context is None or context.info_name in _NEED_THE_OFFICE:
        for fault in faults:
            print(fault, file=sys.stderr)
        raise SystemExit(1)
    app = Flask("theke", static_folder=None)
    app.extensions[SETTINGS_FAULTS] = faults
    register(app)
    return app
