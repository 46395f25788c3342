"""Writes notices into the outbox: who is told what, by the way that reaches the person in time."""

from collections.abc import Iterable
from datetime import datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from models.bookings import Booking
from models.outbox import OutboxRow
from scheduler.adapters.notices import Notice
from scheduler.adapters.words import supported
from scheduler.domain.bookings import Channel
from scheduler.domain.notices import KIND_BY_REACH, NoticeState, Reach, Template, reach_of
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Resource

_CALENDAR_METHODS = {
    Template.INVITATION: "REQUEST",
    Template.UPDATE: "REQUEST",
    Template.PHONE: "REQUEST",
    Template.CANCELLATION: "CANCEL",
    Template.REPLACED: "CANCEL",
    Template.RECEIPT: None,
    Template.DECLINED: None,
}


def tell(
    session: Session,
    plan: Plan,
    booking: Booking,
    template: Template,
    *,
    now: datetime,
    run_id: int | None = None,
    channels: Iterable[str] = (),
    reason: str | None = None,
    previous_starts_at: datetime | None = None,
) -> Reach:
    """Adds the notice for the booking's person, with the values as they are now; needs its place and person.

    `channels` are those that the phase names for the concern, all of the office where it names none. A
    booking that was never invited has no calendar entry that an update or a cancellation could mean.
    """
    customer = booking.person.customer
    # Whoever has not heard of a later time stands there at the earlier one.
    soonest = min(booking.starts_at, previous_starts_at or booking.starts_at)
    reach = reach_of(customer, starts_at=soonest, now=now, post=plan.office.post)
    language = supported(customer.language)
    resource = plan.resources_by_key.get(booking.resource.key)
    named = [plan.channels_by_key[key] for key in channels] or plan.channels
    notice = Notice(
        template=template,
        language=language,
        name=customer.name,
        recipient=customer.email,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        timezone=plan.office.timezone,
        place=_place(plan, booking, resource, language),
        route=_steps(plan, booking, resource, language),
        bring=_bring(plan, booking, language),
        reference=booking.reference,
        uid=booking.ical_uid,
        sequence=booking.ical_sequence,
        method=_CALENDAR_METHODS[template] if booking.invited else None,
        by_office=booking.cancelled_by == "office",
        sender_name=plan.office.mail_name.in_(language),
        sender_address=plan.office.mail_address,
        contact=tuple(channel.neutral.in_(language) for channel in named),
        reason=reason,
        previous_starts_at=previous_starts_at,
        note=plan.office.refusal_note.in_(language),
        phone=customer.phone,
    )
    session.add(
        OutboxRow(
            booking_id=booking.id,
            run_id=run_id,
            kind=KIND_BY_REACH[reach],
            template=template,
            state=NoticeState.WAITING,
            values=notice.to_values(),
            uid=booking.ical_uid,
            message_id=f"<{uuid4()}@{host(plan)}>",
            attempts=0,
            created_at=now,
        )
    )
    return reach


def new_uid(plan: Plan) -> str:
    """A random UID, one for the life of an appointment (RFC 5545 3.8.4.7), free of personal data."""
    return f"{uuid4()}@{host(plan)}"


def host(plan: Plan) -> str:
    return plan.office.mail_address.rpartition("@")[2]


def _place(plan: Plan, booking: Booking, resource: Resource | None, language: str) -> str | None:
    """Address and place as somebody looks for them; nobody looks for one before a call.

    A retired place keeps the name that it had.
    """
    if booking.channel is Channel.PHONE:
        return None
    if resource is None:
        return booking.resource.name.get(language, booking.resource.name["de"])
    address = plan.sites_by_key[resource.site].address
    return ", ".join(part for part in (address, resource.name.in_(language)) if part)


def _steps(plan: Plan, booking: Booking, resource: Resource | None, language: str) -> tuple[str, ...]:
    if resource is None or resource.route is None or booking.channel is Channel.PHONE:
        return ()
    steps = plan.routes_by_key[resource.route].steps
    return steps.get(language, steps.get("de", ()))


def _bring(plan: Plan, booking: Booking, language: str) -> tuple[str, ...]:
    service = plan.services_by_key.get(booking.service_key)
    return service.bring.get(language, service.bring.get("de", ())) if service else ()
