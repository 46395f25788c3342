"""The wording of notices: the mail with its calendar entry, or the same words to print, say or hand over.

The words stand in `templates/mail`, a folder for each template. The mail's layout is the one that calendars
of all makes accept (RFC 6047; the order of the parts and base64 are what Outlook and Gmail need).
"""

import hashlib
import re
from base64 import encodebytes
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, quote
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from scheduler.adapters.ical import invitation
from scheduler.adapters.mail import checked_address
from scheduler.adapters.notices import Notice
from scheduler.adapters.words import date_in_words, time_in_words, translations

__all__ = ["Notice", "render", "text"]

_TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "mail"
_LOCALES = {"de": "de_DE", "en": "en_GB"}
_ATTACHMENT = "termin.ics"
_BLANK_LINES = re.compile(r"\n{3,}")
_LONGEST_PLAIN_TEXT = 60


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
    values = _values(notice)
    subject = _subject(notice, values)
    identity = f"<{message_id.strip('<>')}>"
    headers = {
        "From": _mailbox(notice.sender_name, notice.sender_address, "From"),
        "To": _mailbox(notice.name, recipient, "To"),
        "Subject": subject if _stands_plain(subject) else _encoded(subject, "Subject"),
        "Date": format_datetime(now),
        "Message-ID": identity,
        "MIME-Version": "1.0",
        "Auto-Submitted": "auto-generated",
        "Content-Language": notice.written_in,
    }
    words = [
        _part('text/plain; charset="utf-8"', _written(notice, "body.txt", values)),
        _part('text/html; charset="utf-8"', _written(notice, "body.html", values | {"subject": subject})),
    ]
    boundary = hashlib.sha256(identity.encode()).hexdigest()[:24]
    if notice.method is None:
        body = _multipart("alternative", boundary, words)
    else:
        calendar = invitation(notice, stamp=now, product=product)
        inline = _part(f'text/calendar; charset="utf-8"; method={notice.method}', calendar)
        attached = _part(
            f'application/ics; name="{_ATTACHMENT}"', calendar, f'attachment; filename="{_ATTACHMENT}"'
        )
        alternative = _multipart("alternative", boundary, [*words, inline])
        body = _multipart("mixed", boundary, [alternative, attached])
    lines = "".join(f"{name}: {value}\n" for name, value in headers.items()) + body
    return lines.replace("\n", "\r\n").encode("ascii")


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
    # The extension adds the method as it is loaded, so no type knows of it.
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    return environment


def _values(notice: Notice) -> dict[str, Any]:
    """What templates speak of: the notice, and its instants as local dates and times in words."""
    zone, language = ZoneInfo(notice.timezone), notice.written_in
    local_start = notice.starts_at.astimezone(zone)
    previous = notice.previous_starts_at
    return {
        "notice": notice,
        "language": language,
        "day": format_date(local_start, "long", locale=_LOCALES[language]),
        "clock": format_time(local_start, "HH:mm", locale=_LOCALES[language]),
        "date": date_in_words(notice.starts_at, zone, language),
        "start": time_in_words(notice.starts_at, zone, language),
        "end": time_in_words(notice.ends_at, zone, language),
        "previous_date": previous and date_in_words(previous, zone, language),
        "previous_start": previous and time_in_words(previous, zone, language),
    }


def _subject(notice: Notice, values: dict[str, Any]) -> str:
    return _written(notice, "subject.txt", values).strip()


def _written(notice: Notice, file: str, values: dict[str, Any]) -> str:
    template = _environment(notice.written_in).get_template(f"{notice.template}/{file}")
    return _BLANK_LINES.sub("\n\n", template.render(values)).strip() + "\n"


def _mailbox(name: str, address: str, header: str) -> str:
    if not name:
        return address
    # The address goes on a line of its own, so that no line grows beyond what mail servers pass on unchanged.
    return (f'"{quote(name)}"' if _stands_plain(name) else _encoded(name, header)) + f"\n <{address}>"


def _stands_plain(text: str) -> bool:
    return text.isascii() and len(text) <= _LONGEST_PLAIN_TEXT and "=?" not in text


def _encoded(text: str, header: str) -> str:
    return Header(text, "utf-8", header_name=header).encode()


def _part(content_type: str, content: str | bytes, disposition: str | None = None) -> str:
    body = content if isinstance(content, bytes) else content.replace("\n", "\r\n").encode()
    headers = f"Content-Type: {content_type}\nContent-Transfer-Encoding: base64\n"
    headers += f"Content-Disposition: {disposition}\n" if disposition else ""
    return f"{headers}\n{encodebytes(body).decode()}"


def _multipart(kind: str, boundary: str, parts: list[str]) -> str:
    # Neither boundary is the beginning of the other, and base64 contains none.
    boundary = f"=_{kind}_{boundary}"
    body = "".join(f"--{boundary}\n{part}" for part in parts)
    return f'Content-Type: multipart/{kind};\n boundary="{boundary}"\n\n{body}--{boundary}--\n'
