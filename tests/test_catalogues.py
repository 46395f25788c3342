"""The check of the catalogues: what customers can meet is asked for in each of their languages."""

import re

import pytest
from babel.messages.catalog import Catalog, Message

from scheduler.adapters.languages import CATALOGUES
from scripts.catalogues import faults, read, said, said_to_customers, stored_in
from tests.wording import OFFICE

OF_CUSTOMERS = {
    "Is everything right?": "a page",
    "We remind you of your appointment:": "a mail",
    "Please bring: %(things)s": "a calendar entry",
    "Print": "what a customer's page is built on",
    "The appointment is moved.": "code of the customers' pages",
    "This time has passed. Choose a later one.": "an error that a customer can make",
}
OF_STAFF = {
    "Cash desk": "a page of the desk",
    "Look at its history first.": "nothing that is said by itself",
    "This alarm is over; all is clear.": "an error that only staff can make",
    '%(given)s is not given by language. Write { de = "…", en = "…" }.': "a fault of the plan",
}


def strings_of(text: Message) -> list[str]:
    return [text.string] if isinstance(text.string, str) else list(text.string or ())


def ids(texts: Catalog) -> set[str]:
    return {text.id if isinstance(text.id, str) else text.id[0] for text in texts if text.id}


def test_customers_texts_are_those_that_customers_can_meet() -> None:
    customers = ids(said_to_customers())
    assert set(OF_CUSTOMERS) <= customers <= ids(said())
    assert customers & set(OF_STAFF) == set()


@pytest.mark.parametrize("catalogue", [name for name in CATALOGUES if name != "de"])
def test_a_text_without_translation_is_a_fault(catalogue: str) -> None:
    texts = said_to_customers()
    translated = read(stored_in(catalogue), CATALOGUES[catalogue])
    assert list(faults(texts, translated)) == []
    translated.delete("Is everything right?")
    translated.add("Nobody says this.", "x")
    assert list(faults(texts, translated)) == [
        "missing: 'Is everything right?'",
        "nobody says this any more: 'Nobody says this.'",
    ]


@pytest.mark.parametrize("catalogue", list(CATALOGUES))
def test_no_text_for_customers_names_the_kind_of_office(catalogue: str) -> None:
    customers = ids(said_to_customers())
    found = {
        word: string
        for text in read(stored_in(catalogue), CATALOGUES[catalogue])
        if text.id and (text.id if isinstance(text.id, str) else text.id[0]) in customers
        for string in strings_of(text)
        for word in OFFICE.findall(string)
    }
    assert found == {}


def test_plain_german_is_plain() -> None:
    """Short sentences, no brackets within them, and no long word without a dot that parts it."""
    for text in read(stored_in("de_DE@simple"), CATALOGUES["de_DE@simple"]):
        for string in strings_of(text) if text.id else ():
            without_values = re.sub(r"%\(\w+\)s|\S+@\S+", "x", string)
            for sentence in re.split(r"[.?!:](?:\s|$)", without_values):
                assert len(sentence.split()) <= 14, string
                assert "; " not in sentence, string
            long = [word for word in re.findall(r"\w+", without_values) if len(word) > 13]
            assert long == [], string


@pytest.mark.parametrize("catalogue, others", [
    ("ar", r"من فضلك|موعدك\b|مواعيدك\b|اسمك\b|لغتك\b|طلبك\b"),  # the polite plural, as the desk speaks
    ("tr", r"ertele|\bsen\b|senin|randevun\b"),
    ("de_DE@simple", r"verschieb|verleg|\bdu\b|\bdein"),
    ("uk", r"\bтермін\b|\bти\b|\bтвій\b"),
])  # fmt: skip
def test_customers_are_spoken_to_in_one_way_and_one_thing_has_one_word(catalogue: str, others: str) -> None:
    texts = read(stored_in(catalogue), CATALOGUES[catalogue])
    strings = [string for text in texts if text.id for string in strings_of(text)]
    assert [string for string in strings if re.search(others, string)] == []
