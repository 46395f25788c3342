"""Chains the records of the audit log, seconds after they were written."""

from jobs.office import Office
from scheduler.usecases.audit import seal_records


def seal(office: Office) -> None:
    seal_records(office.database)
