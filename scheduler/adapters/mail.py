"""The way out for mail: a folder of .eml files, or a mail server over an encrypted connection.

The office names it by one URL: `maildir:PATH`, `smtp://user:pass@host:port?tls=starttls|none`, `smtps://…`;
`ca=PATH` trusts an in-house authority. Without encryption only this machine itself is talked to.
"""

import hashlib
import ipaddress
import os
import re
import smtplib
import ssl
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from functools import cached_property, lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from scheduler.adapters.notices import one_line
from scheduler.domain.people import is_email_address

TIMEOUT_SECONDS = 10.0

# So many times longer may a server look through a mail before it says that it has it; who hangs up meanwhile
# sends a second one (RFC 5321, 4.5.3.2.6, would wait ten minutes).
_VERDICT_TIMES = 6
_LONGEST_REASON = 300
_STARTTLS_PORT = 587
_SMTPS_PORT = 465
_PLAIN_PORT = 25
_MESSAGE_TOO_LARGE = 552
_GOODBYE = 421
# Sign-in required, wrong, too weak, or not encrypted (RFC 4954): the office's matter, not the recipient's.
_ABOUT_THE_OFFICE = frozenset({530, 534, 535, 538})


class Trouble(Enum):
    """Whose trouble a refusal is: it was said of this mail, of all, or the conversation broke off over it."""

    THIS_MAIL = auto()
    ALL_MAILS = auto()
    UNCLEAR = auto()


class MailRefused(Exception):
    """A mail did not leave: `permanent` where trying it again cannot help, `reason` for the office's eyes.

    `unanswered`: it was handed over, and whether the server has it nobody knows.
    """

    def __init__(
        self,
        *,
        permanent: bool,
        reason: str,
        trouble: Trouble = Trouble.ALL_MAILS,
        unanswered: bool = False,
    ) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.reason = reason
        self.trouble = Trouble.THIS_MAIL if permanent else trouble
        self.unanswered = unanswered


class Mailer(Protocol):
    """One way out, entered for a batch of mails."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def send(self, message: bytes, *, sender: str, recipient: str) -> None:
        """Hands one whole message over. Raises MailRefused."""


def checked_address(address: str | None, *, other_than: str | None = None) -> str:
    """The address, if a mail can be sent to it and it is not `other_than`. Raises MailRefused (permanent)."""
    if address is None or not _can_be_sent_to(address):
        raise MailRefused(
            permanent=True, reason="the e-mail address is missing or is none that mail servers accept"
        )
    if other_than is not None and address.casefold() == other_than.casefold():
        raise MailRefused(permanent=True, reason="the e-mail address is the office's own sender address")
    return address


#: The same address is looked at when its mail is written and when it is sent.
_can_be_sent_to = lru_cache(maxsize=1000)(is_email_address)


def mailbox_from_url(url: str, *, timeout: float = TIMEOUT_SECONDS) -> Mailer:
    """The way out that `url` names; `timeout` in seconds is for each answer of a mail server.

    Nothing is opened yet. Raises ValueError with one sentence on what is wrong, never with the password.
    """
    if url.startswith("maildir:"):
        return Maildir(_maildir_path(url))
    if not url.startswith(("smtp://", "smtps://")):
        raise ValueError("the mail URL must begin with maildir:, smtp:// or smtps://")
    parts, host, port = _server(url)
    options = _options(parts)
    tls = _tls(parts.scheme, host, options.get("tls"))
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ValueError("the mail URL names a user without a password, or a password without a user")
    if not (user + password).isascii():
        raise ValueError("user and password in the mail URL must be ASCII; the sign-in carries nothing else")
    return MailServer(
        host=host,
        port=port or {"starttls": _STARTTLS_PORT, "tls": _SMTPS_PORT, "none": _PLAIN_PORT}[tls],
        tls=tls,
        user=user or None,
        password=password,
        ca=_authority(options.get("ca")),
        timeout=timeout,
    )


def describe(url: str) -> str:
    """The mail URL for logs and the doctor: without the password, and whole only where it can be read."""
    try:
        mailer = mailbox_from_url(url)
    except ValueError:
        return "a mail URL that cannot be read"
    return str(mailer)


@dataclass
class Maildir:
    """A folder in which each mail becomes a file; the same message always becomes the same file."""

    path: Path

    def __str__(self) -> str:
        return f"maildir:{self.path}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def send(self, message: bytes, *, sender: str, recipient: str) -> None:
        checked_address(recipient)
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Whoever lists the folder never sees half a mail: a file gets its name when it is complete.
            handle, unfinished = tempfile.mkstemp(dir=self.path, prefix=".", suffix=".tmp")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(message)
                Path(unfinished).replace(self.path / _file_name(message))
            except BaseException:
                Path(unfinished).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise MailRefused(permanent=False, reason=f"the mail folder: {error.strerror}") from error


class _Patience(smtplib.SMTP):
    """A conversation that waits longer for the verdict on a mail than for any other answer."""

    is_unanswered = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        self.sock.settimeout(self.timeout * _VERDICT_TIMES)
        self.is_unanswered = True
        try:
            answer = super().data(msg)
        except smtplib.SMTPResponseException:  # an answer, if not the one hoped for
            self.is_unanswered = False
            raise
        self.is_unanswered = False
        self.sock.settimeout(self.timeout)
        return answer


class _Plain(_Patience):
    pass


class _Encrypted(_Patience, smtplib.SMTP_SSL):
    pass


@dataclass
class MailServer:
    """A mail server; one connection serves the whole batch and is made anew after it broke."""

    host: str
    port: int
    tls: str
    user: str | None
    password: str = field(repr=False)
    ca: Path | None
    timeout: float
    _connection: _Patience | None = field(default=None, init=False, repr=False)

    def __str__(self) -> str:
        scheme, query = ("smtps", "") if self.tls == "tls" else ("smtp", f"?tls={self.tls}")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{self.user + '@' if self.user else ''}{host}:{self.port}{query}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            # The mails are handed over by now; how the farewell goes changes nothing.
            with suppress(OSError, smtplib.SMTPException):
                self._connection.quit()
            self._hang_up()

    def send(self, message: bytes, *, sender: str, recipient: str) -> None:
        checked_address(recipient)
        try:
            connection = self._connected()
        except (OSError, ValueError, smtplib.SMTPException) as error:
            raise _refusal(error, recipient, Trouble.ALL_MAILS) from error
        try:
            connection.sendmail(sender, [recipient], message)
        except (OSError, ValueError, smtplib.SMTPException) as error:
            refused = _refusal(error, recipient, _trouble_of(error), unanswered=connection.is_unanswered)
            if not _still_talks(error):
                self._hang_up()
            raise refused from error

    def _connected(self) -> _Patience:
        if self._connection is None:
            self._connection = self._greet()
        return self._connection

    @cached_property
    def _context(self) -> ssl.SSLContext:
        """Reading all authorities takes longer than sending many mails."""
        return ssl.create_default_context(cafile=self.ca)

    def _greet(self) -> _Patience:
        connection: _Patience
        if self.tls == "tls":
            connection = _Encrypted(self.host, self.port, timeout=self.timeout, context=self._context)
        else:
            connection = _Plain(self.host, self.port, timeout=self.timeout)
        try:
            if self.tls == "starttls":
                connection.starttls(context=self._context)
            if self.user is not None:
                connection.login(self.user, self.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _refusal(error: Exception, recipient: str, trouble: Trouble, *, unanswered: bool = False) -> MailRefused:
    """What a failed conversation means for this mail.

    5xx about the recipient or the message is permanent. What concerns the office's own access (its sign-in,
    its sender address) hits every mail alike and is put right by the office, so those mails wait.
    """
    code, answer = _answer(error)
    if isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError):
        permanent = code is not None and 500 <= code < 600 and code not in _ABOUT_THE_OFFICE
    else:
        permanent = isinstance(error, smtplib.SMTPSenderRefused) and code == _MESSAGE_TOO_LARGE
    # The server's words are kept for the office, the person's address is not.
    reason = one_line(f"{code or ''} {answer}".replace(recipient, "<recipient>"))
    return MailRefused(
        permanent=permanent, reason=reason[:_LONGEST_REASON], trouble=trouble, unanswered=unanswered
    )


def _trouble_of(error: Exception) -> Trouble:
    """Whose trouble it is that a mail was not taken by a server that had greeted well."""
    # Many servers put off every new recipient for some minutes; that says nothing about the others.
    kinds = smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError
    if isinstance(error, kinds) and _still_talks(error):
        return Trouble.THIS_MAIL
    return Trouble.ALL_MAILS if isinstance(error, smtplib.SMTPSenderRefused) else Trouble.UNCLEAR


def _answer(error: Exception) -> tuple[int | None, str]:
    """The server's code and words, or None and what happened instead of an answer."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, said = next(iter(error.recipients.values()))
            return code, _decoded(said)
        case smtplib.SMTPResponseException():
            return error.smtp_code, _decoded(error.smtp_error)
        case TimeoutError() | smtplib.SMTPServerDisconnected(__context__=TimeoutError()):
            return None, "the mail server did not answer in time"
        case smtplib.SMTPException():
            return None, str(error)
        case ssl.SSLCertVerificationError():
            return None, f"the mail server's certificate: {error.verify_message}"
        case OSError():
            return None, f"the connection to the mail server: {error.strerror or error}"
        case _:
            return None, str(error)


def _decoded(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _still_talks(error: Exception) -> bool:
    """Whether the server only refused this mail and takes the next one on the same connection."""
    kinds = smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError | smtplib.SMTPSenderRefused
    return isinstance(error, kinds) and _answer(error)[0] != _GOODBYE


def _file_name(message: bytes) -> str:
    """Sorts by the mail's date; the same message has the same name, so sending it again doubles nothing."""
    headers = BytesHeaderParser().parsebytes(message)
    moment = parsedate_to_datetime(headers["Date"]).astimezone(UTC)
    identity = str(headers["Message-ID"]).strip("<> ")
    readable = re.sub(r"[^A-Za-z0-9@._-]+", "-", identity).strip(".-")[:120]
    if readable != identity:
        readable += "-" + hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:12]
    return f"{moment:%Y%m%dT%H%M%SZ}-{readable}.eml"


def _maildir_path(url: str) -> Path:
    path = url.removeprefix("maildir:").removeprefix("//")
    if not path:
        raise ValueError("the mail URL names no folder, as in maildir:var/mails")
    if "\0" in path:
        raise ValueError("the mail URL's folder contains a NUL character")
    return Path(path)


def _server(url: str) -> tuple[SplitResult, str, int | None]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        # The library's own sentence would quote a piece of an unescaped password.
        raise ValueError(
            "the mail URL's host or port is wrong; in user and password, write / ? # @ and the like as %2F …"
        ) from None
    if not host or parts.path not in ("", "/") or parts.fragment:
        raise ValueError("the mail URL must have the form smtp://user:password@host:port?tls=starttls")
    return parts, host, port


def _options(parts: SplitResult) -> dict[str, str]:
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    options = dict(pairs)
    if len(options) < len(pairs) or not options.keys() <= {"tls", "ca"}:
        raise ValueError(
            "the mail URL takes tls= and ca= after the question mark, each once and nothing else"
        )
    return options


def _tls(scheme: str, host: str, wish: str | None) -> str:
    """How the connection is encrypted: from the start (`tls`), by STARTTLS, or not at all on this machine."""
    if scheme == "smtps":
        if wish is not None:
            raise ValueError("smtps:// is encrypted from the start and takes no tls=")
        return "tls"
    if wish is None:
        return "none" if _is_this_machine(host) else "starttls"
    if wish not in ("starttls", "none"):
        raise ValueError("the mail URL's tls= must be starttls or none")
    if wish == "none" and not _is_this_machine(host):
        raise ValueError(
            "mail leaves this machine only encrypted: use tls=starttls or smtps:// instead of tls=none"
        )
    return wish


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _authority(path: str | None) -> Path | None:
    if path is None:
        return None
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ValueError):
        raise ValueError("the mail URL's ca= must name a readable file with certificates (PEM)") from None
    return Path(path)
