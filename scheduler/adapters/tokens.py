"""Secrets that are shown once and kept as digests."""

import hashlib
import secrets

_TOKEN_BYTES = 32


def new_token() -> str:
    """A token with 256 random bits, for a header or a link."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def digest(token: str) -> str:
    """What is stored instead of the token. A random token needs no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
