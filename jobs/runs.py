"""One run of a job: whatever goes wrong is logged in one line and noted, and never ends the process."""

import logging

from sqlalchemy.exc import SQLAlchemyError

from jobs.office import Office
from jobs.timetable import Job
from scheduler.adapters.logs import frames_of, surprise, types_of
from scheduler.adapters.words import error_in_words
from scheduler.domain.errors import Busy, DomainError, Unavailable
from scheduler.usecases.health import note_run

_log = logging.getLogger(__name__)

# What was last wrong with each job, so that an hour of outage is two lines in the log and not a thousand.
_last_problems: dict[str, str] = {}


def run(job: Job, office: Office) -> bool:
    """Runs the job once and notes that it ran; whether all went well."""
    problem = _problem_of(job, office)
    try:
        with office.database.transaction() as session:
            note_run(session, job.name, problem=problem, real_now=office.clock.real())
    except (DomainError, SQLAlchemyError) as error:
        problem = problem or _in_one_line(error)
    _tell_changes(job, problem)
    return problem is None


def _problem_of(job: Job, office: Office) -> str | None:
    try:
        job.work(office)
    except Exception as error:  # one failing job must not take the others along
        problem = _in_one_line(error)
        if not isinstance(error, DomainError) and problem != _last_problems.get(job.name):
            surprise(f"job {job.name} broke", error)
        return problem
    return None


def _in_one_line(error: Exception) -> str:
    """What failed and where. Never the error's own text: it may quote people's data."""
    if isinstance(error, Busy | Unavailable):
        return f"{error.code}: {error_in_words(error, 'en')}"
    kind = error.code if isinstance(error, DomainError) else types_of(error)
    return f"{kind} in {frames_of(error)[-1]}"


def _tell_changes(job: Job, problem: str | None) -> None:
    before = _last_problems.pop(job.name, None)
    if problem is not None:
        _last_problems[job.name] = problem
    if problem is not None and problem != before:
        _log.error("job %s: %s", job.name, problem)
    if problem is None and before is not None:
        _log.info("job %s works again", job.name)
