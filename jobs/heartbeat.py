"""Shows that the jobs live: readiness and the doctor look when this ran last."""

from jobs.office import Office


def beat(office: Office) -> None:
    """Nothing: that it ran is noted as for every job, and is the sign of life."""
