"""Arrivals: what reception hears of somebody who stands before it, and how people are found there."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from scheduler.domain.bookings import REFERENCE_LENGTH, REFERENCE_LETTERS, Channel, Party, Status
from scheduler.domain.errors import invalid
from scheduler.domain.instants import local_date, parse_date
from scheduler.domain.people import words_of_name

_GERMAN_DATE = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})")
_ONE_REFERENCE = re.compile(f"[{REFERENCE_LETTERS}]{{{REFERENCE_LENGTH}}}")


class Verdict(StrEnum):
    """What holds for somebody who comes now."""

    WELCOME = "welcome"
    EARLY = "early"
    LATE = "late"
    OVER = "over"
    MISSED = "missed"
    HERE = "here"
    DONE = "done"
    REQUESTED = "requested"
    CANCELLED_BY_OFFICE = "cancelled_by_office"
    CANCELLED_BY_CUSTOMER = "cancelled_by_customer"
    EARLIER_DAY = "earlier_day"
    LATER_DAY = "later_day"
    BY_PHONE = "by_phone"
    OTHER_SITE = "other_site"

    @property
    def lets_in(self) -> bool:
        """Whether reception may check the person in here and now."""
        return self in (Verdict.WELCOME, Verdict.EARLY, Verdict.LATE, Verdict.OVER, Verdict.MISSED)


@dataclass(frozen=True, slots=True)
class Punctuality:
    """Early: sooner than `early` before the visit; late: later than `late` after its beginning."""

    early: timedelta = timedelta(minutes=30)
    late: timedelta = timedelta(minutes=15)


def verdict(
    status: Status,
    *,
    cancelled_by: Party | None,
    channel: Channel,
    starts_at: datetime,
    ends_at: datetime,
    elsewhere: bool,
    now: datetime,
    zone: tzinfo,
    punctuality: Punctuality,
) -> Verdict:
    """What reception hears; `elsewhere` where the visit is at another site than this one.

    Whoever is early may wait or come in if a hand is free. Whoever is late has lost the right to the time,
    not the visit: reception checks the person in for the next free hand, or moves the visit. First comes
    what nobody at this counter can change: that the visit is cancelled, on another day, by phone, elsewhere.
    """
    if status is Status.CANCELLED:
        by_office = cancelled_by is Party.OFFICE
        return Verdict.CANCELLED_BY_OFFICE if by_office else Verdict.CANCELLED_BY_CUSTOMER
    if status is Status.DONE:
        return Verdict.DONE
    day, today = local_date(starts_at, zone), local_date(now, zone)
    if day != today:
        return Verdict.EARLIER_DAY if day < today else Verdict.LATER_DAY
    if channel is Channel.PHONE:
        return Verdict.BY_PHONE
    if elsewhere:
        return Verdict.OTHER_SITE
    if status is Status.REQUESTED:
        return Verdict.REQUESTED
    if status in (Status.CHECKED_IN, Status.CALLED, Status.IN_SERVICE):
        return Verdict.HERE
    if status is Status.NO_SHOW:
        return Verdict.MISSED
    if now >= ends_at:
        return Verdict.OVER
    if now > starts_at + punctuality.late:
        return Verdict.LATE
    return Verdict.EARLY if now < starts_at - punctuality.early else Verdict.WELCOME


def minutes_off(starts_at: datetime, now: datetime) -> int:
    """Whole minutes until the visit begins, or since then."""
    return int(abs((starts_at - now).total_seconds()) // 60)


def reference_in(text: str) -> str | None:
    """The reference that somebody typed, or that a scanner read: alone, or at the end of an address.

    A scanner types like a keyboard, and where the two disagree on the language it types Z for Y and other
    marks for those of an address; no reference has a Z.
    """
    letters = "".join(one for one in text.upper().replace("Z", "Y") if one.isascii() and one.isalnum())
    is_address = letters.startswith("HTTP")
    if len(letters) != REFERENCE_LENGTH and not is_address:
        return None
    last = letters[-REFERENCE_LENGTH:]
    return last if _ONE_REFERENCE.fullmatch(last) else None


def birth_date_in(text: str) -> date:
    """A birth date as people write it, 31.5.1980 or 1980-05-31. Raises Invalid."""
    found = _GERMAN_DATE.fullmatch(text.strip())
    if found is None:
        return parse_date(text.strip(), field="born")
    day, month, year = (int(part) for part in found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        raise invalid("born", "not_a_date", value=text[:40]) from None


def is_called(name: str, asked: str) -> bool:
    """Whether every word that was asked for begins a word of the name, in any order, accents aside."""
    words = words_of_name(name)
    return all(any(word.startswith(part) for word in words) for part in words_of_name(asked))
