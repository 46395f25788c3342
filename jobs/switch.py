"""Carries out the effects of phases that are due, and goes on with taking back what somebody began to."""

import logging

from jobs.office import Office
from scheduler.usecases.switches import Progress, apply_due
from scheduler.usecases.undos import go_on_undoing

_log = logging.getLogger(__name__)


def switch(office: Office) -> None:
    for report in apply_due(office.database, clock=office.clock, heard=_log_progress):
        counts = ", ".join(f"{effect} {count}" for effect, count in report.counts.items())
        _log.info("phase %s applied: %s", report.phase_key, counts)
    for undone in go_on_undoing(office.database, clock=office.clock):
        others = sum(map(len, undone.not_restored.values()))
        _log.info("phase %s taken back: %d restored, %d not", undone.phase_key, undone.restored, others)


def _log_progress(progress: Progress) -> None:
    _log.info("phase %s: %d of %d bookings judged", progress.phase_key, progress.judged, progress.of)
