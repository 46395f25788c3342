"""Applications: that somebody filed one, and on which day it was received.

Theke decides none and keeps none; it keeps the day, which nobody alters afterwards, and proves it on paper.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from scheduler.domain.errors import Fault, Invalid, WrongState, invalid
from scheduler.domain.people import TEXT_LENGTH, fault_of_text

ABOUT_LENGTH = 300
#: What lay in a letter box, or came while nothing worked, was received on an earlier day; but not long ago.
EARLIEST = timedelta(days=31)


class ReceivedBy(StrEnum):
    """The way on which an application came; every one is good enough."""

    IN_PERSON = "in_person"
    PHONE = "phone"
    LETTER = "letter"
    EMAIL = "email"
    ONLINE = "online"


@dataclass(frozen=True, slots=True)
class Filing:
    """What was received; `about` in the person's own words, as far as they say it."""

    received_on: date
    received_by: ReceivedBy
    about: str | None = None


def checked_filing(filing: Filing, *, today: date) -> Filing:
    """The filing with its text trimmed. Raises Invalid with every field that is wrong."""
    about = (filing.about or "").strip() or None
    faults: dict[str, Fault] = {}
    if filing.received_on > today:
        faults["received_on"] = Fault("in_the_future")
    elif today - filing.received_on > EARLIEST:
        faults["received_on"] = Fault("too_long_ago", most=EARLIEST.days)
    if fault := fault_of_text(about or "", longest=ABOUT_LENGTH):
        faults["about"] = fault
    if faults:
        raise Invalid(fields=faults)
    return replace(filing, about=about)


def checked_strike(reason: str, *, is_struck: bool) -> str:
    """Why a note is struck out. Raises Invalid, and WrongState where it is so already."""
    if is_struck:
        raise WrongState(change="strike", why="struck_before")
    reason = reason.strip()
    if not reason:
        raise invalid("reason", "missing")
    if fault := fault_of_text(reason, longest=TEXT_LENGTH, lines=True):
        raise Invalid(fields={"reason": fault})
    return reason
