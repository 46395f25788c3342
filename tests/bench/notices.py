"""Mails with calendar entries put into words, beside icalendar alone that writes a bare entry."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, Timezone, vCalAddress

from scheduler.adapters.letters import render
from scheduler.adapters.notices import Notice
from scheduler.domain.notices import Template
from tests.bench.figures import Figure, in_turn

_ZONE = ZoneInfo("Europe/Berlin")
_NOW = datetime(2020, 5, 28, 10, 30, tzinfo=UTC)
_PEOPLE = 500
_ROUNDS, _SECONDS = 7, 1.0
_LINES = """BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""
_BERLIN = Timezone.from_ical(_LINES)


def measure(full: bool) -> list[Figure]:
    """By the processor's time: both are one process at work, and others may be busy beside them."""
    rounds, seconds = (_ROUNDS, _SECONDS) if full else (1, 0.1)
    figures = []
    for template, method in ((Template.INVITATION, "REQUEST"), (Template.CANCELLATION, "CANCEL")):
        rows = [_row(number, template=template, method=method) for number in range(_PEOPLE)]

        def write(number: int, rows: list[dict[str, Any]] = rows) -> object:
            return _mail(number, rows[number])

        found = in_turn(lambda: _rate(_entry, seconds), lambda: _rate(write, seconds), rounds=rounds)
        figures.append(Figure(f"{template}, mail and entry", *found, "a second", True, 0.5, 5))
    return figures


def _rate(write: Callable[[int], object], seconds: float) -> float:
    written, begin = 0, time.process_time()
    while (taken := time.process_time() - begin) < seconds:
        for number in range(_PEOPLE // 10):
            write((written + number) % _PEOPLE)
        written += _PEOPLE // 10
    return written / taken


def _starts_at(number: int) -> datetime:
    return datetime(2020, 6, 3, 7, tzinfo=UTC) + timedelta(minutes=15 * number)


def _entry(number: int) -> bytes:
    """The floor."""
    start = _starts_at(number).astimezone(_ZONE)
    calendar = Calendar()
    calendar.add("prodid", "-//x//y//DE")
    calendar.add("version", "2.0")
    calendar.add("method", "REQUEST")
    calendar.add_component(_BERLIN)
    event = Event.new(
        uid=f"{number:08}-7d0c-4a5e-8a53-5c0f6f2f6a10@amt.example",
        stamp=_NOW,
        start=start,
        end=start + timedelta(minutes=30),
        sequence=0,
        summary="Termin",
        location="Beispielstraße 1, 12345 Musterstadt, Kundentheke 1",
        description=f"Kennung: R{number:07}",
        organizer=vCalAddress.new("termine@example.org", cn="Terminservice"),
    )
    event.add("attendee", vCalAddress.new(f"nummer-{number}@example.com", cn=f"Jürgen Nummer {number}"))
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", "Termin")
    alarm.add("trigger", timedelta(days=-1))
    event.add_component(alarm)
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def _row(number: int, *, template: Template, method: str) -> dict[str, Any]:
    """A notice as it lies in the outbox."""
    start = _starts_at(number)
    notice = Notice(
        template=template,
        method=method,
        language="de",
        name=f"Jürgen Nummer {number}",
        recipient=f"nummer-{number}@example.com",
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
        timezone="Europe/Berlin",
        reference=f"R{number:07}",
        uid=f"{number:08}-7d0c-4a5e-8a53-5c0f6f2f6a10@amt.example",
        sequence=1,
        by_office=True,
        sender_name="Terminservice",
        sender_address="termine@example.org",
        place=f"Beispielstraße 1, 12345 Musterstadt, Kundentheke {number % 20}",
        route=("Haupteingang", "Hände desinfizieren", "der gelben Linie folgen, rechts gehen"),
        bring=("Personalausweis", "Mund-Nasen-Bedeckung"),
        contact=("telefonisch unter 030 23125-100", "per E-Mail an service@example.org"),
        note="Einen Antrag können Sie jederzeit stellen, auch formlos.",
    )
    return notice.to_values()


def _mail(number: int, values: dict[str, Any]) -> bytes:
    """What the product does with the row, all but sending it."""
    identity = f"<{number:08}-6b8a-4a9e-9a55-2f7a52f1c001@amt.example>"
    return render(Notice.from_values(values), message_id=identity, now=_NOW, product="Theke")
