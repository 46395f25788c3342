"""`python -m jobs`: what the office does by the clock. `--once` runs every job once and ends."""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from config import Config, ConfigError
from jobs.alarm import Alarm
from jobs.leadership import lead
from jobs.office import Office, open_office
from jobs.runs import run
from jobs.timetable import TIMETABLE
from scheduler.adapters import logs
from scheduler.domain.errors import DomainError
from scheduler.queries.health import database_shortcomings

_TICK_S = 1.0
_GRACE_S = 10.0

# What was wrong with the database when it was last looked at.
_said: list[str] = []

_log = logging.getLogger("jobs")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 1 where a setting is wrong, or a job of `--once` failed."""
    parser = argparse.ArgumentParser(prog="python -m jobs", description=__doc__)
    parser.add_argument("--once", action="store_true", help="run every job once and end")
    once = parser.parse_args(arguments).once
    try:
        office = open_office(Config.from_environ())
    except ConfigError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        return 1
    logs.begin(office.config.log_format)
    if once:
        return 0 if _run_all_once(office) else 1
    _work_until_told_to_end(office)
    return 0


def _run_all_once(office: Office) -> bool:
    if not _is_ready(office):
        return False
    return sum(run(job, office) for job in TIMETABLE) == len(TIMETABLE)


def _work_until_told_to_end(office: Office) -> None:
    told_to_end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told_to_end.set())
    _log.info("standing by")
    while not told_to_end.is_set():
        if _is_ready(office):
            _lead_if_nobody_does(office, told_to_end)
        told_to_end.wait(_TICK_S)
    _log.info("ended")
    _leave_soon()


def _lead_if_nobody_does(office: Office, told_to_end: threading.Event) -> None:
    """Leads as long as the lead is held; returns at once where another process has it."""
    with lead(office) as held:
        if held is None:
            return
        _log.info("leading")
        alarm = Alarm(office)
        while held.is_held() and not told_to_end.wait(_TICK_S):
            alarm.adjust()
        alarm.switch_off()
    if not told_to_end.is_set():
        _log.error("lost the lead: another has it, or the database is away")


def _is_ready(office: Office) -> bool:
    """Whether the database can be worked with; says once why it cannot."""
    try:
        wrong = [f"{found.what}: {found.in_full}" for found in database_shortcomings(office.database)]
    except (DomainError, SQLAlchemyError):
        wrong = ["database: it does not answer; check THEKE_DATABASE_URL and that it runs"]
    if wrong and wrong != _said:
        _log.error("%s", "; ".join(wrong))
    _said[:] = wrong
    return not wrong


def _leave_soon() -> None:
    """A job that hangs at somebody else's server does not keep the process: whoever is next goes on there."""
    impatient = threading.Timer(_GRACE_S, os._exit, args=(0,))
    impatient.daemon = True
    impatient.start()


if __name__ == "__main__":
    sys.exit(main())
