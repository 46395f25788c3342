"""The calendar entry that goes with a notice, as one person's calendar takes it (RFC 5545, 5546, 6047).

One entry, one organizer, one attendee, times in UTC. Employers and families may see what the entry says, so
it names a time, a place and a reference, and nothing of what the visit is about.
"""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from icalendar import CLASS, STATUS, TRANSP, Alarm, Calendar, Event, vCalAddress

from scheduler.adapters.mail import checked_address
from scheduler.adapters.notices import Notice
from scheduler.adapters.words import translations
from scheduler.domain.notices import Template

CANCEL = "CANCEL"
_REMIND_BEFORE = timedelta(days=-1)


def invitation(notice: Notice, *, stamp: datetime, product: str) -> bytes:
    """The iCalendar object of `notice`, written at `stamp` by `product` (name and version).

    Raises MailRefused where the attendee's address cannot stand in a calendar.
    """
    calendar = Calendar()
    office = notice.sender_name.replace("/", " ")
    calendar.add("prodid", f"-//{office}//{product}//{notice.written_in.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", notice.method)
    calendar.add_component(_event(notice, stamp))
    written: bytes = calendar.to_ical()
    return written


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
    attendee = _calendar_address(checked_address(notice.recipient), notice.name)
    attendee.params |= {
        "CUTYPE": "INDIVIDUAL",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "ACCEPTED",
        "RSVP": "FALSE",
    }
    event.add("attendee", attendee)
    if not cancelled:
        # Last in the entry: Outlook loses the properties that follow an alarm.
        event.add_component(_reminder(_("Appointment")))
    return event


def _reminder(text: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", text)
    alarm.add("trigger", _REMIND_BEFORE)
    return alarm


def _calendar_address(address: str, name: str) -> vCalAddress:
    # A quotation mark would be written as ^', which many calendars show as it is (RFC 6868).
    return vCalAddress.new(quote(address, safe="@!$&'*+/=^_`{|}~.-"), cn=name.replace('"', "'") or None)


def _description(notice: Notice) -> str:
    _ = translations(notice.written_in).gettext
    lines = []
    if notice.template is Template.PHONE:
        lines += [_("We call you. Please do not come to us.")]
    else:
        lines += [_("Your way: %(steps)s") % {"steps": " – ".join(notice.route)}] if notice.route else []
        lines += [_("Please bring: %(things)s") % {"things": ", ".join(notice.bring)}] if notice.bring else []
    lines += [_("Reference: %(reference)s") % {"reference": notice.reference}]
    if notice.manage_url:
        lines += [_("Move or cancel the appointment: %(url)s") % {"url": notice.manage_url}]
    return "\n".join(lines)
