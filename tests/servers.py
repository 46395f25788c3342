"""The product's own processes, started for tests as an operator would, and a browser for their pages."""

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
CHROMIUM_ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
START_S = 90
"""How long a process may take to answer first, on a machine that is busy with other tests."""


def settings(database_url: str, **others: str) -> dict[str, str]:
    """An environment with the settings given, and with none that the caller happens to have."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("THEKE_")}
    given = {"THEKE_DATABASE_URL": database_url, "THEKE_SECRET_KEY": secrets.token_hex(32)}
    given["THEKE_SECOND_FACTOR"] = "optional"
    return own | given | others


@contextmanager
def running(
    command: Sequence[str], env: Mapping[str, str], log: Path, pass_fds: Sequence[int] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """A process with all its children, in a group of its own that is gone when the block ends."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=env,
            stdout=output,
            stderr=output,
            pass_fds=pass_fds,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    for last_word in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, last_word)
        except ProcessLookupError:
            break
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            continue
    process.wait()


@contextmanager
def serving(
    database_url: str,
    folder: Path,
    *,
    workers: int = 2,
    env: Mapping[str, str] | None = None,
    app: str = "wsgi:app",
    preload: bool = True,
) -> Iterator[str]:
    """gunicorn on a free port, until the block ends; gives its base URL. Mails and log go into `folder`.

    With `preload` the workers, those who replace others too, share what is read and set up at the start.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.set_inheritable(True)
        environment = settings(
            database_url, THEKE_BASE_URL=base_url, THEKE_MAIL_URL=f"maildir:{folder / 'mails'}", **(env or {})
        )
        options = (f"--bind=fd://{listener.fileno()}", f"--workers={workers}", "--graceful-timeout=3")
        command = (sys.executable, "-m", "gunicorn", *options, *(("--preload",) if preload else ()), app)
        log = folder / "gunicorn.log"
        # A socket held here as well would keep callers waiting for a server that died.
        with running(command, environment, log, pass_fds=[listener.fileno()]) as process:
            listener.close()
            _await_answer(f"{base_url}/healthz", process, log)
            yield base_url


def _await_answer(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, timeout=START_S).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"the server does not answer: {log.read_text()[-3000:]}")


def signed_in(base_url: str, login: str, password: str) -> str:
    """The cookie of somebody who has signed in there."""
    with httpx.Client(base_url=base_url, follow_redirects=True, timeout=30) as browser:
        form = browser.get("/sign-in").text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
        if token is None:
            raise RuntimeError(f"no form to sign in with: {form[:500]}")
        sent = {"csrf_token": token[1], "login": login, "password": password}
        browser.post("/sign-in", data=sent).raise_for_status()
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


class Serve(Protocol):
    """Starts a server for a database and gives its base URL."""

    def __call__(
        self,
        database_url: str,
        *,
        workers: int = 2,
        env: Mapping[str, str] | None = None,
        app: str = "wsgi:app",
        preload: bool = True,
    ) -> AbstractContextManager[str]: ...


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """`with serve(database_url, workers=3) as base_url:` runs gunicorn; mails lie in tmp_path / "mails"."""

    def start(
        database_url: str,
        *,
        workers: int = 2,
        env: Mapping[str, str] | None = None,
        app: str = "wsgi:app",
        preload: bool = True,
    ) -> AbstractContextManager[str]:
        return serving(database_url, tmp_path, workers=workers, env=env, app=app, preload=preload)

    return start


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    if not Path(CHROMIUM).exists():
        pytest.fail(f"{CHROMIUM} is missing; install the package chromium", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_ARGUMENTS))
        yield browser
        browser.close()
