"""The chain of the audit log: what happens to a record is named."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scheduler.domain.audit import FIRST_SEAL, Chain, Entry, seal

AT = datetime(2020, 3, 10, 8, tzinfo=UTC)
Sealed = list[tuple[Entry, str]]


def chain(length: int) -> Sealed:
    sealed = []
    previous = FIRST_SEAL
    for position in range(1, length + 1):
        entry = Entry(position, AT, "staff:empfang", "booking.book", f"booking:{position}", {"place": "a"})
        previous = seal(entry, previous)
        sealed.append((entry, previous))
    return sealed


def head(sealed: Sealed) -> tuple[int, str]:
    return (sealed[-1][0].position, sealed[-1][1]) if sealed else (0, FIRST_SEAL)


def faults_of_chain(sealed: Sealed, *, head: tuple[int, str] | None) -> list[str]:
    chain = Chain()
    for entry, stored in sealed:
        chain.take(entry, stored)
    return chain.faults(head=head)


def numbered(sealed: Sealed) -> Sealed:
    """With new positions from 1 on, and the seals that they had."""
    return [(replace(entry, position=place), stored) for place, (entry, stored) in enumerate(sealed, 1)]


def swapped(sealed: Sealed, *order: int) -> Sealed:
    """In another order, by their positions."""
    return numbered([sealed[position - 1] for position in order])


def edited(sealed: Sealed, position: int) -> Sealed:
    entry, stored = sealed[position - 1]
    changed = (replace(entry, actor="staff:leitung"), stored)
    return [*sealed[: position - 1], changed, *sealed[position:]]


def sealed_anew(sealed: Sealed, position: int) -> Sealed:
    before = sealed[position - 2][1] if position > 1 else FIRST_SEAL
    entry = replace(sealed[position - 1][0], actor="staff:leitung")
    return [*sealed[: position - 1], (entry, seal(entry, before)), *sealed[position:]]


def with_inserted(sealed: Sealed, position: int, *, fitting: bool) -> Sealed:
    before = sealed[position - 2][1] if position > 1 else FIRST_SEAL
    entry = Entry(position, AT, "staff:leitung", "booking.cancel", "booking:x", {})
    stored = seal(entry, before) if fitting else "f" * 64
    return numbered([*sealed[: position - 1], (entry, stored), *sealed[position - 1 :]])


@pytest.mark.parametrize("length", [0, 1, 5, 60])
def test_an_untouched_chain_has_no_faults(length: int) -> None:
    sealed = chain(length)
    assert faults_of_chain(sealed, head=head(sealed)) == []


TAMPERINGS: list[tuple[Callable[[Sealed], Sealed], list[str]]] = [
    (lambda c: edited(c, 3), ["record 3: edited (or record 2 was, and sealed anew)"]),
    (lambda c: edited(c, 1), ["record 1: edited (or record 0 was, and sealed anew)"]),
    (
        lambda c: edited(edited(c, 3), 7),
        [f"record {n}: edited (or record {n - 1} was, and sealed anew)" for n in (3, 7)],
    ),
    (lambda c: sealed_anew(c, 3), ["record 4: edited (or record 3 was, and sealed anew)"]),
    (lambda c: c[:1] + c[2:], ["record 2: deleted"]),
    (lambda c: c[1:], ["record 1: deleted"]),
    (lambda c: c[:1] + c[3:], ["records 2 to 3: deleted"]),
    (lambda c: c[:1] + c[2:5] + c[7:], ["record 2: deleted", "records 6 to 7: deleted"]),
    (lambda c: c[:8], ["records 9 to 10: cut off"]),
    (lambda c: [], ["records 1 to 10: cut off"]),
    (lambda c: chain(11), ["record 11: inserted behind the end of the chain"]),
    (
        lambda c: sealed_anew(c, 10),
        ["record 10: edited and sealed anew, or the end of the chain (audit_head) was edited"],
    ),
    (
        lambda c: swapped(c, 1, 2, 4, 3, *range(5, 11)),
        ["record 3: reordered, it was record 4", "record 4: reordered, it was record 3"],
    ),
    (
        lambda c: swapped(c, 1, 8, 3, 4, 5, 6, 7, 2, 9, 10),
        ["record 2: reordered, it was record 8", "record 8: reordered, it was record 2"],
    ),
]


@pytest.mark.parametrize("tamper, named", TAMPERINGS)
def test_what_was_done_to_the_chain_is_named_and_nothing_else(
    tamper: Callable[[Sealed], Sealed], named: list[str]
) -> None:
    sealed = chain(10)
    assert faults_of_chain(tamper(sealed), head=head(sealed)) == named


@pytest.mark.parametrize("fitting", [False, True])
@pytest.mark.parametrize("position", [1, 2, 5, 9])
def test_a_record_pushed_in_is_named_and_nothing_behind_it(position: int, fitting: bool) -> None:
    sealed = chain(10)

    faults = faults_of_chain(with_inserted(sealed, position, fitting=fitting), head=head(sealed))

    assert faults == [f"record {position}: inserted", "record 11: inserted behind the end of the chain"]


@pytest.mark.parametrize("gone", [1, 2, 5])
def test_records_taken_out_are_missed_though_the_gap_was_closed(gone: int) -> None:
    sealed = chain(20)

    faults = faults_of_chain(numbered(sealed[:3] + sealed[3 + gone :]), head=head(sealed))

    assert faults[0] == f"record 4: deleted before it, and the gap closed: {gone}"
    assert len(faults) == 2
    assert "cut off" in faults[1]


def test_a_chain_without_its_end_is_noticed() -> None:
    assert faults_of_chain(chain(3), head=None) == ["the end of the chain: deleted (audit_head is empty)"]
    assert faults_of_chain([], head=None) == []


def test_a_chain_edited_all_over_is_told_in_a_few_lines() -> None:
    sealed = chain(200)
    for position in range(1, 201):
        sealed = edited(sealed, position)

    faults = faults_of_chain(sealed, head=head(sealed))

    assert len(faults) == 41
    assert faults[-1] == "160 more records: edited or reordered"


def test_details_that_say_the_same_in_another_order_are_the_same() -> None:
    entry = Entry(1, AT, "a", "b", "c", {"x": 1, "y": "ä"})

    assert seal(entry, FIRST_SEAL) == seal(replace(entry, details={"y": "ä", "x": 1}), FIRST_SEAL)
    assert seal(entry, FIRST_SEAL) != seal(replace(entry, details={"x": 1.5, "y": "ä"}), FIRST_SEAL)
