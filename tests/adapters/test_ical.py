"""The calendar entry of a notice, as several independent parsers and the rules of itip read it."""

from base64 import encodebytes
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import ics
import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from scheduler.adapters.ical import calendar_object, invitation
from scheduler.adapters.languages import CUSTOMER_LANGUAGES
from scheduler.adapters.letters import render
from scheduler.adapters.mail import MailRefused
from scheduler.adapters.notices import Notice
from tests.adapters.notices import MESSAGE_ID, NOW, PRODUCT, every_notice, notice
from tests.itip import calendar_of, faults_of_invitation

NASTY = [
    'Erika "Rika" Beispiel',
    "Beispiel; Erika, Dr.: med.",
    "Erika\r\nATTENDEE:mailto:eve@example.net",
    "Erika\\nBEGIN:VEVENT\nBEGIN:VEVENT",
    "END:VCALENDAR\r\nBEGIN:VCALENDAR",
    "Erika 🧑🏽‍🦽 Ünïcödé 名前 " * 8,
    "<b>Erika</b>&amp;<script>alert(1)</script>",
    "Erika\x00\x07\x1b\x85\u2028\u2029\u202eB",
    "^'Erika^n",
    "=?utf-8?q?Erika?= <eve@example.net>",
    "Erika\ud800",
    "",
    "A" * 400,
]


def mailed(given: Notice) -> bytes:
    return render(given, message_id=MESSAGE_ID, now=NOW, product=PRODUCT)


def entry(given: Notice) -> bytes:
    return invitation(given, stamp=NOW, product=PRODUCT)


@pytest.mark.parametrize("language", CUSTOMER_LANGUAGES)
def test_every_calendar_entry_obeys_the_rules_of_itip(language: str) -> None:
    faults = {one.template: faults_of_invitation(mailed(one)) for one in every_notice(language) if one.method}
    assert faults == {template: [] for template in faults}
    assert len(faults) == 5


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("field", ["name", "place", "reason", "reference", "sender_name", "manage_url"])
def test_no_text_breaks_out_of_its_property(field: str, text: str) -> None:
    message = mailed(notice(**{field: text}))
    assert faults_of_invitation(message) == []
    calendar = Calendar.from_ical(calendar_of(message))
    assert len(calendar.events) == 1
    assert calendar.events[0].errors == []
    assert str(calendar.events[0]["attendee"]) == "mailto:erika@example.com"


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=200), other=st.text(max_size=200))
def test_any_text_comes_through_or_is_cleaned(text: str, other: str) -> None:
    one = notice(name=text, place=other, bring=(other, text))
    message = mailed(one)
    assert faults_of_invitation(message) == []
    event = Calendar.from_ical(calendar_of(message)).events[0]
    assert (event.get("location") or "") == (one.place or "")


_WORDS = st.one_of(st.sampled_from(NASTY), st.text(max_size=160), st.text("\\,;:^'\"ä🧑n ", max_size=90))
_INSTANTS = st.integers(-(10**9), 10**9).map(lambda seconds: NOW + timedelta(seconds=seconds))
_NOTICES = st.builds(
    notice,
    st.sampled_from(["invitation", "update", "cancellation", "phone", "replaced"]),
    st.sampled_from(["de", "en"]),
    name=_WORDS,
    place=st.none() | _WORDS,
    route=st.lists(_WORDS, max_size=2),
    bring=st.lists(_WORDS, max_size=2),
    reference=_WORDS,
    uid=_WORDS,
    manage_url=st.none() | _WORDS,
    sender_name=_WORDS,
    recipient=st.sampled_from(["erika@example.com", "o'hara_x+{y}%z@example.com"]),
    sequence=st.integers(0, 10**6),
    method=st.sampled_from(["REQUEST", "CANCEL"]),
    starts_at=_INSTANTS,
)


@settings(max_examples=120, deadline=None)
@given(one=_NOTICES)
def test_what_is_filled_in_is_what_the_library_would_have_written(one: Notice) -> None:
    one = replace(one, ends_at=one.starts_at + timedelta(minutes=30))
    assert entry(one) == calendar_object(one, stamp=NOW, product=PRODUCT).to_ical()


def test_one_that_folds_elsewhere_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the test before."""
    monkeypatch.setattr("scheduler.adapters.ical._OCTETS", 75)
    one = notice(name="Erika Ünïcödé " * 9)
    assert entry(one) != calendar_object(one, stamp=NOW, product=PRODUCT).to_ical()
    assert faults_of_invitation(mailed(one)) == ["a line of the calendar is longer than 75 octets"]


def test_a_guard_without_cleaning_would_let_control_characters_through() -> None:
    broken = entry(notice(name="Erika")).replace(b"Erika", b"Eri\x07ka")
    assert Calendar.from_ical(broken).events  # the parser does not mind, so the rule's own check must
    good = mailed(notice())
    assert faults_of_invitation(_with_calendar(good, broken)) == ["the calendar has control characters"]


def _with_calendar(message: bytes, calendar: bytes, *, method: str | None = None) -> bytes:
    from_, to = calendar_of(message), calendar
    head, *bodies = message.split(_base64(from_))
    changed = _base64(to).join([head, *bodies])
    return changed.replace(b"; method=REQUEST", b"; method=" + method.encode()) if method else changed


def _base64(calendar: bytes) -> bytes:
    return encodebytes(calendar).replace(b"\n", b"\r\n")


@pytest.mark.parametrize("old, new, fault", [
    (b"METHOD:REQUEST", b"METHOD:CANCEL", "the methods of part and calendar differ"),
    (b"STATUS:CONFIRMED", b"STATUS:CANCELLED", "status and method do not fit"),
    (b"SEQUENCE:0\r\n", b"", "SEQUENCE stands 0 times"),
    (b"20200603T070000Z", b"20200603T070000", "DTSTART is not in UTC"),
    (b"20200603T073000Z", b"20200603T070000Z", "the visit does not end after it begins"),
    (b"mailto:termine@example.org", b"mailto:other@example.org", "the organizer is not the sender"),
    (b"mailto:erika@example.com", b"mailto:other@example.com", "the attendee is not the recipient"),
    (b"CLASS:PRIVATE", b"CLASS:PUBLIC", "the entry is not private"),
    (b"\r\nUID", b"\nUID", "a line of the calendar does not end with CRLF"),
    (b"SUMMARY:Termin", b"SUMMARY:" + b"Termin" * 20, "a line of the calendar is longer than 75 octets"),
    (b"SUMMARY:Termin\r\n", b"SUMMARY:Termin\r\n\r\n", "the calendar has an empty line"),
    (b"TRIGGER:-P1D", b"TRIGGER:P1D", "the alarm shows nothing, or not before the visit"),
])  # fmt: skip
def test_the_check_notices_each_broken_rule(old: bytes, new: bytes, fault: str) -> None:
    message = mailed(notice())
    calendar = calendar_of(message)
    assert old in calendar
    assert fault in faults_of_invitation(_with_calendar(message, calendar.replace(old, new)))


def test_a_cancellation_with_an_alarm_is_noticed() -> None:
    message = mailed(notice())
    calendar = (
        calendar_of(message).replace(b"METHOD:REQUEST", b"METHOD:CANCEL").replace(b"CONFIRMED", b"CANCELLED")
    )
    assert faults_of_invitation(_with_calendar(message, calendar, method="CANCEL")) == [
        "it has other components than one event, and one alarm in a request",
        "a cancellation has an alarm",
    ]


@pytest.mark.parametrize("language, title", [("de", "Termin"), ("en", "Appointment")])
def test_three_parsers_read_the_same_visit(language: str, title: str) -> None:
    one = notice(language=language, sequence=3)
    written = entry(one).decode()

    by_icalendar = Calendar.from_ical(written).events[0]
    assert by_icalendar.start == one.starts_at
    assert by_icalendar.end == one.ends_at
    assert by_icalendar["summary"] == title
    assert by_icalendar["sequence"] == 3
    assert by_icalendar.errors == []

    by_vobject = vobject.readOne(written, validate=True)
    assert by_vobject.method.value == "REQUEST"
    event = by_vobject.vevent
    assert (event.dtstart.value, event.dtend.value) == (one.starts_at, one.ends_at)
    assert event.summary.value == title
    assert event.location.value == one.place
    assert event.uid.value == one.uid
    assert event.attendee.value == "mailto:erika@example.com"
    assert event.attendee.params["CN"] == ["Erika Beispiel"]
    assert one.manage_url in event.description.value

    (by_ics,) = ics.Calendar(written).events
    assert by_ics.begin.datetime == one.starts_at
    assert by_ics.end.datetime == one.ends_at
    assert by_ics.name == title
    assert by_ics.location == one.place
    assert by_ics.uid == one.uid
    assert len(by_ics.alarms) == 1


@pytest.mark.parametrize("text", NASTY)
def test_other_parsers_read_awkward_texts_as_they_were(text: str) -> None:
    one = notice(name=text, place=text)
    written = entry(one).decode()
    event = vobject.readOne(written).vevent
    (by_ics,) = ics.Calendar(written).events
    if one.place:
        assert event.location.value == one.place
    # ics takes a written backslash before an n for a line break.
    if one.place and "\\n" not in one.place:
        assert by_ics.location == one.place
    assert event.attendee.value == "mailto:erika@example.com"


def test_quotation_marks_in_a_name_are_written_as_every_calendar_shows_them() -> None:
    assert b"CN=\"Erika 'Rika' Beispiel\"" in entry(notice(name='Erika "Rika" Beispiel'))


def test_a_visit_by_phone_has_a_neutral_location_and_no_number() -> None:
    written = entry(notice("phone", phone="0151 1234567", sequence=1))
    event = Calendar.from_ical(written).events[0]
    assert event["location"] == "Telefon"
    assert b"0151" not in written
    assert b"Kundentheke" not in written


def test_an_entry_written_again_differs_only_in_its_stamp() -> None:
    one = notice()
    later = invitation(one, stamp=NOW + timedelta(hours=2), product=PRODUCT)
    assert later != entry(one)
    assert later.replace(b"20200528T123000Z", b"20200528T103000Z") == entry(one)


def test_instants_of_any_offset_are_written_in_utc() -> None:
    fixed = timezone(timedelta(hours=2))
    one = notice(
        starts_at=datetime(2020, 6, 3, 9, 0, tzinfo=fixed), ends_at=datetime(2020, 6, 3, 9, 30, tzinfo=fixed)
    )
    stamped = invitation(one, stamp=NOW.astimezone(fixed), product=PRODUCT)
    assert stamped == entry(notice())
    assert datetime(2020, 6, 3, 7, 0, tzinfo=UTC) == Calendar.from_ical(stamped).events[0].start


@pytest.mark.parametrize("language", ["fr", "de-CH", "fa"])
def test_languages_that_the_office_does_not_write_get_german(language: str) -> None:
    assert entry(notice(language=language)) == entry(notice())


def test_an_english_region_gets_english() -> None:
    assert b"SUMMARY:Appointment" in entry(notice(language="en-GB"))


@pytest.mark.parametrize(
    "address", [None, "", "erika", "erika@", "a b@example.org", "erika@exämple.org", "a@b.de\r\nX:y"]
)
def test_an_address_that_no_calendar_takes_is_refused_for_good(address: str | None) -> None:
    with pytest.raises(MailRefused) as refused:
        entry(notice(recipient=address))
    assert refused.value.permanent


@pytest.mark.parametrize("address", ["erika+termin@example.com", "o'hara_x@example.com", "a{b}c@example.com"])
def test_unusual_addresses_stand_in_the_entry_as_they_are(address: str) -> None:
    assert faults_of_invitation(mailed(notice(recipient=address))) == []
