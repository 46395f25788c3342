"""Carries out the effects of phases that are due."""

import logging

from jobs.office import Office
from scheduler.usecases.switches import apply_due

_log = logging.getLogger(__name__)


def switch(office: Office) -> None:
    for report in apply_due(office.database, clock=office.clock):
        counts = ", ".join(f"{effect} {count}" for effect, count in report.counts.items())
        _log.info("phase %s applied: %s", report.phase_key, counts)
