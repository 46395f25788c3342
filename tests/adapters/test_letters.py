"""What notices say, in every language, by mail and on paper."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses
from html.parser import HTMLParser
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.adapters import languages, letters
from scheduler.adapters.languages import CUSTOMER_LANGUAGES, direction
from scheduler.adapters.letters import render, text
from scheduler.adapters.mail import MailRefused
from scheduler.adapters.notices import Notice
from scheduler.domain.notices import Template
from tests.adapters.notices import MESSAGE_ID, NOW, PRODUCT, every_notice, notice
from tests.itip import calendar_of, faults_of_invitation, parsed
from tests.wording import REVEALING


def mailed(given: Notice) -> bytes:
    return render(given, message_id=MESSAGE_ID, now=NOW, product=PRODUCT)


def parts(given: Notice) -> dict[str, str]:
    """The mail's text and page by content type."""
    return {
        part.get_content_type(): part.get_content()
        for part in parsed(mailed(given)).walk()
        if part.get_content_type() in ("text/plain", "text/html")
    }


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def page(html: str) -> _Page:
    read = _Page()
    read.feed(html)
    return read


@pytest.mark.parametrize("language", CUSTOMER_LANGUAGES)
def test_no_notice_tells_a_bystander_what_it_is_about(language: str) -> None:
    for one in every_notice(language):
        mail = parsed(mailed(one))
        seen = [f"{name}: {value}" for name, value in mail.items()] + [*text(one), *parts(one).values()]
        seen += [part.get_filename() or "" for part in mail.walk()]
        if one.method:
            calendar = calendar_of(mailed(one)).decode().replace("\r\n ", "")
            seen += [line for line in calendar.split("\r\n") if not line.startswith("PRODID")]
        found = [match[0] for words in seen for match in REVEALING.finditer(words)]
        assert found == [], one.template


def test_the_word_list_finds_what_it_is_there_for() -> None:
    for words in (
        "Ihr Termin im Jobcenter",
        "Benefit emergency",
        "Kundennummer 123",
        "Beratung",
        "your concern",
        "Jobcenter’a randevunuz",
        "İşsizlik ödeneği",
        "Ваша зустріч у джобцентрі",
        "соціальна допомога",
        "موعدكم في مركز العمل",
        "إعانة البطالة",
    ):
        assert REVEALING.search(words)


@pytest.mark.parametrize("language, subject, first_lines", [
    ("de", "Ihr Termin am 3. Juni 2020, 09:00", [
      "Guten Tag Erika Beispiel,", "das ist Ihr Termin:",
      "Wann: Mittwoch, 3. Juni 2020, 09:00 Uhr bis 09:30 Uhr"]),
    ("en", "Your appointment on 3 June 2020, 09:00", [
      "Hello Erika Beispiel,", "This is your appointment:",
      "When: Wednesday, 3 June 2020, 09:00 to 09:30"]),
])  # fmt: skip
def test_an_invitation_says_when_where_how_and_what_to_bring(
    language: str, subject: str, first_lines: list[str]
) -> None:
    one = notice(language=language)
    title, body = text(one)
    assert title == subject
    assert [line for line in body.splitlines() if line][:3] == first_lines
    for said in (
        one.place,
        *one.route,
        *one.bring,
        one.reference,
        one.manage_url,
        *one.contact,
        one.sender_name,
    ):
        assert said is not None
        assert said in body
        assert said in "".join(page(parts(one)["text/html"]).words)
    assert "\n\n\n" not in body


@pytest.mark.parametrize("language, subject, first_lines", [
    ("de-simple", "Ihr Termin: 3. Juni 2020, 9:00 Uhr", [
      "Guten Tag Erika Beispiel,", "Das ist Ihr Termin:",
      "Wann: Mittwoch, 3. Juni 2020, 9:00 Uhr bis 9:30 Uhr"]),
    ("tr", "Randevunuz: 3 Haziran 2020, 09:00", [
      "Merhaba Erika Beispiel,", "Randevunuz:",
      "Ne zaman: 3 Haziran 2020 Çarşamba, 09:00 – 09:30"]),
    ("uk", "Ваша зустріч 3 червня 2020\u202fр., 09:00", [
      "Добрий день, Erika Beispiel!", "Ось ваша зустріч:",
      "Коли: середа, 3 червня 2020\u202fр., з 09:00 до 09:30"]),
    ("ar", "موعدكم: 3 يونيو 2020، 09:00", [
      "تحية طيبة \u2068Erika Beispiel\u2069،", "هذا هو موعدكم:",
      "الوقت: الأربعاء، 3 يونيو 2020، من الساعة 09:00 إلى الساعة 09:30"]),
])  # fmt: skip
def test_an_invitation_is_written_and_dated_in_the_customers_language(
    language: str, subject: str, first_lines: list[str]
) -> None:
    one = notice(language=language)
    title, body = text(one)
    assert title == subject
    assert [line for line in body.splitlines() if line][:3] == first_lines
    mail = parsed(mailed(one))
    assert str(make_header(decode_header(mail["Subject"]))) == subject
    assert mail["Content-Language"] == language
    assert f'<html lang="{language}" dir="{direction(language)}">' in parts(one)["text/html"]


def test_references_and_numbers_keep_their_order_among_words_from_right_to_left() -> None:
    one = notice("phone", "ar", reference="23ACDEFG", phone="030 23125-100", contact=("030 23125-7",))
    for said in (text(one)[1], parts(one)["text/html"]):
        for left_to_right in ("23ACDEFG", "030 23125-100", "030 23125-7"):
            assert f"\u2066{left_to_right}\u2069" in said
        assert said.count("\u2066") + said.count("\u2068") == said.count("\u2069")
    assert one.manage_url is not None
    assert f"\n{one.manage_url}\n" in text(one)[1], "a mark within a line would end up in the address"


def test_an_update_says_the_old_and_the_new_time() -> None:
    _, body = text(notice("update", previous_starts_at=datetime(2020, 6, 2, 8, 15, tzinfo=UTC), sequence=1))
    assert "Wann: Mittwoch, 3. Juni 2020, 09:00 Uhr bis 09:30 Uhr" in body
    assert "Bisher: Dienstag, 2. Juni 2020, 10:15 Uhr" in body


def test_times_are_those_of_the_office_in_summer_and_winter() -> None:
    winter = datetime(2020, 12, 3, 8, 0, tzinfo=UTC)
    assert "09:00" in text(notice(starts_at=winter, ends_at=winter))[0]
    assert "09:00" in text(notice())[0]


def test_a_cancellation_by_the_office_says_so_and_what_remains() -> None:
    one = notice("cancellation", method="CANCEL", by_office=True, reason="Unsere Häuser sind geschlossen.")
    subject, body = text(one)
    assert subject == "Abgesagt: Ihr Termin am 3. Juni 2020, 09:00"
    assert "Die Absage geht von uns aus, nicht von Ihnen. Ihnen entsteht daraus kein Nachteil." in body
    for said in ("Grund: Unsere Häuser sind geschlossen.", *one.contact, one.note):
        assert said is not None
        assert said in body
    assert "besuch/" not in body


def test_a_cancellation_by_the_customer_is_confirmed_without_their_words() -> None:
    _, body = text(notice("cancellation", method="CANCEL", reason="Ich bin im Krankenhaus"))
    assert "wie Sie es gewünscht haben" in body
    assert "Krankenhaus" not in body
    assert "Nachteil" not in body


def test_a_visit_that_became_a_call_says_who_calls_where() -> None:
    one = notice("phone", phone="0151 1234567", sequence=1)
    _, body = text(one)
    assert "Wir rufen Sie an unter: 0151 1234567" in body
    assert "Bitte kommen Sie nicht zu uns." in body
    assert "Kundentheke" not in body
    assert "Haupteingang" not in body


def test_a_receipt_has_no_calendar_and_promises_no_appointment() -> None:
    message = mailed(notice("receipt", method=None))
    assert [part.get_content_type() for part in parsed(message).walk()] == [
        "multipart/alternative", "text/plain", "text/html",
    ]  # fmt: skip
    _, body = text(notice("receipt", method=None))
    assert "Sie ist noch kein Termin" in body
    assert "sagen Ihnen, ob Sie zu dieser Zeit kommen können" in body


def test_a_declined_request_says_why_and_what_else_there_is() -> None:
    one = notice("declined", method=None, by_office=True, reason="Das geht auch am Telefon.")
    _, body = text(one)
    for said in (
        "Grund: Das geht auch am Telefon.",
        "Ihnen entsteht daraus kein Nachteil.",
        *one.contact,
        one.note,
    ):
        assert said is not None
        assert said in body


def test_a_replaced_entry_points_to_the_new_invitation() -> None:
    subject, body = text(notice("replaced", method="CANCEL", sequence=3))
    assert subject == "Ersetzt: Ihr Kalendereintrag für den 3. Juni 2020, 09:00"
    assert "Sie bekommen eine neue Einladung; nur diese gilt." in body


def test_without_link_channels_place_and_name_nothing_is_left_hanging() -> None:
    nothing = dict.fromkeys(("manage_url", "place", "note", "phone", "previous_starts_at"))
    empty: dict[str, tuple[str, ...]] = dict.fromkeys(("contact", "route", "bring"), ())
    headings = re.compile("None|Wo:|Weg|bringen|Hier|erreichen|Bescheid|Bei Fragen|Bisher")
    for one in every_notice("de"):
        _, body = text(Notice.from_values(one.to_values() | nothing | empty | {"name": ""}))
        assert body.startswith("Guten Tag,\n")
        assert headings.findall(body) == []


def test_the_page_of_a_mail_loads_and_runs_nothing() -> None:
    canary = "<script>alert(1)</script><img src=x onerror=alert(1)>\" onclick='x'"
    for one in every_notice("de"):
        texts = dict.fromkeys(("name", "place", "reason", "note", "phone"), canary)
        lists = dict.fromkeys(("bring", "contact", "route"), (canary,))
        html = parts(Notice.from_values(one.to_values() | texts | lists))["text/html"]
        read = page(html)
        assert not {"script", "img", "link", "iframe", "style", "form"} & set(read.tags)
        assert set(read.links) <= {one.manage_url}
        assert canary in " ".join(read.words)


@pytest.mark.parametrize("name", [
    "Erika\r\nBcc: eve@example.net", "Erika\nBcc: eve@example.net", 'Erika" <eve@example.net>, "',
    "=?utf-8?q?x?=", "Jürgen Größenwahn-Schäfer " * 20, "名前 " * 60, "A" * 900, "Erika \\",
    "eve@example.net, Erika",
])  # fmt: skip
def test_no_name_adds_a_header_or_a_recipient(name: str) -> None:
    one = notice(name=name)
    message = mailed(one)
    assert faults_of_invitation(message) == []
    mail = parsed(message)
    assert mail["Bcc"] is None
    assert [address.addr_spec for address in mail["To"].addresses] == ["erika@example.com"]
    # The newer parser of Python 3.11 puts blanks between encoded words, the older one reads by RFC 2047.
    ((shown, _),) = getaddresses([str(message_from_bytes(message)["To"])])
    assert str(make_header(decode_header(shown))) == one.name


def test_a_long_sender_name_with_umlauts_keeps_every_header_line_short() -> None:
    message = mailed(
        notice(sender_name="Zentrale Terminvergabe für Bürgerinnen und Bürger der Stadt Müsterstädt " * 3)
    )
    head = message.split(b"\r\n\r\n")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 90
    assert faults_of_invitation(message) == []


_WORDS = st.text(max_size=60) | st.sampled_from(
    ["<b>&amp;'\"</b>", "%(name)s {{ x }} %", "März", "\ue000name\ue001"]
)
_INSTANTS = st.integers(-(10**9), 10**9).map(lambda seconds: NOW + timedelta(seconds=seconds))


@settings(max_examples=50, deadline=None)
@given(
    one=st.builds(
        notice,
        st.sampled_from(list(Template)),
        st.sampled_from(["de", "en"]),
        name=_WORDS,
        place=st.none() | _WORDS,
        route=st.lists(_WORDS, max_size=2),
        contact=st.lists(_WORDS, max_size=2),
        note=st.none() | _WORDS,
        answer=st.lists(_WORDS, max_size=2),
        reference=_WORDS,
        reason=st.none() | _WORDS,
        phone=st.none() | _WORDS,
        manage_url=st.none() | _WORDS,
        sender_name=_WORDS,
        by_office=st.booleans(),
        starts_at=_INSTANTS,
        previous_starts_at=st.none() | _INSTANTS,
    )
)
def test_what_is_filled_in_is_what_the_templates_say(one: Notice) -> None:
    """A mail is filled into what was put into words once; its text alone is put into words each time."""
    one = replace(one, ends_at=one.starts_at)
    subject, body = text(one)
    message = mailed(one)
    plain, html = (part.get_content().replace("\r\n", "\n") for part in islice(_words_of(message), 2))
    header = str(message_from_bytes(message)["Subject"])
    assert str(make_header(decode_header(header))) == subject
    assert plain == body
    environment, values = letters._environment(one.written_in), letters._values(one) | {"subject": subject}
    written = environment.get_template(f"{one.template}/body.html").render(values)
    assert html == re.sub(r"\n{3,}", "\n\n", written).strip() + "\n"


def _words_of(message: bytes) -> Iterator[EmailMessage]:
    return (part for part in parsed(message).walk() if part.get_content_maintype() == "text")


def test_a_mail_rendered_twice_at_one_instant_is_the_same_to_the_byte() -> None:
    assert mailed(notice()) == mailed(notice())


def test_a_message_id_is_taken_with_and_without_brackets() -> None:
    bare = MESSAGE_ID.strip("<>")
    assert render(notice(), message_id=bare, now=NOW, product=PRODUCT) == mailed(notice())
    assert parsed(mailed(notice()))["Message-ID"] == MESSAGE_ID


def test_a_mail_to_nobody_or_to_the_office_itself_is_refused_for_good() -> None:
    for recipient in (None, "erika", "jürgen@example.com", "Termine@example.org"):
        with pytest.raises(MailRefused) as refused:
            mailed(notice("receipt", method=None, recipient=recipient))
        assert refused.value.permanent


def test_a_notice_survives_json_and_values_of_another_version() -> None:
    for one in every_notice("de"):
        values = json.loads(json.dumps(one.to_values()))
        assert Notice.from_values(values) == one
        assert Notice.from_values(values | {"written_by_a_later_version": 1}) == one
    old = {
        key: value
        for key, value in notice().to_values().items()
        if key not in ("phone", "previous_starts_at")
    }
    assert Notice.from_values(old) == notice()


def test_an_unknown_template_is_no_notice() -> None:
    with pytest.raises(ValueError, match="newsletter"):
        notice("newsletter")


def test_each_wording_has_an_edition_of_its_own_in_each_language(monkeypatch: pytest.MonkeyPatch) -> None:
    every = {letters.edition(template, language) for template in Template for language in CUSTOMER_LANGUAGES}
    assert len(every) == len(Template) * len(CUSTOMER_LANGUAGES)
    before = letters.edition(Template.LINK, "tr")
    words = languages.translations("tr")
    monkeypatch.setattr(words, "gettext", lambda text: text + "!")
    letters.edition.cache_clear()
    assert letters.edition(Template.LINK, "tr") != before
    letters.edition.cache_clear()
