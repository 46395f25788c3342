"""The alarm clock: wakes each job in its turn. It remembers nothing, so nothing is lost with it."""

import logging
from datetime import UTC, timedelta
from time import monotonic

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from jobs.office import Office
from jobs.runs import run
from jobs.timetable import TIMETABLE

_STAGGER = timedelta(milliseconds=300)
_JUMP_S = 2.0

# It speaks up whenever a job takes longer than its rhythm, which is no fault here.
logging.getLogger("apscheduler").setLevel(logging.CRITICAL)


class Alarm:
    """Wakes the jobs of the timetable until it is switched off."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._offset_s = self._clock_offset_s()
        self._scheduler = self._set()

    def adjust(self) -> None:
        """Sets the alarm anew where the system's clock was put: it would sleep until the old time."""
        offset_s = self._clock_offset_s()
        if abs(offset_s - self._offset_s) > _JUMP_S:
            self._scheduler.shutdown(wait=False)
            self._scheduler = self._set()
        self._offset_s = offset_s

    def switch_off(self) -> None:
        """No job begins any more; one that runs ends in its own time."""
        self._scheduler.shutdown(wait=False)

    def _clock_offset_s(self) -> float:
        return self._office.clock.real().timestamp() - monotonic()

    def _set(self) -> BackgroundScheduler:
        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(len(TIMETABLE))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        begin = self._office.clock.real()
        for position, job in enumerate(TIMETABLE):
            scheduler.add_job(
                run,
                "interval",
                args=(job, self._office),
                id=job.name,
                seconds=job.every_s,
                next_run_time=begin + position * _STAGGER,
            )
        scheduler.start()
        return scheduler
