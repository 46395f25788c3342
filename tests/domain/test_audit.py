"""The chain of the audit log: what happens to a record is named."""

from datetime import UTC, datetime

import pytest

from scheduler.domain.audit import FIRST_SEAL, Entry, faults_of_chain, seal

AT = datetime(2020, 3, 10, 8, tzinfo=UTC)


def chain(length: int) -> list[tuple[Entry, str]]:
    sealed = []
    previous = FIRST_SEAL
    for position in range(1, length + 1):
        entry = Entry(position, AT, "staff:empfang", "booking.book", f"booking:{position}", {"place": "a"})
        previous = seal(entry, previous)
        sealed.append((entry, previous))
    return sealed


def head(sealed: list[tuple[Entry, str]]) -> tuple[int, str]:
    return (sealed[-1][0].position, sealed[-1][1]) if sealed else (0, FIRST_SEAL)


@pytest.mark.parametrize("length", [0, 1, 5])
def test_an_untouched_chain_has_no_faults(length: int) -> None:
    sealed = chain(length)
    assert faults_of_chain(sealed, head=head(sealed)) == []


def test_an_edited_record_is_named_and_it_alone() -> None:
    sealed = chain(5)
    entry, stored = sealed[2]
    edited = [*sealed]
    edited[2] = (Entry(3, AT, "staff:leitung", entry.action, entry.subject, entry.details), stored)
    assert faults_of_chain(edited, head=head(sealed)) == ["record 3: edited, or inserted in place of another"]


def test_deleted_records_are_named() -> None:
    sealed = chain(6)
    assert faults_of_chain(sealed[:1] + sealed[2:], head=head(sealed)) == ["record 2: deleted"]
    assert faults_of_chain(sealed[:1] + sealed[3:], head=head(sealed)) == ["records 2 to 3: deleted"]


def test_a_cut_tail_is_named() -> None:
    sealed = chain(5)
    assert faults_of_chain(sealed[:3], head=head(sealed)) == ["records 4 to 5: cut off"]


def test_records_added_behind_the_end_are_named() -> None:
    sealed = chain(5)
    assert faults_of_chain(sealed, head=head(sealed[:4])) == [
        "record 4: the chain does not end as it was sealed; records were added or edited"
    ]


def test_reordered_records_are_named() -> None:
    sealed = chain(4)
    (second, second_seal), (third, third_seal) = sealed[1], sealed[2]
    swapped = [
        sealed[0],
        (Entry(2, AT, third.actor, third.action, third.subject, third.details), third_seal),
        (Entry(3, AT, second.actor, second.action, second.subject, second.details), second_seal),
        sealed[3],
    ]
    assert len(faults_of_chain(swapped, head=head(sealed))) == 3
