"""The office's log: one line for each event on standard error, JSON for machines or plain for a terminal.

No line is about a person. What is written under a key is one of the words and numbers that `_KEYS` allows; of
errors their types and frames, never their text, which may quote what somebody sent; and of what libraries say
only what can hold nothing of a request.
"""

import logging
import sys
import threading
import traceback
import warnings
from collections.abc import Sequence
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

FORMATS = ("json", "text")

# A key that is missing here is not written: whoever adds one thinks of what may stand under it.
_KEYS = (
    *("at", "level", "event", "request", "endpoint", "method", "status", "code", "ms", "role"),
    *("logger", "where", "error", "frames", "process"),
)
_MOST_FRAMES = 40

# The office's own words from there are made of counts, keys of the plan, codes and kinds of errors alone.
_OURS = ("jobs", "models.database")
# Below a warning gunicorn tells of its processes and sockets; from there on of requests as well.
_SERVER = "gunicorn"


def begin(form: str = "", stream: TextIO | None = None) -> None:
    """From here on all that this process logs, libraries included, becomes lines of `form` in `stream`.

    Without a form: text where somebody sits at a terminal, else JSON.
    """
    stream = stream or sys.stderr
    form = form or ("text" if stream.isatty() else "json")
    render = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), timestamp_key="at", sort_keys=False, pad_event_to=0
        )
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            _known_alone,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(stream),
    )
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
    root.addHandler(_Library())
    root.setLevel(logging.WARNING)
    for talker in (*_OURS, _SERVER):
        logging.getLogger(talker).setLevel(logging.INFO)
    warnings.showwarning = _note_warning
    sys.excepthook = _note_crash
    threading.excepthook = _note_crash_of_thread


def log() -> FilteringBoundLogger:
    """Where events are logged; before `begin` there is nobody to read them."""
    logger: FilteringBoundLogger = structlog.get_logger() if structlog.is_configured() else _nobody
    return logger


def surprise(event: str, error: BaseException, **context: Any) -> None:
    """Logs an error that nobody expected."""
    log().error(event, error=types_of(error), frames=frames_of(error), **context)


def types_of(error: BaseException) -> str:
    """What kind of error it is, and what that came from."""
    return " from ".join(type(one).__name__ for one in _chain(error))


def frames_of(error: BaseException) -> list[str]:
    """Where it happened, the innermost last: file, line and function, without source and values."""
    *_others, first = _chain(error)
    found = traceback.extract_tb(first.__traceback__ or error.__traceback__)
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in found][-_MOST_FRAMES:]


def _chain(error: BaseException) -> Sequence[BaseException]:
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in chain:
        chain.append(following)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return chain


def _short(filename: str) -> str:
    for folder in ("site-packages/", "/lib/python3"):
        if folder in filename:
            return filename.rpartition(folder)[2]
    return "/".join(filename.split("/")[-3:])


def _known_alone(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: event[key] for key in _KEYS if event.get(key) is not None}


class _Library(logging.Handler):
    """What libraries log by Python's own means."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        log().log(
            record.levelno,
            _said(record),
            logger=record.name,
            where=None if _is_trusted(record) else f"{_short(record.pathname)}:{record.lineno}",
            error=types_of(error) if error else None,
            frames=frames_of(error) if error else None,
            process=record.process,
        )


def _is_trusted(record: logging.LogRecord) -> bool:
    root = record.name.partition(".")[0]
    return root in _OURS or record.name in _OURS or (root == _SERVER and record.levelno < logging.WARNING)


def _said(record: logging.LogRecord) -> str:
    """The whole message where it can be trusted, else its fixed words and numbers."""
    if _is_trusted(record):
        return record.getMessage()
    if not isinstance(record.args, tuple) or not record.args or not isinstance(record.msg, str):
        return f"{record.name} says something"  # its words were put together before, from nobody knows what
    shown = tuple(arg if isinstance(arg, int | float) else "…" for arg in record.args)
    try:
        return record.msg % shown
    except (TypeError, ValueError):
        return record.msg


def _note_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    log().warning("a library warns", error=category.__name__, where=f"{_short(filename)}:{lineno}")


def _note_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    surprise("the process ends with an error", error.with_traceback(trace))


def _note_crash_of_thread(crash: threading.ExceptHookArgs) -> None:
    if crash.exc_value is not None:
        surprise("a thread ends with an error", crash.exc_value)


def _swallow(_logger: WrappedLogger, _method: str, _event: EventDict) -> EventDict:
    raise structlog.DropEvent


_nobody: FilteringBoundLogger = structlog.wrap_logger(
    None, processors=[_swallow], wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL)
)
