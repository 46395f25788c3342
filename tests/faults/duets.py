"""Two who change the office at once, step by step in an order that the test gives: only for PostgreSQL.

A step is one SQL statement or a commit. Whoever waits in the database for the other lets the other go on.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from threading import Condition, Thread, local
from typing import Any

from sqlalchemy import Connection, event, text

from models.database import Database

_PATIENCE_S = 60
_LOOK_S = 0.05


@dataclass
class Player:
    """One of the two; `steps` counts how often it was let go on, `result` is what it answered or raised."""

    name: str
    play: Callable[[], object]
    state: str = "new"
    steps: int = 0
    backend: int = 0
    result: object = None
    thread: Thread = field(init=False)


class Duet:
    """Plays two changes in given orders; nobody else may use the database through its pool meanwhile."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changed = Condition()
        self._here = local()
        self._watching = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        event.listen(database.engine, "before_cursor_execute", self._before_statement)
        event.listen(database.engine, "commit", self._before_commit)

    def close(self) -> None:
        event.remove(self._database.engine, "before_cursor_execute", self._before_statement)
        event.remove(self._database.engine, "commit", self._before_commit)
        self._watching.close()

    def play(self, changes: Sequence[Callable[[], object]], order: Iterable[tuple[int, int]]) -> list[Player]:
        """Both changes from begin to end; `order` says who takes how many steps, then the first goes first.

        Who is at its end, or waits for the other, leaves the rest of its steps out.
        """
        players = [Player(str(number), change) for number, change in enumerate(changes)]
        for player in players:
            player.thread = Thread(target=self._run, args=[player], daemon=True)
            player.thread.start()
            self._settle(player)
        for number, steps in order:
            for _ in range(steps):
                if not self._step(players[number]):
                    break
        while any(player.state != "over" for player in players):
            for player in players:
                while self._step(player):
                    pass
        for player in players:
            player.thread.join(_PATIENCE_S)
        return players

    def _run(self, player: Player) -> None:
        self._here.player = player
        try:
            player.result = player.play()
        except Exception as error:  # it is for the test to say what may be raised
            player.result = repr(error)
        finally:
            self._tell(player, "over")

    def _step(self, player: Player) -> bool:
        """Lets the player take a step, unless it is in the middle of one; False where it waits or is over."""
        if player.state == "playing":
            self._settle(player)
        if player.state != "paused":
            return False
        player.steps += 1
        self._tell(player, "playing")
        self._settle(player)
        return player.state == "paused"

    def _settle(self, player: Player) -> None:
        """Waits until the player has paused, is over, or waits for the other."""
        for _ in range(int(_PATIENCE_S / _LOOK_S)):
            with self._changed:
                if self._changed.wait_for(lambda: player.state in ("paused", "over"), _LOOK_S):
                    return
            if self._is_blocked(player):
                return
        raise AssertionError("a step took a minute")

    def _is_blocked(self, player: Player) -> bool:
        waits = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = :pid"
        return bool(self._watching.scalar(text(waits), {"pid": player.backend}))

    def _tell(self, player: Player, state: str) -> None:
        with self._changed:
            player.state = state
            self._changed.notify_all()

    def _before_statement(self, connection: Connection, *_what: Any) -> None:
        self._pause(connection)

    def _before_commit(self, connection: Connection) -> None:
        self._pause(connection)

    def _pause(self, connection: Connection) -> None:
        player: Player | None = getattr(self._here, "player", None)
        if player is None:
            return
        driver: Any = connection.connection.driver_connection
        player.backend = driver.info.backend_pid
        self._tell(player, "paused")
        with self._changed:
            if not self._changed.wait_for(lambda: player.state == "playing", _PATIENCE_S):
                raise AssertionError("nobody let this go on")
