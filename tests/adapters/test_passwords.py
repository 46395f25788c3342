"""Passwords: kept as slow hashes, and nobody learns from the time it takes who has an account."""

import time
from statistics import median

from scheduler.adapters.passwords import fits, hashed

TRIES = 3


def cost(password: str, stored: str | None) -> float:
    """The processor's seconds; what else the machine does is not counted."""
    begun = time.process_time()
    assert not fits(password, stored)
    return time.process_time() - begun


def test_who_does_not_exist_costs_as_much_as_a_wrong_password() -> None:
    stored = hashed("a long enough password")
    fits("", None)  # reckons nobody's hash once for the process

    known = median(cost("wrong", stored) for _ in range(TRIES))
    unknown = median(cost("wrong", None) for _ in range(TRIES))

    assert known / 2 < unknown < known * 2


def test_a_hash_is_argon2id_with_a_salt_of_its_own() -> None:
    first, second = hashed("the same password"), hashed("the same password")

    assert first.startswith("$argon2id$")
    assert first != second
    assert fits("the same password", first)
    assert not fits("the same password", "no hash at all")
