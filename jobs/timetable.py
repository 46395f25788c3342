"""Which job runs how often."""

from collections.abc import Callable
from dataclasses import dataclass

from jobs.heartbeat import beat
from jobs.links import send_lost_links
from jobs.measures import tell_changes
from jobs.offers import offer
from jobs.office import Office
from jobs.outbox import deliver
from jobs.reminders import remind
from jobs.requests import answer_requests
from jobs.retention import forget
from jobs.seal import seal
from jobs.switch import switch
from jobs.tidy import tidy
from scheduler.queries.health import HEARTBEAT


@dataclass(frozen=True)
class Job:
    """`work` may be run at any time, any number of times, and beside itself in another process."""

    name: str
    every_s: int
    work: Callable[[Office], None]


TIMETABLE = (
    Job("switch", 5, switch),
    Job("requests", 15, answer_requests),
    Job("reminders", 60, remind),
    Job("links", 20, send_lost_links),
    Job("offers", 60, offer),
    Job("measures", 15, tell_changes),
    Job("outbox", 5, deliver),
    Job("seal", 5, seal),
    Job("tidy", 60, tidy),
    Job("retention", 3600, forget),
    Job(HEARTBEAT, 10, beat),
)
