"""How gunicorn serves the office: `gunicorn wsgi:app`, with every option of gunicorn on top."""

import gc
import os
import shutil
import sys
import tempfile
from typing import Any

from gunicorn.glogging import Logger

from config import Config, ConfigError
from scheduler.adapters import logs

worker_class = "gthread"
workers = 2
threads = 4
# More than the office lets wait: it tells the others itself to come again later.
worker_connections = 2000
control_socket_disable = True

# What the workers count they count together, in files that outlive each of them. The folder is this master's
# own: one that it took over from (SIGUSR2) removes its folder with its end. prometheus_client looks for the
# folder when it is imported, so nothing above may do that.
_PREFIX = f"theke-metrics-{os.getpid()}-"
if _PREFIX not in os.environ.get("PROMETHEUS_MULTIPROC_DIR", ""):
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix=_PREFIX)


class OfficeLogger(Logger):
    """Speaks through the office's log, which writes nothing of a request; there is no access log."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in list(self.error_log.handlers):
            self.error_log.removeHandler(handler)
        self.error_log.propagate = True
        try:
            logs.begin(Config.from_environ().log_format)
        except ConfigError:  # said on starting
            logs.begin()


logger_class = OfficeLogger


def on_starting(_arbiter: object) -> None:
    """Refuses to start where a setting is wrong; workers that refuse would be started again and again."""
    try:
        Config.from_environ()
    except ConfigError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        raise SystemExit(1) from None


def post_worker_init(worker: Any) -> None:
    """Tells the office how many wait for its threads, and spares those who wait the search for garbage."""
    if office := worker.wsgi.extensions.get("theke"):
        office.queue.length = worker.tpool._work_queue.qsize
    # What the worker is made of stays for good, and most of what a request leaves behind is gone by itself:
    # the one need not be looked through at all, the other seldom.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def on_exit(_arbiter: object) -> None:
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
