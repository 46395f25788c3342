"""How much one person may take: caps on what customers' own programs book, so that nobody hoards visits."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

#: The time within which mails to one address are counted.
MAILS_WITHIN = timedelta(hours=1)
_NOT_A_DIGIT = re.compile(r"\D")
_COUNTRY, _ABROAD = "49", "00"


@dataclass(frozen=True, slots=True)
class Limits:
    """Visits to come that one person may have, and mails to one address in an hour; 0 is no limit."""

    open_bookings: int = 0
    mails_an_hour: int = 0

    def __bool__(self) -> bool:
        return self.open_bookings > 0 or self.mails_an_hour > 0


#: For whoever is not capped at all.
NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Identities:
    """By what somebody is known to be the same person, each as it is compared, however it was written."""

    email: str | None
    phone: str | None
    number: str | None

    def __iter__(self) -> Iterator[str]:
        """Each that is known, with its kind: the phone 110 is not the number 110."""
        for kind, value in (("email", self.email), ("phone", self.phone), ("number", self.number)):
            if value:
                yield f"{kind}:{value}"


def identities(email: str | None, phone: str | None, number: str | None) -> Identities:
    return Identities(
        mail_address(email) or None, phone_number(phone) or None, (number or "").strip().casefold() or None
    )


def mail_address(email: str | None) -> str:
    """The address as it is compared; no mail server that matters tells large letters from small ones."""
    return (email or "").strip().lower()


def phone_number(phone: str | None) -> str:
    """The digits that are dialled within the country: +49 (0)30 12 and 0049 30-12 are 03012."""
    given = (phone or "").strip()
    digits = _NOT_A_DIGIT.sub("", given)
    if given.startswith("+") or digits.startswith(_ABROAD):
        digits = digits.removeprefix(_ABROAD)
        if not digits.startswith(_COUNTRY):
            return _ABROAD + digits
        digits = "0" + digits.removeprefix(_COUNTRY).removeprefix("0")
    return digits
