"""The people whom the office serves: how they are called, how they can be reached, and how they are found."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from scheduler.domain.errors import Fault, Invalid
from scheduler.domain.limits import Identities, identities

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

#: How a letter is written where nobody has it on the keyboard; other marks are left out.
_SPELLED_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "æ": "ae", "ø": "oe", "å": "aa", "ł": "l", "đ": "d", "ð": "d"}
    | {"þ": "th", "ı": "i", "œ": "oe"}
)
_APOSTROPHES = re.compile("['’‘`´ʼ]")  # as people type them
_NOT_OF_A_WORD = re.compile(r"[\W_]+")
_GERMAN_DATE = re.compile(r"(?<![\w.])(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})(?![\w.])")
_ISO_DATE = re.compile(r"(?<![\w-])(\d{4})-(\d{2})-(\d{2})(?![\w-])")
#: No name needs more words to be found, and nobody types more.
MOST_WORDS = 8
WORD_LENGTH = 40
#: Shorter words are found as they are typed only: each mistake would fit far too many others.
_SHORTEST_WITH_MISTAKES, _LONG_WORD = 4, 8


@dataclass(frozen=True, slots=True)
class Needs:
    """What a visit takes into account: an interpreter lengthens it, a way without steps chooses the place.

    With a companion somebody else is in the room; that is for whoever receives them to know.
    """

    interpreter: bool = False
    companion: bool = False
    step_free: bool = False


NO_NEEDS = Needs()


@dataclass(frozen=True, slots=True)
class Customer:
    """A person as given with a booking; e-mail, phone and postal address are never mandatory.

    `on_file`: name, number, language and contact are to be kept for later visits, by the person's own wish.
    """

    name: str
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    number: str | None = None
    born: date | None = None
    language: str = "de"
    household: str | None = None
    needs: Needs = NO_NEEDS
    on_file: bool = False


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


def fault_of_phone(phone: str) -> Fault | None:
    """Why a phone number that somebody typed cannot be taken, or None."""
    fault = fault_of_text(phone, longest=PHONE_LENGTH)
    return fault if fault is not None or _PHONE.fullmatch(phone) else Fault("not_a_phone")


def fault_of_email(text: str) -> Fault | None:
    """Why an e-mail address that somebody typed cannot be taken, or None."""
    fault = fault_of_text(text, longest=EMAIL_LENGTH)
    return fault if fault is not None or is_email_address(text) else Fault("not_an_email")


def is_email_address(text: str) -> bool:
    local, _, _ = text.partition("@")
    return len(text) <= EMAIL_LENGTH and len(local) <= 64 and _EMAIL.fullmatch(text) is not None


def checked_customer(customer: Customer, *, today: date, prefix: str = "customer.") -> Customer:
    """The customer with white space trimmed and empty contact left out.

    Raises Invalid with every wrong field, its path behind `prefix`.
    """
    trimmed = replace(
        customer,
        name=customer.name.strip(" "),
        email=_trimmed(customer.email),
        phone=_trimmed(customer.phone),
        address=_trimmed(customer.address),
        number=_trimmed(customer.number),
        household=_trimmed(customer.household),
    )
    texts = {
        "name": (trimmed.name, NAME_LENGTH),
        "address": (trimmed.address, ADDRESS_LENGTH),
        "number": (trimmed.number, NUMBER_LENGTH),
        "household": (trimmed.household, NUMBER_LENGTH),
    }
    faults: dict[str, Fault] = {}
    for field, (text, longest) in texts.items():
        fault = None if text is None else fault_of_text(text, longest=longest, lines=field == "address")
        if fault is not None:
            faults[prefix + field] = fault
    if not trimmed.name:
        faults[prefix + "name"] = Fault("missing")
    if trimmed.email is not None and (fault := fault_of_email(trimmed.email)):
        faults[prefix + "email"] = fault
    if trimmed.phone is not None and (fault := fault_of_phone(trimmed.phone)):
        faults[prefix + "phone"] = fault
    if trimmed.born is not None and not (trimmed.born.year >= _FIRST_BIRTH_YEAR and trimmed.born <= today):
        faults[prefix + "born"] = Fault("not_a_birth_date")
    if not _LANGUAGE.fullmatch(trimmed.language) or len(trimmed.language) > 20:
        faults[prefix + "language"] = Fault("not_a_language")
    if faults:
        raise Invalid(fields=faults)
    return trimmed


def _trimmed(text: str | None) -> str | None:
    return (text.strip(" ") or None) if text is not None else None


# ------------------------------------------------------------------------------------- finding somebody


def folded(text: str) -> str:
    """The text in small letters without marks, umlauts and ß spelled out: Jürgen Groß is juergen gross."""
    spelled = unicodedata.normalize("NFC", text).casefold().translate(_SPELLED_OUT)
    letters = unicodedata.normalize("NFKD", spelled)
    return _APOSTROPHES.sub("", "".join(one for one in letters if not unicodedata.combining(one)))


def words_of_name(name: str) -> tuple[str, ...]:
    """The words of a name as they are compared, each once, in the order of the alphabet."""
    return tuple(sorted({word[:WORD_LENGTH] for word in _NOT_OF_A_WORD.split(folded(name)) if word}))


def word_of_number(number: str | None) -> str:
    """A customer or household number as it is compared, without blanks and strokes."""
    return _NOT_OF_A_WORD.sub("", folded(number or ""))[:WORD_LENGTH]


def search_words(customer: Customer) -> tuple[str, ...]:
    """By what somebody is found whose name or number is typed, in full or from its beginning."""
    name = words_of_name(customer.name)[:MOST_WORDS]
    numbers = {word_of_number(customer.number), word_of_number(customer.household)}
    # Many say the digits of a number alone.
    numbers |= {"".join(one for one in number if one.isdigit()) for number in numbers}
    return (*name, *sorted(numbers - {"", *name}))


@dataclass(frozen=True, slots=True)
class Sought:
    """What was typed into the one box, taken apart: all of it must fit the person who is meant.

    `number` is a customer or household number or its beginning; `phone` reads the same digits as a phone.
    """

    words: tuple[str, ...] = ()
    number: str = ""
    phone: str = ""
    email: str = ""
    born: date | None = None

    def __bool__(self) -> bool:
        return any((self.words, self.number, self.phone, self.email, self.born))


def sought(text: str, *, today: date) -> Sought:
    """Reads name, number, phone, e-mail and birth date in any order; one letter alone asks for nobody."""
    left, born = _take_date(text[:NAME_LENGTH], today)
    mails = [part for part in left.split() if "@" in part]
    others = [part for part in left.split() if "@" not in part]
    digits = [part for part in others if any(one.isdigit() for one in part) or _is_punctuation(part)]
    typed = " ".join(part for part in others if part not in digits)
    return Sought(
        tuple(word for word in words_of_name(typed) if len(word) > 1)[:MOST_WORDS],
        word_of_number("".join(digits)),
        identities(None, " ".join(digits), None).phone or "",
        identities(mails[0], None, None).email or "" if mails else "",
        born,
    )


def typed_customer(text: str, *, today: date, language: str) -> Customer:
    """Somebody new, as far as the one box says who: the words are the name, as they were typed.

    Digits that can be a phone number (with a leading 0 or +) are one; others are the customer number.
    """
    left, born = _take_date(text, today)
    parts = left.split()
    mails = [part for part in parts if "@" in part]
    digits = [part for part in parts if "@" not in part and any(one.isdigit() for one in part)]
    name = " ".join(part for part in parts if part not in mails and part not in digits).strip(" ,;")
    number = " ".join(digits)
    is_phone = number.startswith(("0", "+", "(")) and _PHONE.fullmatch(number) is not None
    return Customer(
        name,
        email=mails[0] if mails else None,
        phone=number if is_phone else None,
        number=number or None if not is_phone else None,
        born=born,
        language=language,
    )


def _take_date(text: str, today: date) -> tuple[str, date | None]:
    """The text without its first birth date, and that; one that lies ahead, or does not exist, is none."""
    for pattern, order in ((_GERMAN_DATE, (2, 1, 0)), (_ISO_DATE, (0, 1, 2))):
        found = pattern.search(text)
        if found is None:
            continue
        year, month, day = (int(found.groups()[position]) for position in order)
        if year < 100:
            year += today.year // 100 * 100
            year -= 100 if year > today.year else 0
        try:
            born = date(year, month, day)
        except ValueError:
            continue
        if born.year >= _FIRST_BIRTH_YEAR and born <= today:
            return text[: found.start()] + " " + text[found.end() :], born
    return text, None


def _is_punctuation(part: str) -> bool:
    """Strokes and brackets between the digits of a phone number."""
    return not any(one.isalnum() for one in part)


def bounds(word: str) -> tuple[str, str]:
    """From where and up to where (not included) words begin with `word`, in the order of code points."""
    return word, word + "\U0010ffff"


def halves(word: str) -> tuple[str, str] | None:
    """A beginning and an end of which a word with one mistake has at least one; None for a short word."""
    if len(word) < _SHORTEST_WITH_MISTAKES or not word.isalpha():
        return None
    return word[: len(word) // 2], word[(len(word) + 1) // 2 :]


def swapped(word: str) -> str:
    """The word with its two middle letters the other way round: the one mistake that spoils both halves."""
    middle = len(word) // 2
    return word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]


def is_near(typed: str, word: str) -> bool:
    """Whether `word` may be meant: one letter wrong, more, less or swapped, or two in a long word."""
    allowed = 2 if len(typed) >= _LONG_WORD else 1
    return abs(len(typed) - len(word)) <= allowed and _distance(typed, word) <= allowed


def _distance(one: str, other: str) -> int:
    """How many letters have to be changed, added, left out or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, last, row = row, before, [i]
        for j, wanted in enumerate(other, start=1):
            costs = [before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted)]
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                costs.append(last[j - 2] + 1)
            row.append(min(costs))
    return row[-1]


# ------------------------------------------------------------------------------------- the same person

Known = TypeVar("Known")


def gathered(people: Iterable[tuple[Known, Customer]]) -> list[list[Known]]:
    """Those who are one person together, in the order in which each is first named.

    The same number is the same person; so is the same name with the same birth date, e-mail or phone, unless
    the numbers or the birth dates say otherwise. Who gave a name alone is nobody else.
    """
    groups: list[tuple[list[Known], set[str], set[date]]] = []
    found: dict[object, int] = {}
    for one, customer in people:
        known = identities(customer.email, customer.phone, customer.number)
        keys = _signs(customer, known)
        numbers, dates = {known.number} - {None}, {customer.born} - {None}
        fitting = (found[key] for key in keys if key in found)
        position = next((at for at in fitting if _agree(groups[at], numbers, dates)), len(groups))
        if position == len(groups):
            groups.append(([], set(), set()))
        group = groups[position]
        group[0].append(one)
        group[1].update(number for number in numbers if number)
        group[2].update(born for born in dates if born)
        for key in keys:
            found.setdefault(key, position)
    return [group for group, _, _ in groups]


def _signs(customer: Customer, known: Identities) -> Sequence[object]:
    """By what somebody is taken for the same person, the surest first."""
    name = words_of_name(customer.name)
    signs = (known.number, customer.born, known.email, known.phone)
    return [(at, value, name if at else None) for at, value in enumerate(signs) if value]


def _agree(
    group: tuple[list[Known], set[str], set[date]], numbers: set[str | None], dates: set[date | None]
) -> bool:
    _, known_numbers, known_dates = group
    same_number = bool(numbers & known_numbers)
    return same_number or (
        not (numbers and known_numbers) and (not (dates and known_dates) or bool(dates & known_dates))
    )
