"""Enquiries: concerns that come by phone, by e-mail or online, and what becomes of them without a visit.

Each stays on the open list, with whoever sees to it and its age, until it is answered, leads to a visit, or
is laid aside. One table says what can be done in which state.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from scheduler.domain.errors import Fault, Invalid, WrongState, invalid
from scheduler.domain.hours import HolidayQuestion, Week
from scheduler.domain.instants import at_wall_time, local_date
from scheduler.domain.intervals import Interval
from scheduler.domain.people import Customer, checked_customer, fault_of_phone, fault_of_text
from scheduler.domain.plans import Plan

ENQUIRY_LENGTH, ANSWER_LENGTH, COLLEAGUE_LENGTH = 2000, 2000, 80

#: Nobody is promised a call later than this.
LONGEST_PROMISE = timedelta(days=31)
_NOON = 12 * 60
#: So far ahead an open day is looked for.
_DAYS_AHEAD = 31


class Medium(StrEnum):
    """How an enquiry came in."""

    PHONE = "phone"
    EMAIL = "email"
    ONLINE = "online"


class EnquiryStatus(StrEnum):
    """`booked`: it led to a visit; `dropped`: laid aside, since nobody was reached or it needs no answer."""

    OPEN = "open"
    FORWARDED = "forwarded"
    ANSWERED = "answered"
    BOOKED = "booked"
    DROPPED = "dropped"


class EnquiryChange(StrEnum):
    """`take`: somebody sees to it from now on; `miss`: called back, and nobody was reached."""

    TAKE = "take"
    FORWARD = "forward"
    PROMISE = "promise"
    MISS = "miss"
    ANSWER = "answer"
    BOOK = "book"
    DROP = "drop"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class EnquiryTransition:
    """`to` None: the status stays."""

    sources: frozenset[EnquiryStatus]
    to: EnquiryStatus | None


TO_BE_DONE = frozenset({EnquiryStatus.OPEN, EnquiryStatus.FORWARDED})
_CLOSED = frozenset(EnquiryStatus) - TO_BE_DONE

TRANSITIONS: Mapping[EnquiryChange, EnquiryTransition] = {
    EnquiryChange.TAKE: EnquiryTransition(TO_BE_DONE, EnquiryStatus.OPEN),
    EnquiryChange.FORWARD: EnquiryTransition(TO_BE_DONE, EnquiryStatus.FORWARDED),
    EnquiryChange.PROMISE: EnquiryTransition(TO_BE_DONE, None),
    EnquiryChange.MISS: EnquiryTransition(TO_BE_DONE, None),
    EnquiryChange.ANSWER: EnquiryTransition(TO_BE_DONE, EnquiryStatus.ANSWERED),
    EnquiryChange.BOOK: EnquiryTransition(TO_BE_DONE, EnquiryStatus.BOOKED),
    EnquiryChange.DROP: EnquiryTransition(TO_BE_DONE, EnquiryStatus.DROPPED),
    EnquiryChange.REOPEN: EnquiryTransition(_CLOSED, EnquiryStatus.OPEN),
}


def status_after(change: EnquiryChange, status: EnquiryStatus) -> EnquiryStatus:
    """Raises WrongState."""
    transition = TRANSITIONS[change]
    if status not in transition.sources:
        raise WrongState(change=change, why="enquiry_open" if status in TO_BE_DONE else "enquiry_closed")
    return status if transition.to is None else transition.to


def possible_changes(status: EnquiryStatus) -> list[EnquiryChange]:
    """What can be done now: what a page offers is what the office accepts."""
    return [change for change in EnquiryChange if status in TRANSITIONS[change].sources]


@dataclass(frozen=True, slots=True)
class Step:
    """One step to be done: its words, to whom it goes on, and what is promised; `seen` is its version then.

    `phone` is where the person wants to be called, if not where the office knows; `by_mail` sends the words
    of an answer to the address that they gave.
    """

    change: EnquiryChange
    text: str | None = None
    to: str = ""
    promise: Interval | None = None
    phone: str | None = None
    seen: int | None = None
    by_mail: bool = False


@dataclass(frozen=True, slots=True)
class EnquiryRequest:
    """What somebody wants to know, with or without a name; `phone` is for those who give no name.

    `service` is None where nobody knows yet what it is about, `call_by` where nobody is to be called.
    """

    medium: Medium
    text: str
    service: str | None = None
    customer: Customer | None = None
    phone: str | None = None
    promise: Interval | None = None

    @property
    def call_at(self) -> str | None:
        """The number for the call."""
        return self.customer.phone if self.customer is not None else self.phone


def checked_enquiry(plan: Plan, request: EnquiryRequest, *, now: datetime) -> EnquiryRequest:
    """The request with its texts trimmed. Raises Invalid with every field that is wrong."""
    faults: dict[str, Fault] = {}
    text, phone = request.text.strip(), (request.phone or "").strip() or None
    if not text:
        faults["text"] = Fault("missing")
    elif fault := fault_of_text(text, longest=ENQUIRY_LENGTH, lines=True):
        faults["text"] = fault
    if request.service is not None and request.service not in plan.services_by_key:
        faults["service"] = Fault("unknown", value=request.service[:40])
    customer = request.customer
    if customer is not None:
        try:
            customer = checked_customer(customer, today=local_date(now, plan.zone))
        except Invalid as error:
            faults.update(error.fields)
    elif phone and (fault := fault_of_phone(phone)):
        faults["customer.phone"] = fault
    checked = replace(request, text=text, customer=customer, phone=phone)
    if request.promise is not None:
        if not checked.call_at and "customer.phone" not in faults:
            faults["customer.phone"] = Fault("missing")
        if fault := fault_of_promise(request.promise, now=now):
            faults["call_by"] = fault
    if faults:
        raise Invalid(fields=faults)
    return checked


def fault_of_promise(promise: Interval, *, now: datetime) -> Fault | None:
    """Why nobody can be promised a call then, or None."""
    if promise.end <= now:
        return Fault("promise_over")
    if promise.end - now > LONGEST_PROMISE:
        return Fault("promise_too_far", most=LONGEST_PROMISE.days)
    return None


def checked_answer(text: str | None, *, needed: bool) -> str | None:
    """What was answered, or why an enquiry is laid aside. Raises Invalid for `text`."""
    return _checked("text", text, ANSWER_LENGTH, needed=needed)


def checked_colleague(name: str) -> str:
    """To whom an enquiry is forwarded. Raises Invalid for `to`."""
    return _checked("to", name, COLLEAGUE_LENGTH, needed=True) or ""


def _checked(field: str, text: str | None, longest: int, *, needed: bool) -> str | None:
    text = (text or "").strip() or None
    if text is None and needed:
        raise invalid(field, "missing")
    if fault := fault_of_text(text or "", longest=longest, lines=field == "text"):
        raise Invalid(fields={field: fault})
    return text


class When(StrEnum):
    """When a call back is promised, as it is said on the phone."""

    HOUR = "hour"
    TODAY = "today"
    MORNING = "morning"
    NEXT_DAY = "next_day"


def promises(week: Week, zone: tzinfo, is_holiday: HolidayQuestion, now: datetime) -> Mapping[When, Interval]:
    """What can be promised now, from when until when; by the office's weekday hours.

    Those who call back sit in the house also while it is closed to visitors, so that closures do not count.
    """
    today = local_date(now, zone)
    found = {When.HOUR: Interval(now, now + timedelta(hours=1))}
    hours = _hours_of(week, today, is_holiday)
    if hours is not None and (end := at_wall_time(today, hours[1], zone)) > now:
        found[When.TODAY] = Interval(now, end)
    later = (today + timedelta(days=n) for n in range(1, _DAYS_AHEAD))
    for day in later:
        hours = _hours_of(week, day, is_holiday)
        if hours is not None:
            opens, closes = hours
            begin = at_wall_time(day, opens, zone)
            if opens < _NOON:
                found[When.MORNING] = Interval(begin, at_wall_time(day, min(closes, _NOON), zone))
            found[When.NEXT_DAY] = Interval(begin, at_wall_time(day, closes, zone))
            break
    return found


def _hours_of(week: Week, day: date, is_holiday: HolidayQuestion) -> tuple[int, int] | None:
    """When the day begins and ends, in minutes after midnight."""
    opening = week.get(day.weekday(), ())
    return None if not opening or is_holiday(day) else (opening[0][0], max(end for _, end in opening))
