"""Notices as the office's changes leave them, for the tests of what is written and sent."""

from datetime import UTC, datetime
from typing import Any

from scheduler.adapters.notices import Notice

NOW = datetime(2020, 5, 28, 10, 30, tzinfo=UTC)
PRODUCT = "Theke 0.1.0"
MESSAGE_ID = "<3f0d2c52-6b8a-4a9e-9a55-2f7a52f1c001@amt.example>"
"""As the office writes it when it renders a notice."""

_WORDS: dict[str, dict[str, Any]] = {
    "de": {
        "place": "Beispielstraße 1, 12345 Musterstadt, Kundentheke 1",
        "route": ("Haupteingang", "Hände desinfizieren", "der gelben Linie folgen, rechts gehen"),
        "bring": ("Personalausweis", "Mund-Nasen-Bedeckung"),
        "contact": ("telefonisch unter 030 23125-100", "per E-Mail an service@example.org"),
        "note": "Einen Antrag können Sie jederzeit stellen, auch formlos.",
        "sender_name": "Terminservice",
    },
    "en": {
        "place": "Beispielstraße 1, 12345 Musterstadt, Counter 1",
        "route": ("Main entrance", "disinfect your hands", "follow the yellow line, keep right"),
        "bring": ("identity card", "mask"),
        "contact": ("by phone, 030 23125-100", "by e-mail to service@example.org"),
        "note": "You can file an application at any time, without any form.",
        "sender_name": "Appointment service",
    },
    "uk": {
        "place": "Beispielstraße 1, 12345 Musterstadt, стійка 1",
        "route": ("головний вхід", "продезінфікуйте руки", "уздовж жовтої лінії, тримайтеся праворуч"),
        "bring": ("посвідчення особи", "маска"),
        "contact": ("телефоном 030 23125-100", "електронною поштою service@example.org"),
        "note": "Подати заяву можна будь-коли, у довільній формі.",
        "sender_name": "Служба запису",
    },
    "ar": {
        "place": "Beispielstraße 1, 12345 Musterstadt، المنضدة 1",
        "route": ("المدخل الرئيسي", "تعقيم اليدين", "اتبعوا الخط الأصفر والزموا اليمين"),
        "bring": ("الهوية الشخصية", "كمامة"),
        "contact": ("هاتفيًا على 030 23125-100", "عبر البريد service@example.org"),
        "note": "يمكنكم تقديم طلب في أي وقت ومن دون شكل معين.",
        "sender_name": "خدمة المواعيد",
    },
}


def notice(template: str = "invitation", language: str = "de", **values: Any) -> Notice:
    """Erika Beispiel's visit on 3 June 2020, 09:00 at the office in Berlin."""
    given: dict[str, Any] = {
        "template": template,
        "language": language,
        "name": "Erika Beispiel",
        "starts_at": datetime(2020, 6, 3, 7, 0, tzinfo=UTC),
        "ends_at": datetime(2020, 6, 3, 7, 30, tzinfo=UTC),
        "timezone": "Europe/Berlin",
        "reference": "ACDEFGHJ",
        "uid": "0c9d1a30-7d0c-4a5e-8a53-5c0f6f2f6a10@amt.example",
        "sequence": 0,
        "sender_address": "termine@example.org",
        "recipient": "erika@example.com",
        "method": "REQUEST",
        "manage_url": "https://termine.example.org/besuch/kq3VbX0u8d2L",
    }
    return Notice(**(given | _WORDS.get(language, _WORDS["de"]) | values))


def every_notice(language: str) -> list[Notice]:
    """One of each template, with the method it is sent with, and both ways to cancel."""
    moved = datetime(2020, 6, 2, 7, 0, tzinfo=UTC)
    return [
        notice("invitation", language),
        notice("update", language, sequence=1, previous_starts_at=moved),
        notice("cancellation", language, sequence=2, method="CANCEL", by_office=True),
        notice("cancellation", language, sequence=2, method="CANCEL"),
        notice("phone", language, sequence=1, phone="0151 1234567"),
        notice("receipt", language, method=None),
        notice("declined", language, method=None, by_office=True),
        notice("delayed", language, method=None, expected_at=datetime(2020, 6, 3, 7, 20, tzinfo=UTC)),
        notice("reminder", language, method=None),
        notice("link", language, method=None),
        notice(
            "offer",
            language,
            method=None,
            previous_starts_at=datetime(2020, 6, 9, 7, 0, tzinfo=UTC),
            expected_at=datetime(2020, 6, 1, 12, 0, tzinfo=UTC),
        ),
        notice("replaced", language, sequence=3, method="CANCEL", by_office=True),
    ]
