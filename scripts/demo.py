"""The demonstration: the year 2020 of a jobcenter, with web and jobs, until Ctrl-C.

What was done in it is kept for the next time; `--anew` begins on 10 March 2020 again.
"""

import argparse
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from models.database import Database
from scheduler.domain.errors import Unavailable
from scheduler.usecases.demonstrations import ACCOUNTS, PASSWORD, is_seeded

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
DATABASE = VAR / "theke.db"
MAILS = VAR / "mails"
PROGRAMS = Path(sys.executable).parent
HOST = "127.0.0.1"
END_S = 10


class DemoError(Exception):
    """What keeps the demonstration from running, in one line."""


def _port() -> int:
    given = os.environ.get("PORT") or "8000"
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise DemoError(f"PORT={given} is not a port; give a number from 1 to 65535")
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HOST, int(given)))
        except OSError as error:
            reason = error.strerror.lower() if error.strerror else error
            raise DemoError(
                f"port {given} cannot be used ({reason}); give another: make demo PORT=8001"
            ) from None
    return int(given)


def _environment(port: int) -> dict[str, str]:
    """The settings of the demonstration; whatever else the caller set is left out."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("THEKE_")}
    return others | {
        "THEKE_DEMO": "1",
        "THEKE_BASE_URL": f"http://{HOST}:{port}",
        "THEKE_LOG_FORMAT": "text",
    }


def _forget() -> None:
    if DATABASE.exists() and not _is_filled():
        raise DemoError(f"{DATABASE.relative_to(ROOT)} holds no demonstration; move it away first")
    for file in VAR.glob(f"{DATABASE.name}*"):
        file.unlink()
    shutil.rmtree(MAILS, ignore_errors=True)


def _fill(environment: dict[str, str]) -> None:
    """Migrates the database, and fills a new one; a filling that broke off goes on."""
    _flask(environment, "db", "upgrade")
    if not _is_filled():
        print("Filling the office with the year 2020, as it stood on 10 March …", flush=True)
        _flask(environment, "demo", "seed")


def _flask(environment: dict[str, str], *step: str) -> None:
    command: list[str | Path] = [PROGRAMS / "flask", *step]
    # What the commands print is for those who give them; what goes wrong is said on standard error.
    if subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
        raise DemoError(f"`flask {' '.join(step)}` failed; its reason stands above")


def _is_filled() -> bool:
    database = Database(f"sqlite:///{DATABASE}")
    try:
        with database.reading() as session:
            return is_seeded(session)
    except Unavailable:  # without tables it was not filled
        return False
    finally:
        database.dispose()


def _run(port: int, environment: dict[str, str]) -> None:
    """Web and jobs, each in a process group of its own, until one of them ends or Ctrl-C ends both."""
    commands: dict[str, list[str | Path]] = {
        "web": [PROGRAMS / "gunicorn", f"--bind={HOST}:{port}", "--log-level=warning", "wsgi:app"],
        "jobs": [sys.executable, "-m", "jobs"],
    }
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            running[name] = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
        _await_web(port, running)
        if not _ended(running):
            _welcome(port)
        while not (ended := _ended(running)):
            time.sleep(0.2)
        raise DemoError(f"{ended} ended by itself; its reason stands above")
    finally:
        _end(running)


def _ended(running: dict[str, subprocess.Popen[bytes]]) -> str | None:
    return next((name for name, process in running.items() if process.poll() is not None), None)


def _await_web(port: int, running: dict[str, subprocess.Popen[bytes]]) -> None:
    while not _ended(running):
        web = http.client.HTTPConnection(HOST, port, timeout=1)
        try:
            web.request("GET", "/healthz")
            web.getresponse()
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            web.close()


def _end(running: dict[str, subprocess.Popen[bytes]]) -> None:
    for last_word in (signal.SIGTERM, signal.SIGKILL):
        for process in running.values():
            if process.poll() is None:
                os.killpg(process.pid, last_word)
        deadline = time.monotonic() + END_S
        while time.monotonic() < deadline and any(process.poll() is None for process in running.values()):
            time.sleep(0.05)


def _welcome(port: int) -> None:
    """Where to go, and as whom."""
    lines = [
        "",
        f"Theke is open at http://{HOST}:{port}",
        "",
        f"Sign in with the password {PASSWORD} as",
        *(f"  {login:<16}{role}" for login, role in ACCOUNTS),
        "",
        f"Mails and calendar files appear in {MAILS.relative_to(ROOT)}; Ctrl-C closes the office.",
        "",
    ]
    print("\n".join(lines), flush=True)


def main() -> int:
    """Runs until Ctrl-C, which is a good end; anything else that ends it is said in one line."""
    parser = argparse.ArgumentParser(prog="python -m scripts.demo", description=__doc__)
    parser.add_argument("--anew", action="store_true", help="begin again")
    options = parser.parse_args()
    # Closing the terminal is an end, too; and who starts this in the background hands SIGINT on as ignored.
    for leaving in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(leaving, signal.default_int_handler)
    try:
        port = _port()
        if options.anew:
            _forget()
        environment = _environment(port)
        _fill(environment)
        _run(port, environment)
    except DemoError as error:
        print(f"make demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nThe office is closed; `make demo` opens it again as it was.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
