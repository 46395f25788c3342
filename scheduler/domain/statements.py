"""Statements: what the office says of itself to all (accessibility, privacy, imprint), and what comes back.

Their texts are plain: blocks between empty lines, of which one line that begins with "## " is a heading, and
lines that all begin with "- " are a list.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from scheduler.domain.errors import Fault, Invalid, invalid
from scheduler.domain.people import fault_of_email, fault_of_text
from scheduler.domain.texts import SOURCE_LANGUAGE

STATEMENT_LENGTH, FEEDBACK_LENGTH = 20_000, 4_000
_GAPS = re.compile(r"\n\s*\n")
_HEADING, _ITEM = "## ", "- "


class Page(StrEnum):
    ACCESSIBILITY = "accessibility"
    PRIVACY = "privacy"
    IMPRINT = "imprint"


class BlockKind(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEMS = "items"


@dataclass(frozen=True, slots=True)
class Block:
    kind: BlockKind
    lines: tuple[str, ...]


def blocks(text: str) -> Iterator[Block]:
    """The parts of a statement in order."""
    for part in _GAPS.split(text.strip()):
        lines = tuple(line.strip() for line in part.splitlines() if line.strip())
        if not lines:
            continue
        if len(lines) == 1 and lines[0].startswith(_HEADING):
            yield Block(BlockKind.HEADING, (lines[0].removeprefix(_HEADING),))
        elif all(line.startswith(_ITEM) for line in lines):
            yield Block(BlockKind.ITEMS, tuple(line.removeprefix(_ITEM) for line in lines))
        else:
            yield Block(BlockKind.PARAGRAPH, lines)


def text_for(texts: Mapping[str, str], language: str) -> tuple[str, str] | None:
    """What the office says, and in which language: the reader's, else German; None where it says nothing."""
    for spoken in (language, SOURCE_LANGUAGE):
        if texts.get(spoken):
            return spoken, texts[spoken]
    return None


def checked_statement(text: str) -> str:
    """The text without what is empty around it. Raises Invalid for `text`."""
    text = text.strip()
    if fault := fault_of_text(text, longest=STATEMENT_LENGTH, lines=True):
        raise Invalid(fields={"text": fault})
    return text


def checked_feedback(text: str, contact: str | None) -> tuple[str, str | None]:
    """What somebody reports, and the e-mail address for the answer, if one is given. Raises Invalid."""
    text, contact = text.strip(), (contact or "").strip() or None
    if not text:
        raise invalid("text", "missing")
    faults: dict[str, Fault] = {}
    if fault := fault_of_text(text, longest=FEEDBACK_LENGTH, lines=True):
        faults["text"] = fault
    if contact and (fault := fault_of_email(contact)):
        faults["contact"] = fault
    if faults:
        raise Invalid(fields=faults)
    return text, contact
