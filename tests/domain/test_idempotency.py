"""Keys of requests: which can be taken."""

import pytest

from scheduler.domain.idempotency import is_key


@pytest.mark.parametrize(
    "text, taken",
    [("a", True), ("!~" * 100, True), ("", False), ("a" * 201, False), ("a b", False), ("ä", False)],
)
def test_a_key_is_visible_ascii_of_at_most_200_characters(text: str, taken: bool) -> None:
    assert is_key(text) is taken
