"""A process that dies at a chosen moment: right before or after any of its SQL statements and commits."""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from itertools import count

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

_WENT_WRONG = 70


def dies(at: int, work: Callable[[], object]) -> bool:
    """Runs `work` in a process of its own that kills itself at its `at`-th moment, counted from 0.

    False where `work` came to its end first. Nothing of what it opens may have been connected to before.
    """
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            _kill_oneself(at)
            work()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(_WENT_WRONG)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.waitstatus_to_exitcode(status) == 0, "the work failed by itself; see standard error"
    return False


def moments(step: int, begin: int = 0) -> Iterator[int]:
    """Every `step`-th moment; whoever asks stops at the first that no longer comes."""
    return count(begin, step)


def _kill_oneself(at: int) -> None:
    passed = count()

    def tick(*_anything: object, **_more: object) -> None:
        if next(passed) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(Engine, name, tick)
    event.listen(Session, "after_commit", tick)
