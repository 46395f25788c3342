"""Checks on both engines that the migrations lead to what the models say."""

import os
import sys
import tempfile
from pathlib import Path

from models.database import Database
from models.schema import differences, upgrade
from tests.postgresql import Server


def _faults(url: str) -> list[str]:
    database = Database(url)
    try:
        upgrade(database)
        return [f"{database.engine.name}: {difference}" for difference in differences(database)]
    finally:
        database.dispose()


def main() -> int:
    """Prints one line per difference."""
    server = Server(
        Path(tempfile.mkdtemp(prefix="theke-", dir="/tmp")), run=os.getpid()
    )  # short, for sockets
    try:
        server.start()
        server.maintain("CREATE DATABASE theke_migrated")
        faults = _faults(f"sqlite:///{server.folder / 'theke.db'}") + _faults(server.url("theke_migrated"))
        server.maintain("DROP DATABASE theke_migrated")
    finally:
        server.stop()
    for fault in faults:
        print(f"models and migrations differ: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
