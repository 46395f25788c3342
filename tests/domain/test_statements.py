"""Statements: how their plain text is taken apart, and what may be written and reported."""

import pytest

from scheduler.domain.errors import Invalid
from scheduler.domain.statements import (
    FEEDBACK_LENGTH,
    STATEMENT_LENGTH,
    Block,
    BlockKind,
    blocks,
    checked_feedback,
    checked_statement,
    text_for,
)


def test_a_text_is_made_of_headings_paragraphs_and_lists() -> None:
    text = "## Wer wir sind\n\nAmt Musterstadt\nBeispielstraße 1\n \n- eins\n- zwei\n\n\n## a\n## b\n\n"
    assert list(blocks(text)) == [
        Block(BlockKind.HEADING, ("Wer wir sind",)),
        Block(BlockKind.PARAGRAPH, ("Amt Musterstadt", "Beispielstraße 1")),
        Block(BlockKind.ITEMS, ("eins", "zwei")),
        Block(BlockKind.PARAGRAPH, ("## a", "## b")),
    ]
    assert list(blocks(" \n ")) == []


def test_a_reader_gets_the_own_language_else_german_else_nothing() -> None:
    assert text_for({"de": "deutsch", "tr": "Türkçe"}, "tr") == ("tr", "Türkçe")
    assert text_for({"de": "deutsch", "tr": ""}, "tr") == ("de", "deutsch")
    assert text_for({"en": "English"}, "tr") is None


def test_texts_have_a_limit_and_no_unseen_characters() -> None:
    assert checked_statement(" a\nb ") == "a\nb"
    for text in ("a" * (STATEMENT_LENGTH + 1), "a\x07"):
        with pytest.raises(Invalid):
            checked_statement(text)


@pytest.mark.parametrize(
    "text, contact, field, why",
    [
        ("", "ada@example.org", "text", "missing"),
        ("a" * (FEEDBACK_LENGTH + 1), "", "text", "too_long"),
        ("It is too small.", "ada at home", "contact", "not_an_email"),
        ("It is too small.", "a" * 300, "contact", "too_long"),
    ],
)
def test_what_cannot_be_reported_is_said(text: str, contact: str, field: str, why: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_feedback(text, contact)
    assert refused.value.fields[field].why == why


def test_an_address_for_the_answer_may_be_left_out() -> None:
    assert checked_feedback(" It is too small. ", " ") == ("It is too small.", None)
