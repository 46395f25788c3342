"""What is wrong with a mailed calendar entry, by the rules of RFC 5545, 5546 and 6047 and by clients' habits.

It reads the bytes by itself, without the library that wrote them.
"""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, parseaddr
from itertools import pairwise

_UTC = re.compile(r"\d{8}T\d{6}Z")
_OCTETS_OF_A_LINE = 75
_OCTETS_OF_A_MAIL_LINE = 998

_OF_A_FILE = (
    "PRODID",
    "METHOD",
    "UID",
    "DTSTAMP",
    "SEQUENCE",
    "DTSTART",
    "DTEND",
    "SUMMARY",
    "STATUS",
    "ORGANIZER",
)

Line = tuple[str, dict[str, str], str]
"""Name, parameters and value of one line of a calendar entry."""


def parsed(message: bytes) -> EmailMessage:
    read = message_from_bytes(message, policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def calendar_of(message: bytes) -> bytes:
    """The calendar part that stands inline."""
    part = next(part for part in parsed(message).walk() if part.get_content_type() == "text/calendar")
    return bytes(part.get_payload(decode=True))


def faults_of_invitation(message: bytes) -> list[str]:
    """Everything that breaks a rule; empty for a mail that calendars of all makes accept."""
    mail = parsed(message)
    faults = _faults_of_bytes(message) + _faults_of_headers(mail)
    faults += _faults_of_layout(mail)
    if faults:
        return faults
    calendar = calendar_of(message)
    faults = _faults_of_calendar_bytes(calendar)
    return faults or _faults_of_entry(mail, _lines(calendar))


def faults_of_file(calendar: bytes) -> list[str]:
    """What breaks a rule in a file that anybody may put into a calendar (RFC 5546, 3.2.1)."""
    faults = _faults_of_calendar_bytes(calendar)
    if faults:
        return faults
    lines = _lines(calendar)
    names = [name for name, _, _ in lines]
    faults += [f"{name} stands {names.count(name)} times" for name in _OF_A_FILE if names.count(name) != 1]
    if ("METHOD", {}, "PUBLISH") not in lines or ("STATUS", {}, "CONFIRMED") not in lines:
        faults.append("it does not publish a visit that holds")
    if "ATTENDEE" in names:
        faults.append("it names somebody")
    return faults


def _faults_of_bytes(message: bytes) -> list[str]:
    faults = [] if message.isascii() else ["the mail is not ASCII"]
    if re.search(rb"(?<!\r)\n|\r(?!\n)", message):
        faults.append("a line of the mail does not end with CRLF")
    if any(len(line) > _OCTETS_OF_A_MAIL_LINE for line in message.split(b"\r\n")):
        faults.append("a line of the mail is too long")
    return faults


def _faults_of_headers(mail: EmailMessage) -> list[str]:
    names = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version")
    faults = [
        f"{name} stands {len(mail.get_all(name, []))} times"
        for name in names
        if len(mail.get_all(name, [])) != 1
    ]
    faults += [
        f"{name} has a defect: {mail[name].defects}" for name in names if name in mail and mail[name].defects
    ]
    if len(getaddresses([str(mail["To"])])) != 1:
        faults.append("the mail goes to more than one person")
    if mail["Auto-Submitted"] != "auto-generated":
        faults.append("the mail does not say that it is generated")
    return faults + [f"a part has defects: {part.defects}" for part in mail.walk() if part.defects]


def _faults_of_layout(mail: EmailMessage) -> list[str]:
    types = [part.get_content_type() for part in mail.walk()]
    wanted = [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    if types != wanted:
        return [f"the parts are {types}"]
    inline, attached = list(mail.walk())[-2:]
    faults = []
    if inline.get_content_disposition() is not None:
        faults.append("the inline calendar is an attachment")
    if inline.get_content_charset() != "utf-8":
        faults.append("the inline calendar does not name utf-8")
    if attached.get_content_disposition() != "attachment" or attached.get_filename() != "termin.ics":
        faults.append("the attached calendar is none, or has another name than termin.ics")
    for part in list(mail.walk())[2:]:
        if part["Content-Transfer-Encoding"] != "base64":
            faults.append(f"{part.get_content_type()} is not base64")
    if inline.get_payload(decode=True) != attached.get_payload(decode=True):
        faults.append("the two calendars differ")
    return faults


def _faults_of_calendar_bytes(calendar: bytes) -> list[str]:
    faults = []
    if re.search(rb"(?<!\r)\n|\r(?!\n)", calendar) or not calendar.endswith(b"\r\n"):
        faults.append("a line of the calendar does not end with CRLF")
    physical = calendar.split(b"\r\n")[:-1]
    if not all(physical):
        faults.append("the calendar has an empty line")
    if any(len(line) > _OCTETS_OF_A_LINE for line in physical):
        faults.append("a line of the calendar is longer than 75 octets")
    for line in physical:
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            faults.append("a line of the calendar is folded within a character")
    if calendar.startswith(b"\xef\xbb\xbf"):
        faults.append("the calendar begins with a byte order mark")
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", calendar.decode("utf-8", "replace")):
        faults.append("the calendar has control characters")
    return faults


def _lines(calendar: bytes) -> list[Line]:
    unfolded = calendar.decode().replace("\r\n ", "").split("\r\n")[:-1]
    lines = []
    for line in unfolded:
        head, value = re.fullmatch(r'((?:[^":]|"[^"]*")*):(.*)', line, re.DOTALL).groups()  # type: ignore[union-attr]
        name, *parameters = re.findall(r'(?:[^";]|"[^"]*")+', head)
        lines.append((name, dict(parameter.split("=", 1) for parameter in parameters), value))
    return lines


def _faults_of_entry(mail: EmailMessage, lines: list[Line]) -> list[str]:
    names = [name for name, _, _ in lines]
    once: dict[str, Line] = {}
    faults = []
    start = names.index("BEGIN", 1)
    # An alarm has a description of its own.
    own = (
        lines[: [value for _, _, value in lines].index("VALARM")]
        if ("BEGIN", {}, "VALARM") in lines
        else lines
    )
    for name in ("PRODID", "VERSION", "METHOD", "UID", "DTSTAMP", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY",
                 "STATUS", "TRANSP", "CLASS", "ORGANIZER", "ATTENDEE"):  # fmt: skip
        found = [line for line in own if line[0] == name]
        if len(found) != 1:
            faults.append(f"{name} stands {len(found)} times")
        else:
            once[name] = found[0]
    if faults:
        return faults
    values = {name: line[2] for name, line in once.items()}
    method = values["METHOD"]
    if values["VERSION"] != "2.0" or lines[start] != ("BEGIN", {}, "VEVENT"):
        faults.append("it is no calendar of version 2.0 with one event")
    if names.count("BEGIN") != (3 if method == "REQUEST" else 2):
        faults.append("it has other components than one event, and one alarm in a request")
    inline = list(mail.walk())[-2]
    if inline.get_param("method") != method or method not in ("REQUEST", "CANCEL"):
        faults.append("the methods of part and calendar differ")
    if values["STATUS"] != {"REQUEST": "CONFIRMED", "CANCEL": "CANCELLED"}.get(method):
        faults.append("status and method do not fit")
    if ("BEGIN", {}, "VALARM") in lines:
        if method == "CANCEL":
            faults.append("a cancellation has an alarm")
        if lines[-3][:3] != ("END", {}, "VALARM"):
            faults.append("the alarm is not the last in the event")
        if ("ACTION", {}, "DISPLAY") not in lines or not any(
            name == "TRIGGER" and value.startswith("-P") for name, _, value in lines
        ):
            faults.append("the alarm shows nothing, or not before the visit")
    for name in ("DTSTAMP", "DTSTART", "DTEND"):
        if not _UTC.fullmatch(values[name]) or once[name][1]:
            faults.append(f"{name} is not in UTC")
    if any(earlier >= later for earlier, later in pairwise((values["DTSTART"], values["DTEND"]))):
        faults.append("the visit does not end after it begins")
    if not re.fullmatch(r"\d+", values["SEQUENCE"]):
        faults.append("the sequence is not a number")
    if len(values["UID"].encode()) > 255:
        faults.append("the UID is too long")
    if values["CLASS"] != "PRIVATE":
        faults.append("the entry is not private")
    sender, recipient = parseaddr(str(mail["From"]))[1], parseaddr(str(mail["To"]))[1]
    if values["ORGANIZER"] != f"mailto:{sender}":
        faults.append("the organizer is not the sender")
    if values["ATTENDEE"] != f"mailto:{recipient}":
        faults.append("the attendee is not the recipient")
    if sender == recipient:
        faults.append("the organizer is the attendee")
    if any(name in names for name in ("ATTACH", "RRULE", "RDATE", "COMMENT", "CATEGORIES", "REQUEST-STATUS")):
        faults.append("the entry says more than an invitation should")
    return faults
