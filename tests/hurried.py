"""`python -m tests.hurried`: a jobs process whose lease is shorter and whose jobs come more often.

For tests in which one process waits for the end of another's lease, however long that may be.
"""

import sys
from dataclasses import replace
from datetime import timedelta

from jobs import __main__ as process
from jobs import alarm, leadership
from jobs.timetable import TIMETABLE
from scheduler.usecases import leases

LENGTH = timedelta(seconds=4)
SHORTER = (
    (leases, "LENGTH", LENGTH),
    (leadership, "LENGTH", LENGTH),
    (leadership, "_RENEWED_EVERY_S", 0.8),
    (process, "_TICK_S", 0.3),
    (alarm, "TIMETABLE", tuple(replace(job, every_s=min(job.every_s, 2)) for job in TIMETABLE)),
)


if __name__ == "__main__":
    for module, name, value in SHORTER:
        assert hasattr(module, name), name
        setattr(module, name, value)
    sys.exit(process.main())
