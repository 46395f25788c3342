"""The people whom the office serves: how they are called, and how they can be reached."""

import re
from dataclasses import dataclass
from datetime import date

from scheduler.domain.errors import Fault, Invalid

NAME_LENGTH = 120
EMAIL_LENGTH = 254
PHONE_LENGTH = 40
ADDRESS_LENGTH = 300
NUMBER_LENGTH = 40
TEXT_LENGTH = 1000

# One address, ASCII (RFC 5321 without quoted local parts): what every mail server on the way accepts.
_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)
_PHONE = re.compile(r"\+?\(?[0-9](?:[ ()/.-]*[0-9]){2,}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
# The categories Cc, Cs, Zl and Zp, and what turns the direction of writing.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_FIRST_BIRTH_YEAR = 1880


@dataclass(frozen=True, slots=True)
class Customer:
    """A person as given with a booking; e-mail, phone and postal address are never mandatory."""

    name: str
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    number: str | None = None
    born: date | None = None
    language: str = "de"


def has_control_characters(text: str, *, lines: bool = False) -> bool:
    """Whether `text` holds what no mail header, calendar or page may carry; `lines` lets line feeds pass."""
    return _CONTROLS.search(text.replace("\n", " ") if lines else text) is not None


def fault_of_text(text: str, *, longest: int, lines: bool = False) -> Fault | None:
    """Why a text that somebody typed cannot be taken, or None."""
    if len(text) > longest:
        return Fault("too_long", longest=longest)
    if has_control_characters(text, lines=lines):
        return Fault("control_characters")
    return None


def is_email_address(text: str) -> bool:
    local, _, _ = text.partition("@")
    return len(text) <= EMAIL_LENGTH and len(local) <= 64 and _EMAIL.fullmatch(text) is not None


def checked_customer(customer: Customer, *, today: date, prefix: str = "customer.") -> Customer:
    """The customer with white space trimmed and empty contact left out.

    Raises Invalid with every wrong field, its path behind `prefix`.
    """
    trimmed = Customer(
        name=customer.name.strip(" "),
        email=_trimmed(customer.email),
        phone=_trimmed(customer.phone),
        address=_trimmed(customer.address),
        number=_trimmed(customer.number),
        born=customer.born,
        language=customer.language,
    )
    texts = {
        "name": (trimmed.name, NAME_LENGTH),
        "email": (trimmed.email, EMAIL_LENGTH),
        "phone": (trimmed.phone, PHONE_LENGTH),
        "address": (trimmed.address, ADDRESS_LENGTH),
        "number": (trimmed.number, NUMBER_LENGTH),
    }
    faults: dict[str, Fault] = {}
    for field, (text, longest) in texts.items():
        fault = None if text is None else fault_of_text(text, longest=longest, lines=field == "address")
        if fault is not None:
            faults[prefix + field] = fault
    if not trimmed.name:
        faults[prefix + "name"] = Fault("missing")
    if trimmed.email is not None and not is_email_address(trimmed.email):
        faults.setdefault(prefix + "email", Fault("not_an_email"))
    if trimmed.phone is not None and not _PHONE.fullmatch(trimmed.phone):
        faults.setdefault(prefix + "phone", Fault("not_a_phone"))
    if trimmed.born is not None and not (trimmed.born.year >= _FIRST_BIRTH_YEAR and trimmed.born <= today):
        faults[prefix + "born"] = Fault("not_a_birth_date")
    if not _LANGUAGE.fullmatch(trimmed.language) or len(trimmed.language) > 20:
        faults[prefix + "language"] = Fault("not_a_language")
    if faults:
        raise Invalid(fields=faults)
    return trimmed


def _trimmed(text: str | None) -> str | None:
    return (text.strip(" ") or None) if text is not None else None
