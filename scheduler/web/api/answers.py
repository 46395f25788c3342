"""The shapes in which the API tells of bookings, slots, services and phases (contract, "HTTP API v1")."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from models.bookings import Booking
from scheduler.domain.availability import Refusal, Slot
from scheduler.domain.people import Customer
from scheduler.domain.phases import Phase, Rule, phase_at, span_end
from scheduler.domain.plans import Plan
from scheduler.domain.services import Service
from scheduler.queries.decisions import ruling_values


def local(instant: datetime, zone: tzinfo) -> str:
    """An instant with the office's offset, as in 2020-03-10T09:00:00+01:00."""
    there = instant.astimezone(zone)
    # Before there were zones, clocks differed by seconds, which RFC 3339 cannot say.
    is_whole = (there.utcoffset() or timedelta(0)) % timedelta(minutes=1) == timedelta(0)
    return (there if is_whole else instant.astimezone(UTC)).isoformat()


def booking_values(plan: Plan, booking: Booking) -> dict[str, Any]:
    """`phase` is that of the visit."""
    phase = phase_at(plan.phases, booking.starts_at)
    return {
        "id": str(booking.id),
        "reference": booking.reference,
        "service": booking.service_key,
        "resource": booking.resource.key,
        "kind": booking.resource.kind,
        "starts_at": local(booking.starts_at, plan.zone),
        "ends_at": local(booking.ends_at, plan.zone),
        "status": booking.status,
        "standing": booking.standing,
        "origin": booking.origin,
        "channel": booking.channel,
        "phase": phase.key if phase else None,
        "booked_by": booking.booked_by,
        "customer": customer_values(booking.person.customer),
        "ical": {"uid": booking.ical_uid, "sequence": booking.ical_sequence},
        "cancelled_by": booking.cancelled_by,
        "persons": booking.persons,
        "others": booking.others,
    }


def customer_values(customer: Customer) -> dict[str, Any]:
    return {
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "address": customer.address,
        "number": customer.number,
        "born": customer.born.isoformat() if customer.born else None,
        "language": customer.language,
        "household": customer.household,
        "interpreter": customer.needs.interpreter,
        "companion": customer.needs.companion,
        "step_free": customer.needs.step_free,
        "on_file": customer.on_file,
    }


def slot_values(slot: Slot, zone: tzinfo) -> dict[str, Any]:
    return {
        "starts_at": local(slot.starts_at, zone),
        "ends_at": local(slot.ends_at, zone),
        "resource": slot.resource.key,
        "kind": slot.resource.kind,
        "decision": slot.ruling.decision,
    }


def search_values(
    plan: Plan, slots: Sequence[Slot], refusals: Sequence[Refusal], language: str
) -> dict[str, Any]:
    return {
        "slots": [slot_values(slot, plan.zone) for slot in slots],
        "refusals": [_refusal_values(plan, refusal, language) for refusal in refusals],
    }


def _refusal_values(plan: Plan, refusal: Refusal, language: str) -> dict[str, Any]:
    decision = ruling_values(plan, refusal.ruling, language)
    return {
        "from": local(refusal.start, plan.zone),
        "to": local(refusal.end, plan.zone),
        **{key: decision[key] for key in ("decision", "channels", "text")},
    }


def service_values(service: Service, language: str) -> dict[str, Any]:
    """`name` and `plain` in the reader's language, `names` in all."""
    return {
        "key": service.key,
        "name": service.name.in_(language),
        "plain": service.plain.in_(language),
        "names": dict(service.name),
        "minutes": int(service.length.total_seconds() // 60),
        "kinds": list(service.kinds),
    }


def phase_values(plan: Plan, phase: Phase, language: str, *, now: datetime) -> dict[str, Any]:
    """`ends` is when the next phase takes over, null while none is planned."""
    zone = plan.zone
    ends = span_end(plan.phases, phase)
    return {
        "key": phase.key,
        "name": phase.name.in_(language),
        "names": dict(phase.name),
        "starts": local(phase.starts, zone),
        "ends": local(ends, zone) if ends else None,
        "announce_at": local(phase.announce_at, zone),
        "effects_until": local(phase.effects_until, zone) if phase.effects_until else None,
        "in_force": phase_at(plan.phases, now) is phase,
        "walk_ins": phase.walk_ins,
        "prescribed_routes": phase.prescribed_routes,
        "notice": phase.notice.in_(language) if phase.notice else None,
        "rules": [rule_values(rule) for rule in phase.rules],
    }


def rule_values(rule: Rule) -> dict[str, Any]:
    """A condition that is null matches everything."""
    return {
        "decision": rule.decision,
        "services": sorted(rule.services) if rule.services is not None else None,
        "booked_by": sorted(rule.booked_by) if rule.booked_by is not None else None,
        "kinds": sorted(rule.kinds) if rule.kinds is not None else None,
        "sites": sorted(rule.sites) if rule.sites is not None else None,
        "needs": sorted(rule.needs),
        "channels": list(rule.channels),
        "on_start": rule.on_start,
    }
