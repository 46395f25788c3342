"""The wording of notices: the mail with its calendar entry, or the same words to print, say or hand over.

The words stand in `templates/mail`, a folder for each template. The mail's layout is the one that calendars
of all makes accept (RFC 6047; the order of the parts and base64 are what Outlook and Gmail need).
"""

import hashlib
import re
from base64 import b64encode
from datetime import UTC, date, datetime, time
from email.header import Header
from email.utils import format_datetime, quote
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import escape

from scheduler.adapters.ical import invitation
from scheduler.adapters.languages import (
    apart,
    clock_time,
    code_apart,
    direction,
    long_day,
    translations,
)
from scheduler.adapters.mail import checked_address
from scheduler.adapters.notices import Kind, Notice
from scheduler.adapters.stencils import Stencil, gap
from scheduler.adapters.words import date_in_words, time_in_words
from scheduler.domain.notices import Template

__all__ = ["Notice", "edition", "render", "text"]

_TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "mail"
_ATTACHMENT = "termin.ics"
_BLANK_LINES = re.compile(r"\n{3,}")
_LONGEST_PLAIN_TEXT = 60
_LONGEST_WORD = 45  # octets of one encoded word, which then fits on a line with its header's name
_MARKUP = re.compile("[&<>\"']")
_BASE64_LINE = 76
_LINE = "\r\n"
_EDITION_LENGTH = 12
_KINDS_KEPT = 500
_WORDS_KEPT = 5000
_ANY_DAY = date(2020, 1, 1)
_PREVIOUS = ("previous_date", "previous_start")
_EXPECTED = "expected_start"
_IN_WORDS = ("day", "clock", "date", "start", "end")


def text(notice: Notice) -> tuple[str, str]:
    """Subject and plain text of a notice, as printed, said on the phone or handed over at the door."""
    values = _values(notice)
    return _subject(notice, values), _written(notice, "body.txt", values)


def render(notice: Notice, *, message_id: str, now: datetime, product: str) -> bytes:
    """The whole mail (RFC 5322, CRLF, ASCII throughout), to be kept and sent as it is at every attempt.

    `message_id` comes with or without its angle brackets; `now` is the date of the mail and the stamp of its
    calendar entry. Raises MailRefused where the recipient's address cannot be used.
    """
    recipient = checked_address(notice.recipient, other_than=notice.sender_address)
    said = _said(notice)
    letter = _letter(notice.kind)
    subject = letter.subject.filled(said)
    identity = f"<{message_id.strip('<>')}>"
    boundary = hashlib.blake2b(identity.encode(), digest_size=12).hexdigest()
    words = [
        _part('text/plain; charset="utf-8"', letter.text.filled(said).encode()),
        _part('text/html; charset="utf-8"', letter.page.filled(_escaped(said)).encode()),
    ]
    if notice.method is None:
        body = _multipart("alternative", boundary, words)
    else:
        calendar = _base64(invitation(notice, stamp=now, product=product))
        inline = f'text/calendar; charset="utf-8"; method={notice.method}'
        attached = f'application/ics; name="{_ATTACHMENT}"', f'attachment; filename="{_ATTACHMENT}"'
        alternative = _multipart("alternative", boundary, [*words, _encoded_part(inline, calendar)])
        body = _multipart("mixed", boundary, [alternative, _encoded_part(attached[0], calendar, attached[1])])
    head = (
        f"From: {_sender(notice.sender_name, notice.sender_address)}\r\n"
        f"To: {_mailbox(notice.name, recipient, 'To')}\r\n"
        f"Subject: {subject if _stands_plain(subject) else _encoded(subject, 'Subject')}\r\n"
        f"Date: {format_datetime(now)}\r\n"
        f"Message-ID: {identity}\r\n"
        "MIME-Version: 1.0\r\n"
        "Auto-Submitted: auto-generated\r\n"
        f"Content-Language: {notice.written_in}\r\n"
    )
    return (head + body).encode("ascii")


@cache
def edition(template: Template, language: str) -> str:
    """Which edition of its wording a notice has now; it changes with any word of it in that language."""
    environment, words = _environment(language), translations(language)
    parts = [file for file in sorted(_TEMPLATES.iterdir()) if file.is_file()]
    said = hashlib.sha256()
    for file in (*parts, *sorted((_TEMPLATES / template).iterdir())):
        source = file.read_text(encoding="utf-8")
        said.update(source.encode())
        for _, _, message in environment.extract_translations(source):  # type: ignore[attr-defined]  # the extension's
            pieces = [piece for piece in (message if isinstance(message, tuple) else (message,)) if piece]
            said.update("".join(words.gettext(piece) for piece in pieces).encode())
            said.update(words.pgettext(pieces[0], pieces[-1]).encode())
    return said.hexdigest()[:_EDITION_LENGTH]


class _Letter(NamedTuple):
    """The words of a kind of notice; line breaks in `text` and `page` are those of mails."""

    subject: Stencil
    text: Stencil
    page: Stencil


@lru_cache(maxsize=_KINDS_KEPT)
def _letter(kind: Kind) -> _Letter:
    notice = Notice.blank(kind)
    values = _values(notice) | {name: gap(name) for name in _IN_WORDS}
    values |= {name: gap(name) for name in _PREVIOUS} if notice.previous_starts_at else {}
    values |= {_EXPECTED: gap(_EXPECTED)} if notice.expected_at else {}
    subject = _subject(notice, values)
    return _Letter(
        Stencil(subject),
        Stencil(_written(notice, "body.txt", values).replace("\n", _LINE)),
        Stencil(_written(notice, "body.html", values | {"subject": subject}).replace("\n", _LINE)),
    )


def _said(notice: Notice) -> dict[str, str]:
    """What fills the gaps of a letter."""
    zone, language = ZoneInfo(notice.timezone), notice.written_in
    start, end = notice.starts_at.astimezone(zone), notice.ends_at.astimezone(zone)
    said = {
        "name": notice.name,
        "reference": notice.reference,
        "phone": notice.phone or "",
        "manage_url": notice.manage_url or "",
        "reason": notice.reason or "",
        "day": _day(start.date(), language),
        "clock": _clock(start.time(), language),
        "date": _date(start.date(), language),
        "start": _time(start.time(), language),
        "end": _time(end.time(), language),
    }
    if notice.previous_starts_at is not None:
        previous = notice.previous_starts_at.astimezone(zone)
        said["previous_date"] = _date(previous.date(), language)
        said["previous_start"] = _time(previous.time(), language)
    if notice.expected_at is not None:
        said["expected_start"] = _time(notice.expected_at.astimezone(zone).time(), language)
    return said


def _escaped(said: dict[str, str]) -> dict[str, str]:
    return {name: str(escape(value)) if _MARKUP.search(value) else value for name, value in said.items()}


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        apart=lambda words: apart(words, language),
        code=lambda words: code_apart(words, language),
    )
    # The extension adds the method as it is loaded, so no type knows of it.
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    return environment


def _values(notice: Notice) -> dict[str, Any]:
    """What templates speak of: the notice, and its instants as local dates and times in words."""
    return (
        {"notice": notice, "language": notice.written_in, "direction": direction(notice.written_in)}
        | dict.fromkeys((*_PREVIOUS, _EXPECTED))
        | _said(notice)
    )


# Few dates and times are spoken of in any one hour, and putting them into words takes long.


@lru_cache(maxsize=_WORDS_KEPT)
def _day(day: date, language: str) -> str:
    return long_day(day, language)


@lru_cache(maxsize=_WORDS_KEPT)
def _clock(clock: time, language: str) -> str:
    return clock_time(clock, language)


@lru_cache(maxsize=_WORDS_KEPT)
def _date(day: date, language: str) -> str:
    return date_in_words(day, UTC, language)


@lru_cache(maxsize=_WORDS_KEPT)
def _time(clock: time, language: str) -> str:
    return time_in_words(datetime.combine(_ANY_DAY, clock, UTC), UTC, language)


def _subject(notice: Notice, values: dict[str, Any]) -> str:
    return _written(notice, "subject.txt", values).strip()


def _written(notice: Notice, file: str, values: dict[str, Any]) -> str:
    template = _environment(notice.written_in).get_template(f"{notice.template}/{file}")
    return _BLANK_LINES.sub("\n\n", template.render(values)).strip() + "\n"


@lru_cache(maxsize=_KINDS_KEPT)
def _sender(name: str, address: str) -> str:
    return _mailbox(name, address, "From")


def _mailbox(name: str, address: str, header: str) -> str:
    if not name:
        return address
    # The address goes on a line of its own, so that no line grows beyond what mail servers pass on unchanged.
    return (f'"{quote(name)}"' if _stands_plain(name) else _encoded(name, header)) + f"\r\n <{address}>"


def _stands_plain(text: str) -> bool:
    return text.isascii() and len(text) <= _LONGEST_PLAIN_TEXT and "=?" not in text


def _encoded(text: str, header: str) -> str:
    octets = text.encode()
    if len(octets) <= _LONGEST_WORD:
        return f"=?utf-8?b?{b64encode(octets).decode()}?="
    return Header(text, "utf-8", header_name=header).encode(linesep=_LINE)


def _part(content_type: str, content: bytes) -> str:
    return _encoded_part(content_type, _base64(content))


def _encoded_part(content_type: str, body: str, disposition: str | None = None) -> str:
    headers = f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: base64\r\n"
    headers += f"Content-Disposition: {disposition}\r\n" if disposition else ""
    return f"{headers}\r\n{body}"


def _base64(content: bytes) -> str:
    encoded = b64encode(content).decode()
    lines = [encoded[begin : begin + _BASE64_LINE] for begin in range(0, len(encoded), _BASE64_LINE)]
    return _LINE.join(lines) + _LINE


def _multipart(kind: str, boundary: str, parts: list[str]) -> str:
    # Neither boundary is the beginning of the other, and base64 contains none.
    boundary = f"=_{kind}_{boundary}"
    body = "".join([f"--{boundary}\r\n{part}" for part in parts])
    return f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n\r\n{body}--{boundary}--\r\n'
