"""The calendar entry that goes with a notice, as one person's calendar takes it (RFC 5545, 5546, 6047).

One entry, one organizer, one attendee, times in UTC. Employers and families may see what the entry says, so
it names a time, a place and a reference, and nothing of what the visit is about.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote

from icalendar import (
    CLASS,
    STATUS,
    TRANSP,
    Alarm,
    Calendar,
    Event,
    Parameters,
    Timezone,
    TimezoneStandard,
    vCalAddress,
    vText,
)
from icalendar.parser import param_value

from scheduler.adapters.languages import apart, code_apart, translations
from scheduler.adapters.mail import checked_address
from scheduler.adapters.notices import Kind, Notice
from scheduler.adapters.stencils import Stencil, gap, has_gaps
from scheduler.domain.feeds import REFRESH, Entry
from scheduler.domain.notices import Template

CANCEL = "CANCEL"
_PUBLISH = "PUBLISH"
_REMIND_BEFORE = timedelta(days=-1)
_KINDS_KEPT = 500
_INSTANTS_KEPT = 5000

# What TEXT values escape (RFC 5545, 3.3.11).
_ESCAPED = re.compile(r"[\\;,\r\n]")

# A line holds 75 octets with the blank that folding puts before it (RFC 5545, 3.1).
_OCTETS = 74

# What stands in the entry's lines of these names is the notice's own.
_OWN_LINES = {"DTSTAMP": "stamp", "DTSTART": "start", "DTEND": "end", "SEQUENCE": "sequence"}


def invitation(notice: Notice, *, stamp: datetime, product: str) -> bytes:
    """The iCalendar object of `notice`, written at `stamp` by `product` (name and version).

    icalendar writes it once for each kind of notice; what is the notice's own is filled in as it would have
    been. Raises MailRefused where the attendee's address cannot stand in a calendar.
    """
    recipient = checked_address(notice.recipient)
    if notice.ends_at < notice.starts_at:
        raise ValueError("the visit ends before it begins")
    values = {
        "uid": _text(notice.uid),
        "stamp": _instant(stamp),
        "start": _instant(notice.starts_at),
        "end": _instant(notice.ends_at),
        "sequence": str(int(notice.sequence)),
        "reference": _text(notice.reference),
        "recipient": _quoted(recipient),
        "name": _parameter(_unquoted(notice.name)),
        "manage_url": _text(notice.manage_url or ""),
    }
    lines = _lines(notice.kind, product)
    return b"".join([line if isinstance(line, bytes) else _folded(line.filled(values)) for line in lines])


def file_of(notice: Notice, *, stamp: datetime, product: str) -> bytes:
    """The visit of `notice` as a file to put into any calendar: for nobody by name (RFC 5546, 3.2.1)."""
    published = replace(notice, method=_PUBLISH, recipient=None)
    content: bytes = calendar_object(published, stamp=stamp, product=product).to_ical()
    return content


@lru_cache(maxsize=_KINDS_KEPT)
def _lines(kind: Kind, product: str) -> list[bytes | Stencil]:
    """A calendar object of this kind: finished lines in a row, and each one with something to fill in."""
    blank = Notice.blank(kind)
    lines: list[bytes | Stencil] = []
    recipient = gap("recipient")
    for line in calendar_object(blank, stamp=blank.starts_at, product=product).content_lines():
        name = line.partition(":")[0]
        with_gaps = line.replace(_quoted(recipient), recipient)
        if name in _OWN_LINES:
            lines.append(Stencil(f"{name}:{gap(_OWN_LINES[name])}"))
        elif has_gaps(with_gaps):
            lines.append(Stencil(with_gaps))
        elif line and lines and isinstance(lines[-1], bytes):
            lines[-1] += line.to_ical() + b"\r\n"
        elif line:
            lines.append(line.to_ical() + b"\r\n")
    return lines


def _folded(line: str) -> bytes:
    """Folded between characters, never behind what escapes the next one; as icalendar does it."""
    octets = line.encode()
    physical = []
    while len(octets) > _OCTETS:
        cut = _OCTETS
        while octets[cut] & 0xC0 == 0x80:
            cut -= 1
        if octets[cut - 1] in b"\\^":
            cut -= 1
        physical.append(octets[:cut])
        octets = octets[cut:]
    return b"\r\n ".join([*physical, octets]) + b"\r\n"


def _text(value: str) -> str:
    if not _ESCAPED.search(value):
        return value
    escaped: bytes = vText(value).to_ical()
    return escaped.decode()


def _parameter(value: str) -> str:
    quoted = any(character in value for character in Parameters.quote_also["CN"])
    written: str = param_value(value, always_quote=quoted)
    return written


@lru_cache(maxsize=_INSTANTS_KEPT)
def _instant(value: datetime) -> str:
    return f"{value.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def calendar_object(notice: Notice, *, stamp: datetime, product: str) -> Calendar:
    """The same, all of it written by icalendar."""
    calendar = Calendar()
    office = notice.sender_name.replace("/", " ")
    calendar.add("prodid", f"-//{office}//{product}//{notice.written_in.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", notice.method)
    calendar.add_component(_event(notice, stamp))
    return calendar


def _event(notice: Notice, stamp: datetime) -> Event:
    _ = translations(notice.written_in).gettext
    cancelled = notice.method == CANCEL
    event = Event.new(
        uid=notice.uid,
        stamp=stamp.astimezone(UTC),
        start=notice.starts_at.astimezone(UTC),
        end=notice.ends_at.astimezone(UTC),
        sequence=notice.sequence,
        summary=_("Appointment"),
        location=_("By phone") if notice.template is Template.PHONE else notice.place,
        description=_("This appointment is cancelled.") if cancelled else _description(notice),
        status=STATUS.CANCELLED if cancelled else STATUS.CONFIRMED,
        classification=CLASS.PRIVATE,
        transparency=TRANSP.OPAQUE,
        organizer=_calendar_address(notice.sender_address, notice.sender_name),
    )
    if notice.method != _PUBLISH:
        event.add("attendee", _attendee(notice))
    if not cancelled:
        # Last in the entry: Outlook loses the properties that follow an alarm.
        event.add_component(_reminder(_("Appointment")))
    return event


def _attendee(notice: Notice) -> vCalAddress:
    attendee = _calendar_address(notice.recipient or "", notice.name)
    attendee.params |= {
        "CUTYPE": "INDIVIDUAL",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "ACCEPTED",
        "RSVP": "FALSE",
    }
    return attendee


def _reminder(text: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", text)
    alarm.add("trigger", _REMIND_BEFORE)
    return alarm


def _calendar_address(address: str, name: str) -> vCalAddress:
    return vCalAddress.new(_quoted(address), cn=_unquoted(name) or None)


def _quoted(address: str) -> str:
    return quote(address, safe="@!$&'*+/=^_`{|}~.-")


def _unquoted(name: str) -> str:
    # A quotation mark would be written as ^', which many calendars show as it is (RFC 6868).
    return name.replace('"', "'")


def _description(notice: Notice) -> str:
    language = notice.written_in
    _ = translations(language).gettext
    lines = []
    if notice.template is Template.PHONE:
        lines += [_("We call you. Please do not come to us.")]
    else:
        lines += (
            [_("Your way: %(steps)s") % {"steps": apart(" – ".join(notice.route), language)}]
            if notice.route
            else []
        )
        lines += (
            [_("Please bring: %(things)s") % {"things": apart(", ".join(notice.bring), language)}]
            if notice.bring
            else []
        )
    lines += [_("Reference: %(reference)s") % {"reference": code_apart(notice.reference, language)}]
    if notice.manage_url:
        lines += [_("Move or cancel the appointment: %(url)s") % {"url": notice.manage_url}]
    return "\n".join(lines)


def feed(entries: Iterable[Entry], *, name: str, organizer: str, language: str) -> bytes:
    """A calendar to subscribe to: neutral titles, nobody by name, the same bytes for the same visits."""
    _ = translations(language).gettext
    calendar = Calendar()
    calendar.add("prodid", f"-//{name.replace('/', ' ')}//Theke//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", _PUBLISH)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", f"PT{REFRESH // timedelta(minutes=1)}M")
    # Readers take no calendar without anything in it; no time here needs a zone.
    calendar.add_component(_utc())
    for entry in entries:
        calendar.add_component(
            Event.new(
                uid=entry.uid,
                stamp=entry.changed_at.astimezone(UTC),
                last_modified=entry.changed_at.astimezone(UTC),
                start=entry.starts_at.astimezone(UTC),
                end=entry.ends_at.astimezone(UTC),
                sequence=entry.sequence,
                summary=_("Appointment"),
                location=entry.place,
                description=_("Reference: %(reference)s") % {"reference": entry.reference},
                status=STATUS.CONFIRMED,
                classification=CLASS.PRIVATE,
                transparency=TRANSP.OPAQUE,
                organizer=_calendar_address(organizer, name),
            )
        )
    content: bytes = calendar.to_ical()
    return content


def _utc() -> Timezone:
    zone, standard = Timezone(), TimezoneStandard()
    zone.add("tzid", "UTC")
    standard.add("dtstart", datetime(1970, 1, 1))  # noqa: DTZ001  # local time, as RFC 5545 3.6.5 has it
    standard.add("tzoffsetfrom", timedelta(0))
    standard.add("tzoffsetto", timedelta(0))
    standard.add("tzname", "UTC")
    zone.add_component(standard)
    return zone
