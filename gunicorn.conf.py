"""How gunicorn serves the office: `gunicorn wsgi:app`, with every option of gunicorn on top."""

import sys

from config import Config, ConfigError

worker_class = "gthread"
workers = 2
threads = 4
control_socket_disable = True


def on_starting(_arbiter: object) -> None:
    """Refuses to start where a setting is wrong; workers that refuse would be started again and again."""
    try:
        Config.from_environ()
    except ConfigError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        raise SystemExit(1) from None
