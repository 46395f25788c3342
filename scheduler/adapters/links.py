"""Links by which customers come back to their visit, without an account.

A link carries the visit's id and a seal under the office's own secret (HMAC-SHA-256, 128 bits), so that none
can be guessed and none is kept anywhere but in what was sent. Whoever takes another secret ends all links.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from uuid import UUID

_SEAL_BYTES, _ID_BYTES = 16, 16
#: Where the pages stand (scheduler.web.public); the address says nothing of what somebody comes for.
PATH = "/termin/b/"


@dataclass(frozen=True, slots=True)
class Links:
    base_url: str
    secret: str

    def address(self, booking_id: UUID) -> str:
        return f"{self.base_url}{PATH}{self.token(booking_id)}"

    def token(self, booking_id: UUID) -> str:
        sealed = booking_id.bytes + self._seal(booking_id.bytes)
        return urlsafe_b64encode(sealed).decode().rstrip("=")

    def visit_of(self, token: str) -> UUID | None:
        """Whose link this is; None where nobody was given it."""
        try:
            sealed = urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))
        except (Error, UnicodeEncodeError, ValueError):
            return None
        given, seal = sealed[:_ID_BYTES], sealed[_ID_BYTES:]
        if len(given) < _ID_BYTES or not hmac.compare_digest(seal, self._seal(given)):
            return None
        return UUID(bytes=given)

    def _seal(self, given: bytes) -> bytes:
        return hmac.digest(self.secret.encode(), b"visit:" + given, "sha256")[:_SEAL_BYTES]
