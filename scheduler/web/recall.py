"""What this process was asked before and can answer again, because nothing has been committed since.

There is no time to live and nothing to be cleared: an answer is kept under the snapshot's name from before it
was looked up, and the next one who asks has to name the same.
"""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any

_MOST = 500


class Recall:
    """The answers asked for last, of any kind; threads share it."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._lock = Lock()
        self._held: OrderedDict[tuple[str, Hashable], Any] = OrderedDict()

    def of(self, snapshot: str | None, question: Hashable) -> Any:
        """None where nothing is held; without a snapshot nothing ever is."""
        if snapshot is None:
            return None
        with self._lock:
            held = self._held.get((snapshot, question))
            if held is not None:
                self._held.move_to_end((snapshot, question))
            return held

    def keep(self, snapshot: str | None, question: Hashable, answer: Any) -> None:
        """`snapshot` was named before the answer was looked up."""
        if snapshot is None:
            return
        with self._lock:
            self._held[snapshot, question] = answer
            while len(self._held) > self._most:
                self._held.popitem(last=False)
