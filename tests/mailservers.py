"""Real mail servers for tests: encrypted or not, with a sign-in, refusing, hanging up, or silent."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER = "theke"
PASSWORD = "so:geheim/wie?moeg#lich@%"
_LOOK_S = 0.05


@dataclass
class Postmaster:
    """What a server does with mails: keeps them, or answers as told.

    `answers` to a `sender`, a `recipient` or a `message` are used up one by one; `people` are those to whom
    it always says the same, nothing at all where that is empty. When it has as many mails as `takes`, it
    leaves whoever hands the next one over without an answer (they are `held`) until it takes more.
    """

    answers: dict[str, list[str]] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    hangs_up_after_data: bool = False
    takes: float = float("inf")
    held: int = 0
    received: list[Envelope] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)

    @property
    def messages(self) -> list[bytes]:
        return [envelope.original_content or b"" for envelope in self.received]

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.sessions.append(session)
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answers.get("sender"):
            return self.answers["sender"].pop(0)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answers.get("recipient"):
            return self.answers["recipient"].pop(0)
        if address in self.people:
            while not self.people[address]:
                await asyncio.sleep(_LOOK_S)
            return self.people[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.hangs_up_after_data:
            server.transport.abort()  # type: ignore[union-attr]
            return "250 never read"
        if self.answers.get("message"):
            return self.answers["message"].pop(0)
        self.held += 1
        while len(self.received) >= self.takes:
            await asyncio.sleep(_LOOK_S)
        self.held -= 1
        self.received.append(envelope)
        return "250 Kept"


class _Server(Controller):
    """Listens on a port that the system chooses."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@dataclass
class Authority:
    """An in-house certificate authority; `pem` is what clients trust."""

    ca: trustme.CA
    pem: Path

    @classmethod
    def in_folder(cls, folder: Path, name: str = "ca.pem") -> "Authority":
        ca = trustme.CA()
        ca.cert_pem.write_to_path(str(folder / name))
        return cls(ca, folder / name)

    def context(self, *names: str) -> ssl.SSLContext:
        """What a server with a certificate for `names` listens with."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.ca.issue_cert(*(names or ("localhost", "127.0.0.1"))).configure_cert(context)
        return context


@contextmanager
def mail_server(
    postmaster: Postmaster,
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    sign_in: bool = False,
) -> Iterator[int]:
    """A running server's port."""
    options: dict[str, Any] = {
        "ssl_context": tls,
        "tls_context": starttls,
        "require_starttls": starttls is not None,
    }
    if sign_in:
        # A connection that is encrypted from the start counts as unencrypted with this server.
        encrypted = starttls is not None
        options |= {"authenticator": _authenticate, "auth_required": encrypted, "auth_require_tls": encrypted}
    server = _Server(postmaster, hostname="127.0.0.1", port=0, **options)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: LoginPassword
) -> AuthResult:
    success = (login.login, login.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=success, handled=False)


@contextmanager
def silent_server() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]
