"""The audit log's chain: each record is sealed with the one before, so that no change to it goes unseen."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

#: What the first record is chained to.
FIRST_SEAL = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as it is sealed; `position` counts from 1."""

    position: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: Mapping[str, Any]


def seal(entry: Entry, previous: str) -> str:
    """The SHA-256 of the record and the seal before it."""
    content = [
        previous,
        entry.position,
        entry.at.isoformat(),
        entry.actor,
        entry.action,
        entry.subject,
        entry.details,
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def faults_of_chain(sealed: Iterable[tuple[Entry, str]], *, head: tuple[int, str]) -> list[str]:
    """What is wrong with the records (with their seals, by position), one line each; none where all is well.

    `head` is the last position and seal, kept apart, so that a cut tail is missed.
    """
    faults = []
    previous, expected = FIRST_SEAL, 1
    for entry, stored in sealed:
        if entry.position > expected:
            faults.append(_missing(expected, entry.position - 1))
        elif seal(entry, previous) != stored:
            faults.append(f"record {entry.position}: edited, or inserted in place of another")
        previous, expected = stored, entry.position + 1
    last, last_seal = head
    if expected <= last:
        faults.append(_missing(expected, last, "cut off"))
    elif previous != last_seal:
        faults.append(f"record {last}: the chain does not end as it was sealed; records were added or edited")
    return faults


def _missing(first: int, last: int, how: str = "deleted") -> str:
    return f"record {first}: {how}" if first == last else f"records {first} to {last}: {how}"
