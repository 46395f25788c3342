"""Walk-ins: people who come without an appointment, and emergencies at the door.

They need no free slot but the next free hand. Whether somebody is admitted follows from the phase's policy
and its rules; an emergency is never turned away, whatever the phase.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from scheduler.domain.bookings import Channel, Justification
from scheduler.domain.errors import Fault, Invalid, JustificationRequired, PhaseRefused, WrongState, invalid
from scheduler.domain.people import NAME_LENGTH, TEXT_LENGTH, fault_of_phone, fault_of_text
from scheduler.domain.phases import Decision, Ruling, WalkIns, phase_at
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Kind, Resource
from scheduler.domain.roles import Role
from scheduler.domain.services import Service, suits

ALLOWED_BY_LENGTH = 80

#: Where somebody is served of whose concern nobody has asked yet.
_KINDS_FOR_ANYBODY = (Kind.COUNTER, Kind.ENTRANCE_ROOM)


class WalkInStatus(StrEnum):
    WAITING = "waiting"
    CALLED = "called"
    IN_SERVICE = "in_service"
    DONE = "done"
    LEFT = "left"


class WalkInChange(StrEnum):
    CALL = "call"
    SERVE = "serve"
    FINISH = "finish"
    LEAVE = "leave"


_SOURCES = {
    WalkInChange.CALL: {WalkInStatus.WAITING, WalkInStatus.CALLED},
    WalkInChange.SERVE: {WalkInStatus.CALLED},
    WalkInChange.FINISH: {WalkInStatus.IN_SERVICE},
    WalkInChange.LEAVE: {WalkInStatus.WAITING, WalkInStatus.CALLED},
}
_TARGETS = {
    WalkInChange.CALL: WalkInStatus.CALLED,
    WalkInChange.SERVE: WalkInStatus.IN_SERVICE,
    WalkInChange.FINISH: WalkInStatus.DONE,
    WalkInChange.LEAVE: WalkInStatus.LEFT,
}


def possible_changes(status: WalkInStatus, channel: Channel) -> list[WalkInChange]:
    """What can be done now; a call back is done or still to be done, and nobody leaves who is not there."""
    if channel is Channel.PHONE:
        return [WalkInChange.FINISH] if status is WalkInStatus.WAITING else []
    return [change for change in WalkInChange if status in _SOURCES[change]]


def status_after(change: WalkInChange, status: WalkInStatus, channel: Channel) -> WalkInStatus:
    """Raises WrongState."""
    if change not in possible_changes(status, channel):
        raise WrongState(status=status, change=change, why="walk_in_status")
    return _TARGETS[change]


def status_before(
    change: WalkInChange, status: WalkInStatus, *, called: bool, channel: Channel
) -> WalkInStatus:
    """Where taking `change` back leads; `called` says whether the person had been called up by then.

    Raises WrongState where that change did not lead to `status`.
    """
    if _TARGETS[change] is not status:
        raise WrongState(status=status, change=change, why="nothing_to_take_back")
    if change is WalkInChange.FINISH and channel is Channel.IN_PERSON:
        return WalkInStatus.IN_SERVICE
    if change is WalkInChange.CALL or not called:
        return WalkInStatus.WAITING
    return WalkInStatus.CALLED


class Answer(StrEnum):
    """What is said to somebody without an appointment: yes, yes with a reason, as an exception, or no."""

    ADMIT = "admit"
    JUSTIFY = "justify"
    EXCEPTION = "exception"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Admission:
    """The answer for one concern at one site now, and the ruling of the phase that it comes from."""

    service: Service
    answer: Answer
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class WalkInRequest:
    """Who comes without an appointment; the name is for the list at the desk and never asked for by rule."""

    site: str
    service: str
    name: str | None = None
    justification: Justification | None = None
    allowed_by: str | None = None


@dataclass(frozen=True, slots=True)
class EmergencyRequest:
    """An emergency at the door: the next free hand, or, with a number, a call back today."""

    site: str
    name: str | None = None
    phone: str | None = None


def admission(plan: Plan, service: Service, site: str, now: datetime) -> Admission:
    """Asks the rules as reception would, and then the phase's policy for people without an appointment.

    What the rules allow outright is admitted under every policy but `none`. Under `admit` so is what they
    allow with a reason; under `exception` everything else with a reason and the name of who allowed it; under
    `refuse`, and where no phase is planned, nothing else. Emergencies are never asked for here.
    """
    phase = phase_at(plan.phases, now)
    policy = phase.walk_ins if phase is not None else WalkIns.REFUSE
    ruling = plan.decide(service, at=now, booked_by=Role.RECEPTION, site=site)
    if policy is WalkIns.NONE:
        refused = ruling if not ruling.decision.lets_book else replace(ruling, decision=Decision.REFUSE)
        return Admission(service, Answer.REFUSE, refused)
    if ruling.decision is Decision.ALLOW:
        return Admission(service, Answer.ADMIT, ruling)
    if policy is WalkIns.ADMIT and ruling.decision is Decision.JUSTIFY:
        return Admission(service, Answer.JUSTIFY, ruling)
    if policy is WalkIns.EXCEPTION:
        return Admission(service, Answer.EXCEPTION, ruling)
    return Admission(service, Answer.REFUSE, ruling)


def check_admission(found: Admission, request: WalkInRequest) -> None:
    """Raises PhaseRefused, JustificationRequired, or Invalid where nobody is named who allowed it."""
    if found.answer is Answer.REFUSE:
        raise PhaseRefused(ruling=found.ruling)
    if found.answer is not Answer.ADMIT and request.justification is None:
        raise JustificationRequired
    if found.answer is Answer.EXCEPTION and not request.allowed_by:
        raise invalid("allowed_by", "missing")


def checked_walk_in(plan: Plan, request: WalkInRequest) -> WalkInRequest:
    """The request with its texts trimmed. Raises Invalid with every field that is wrong in any phase."""
    name, allowed_by = _trimmed(request.name), _trimmed(request.allowed_by)
    text = (_trimmed(request.justification.text) if request.justification else None) or ""
    faults = {
        "name": fault_of_text(name or "", longest=NAME_LENGTH),
        "allowed_by": fault_of_text(allowed_by or "", longest=ALLOWED_BY_LENGTH),
        "justification.text": fault_of_text(text, longest=TEXT_LENGTH, lines=True),
        "service": None if request.service in plan.services_by_key else _unknown(request.service),
        "site": _fault_of_site(plan, request.site),
    }
    if request.justification is not None and request.justification.category == "other" and not text:
        faults["justification.text"] = Fault("missing")
    _raise_any(faults)
    justification = (
        None if request.justification is None else Justification(request.justification.category, text or None)
    )
    return WalkInRequest(request.site, request.service, name, justification, allowed_by)


def checked_emergency(plan: Plan, request: EmergencyRequest, *, call_back: bool) -> EmergencyRequest:
    """The same for an emergency; nothing but a number is asked for, and that only of who is called back."""
    name, phone = _trimmed(request.name), _trimmed(request.phone)
    faults = {
        "name": fault_of_text(name or "", longest=NAME_LENGTH),
        "site": _fault_of_site(plan, request.site),
        "phone": (fault_of_phone(phone) if phone else Fault("missing")) if call_back else None,
    }
    _raise_any(faults)
    return EmergencyRequest(request.site, name, phone if call_back else None)


def hands(plan: Plan, service: Service | None, site: str) -> list[Resource]:
    """The places of a site at which this concern can be dealt with, in the plan's order.

    Without a concern those near the entrance, or, at a site that has none, its offices.
    """
    there = [place for place in plan.resources if place.site == site]
    if service is not None:
        return [place for place in there if suits(service, place)]
    near = [place for place in there if place.kind in _KINDS_FOR_ANYBODY]
    return near or [place for place in there if place.kind is Kind.OFFICE]


def _fault_of_site(plan: Plan, site: str) -> Fault | None:
    return None if site in plan.sites_by_key else _unknown(site)


def _unknown(value: str) -> Fault:
    return Fault("unknown" if value else "missing", value=value[:40])


def _trimmed(text: str | None) -> str | None:
    return (text or "").strip() or None


def _raise_any(faults: dict[str, Fault | None]) -> None:
    found = {field: fault for field, fault in faults.items() if fault is not None}
    if found:
        raise Invalid(fields=found)
