"""The secrets of second factors: made, sealed for the database, and the codes that devices reckon."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from functools import cache

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

#: 160 bits in letters and digits of base 32, as RFC 4226 recommends.
_SECRET_LETTERS = 32
_KEY_BYTES = 32
_ISSUER = "Theke"


@dataclass(frozen=True, slots=True)
class Factors:
    """Seals under a key that is derived from the office's own secret; another secret opens nothing."""

    office_secret: str

    def seal(self, secret: str) -> str:
        return _fernet(self.office_secret).encrypt(secret.encode()).decode()

    def unseal(self, sealed: str) -> str | None:
        """The secret; None where it was sealed under another secret of the office, or by nobody."""
        try:
            return _fernet(self.office_secret).decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None


def new_secret() -> str:
    return pyotp.random_base32(_SECRET_LETTERS)


def code_of(secret: str, period: int) -> str:
    """The code of six digits that a device shows in this period."""
    return pyotp.HOTP(secret).at(period)


def address_of(secret: str, login: str) -> str:
    """What the QR code says to the app on the device."""
    return pyotp.TOTP(secret, name=login, issuer=_ISSUER).provisioning_uri()


@cache
def _fernet(office_secret: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"theke: second factors")
    return Fernet(urlsafe_b64encode(derived.derive(office_secret.encode())))
