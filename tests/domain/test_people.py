"""People: what can be taken as a name, an address, a number."""

import unicodedata
from dataclasses import replace
from datetime import date

import pytest

from scheduler.domain.errors import Fault, Invalid
from scheduler.domain.people import (
    Customer,
    Sought,
    checked_customer,
    fault_of_text,
    folded,
    gathered,
    halves,
    has_control_characters,
    is_email_address,
    is_near,
    search_words,
    sought,
    swapped,
    typed_customer,
    words_of_name,
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


@pytest.mark.parametrize(
    "name, letters",
    [
        ("Jürgen Groß", "juergen gross"),
        ("JUERGEN GROSS", "juergen gross"),
        ("Łukasz Żółć", "lukasz zolc"),
        ("O’Neill-Şimşek", "oneill-simsek"),
        ("Ju\u0308rgen", "juergen"),
    ],
)
def test_a_name_is_compared_without_marks_and_with_umlauts_spelled_out(name: str, letters: str) -> None:
    assert folded(name) == letters


def test_the_order_of_names_and_strokes_between_them_do_not_matter() -> None:
    assert words_of_name("Meyer-Groß, Änne") == words_of_name("aenne gross MEYER") != ()


def test_somebody_is_found_by_names_and_numbers() -> None:
    known = Customer("Änne Groß", number="123 K/45", household="BG 7")
    assert search_words(known) == ("aenne", "gross", "12345", "123k45", "7", "bg7")


@pytest.mark.parametrize(
    "text, meant",
    [
        ("Groß, Änne", Sought(words=("aenne", "gross"))),
        ("groß 5.3.1980", Sought(words=("gross",), born=date(1980, 3, 5))),
        ("05.03.80", Sought(born=date(1980, 3, 5))),
        ("05.03.19", Sought(born=date(2019, 3, 5))),
        ("05.03.21", Sought(born=date(1921, 3, 5))),
        ("1980-03-05 gross", Sought(words=("gross",), born=date(1980, 3, 5))),
        ("31.2.1980", Sought(number="3121980", phone="3121980")),
        ("+49 (0)30 / 123-45", Sought(number="4903012345", phone="03012345")),
        ("123 K 45", Sought(number="12345", phone="12345")),
        ("123K45", Sought(number="123k45", phone="12345")),
        ("Ada@Example.org", Sought(email="ada@example.org")),
        ("x", Sought()),
        ("  ", Sought()),
        ("%_*", Sought()),
    ],
)
def test_the_one_box_is_read_in_any_order(text: str, meant: Sought) -> None:
    assert sought(text, today=TODAY) == meant
    assert bool(meant) == (meant != Sought())


@pytest.mark.parametrize(
    "text, somebody",
    [
        ("Groß, Änne", Customer("Groß, Änne")),
        ("Änne Groß 5.3.1980 030 12345", Customer("Änne Groß", phone="030 12345", born=date(1980, 3, 5))),
        ("Änne Groß 123K45", Customer("Änne Groß", number="123K45")),
        ("anne@example.org Änne", Customer("Änne", email="anne@example.org")),
        ("12345", Customer("", number="12345")),
    ],
)
def test_somebody_new_is_read_from_the_one_box(text: str, somebody: Customer) -> None:
    assert typed_customer(text, today=TODAY, language="de") == somebody


@pytest.mark.parametrize(
    "typed, word, near",
    [
        ("mueler", "mueller", True),
        ("muller", "mueller", True),
        ("muellre", "mueller", True),
        ("mxyller", "mueller", False),
        ("schmitd", "schmidt", True),
        ("schwarzenbergr", "schwarzenberger", True),
        ("schwarzenbrgr", "schwarzenberger", True),
        ("beck", "bock", True),
        ("beck", "bach", False),
    ],
)
def test_one_mistake_is_forgiven_and_two_in_a_long_word(typed: str, word: str, near: bool) -> None:
    assert is_near(typed, word) == near


@pytest.mark.parametrize("word", ["mueller", "arendt", "beck", "schwarzenberger"])
def test_whoever_makes_one_mistake_finds_the_word_by_a_half_or_with_the_middle_swapped(word: str) -> None:
    mistakes = {word[:at] + word[at + 1 :] for at in range(len(word))}
    mistakes |= {word[:at] + "x" + word[at:] for at in range(len(word) + 1)}
    mistakes |= {word[:at] + "x" + word[at + 1 :] for at in range(len(word))}
    mistakes |= {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)}
    for typed in mistakes:
        parts = halves(typed)
        if parts is None:
            assert len(typed) < 4
            continue
        assert is_near(typed, word)
        assert word.startswith(parts[0]) or word.endswith(parts[1]) or swapped(typed) == word, typed


def test_one_person_is_gathered_from_many_bookings() -> None:
    born = date(1980, 3, 5)
    people = [
        ("a1", Customer("Ada Arendt", number="1", born=born)),
        ("b1", Customer("Ada Arendt", number="2", born=born)),
        ("a2", Customer("Ada Beck", number=" 1 ")),
        ("a3", Customer("Arendt, Ada", email="ada@example.org", number="1")),
        ("a4", Customer("ADA ARENDT", email="Ada@example.org")),
        ("c1", Customer("Ada Arendt")),
        ("c2", Customer("Ada Arendt")),
        ("d1", Customer("Dorit Dahl", phone="+49 30 123", born=born)),
        ("d2", Customer("Dorit Dahl", phone="030123", born=date(1981, 1, 1))),
        ("e1", Customer("Emil Dahl", phone="030 123")),
        ("d3", Customer("Dorit Dahl", phone="030 123")),
    ]
    groups = gathered(people)
    assert groups == [["a1", "a2", "a3", "a4"], ["b1"], ["c1"], ["c2"], ["d1", "d3"], ["d2"], ["e1"]]
