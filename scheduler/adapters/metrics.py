"""The office's figures for whoever watches over its machines, for Prometheus; none is about a person.

What web workers count lives in this process, or, where gunicorn gave them a folder to share
(PROMETHEUS_MULTIPROC_DIR, see gunicorn.conf.py), in all of them together, the dead included. Everything
else is read from the database when somebody asks. docs/alerts.yml shows what to be woken for.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_OWN = CollectorRegistry()

CHANGES = Counter(
    "theke_changes",
    "Changes that web workers carried out one by one, as the audit log names them (booking.book …), by the "
    "role of whoever acted; what jobs and commands did, and what a switch did to many, is not among them.",
    ["action", "role"],
    registry=_OWN,
)
REFUSALS = Counter("theke_refusals", "Answers from 400 on, by their code.", ["code"], registry=_OWN)
REQUESTS = Counter(
    "theke_requests",
    "Requests that were answered, by endpoint, method and class of status.",
    ["endpoint", "method", "status"],
    registry=_OWN,
)
DURATIONS = Histogram(
    "theke_request_duration_seconds",
    "How long requests took, by endpoint.",
    ["endpoint"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=_OWN,
)
MISSED_ACCESSES = Counter(
    "theke_accesses_missed",
    "Readings of people's data that could not be noted in the access log.",
    registry=_OWN,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """What is read from the database when somebody asks; `labels` name what one value is about."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    grows: bool = False


DATABASE_UP = Figure("theke_database_up", "Whether the database answers, in this release's shape: 1 or 0.")
JOBS_ALIVE = Figure(
    "theke_jobs_alive", "Whether a jobs process leads and gave a sign of life lately: 1 or 0."
)
JOB_LAST_RUN = Figure("theke_job_last_run_timestamp_seconds", "When each job last ran.", ("job",))
JOB_FAILING = Figure("theke_job_failing", "Whether the last run of a job failed: 1 or 0.", ("job",))
SWITCH_DELAY = Figure(
    "theke_switch_delay_seconds",
    "How long the oldest switch that is due has not been finished; 0 if none is.",
)
SWITCH_NEXT = Figure(
    "theke_switch_next_timestamp_seconds",
    "When the next switch is due (office time); absent if none is planned.",
)
NOTICES_OPEN = Figure(
    "theke_notices_open",
    "Notices that nobody got yet, by kind and state: waiting, held back, or quarantined (set aside).",
    ("kind", "state"),
)
NOTICES_OLDEST = Figure(
    "theke_notices_oldest_seconds",
    "The age of the oldest of these (office time); 0 if none.",
    ("kind", "state"),
)
NOTICES = Figure(
    "theke_notices",
    "Mails by how sending them ended: sent, failed (and tried again), set_aside.",
    ("outcome",),
    grows=True,
)
AUDIT_UNSEALED = Figure("theke_audit_unsealed_records", "Audit records that are not chained yet.")
AUDIT_UNSEALED_OLDEST = Figure(
    "theke_audit_unsealed_oldest_seconds", "The age of the oldest of these (office time); 0 if none."
)

#: The values of figures: by figure, then by the values of its labels.
Values = Mapping[Figure, Mapping[tuple[str, ...], float]]


def page(values: Values, *, counted: bool = True) -> bytes:
    """The figures in the text form that Prometheus reads, with or without what this process counts."""
    registry = CollectorRegistry()
    registry.register(_Read(values))
    return generate_latest(registry) + (_counted() if counted else b"")


def _counted() -> bytes:
    shared = CollectorRegistry()
    try:
        MultiProcessCollector(shared)  # type: ignore[no-untyped-call]  # the library's
    except ValueError:  # this process shares with no other
        return generate_latest(_OWN)
    return generate_latest(shared)


class _Read(Collector):
    def __init__(self, values: Values) -> None:
        self._values = values

    def collect(self) -> Iterable[Metric]:
        return _families(self._values)


def _families(values: Values) -> Iterator[Metric]:
    for figure, rows in values.items():
        make = CounterMetricFamily if figure.grows else GaugeMetricFamily
        family = make(figure.name, figure.help, labels=figure.labels)
        for labels, value in rows.items():
            family.add_metric(labels, value)
        yield family
