"""People: what can be taken as a name, an address, a number."""

import unicodedata
from dataclasses import replace
from datetime import date

import pytest

from scheduler.domain.errors import Fault, Invalid
from scheduler.domain.people import (
    Customer,
    checked_customer,
    fault_of_text,
    has_control_characters,
    is_email_address,
)

TODAY = date(2020, 3, 10)
ADA = Customer("Ada Arendt")


def faults(customer: Customer) -> dict[str, str]:
    try:
        checked_customer(customer, today=TODAY)
    except Invalid as error:
        return {path: fault.why for path, fault in error.fields.items()}
    return {}


def test_blanks_around_are_dropped_and_what_is_empty_is_not_known() -> None:
    typed = Customer("  Ada Arendt ", email=" ", phone=" 030 12345 ", address="", number=" 7 ")
    assert checked_customer(typed, today=TODAY) == Customer("Ada Arendt", phone="030 12345", number="7")


def test_every_wrong_field_is_named_with_its_path() -> None:
    wrong = Customer(" ", "x", "y", "z" * 301, "\x00", date(2020, 3, 11), "Deutsch!")
    assert faults(wrong) == {
        "customer.name": "missing",
        "customer.email": "not_an_email",
        "customer.phone": "not_a_phone",
        "customer.address": "too_long",
        "customer.number": "control_characters",
        "customer.born": "not_a_birth_date",
        "customer.language": "not_a_language",
    }


def test_the_path_begins_as_the_form_says() -> None:
    with pytest.raises(Invalid) as caught:
        checked_customer(Customer(""), today=TODAY, prefix="")
    assert caught.value.fields == {"name": Fault("missing")}


@pytest.mark.parametrize(
    "email",
    [
        "a@b.de",
        "ada.arendt+theke@mail.example.org",
        "o'neill@example.org",
        "x@xn--mller-kva.de",
        "A_b-c@EXAMPLE.ORG",
    ],
)
def test_addresses_that_mail_servers_take(email: str) -> None:
    assert is_email_address(email)


@pytest.mark.parametrize(
    "email",
    [
        *("ada", "ada@", "@example.org", "ada@example", "ada@example.c", "ada@.org", "ada@example..org"),
        *(".ada@example.org", "ada.@example.org", "a..b@example.org", "ada@exam ple.org", "a b@example.org"),
        *("ada@example.org,emre@example.org", "ada@example.org\nBcc: emre@example.org", "<ada@example.org>"),
        *("äda@example.org", "ada@müller.de", "ada@-example.org", "ada@example-.org", '"ada"@example.org'),
        *(
            "a" * 65 + "@example.org",
            "ada@" + "a" * 64 + ".org",
            "ada@" + "a." * 130 + "org",
            "ada@[127.0.0.1]",
        ),
    ],
)
def test_addresses_that_would_come_back_or_go_astray(email: str) -> None:
    assert not is_email_address(email)


@pytest.mark.parametrize(
    "phone", ["110", "030 12345", "+49 30 23125-100", "(030) 231 25", "+49 (0)30/23125.100", "0151-1234567"]
)
def test_numbers_as_people_write_them(phone: str) -> None:
    assert faults(replace(ADA, phone=phone)) == {}


@pytest.mark.parametrize(
    "phone", ["1---", "12", "030 12345 abends", "()", "+", "٠٣٠١٢٣", "030\t123", "1 2 " * 11]
)
def test_what_nobody_could_dial(phone: str) -> None:
    assert list(faults(replace(ADA, phone=phone))) == ["customer.phone"]


@pytest.mark.parametrize(
    "born, right", [(date(1879, 12, 31), False), (date(1880, 1, 1), True), (TODAY, True)]
)
def test_dates_of_birth_are_of_people_alive(born: date, right: bool) -> None:
    assert (faults(replace(ADA, born=born)) == {}) is right


@pytest.mark.parametrize("language", ["de", "en", "uk", "zh-Hant", "sr-Latn-RS"])
def test_languages_are_tags(language: str) -> None:
    assert faults(replace(ADA, language=language)) == {}


@pytest.mark.parametrize("language", ["", "DE", "deutsch!", "de_DE", "x" * 21, "de-" + "a" * 20])
def test_other_words_are_no_languages(language: str) -> None:
    assert list(faults(replace(ADA, language=language))) == ["customer.language"]


@pytest.mark.parametrize(
    "character", ["\r", "\n", "\t", "\0", "\x7f", "\x85", "\u2028", "\u2029", "\u202e", "\u2066", "\ud800"]
)
def test_nothing_that_ends_a_header_or_turns_a_sentence_gets_in(character: str) -> None:
    for name in (f"Ada{character}Arendt", f"Ada{character}", f"{character}Ada"):
        assert faults(replace(ADA, name=name)) == {"customer.name": "control_characters"}


def test_an_address_has_lines() -> None:
    assert faults(replace(ADA, address="Beispielweg 3\n12345 Musterstadt")) == {}
    assert has_control_characters("a\nb")
    assert not has_control_characters("a\nb", lines=True)
    assert has_control_characters("a\r\nb", lines=True)


def test_control_characters_are_those_that_unicode_calls_so() -> None:
    turns = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    for one in map(chr, range(0x10000)):
        expected = unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp") or one in turns
        assert has_control_characters(one) is expected, hex(ord(one))


def test_names_of_all_scripts_are_names() -> None:
    for name in ("Nguyễn Thị Bình", "محمد", "李晨", "Ó Súilleabháin", "Zoë-Fee d’Arc"):
        assert faults(replace(ADA, name=name)) == {}


def test_a_text_may_be_as_long_as_is_said() -> None:
    assert fault_of_text("x" * 10, longest=10) is None
    assert fault_of_text("x" * 11, longest=10) == Fault("too_long", longest=10)
