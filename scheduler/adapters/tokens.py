"""Secrets that are shown once and kept as digests."""

import hashlib
import secrets

_TOKEN_BYTES = 32
#: No letter that is taken for another or for a digit.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def new_token() -> str:
    """A token with 256 random bits, for a header or a link."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def new_password() -> str:
    """A password of 79 random bits, in groups that can be read out: "abcd-efgh-jkmn-pqrs"."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def digest(token: str) -> str:
    """What is stored instead of the token. A random token needs no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
