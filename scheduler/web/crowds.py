"""Crowds: where more ask than can be answered, customers and programs are told at once to come again later.

All wait for a thread in one queue, staff among customers. Whoever is sent away costs next to nothing, so the
queue moves quickly, and whoever was let in is answered.
"""

from threading import Lock

from flask import Flask, g, request

from scheduler.domain.errors import Busy
from scheduler.web.frame import ask_nothing_more, frame

_RETRY_S = 10
_OF_CUSTOMERS = ("/termin", "/api/")
#: So many are answered at a time however many wait; the other threads send away, or serve the desk.
_ALWAYS = 2


class Door:
    """Lets customers in, one door for each process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0

    def enter(self) -> None:
        """Raises Busy where too many wait."""
        if not request.path.startswith(_OF_CUSTOMERS):
            return
        too_many = frame().queue.length() > frame().config.most_waiting
        with self._lock:
            if too_many and self._inside >= _ALWAYS:
                busy = Busy(retry_after=_RETRY_S)
                ask_nothing_more(busy)
                raise busy
            self._inside += 1
            g.is_inside = True

    def leave(self, _error: BaseException | None) -> None:
        if g.pop("is_inside", False):
            with self._lock:
                self._inside -= 1


def limit_crowds(app: Flask) -> None:
    """Refuses customers' pages and calls while too many wait; call it before what asks the database."""
    door = Door()
    app.before_request(door.enter)
    app.teardown_request(door.leave)
