"""Writes notices into the outbox: who is told what, by the way that reaches the person in time."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.bulk import New
from models.enquiries import Enquiry
from models.outbox import OutboxRow
from models.people import Person
from scheduler.adapters.languages import supported
from scheduler.adapters.notices import Notice, one_line
from scheduler.domain.bookings import Channel, Party, Status
from scheduler.domain.notices import (
    KIND_BY_REACH,
    NoticeKind,
    NoticeState,
    Notifying,
    Reach,
    Template,
    reach_of,
)
from scheduler.domain.plans import Measure, Plan
from scheduler.domain.resources import Resource
from scheduler.domain.roles import Actor
from scheduler.domain.texts import SOURCE_LANGUAGE
from scheduler.queries.visits import BookedVisit, visit_of

_CALENDAR_METHODS = {
    Template.INVITATION: "REQUEST",
    Template.UPDATE: "REQUEST",
    Template.PHONE: "REQUEST",
    Template.CANCELLATION: "CANCEL",
    Template.REPLACED: "CANCEL",
    Template.RECEIPT: None,
    Template.DECLINED: None,
    Template.DELAYED: None,
    Template.REMINDER: None,
    Template.LINK: None,
    Template.OFFER: None,
    Template.ANSWER: None,
    Template.FILED: None,
    Template.MODE: None,
    Template.MODE_BACK: None,
}


# What nobody has heard of yet.
_STOPPABLE = (NoticeState.WAITING, NoticeState.QUARANTINED, NoticeState.HELD, NoticeState.UNWANTED)


@dataclass(frozen=True, slots=True)
class Telling:
    """What somebody is to be told about one visit, whose values are those to be told.

    `channels` are those that the phase names for the concern, all of the office where it names none.
    """

    visit: BookedVisit
    template: Template
    channels: tuple[str, ...] = ()
    reason: str | None = None
    previous_starts_at: datetime | None = None
    expected_at: datetime | None = None


def tell(
    session: Session,
    plan: Plan,
    booking: Booking,
    template: Template,
    *,
    now: datetime,
    reason: str | None = None,
    previous_starts_at: datetime | None = None,
    expected_at: datetime | None = None,
    notifying: Notifying = Notifying.NOW,
    decided_by: Actor | None = None,
) -> None:
    """Adds the notice for the booking's person, its values as they are now; needs its place and person.

    One that is held back or not wanted is written all the same: what was not said, and on whose word, is
    known, and the calendar's numbering goes on. `decided_by` is whoever does not want it to go, and has to
    be known then: nothing is kept from anybody on nobody's word.
    """
    telling = Telling(
        visit_of(booking),
        template,
        reason=reason,
        previous_starts_at=previous_starts_at,
        expected_at=expected_at,
    )
    if notifying is Notifying.NOT and decided_by is None:
        raise ValueError("nobody decided that this notice is not wanted")
    row = tell_of(session, plan, telling, now=now)
    if notifying is Notifying.LATER:
        row.state = NoticeState.HELD
    elif notifying is Notifying.NOT and decided_by is not None:
        row.state, row.settled_at, row.settled_by = NoticeState.UNWANTED, now, decided_by.name


def tell_of(session: Session, plan: Plan, telling: Telling, *, now: datetime) -> OutboxRow:
    """Adds a notice of other values than those of its booking."""
    row = OutboxRow(**notice_of(plan, telling, now=now).values)
    session.add(row)
    return row


def withdraw_latest(session: Session, booking: Booking) -> bool:
    """Stops the latest notice about a booking; whether its person knows nothing of what it says.

    A mail counts as gone out once a sender has begun to hand it over; one that it only holds is stopped.
    One that nobody wanted to go is stopped as well: it would go on overtaking what was to be said before it.
    """
    row = session.scalars(
        select(OutboxRow)
        .where(OutboxRow.booking_id == booking.id)
        .order_by(OutboxRow.id.desc())
        .limit(1)
        .with_for_update()
    ).one()
    if row.state in _STOPPABLE and row.unanswered == 0:
        row.state = NoticeState.WITHDRAWN
    return row.state is NoticeState.WITHDRAWN


def notice_of(plan: Plan, telling: Telling, *, now: datetime) -> New:
    """One notice, for whoever writes it with other rows."""
    return New(OutboxRow, Writer(plan, now=now).write(telling)[1])


def answer_to(plan: Plan, enquiry: Enquiry, person: Person, text: str, *, now: datetime) -> OutboxRow:
    """The mail that answers an enquiry of somebody with an address; the text goes paragraph by paragraph."""
    language = supported(person.language)
    uid = new_uid(plan)
    notice = Notice(
        template=Template.ANSWER,
        language=language,
        name=person.name,
        starts_at=enquiry.came_at,
        ends_at=enquiry.came_at,
        timezone=plan.office.timezone,
        reference=enquiry.reference,
        uid=uid,
        sequence=0,
        sender_name=plan.office.mail_name.in_(language),
        sender_address=plan.office.mail_address,
        recipient=person.email,
        contact=tuple(channel.neutral.in_(language) for channel in plan.channels),
        note=plan.office.refusal_note.in_(language),
        answer=tuple(line for line in text.split("\n") if line.strip()),
    )
    return OutboxRow(
        enquiry_id=enquiry.id,
        kind=NoticeKind.EMAIL,
        template=Template.ANSWER,
        state=NoticeState.WAITING,
        values=notice.to_values(),
        uid=uid,
        message_id=f"<{uuid4()}@{host(plan)}>",
        attempts=0,
        created_at=now,
    )


def withdraw_answers(session: Session, enquiry_id: UUID, *, since: datetime | None = None) -> bool:
    """Stops the mails that answer an enquiry, or those written `since` then; whether none has gone out.

    One that was set aside is stopped also where it may have arrived: nobody is to send it once more.
    """
    wanted = select(OutboxRow).where(OutboxRow.enquiry_id == enquiry_id).with_for_update()
    if since is not None:
        wanted = wanted.where(OutboxRow.created_at >= since)
    rows = session.scalars(wanted).all()
    for row in rows:
        if row.state is NoticeState.QUARANTINED or (row.state in _STOPPABLE and row.unanswered == 0):
            row.state = NoticeState.WITHDRAWN
    return all(row.state is NoticeState.WITHDRAWN and row.unanswered == 0 for row in rows)


def slip_of(plan: Plan, booking: Booking, *, now: datetime) -> list[Notice]:
    """What is printed for the person to take along, as it stands now: in their language, then in German."""
    visit, template = visit_of(booking), Template.INVITATION
    if booking.status is Status.CANCELLED:
        template = Template.CANCELLATION
    elif booking.status is Status.REQUESTED:
        template = Template.RECEIPT
    elif booking.channel is Channel.PHONE:
        template = Template.PHONE
    languages = dict.fromkeys((supported(visit.customer.language), SOURCE_LANGUAGE))
    spoken = [replace(visit.customer, language=language) for language in languages]
    tellings = [Telling(visit._replace(customer=customer), template) for customer in spoken]
    return [Notice.from_values(notice_of(plan, telling, now=now).values["values"]) for telling in tellings]


def in_language(plan: Plan, row: OutboxRow, booking: Booking, language: str) -> Notice:
    """What the row's notice says, in another language than its own.

    What the plan names in both (places, ways, channels) is as it stands there now.
    """
    own = Notice.from_values(row.values)
    if language == own.written_in:
        return own
    visit = visit_of(booking)
    channels = [one.key for one in plan.channels if one.neutral.in_(own.written_in) in own.contact]
    telling = Telling(
        visit._replace(customer=replace(visit.customer, language=language)),
        row.template,
        channels=tuple(channels),
        reason=own.reason,
        previous_starts_at=own.previous_starts_at,
        expected_at=own.expected_at,
    )
    return Notice.from_values(notice_of(plan, telling, now=row.created_at).values["values"])


def about_measure(measure: Measure, language: str) -> str:
    return f"{measure.name.in_(language)} ({measure.provider})"


def measure_in_language(plan: Plan, row: OutboxRow, key: str, language: str) -> Notice:
    """What a notice about a measure says, in another language than its own.

    The measure and the channels are named as they stand in the plan now.
    """
    own = Notice.from_values(row.values)
    if language == own.written_in:
        return own
    measure = next((one for one in plan.measures if one.key == key), None)
    return replace(
        own,
        language=language,
        about=about_measure(measure, language) if measure is not None else own.about,
        sender_name=plan.office.mail_name.in_(language),
        contact=tuple(channel.neutral.in_(language) for channel in plan.channels),
    )


class Writer:
    """Writes rows of the outbox at one moment; what notices have in common is put together once."""

    def __init__(self, plan: Plan, *, now: datetime, run_id: int | None = None) -> None:
        self._plan = plan
        self._now = now
        self._run_id = run_id
        self._common: dict[tuple[Hashable, ...], Mapping[str, Any]] = {}

    def write(self, telling: Telling) -> tuple[Reach, dict[str, Any]]:
        """How the person is reached, and the row."""
        visit, previous = telling.visit, telling.previous_starts_at
        # Whoever has not heard of a later time stands there at the earlier one.
        soonest = min(visit.starts_at, previous or visit.starts_at)
        post = self._plan.office.post
        reach = reach_of(visit.customer, starts_at=soonest, now=self._now, post=post)
        own: dict[str, Any] = {
            "name": one_line(visit.customer.name),
            "recipient": visit.customer.email and one_line(visit.customer.email),
            "phone": visit.customer.phone and one_line(visit.customer.phone),
            "starts_at": visit.starts_at.isoformat(),
            "ends_at": visit.ends_at.isoformat(),
            "previous_starts_at": previous and previous.isoformat(),
            "expected_at": telling.expected_at and telling.expected_at.isoformat(),
            "reference": visit.reference,
            "uid": visit.uid,
            "sequence": visit.sequence,
            "reason": telling.reason and one_line(telling.reason),
        }
        return reach, {
            "booking_id": visit.id,
            "run_id": self._run_id,
            "kind": KIND_BY_REACH[reach],
            "template": telling.template,
            "state": NoticeState.WAITING,
            "values": {**self._values(telling), **own},
            "uid": visit.uid,
            "message_id": f"<{uuid4()}@{host(self._plan)}>",
            "attempts": 0,
            "created_at": self._now,
        }

    def _values(self, telling: Telling) -> Mapping[str, Any]:
        visit, language = telling.visit, supported(telling.visit.customer.language)
        by_office = visit.cancelled_by is Party.OFFICE
        alike = (
            *(telling.template, telling.channels, language, by_office),
            *(visit.place.key, visit.service, visit.channel, visit.invited),
        )
        found = self._common.get(alike)
        if found is None:
            found = self._common[alike] = self._notice(telling, language, by_office).to_values()
        return found

    def _notice(self, telling: Telling, language: str, by_office: bool) -> Notice:
        """The notice with what is this person's own still as it came.

        A booking that was never invited has no calendar entry that an update or a cancellation could mean.
        """
        plan, visit = self._plan, telling.visit
        resource = plan.resources_by_key.get(visit.place.key)
        named = [plan.channels_by_key[key] for key in telling.channels] or plan.channels
        return Notice(
            template=telling.template,
            language=language,
            name=visit.customer.name,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            timezone=plan.office.timezone,
            place=_place(plan, visit, resource, language),
            route=_steps(plan, visit, resource, language),
            bring=_bring(plan, visit, language),
            reference=visit.reference,
            uid=visit.uid,
            sequence=visit.sequence,
            method=_CALENDAR_METHODS[telling.template] if visit.invited else None,
            by_office=by_office,
            sender_name=plan.office.mail_name.in_(language),
            sender_address=plan.office.mail_address,
            contact=tuple(channel.neutral.in_(language) for channel in named),
            note=plan.office.refusal_note.in_(language),
        )


def new_uid(plan: Plan) -> str:
    """A random UID, one for the life of an appointment (RFC 5545 3.8.4.7), free of personal data."""
    return f"{uuid4()}@{host(plan)}"


def host(plan: Plan) -> str:
    return plan.office.mail_address.rpartition("@")[2]


def _place(plan: Plan, visit: BookedVisit, resource: Resource | None, language: str) -> str | None:
    """Address and place as somebody looks for them; nobody looks for one before a call.

    A retired place keeps the name that it had.
    """
    if visit.channel is Channel.PHONE:
        return None
    if resource is None:
        return visit.place.name.get(language, visit.place.name["de"])
    address = plan.sites_by_key[resource.site].address
    return ", ".join(part for part in (address, resource.name.in_(language)) if part)


def _steps(plan: Plan, visit: BookedVisit, resource: Resource | None, language: str) -> tuple[str, ...]:
    if resource is None or resource.route is None or visit.channel is Channel.PHONE:
        return ()
    steps = plan.routes_by_key[resource.route].steps
    return steps.get(language, steps.get("de", ()))


def _bring(plan: Plan, visit: BookedVisit, language: str) -> tuple[str, ...]:
    service = plan.services_by_key.get(visit.service)
    return service.bring.get(language, service.bring.get("de", ())) if service else ()
