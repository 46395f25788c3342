"""What all tests share: fresh databases on both engines, running servers, a browser."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.postgresql import SERVER, Server

pytest_plugins = ["tests.databases", "tests.servers", "tests.factories"]

_FOLDER = "theke_folder"

# What tests write need not survive a power cut; where memory serves as a disk, no test waits for a real one.
_MEMORY = Path("/dev/shm")  # noqa: S108  # pytest makes folders of its own in it
_ENOUGH_BYTES = 4 * 2**30
if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ENOUGH_BYTES:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--full-scale", action="store_true", help="races and faults as large as `make faults` has them"
    )


def pytest_configure(config: pytest.Config) -> None:
    """One folder and one PostgreSQL for the whole run; the workers of xdist are told where."""
    config.addinivalue_line(
        "markers", "breaks(invariant): takes a guard away; the checker must name just this"
    )
    given: dict[str, str] | None = getattr(config, "workerinput", None)
    if given is None:
        config.stash[SERVER] = Server(Path(tempfile.mkdtemp(prefix="theke-", dir=_root())), run=os.getpid())
    else:
        config.stash[SERVER] = Server(Path(given[_FOLDER]), run=int(given["theke_run"]))


def _root() -> str:
    """A short path: the server's socket lies below it, and a socket's path is 107 bytes at most."""
    return os.environ.get("PYTEST_DEBUG_TEMPROOT", "/tmp")  # noqa: S108  # mkdtemp makes it safe


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    config: pytest.Config = node.config  # type: ignore[attr-defined]  # xdist has no types
    node.workerinput.update({_FOLDER: str(config.stash[SERVER].folder), "theke_run": os.getpid()})  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.stash[SERVER].stop()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are processors: many tests wait for the processes that they start."""
    return (os.cpu_count() or 1) + 1
