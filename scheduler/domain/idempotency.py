"""Keys under which a request is done once, however often it is sent."""

KEY_LENGTH = 200


def is_key(text: str) -> bool:
    """Whether it is visible ASCII of a length that is kept (contract, `Idempotency-Key`)."""
    return 1 <= len(text) <= KEY_LENGTH and all("!" <= character <= "~" for character in text)
